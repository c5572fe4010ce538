"""Events in the form in which AWS gives them to a function, and the patterns that filter them."""

import base64
import time
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from infra import wiring
from infra.local.storage import names
from infra.parts import Route

Event = dict[str, Any]

TEXT_TYPES = (
    "text/",
    "application/json",
    "application/xml",
    "application/javascript",
    "application/x-www-form-urlencoded",
)


def match(route: Route, method: str, path: str) -> dict[str, str] | None:
    """The path parameters if the route matches method and path, else None."""
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
    """The parameters by name. The values of a repeated one are joined by commas, as API Gateway does."""
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _encoded(body: bytes, content_type: str) -> Event:
    """The fields of an event that hold a body: text as it is, everything else in base64."""
    if content_type.startswith(TEXT_TYPES):
        try:
            return {"body": body.decode()}
        except UnicodeDecodeError:
            pass  # the content type was wrong
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def download_event(bucket: str, key: str) -> Event:
    """The event of a read by a signed link on the bus (CloudTrail user guide, "Amazon S3 data events").

    Args:
        bucket: its name in the wiring.
        key: of the object that was read.
    """
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
            "requestParameters": {"bucketName": names()[wiring.bucket(bucket).setting], "key": key},
            "additionalEventData": {"AuthenticationMethod": "QueryString"},
        },
    }


def matches(pattern: Any, value: Any) -> bool:
    """Whether an event passes a pattern of Lambda or EventBridge: nested objects, lists of literals, `exists`.

    Of a list in the event, one member that passes is enough.
    """
    if isinstance(pattern, dict):
        return all(matches(wanted, (value or {}).get(name)) for name, wanted in pattern.items())
    values = value if isinstance(value, list) else [value]
    for choice in pattern:
        if isinstance(choice, dict):
            if choice == {"exists": value is not None}:
                return True
        elif choice in values:
            return True
    return False
