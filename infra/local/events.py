"""Events in the form that AWS gives them to a function: API Gateway's payload 2.0, streams, the event bus."""

import base64
import time
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from infra.wiring import Route

Event = dict[str, Any]

TEXT_TYPES = (
    "text/",
    "application/json",
    "application/xml",
    "application/javascript",
    "application/x-www-form-urlencoded",
)


def match(route: Route, method: str, path: str) -> dict[str, str] | None:
    """The path parameters if the route is for this method and path."""
    wanted, given = route.path.split("/"), path.split("/")
    if route.method != method or len(wanted) != len(given):
        return None
    parameters = {}
    for pattern, segment in zip(wanted, given, strict=True):
        if pattern.startswith("{") and segment:
            parameters[pattern.strip("{}")] = segment
        elif pattern != segment:
            return None
    return parameters


def http_event(
    route: Route, path: str, parameters: dict[str, str], query: str, headers: dict[str, str], body: bytes, peer: str
) -> Event:
    """The event of an HTTP API, payload format 2.0 (API Gateway developer guide, "Lambda proxy integrations")."""
    moment = time.time()
    event: Event = {
        "version": "2.0",
        "routeKey": f"{route.method} {route.path}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": headers.get("host", "localhost"),
            "domainPrefix": "local",
            "http": {
                "method": route.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": peer,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": f"{route.method} {route.path}",
            "stage": "$default",
            "time": datetime.fromtimestamp(moment, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(moment * 1000),
        },
        "isBase64Encoded": False,
    }
    if parameters:
        event["pathParameters"] = parameters
    if query:
        event["queryStringParameters"] = _query_parameters(query)
    if body:
        event.update(_encoded(body, headers.get("content-type", "")))
    return event


def _query_parameters(query: str) -> dict[str, str]:
    """A parameter given more than once is joined by commas, as the gateway does."""
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _encoded(body: bytes, content_type: str) -> Event:
    """Text as it is, everything else in base64."""
    if content_type.startswith(TEXT_TYPES):
        try:
            return {"body": body.decode()}
        except UnicodeDecodeError:
            pass  # it only says that it is text
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def download_event(bucket: str, key: str) -> Event:
    """What EventBridge tells of a read by a link (CloudTrail user guide, "S3 data events")."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "source": "aws.s3",
        "detail-type": "AWS API Call via CloudTrail",
        "account": "000000000000",
        "region": "us-east-1",
        "time": moment,
        "resources": [],
        "detail": {
            "eventID": str(uuid.uuid4()),
            "eventName": "GetObject",
            "eventTime": moment,
            "requestParameters": {"bucketName": bucket, "key": key},
            "additionalEventData": {"AuthenticationMethod": "QueryString"},
        },
    }


def matches(pattern: Any, value: Any) -> bool:
    """Whether an event passes a filter of Lambda or EventBridge: nested objects, lists of literals, `exists`."""
    if isinstance(pattern, dict):
        return all(matches(wanted, (value or {}).get(name)) for name, wanted in pattern.items())
    for choice in pattern:
        if isinstance(choice, dict):
            if choice == {"exists": value is not None}:
                return True
        elif choice == value:
            return True
    return False
