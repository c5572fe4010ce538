"""HTTP: the resolver of every function, the form of its answers, and the place where a refusal becomes a problem."""

import traceback
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from constancia import event_log, lima, settings, wording
from constancia.asking.request import RequestKey
from constancia.aws import secrets
from constancia.aws.event_log import EventLog
from constancia.aws.log import count, logger
from constancia.errors import (
    CrossSiteRequest,
    InvalidFields,
    MalformedRequest,
    Refusal,
    RequestNotFound,
    TemporarilyUnavailable,
    UnsupportedMediaType,
)
from constancia.guarding.attempts import network_of
from constancia.json_text import encode
from constancia.metric_names import EVENT_NOT_RECORDED, ORIGIN_REFUSED, UNEXPECTED_ERROR

HEADERS = {"Cache-Control": "no-store"}
JSON = "application/json"
BEARER = "bearer"


def answer(body: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """An answer with a JSON object."""
    return Response(status, JSON, encode(body), dict(HEADERS))


def problem(refusal: Refusal) -> Response[str]:
    """An answer with a refusal as a problem (RFC 9457) in plain Spanish, with the facts of the case."""
    status, title, _ = wording.PROBLEMS[refusal.code]
    facts = dict(refusal.facts)
    headers = dict(HEADERS)
    if seconds := facts.pop("retry_after", 0):
        headers["Retry-After"] = str(seconds)
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    body = {
        "type": f"urn:constancia:problem:{refusal.code}",
        "title": title,
        "status": status,
        "detail": wording.detail(refusal.code, facts),
        "code": refusal.code,
        **facts,
    }
    if isinstance(refusal, InvalidFields):
        body["errors"] = wording.faults(refusal.errors)
    return Response(status, "application/problem+json", encode(body), headers)


def resolver(refused: str = "", events: EventLog | None = None) -> APIGatewayHttpResolver:
    """A resolver that answers every exception with a problem, and counts it.

    Args:
        refused: the name of the event that a refusal behind a proof of a human is recorded as.
        events: the event log; None where nobody proves to be human, so that nothing is written into it.
    """
    app = APIGatewayHttpResolver(serializer=encode)
    app.use([_check_origin])

    def refuse(refusal: Refusal) -> Response[str]:
        count(refusal.code)
        if events is None or not refusal.proven:
            # Strangers cannot fill the log: what is refused before a proof holds leaves the metric only.
            return problem(refusal)
        try:
            events.record(event_log.event(refused, lima.now(), reason=refusal.code))
        except (BotoCoreError, ClientError):
            # The citizen's answer does not wait for our counting; the metric raises the alarm.
            count(EVENT_NOT_RECORDED)
        return problem(refusal)

    def unreachable(error: Exception) -> Response[str]:
        logger.error("a store does not answer", extra={"error": _name(error)})
        return refuse(TemporarilyUnavailable())

    def unexpected(error: Exception) -> Response[str]:
        logger.error("unexpected error", extra={"error": _name(error), "where": _where(error)})
        count(UNEXPECTED_ERROR)
        return refuse(TemporarilyUnavailable())

    def unroutable(_: NotFoundError) -> Response[str]:
        # The gateway sends known routes only; what Powertools still cannot match is a request id of odd characters.
        return refuse(RequestNotFound())

    handlers: dict[type[Exception], Callable[..., Response[str]]] = {
        Refusal: refuse,
        NotFoundError: unroutable,
        BotoCoreError: unreachable,
        ClientError: unreachable,
        Exception: unexpected,
    }
    for kind, handler in handlers.items():
        app.exception_handler(kind)(handler)
    return app


def _check_origin(
    app: APIGatewayHttpResolver, go_on: Callable[[APIGatewayHttpResolver], Response[Any]]
) -> Response[Any]:
    """Lets a request go on unless a page of another site may have made a browser send it.

    Such a page cannot announce JSON without a preflight request, which this API does not answer; newer browsers say
    themselves whose page asks (Fetch Metadata, `Sec-Fetch-Site`).

    Raises:
        CrossSiteRequest: a browser says that a page of another site asks.
        UnsupportedMediaType: there is a body that is not announced as JSON.
    """
    event = app.current_event
    if event.http_method == "POST":
        if event.headers.get("sec-fetch-site") == "cross-site":
            raise CrossSiteRequest
        media_type = event.headers.get("content-type", "").partition(";")[0].strip().lower()
        if event.body and media_type != JSON:
            raise UnsupportedMediaType
    return go_on(app)


def request_key(app: APIGatewayHttpResolver, request_id: str) -> RequestKey:
    """What the caller has of a request: the identifier in the address and the token in its header."""
    return RequestKey(request_id, bearer_token(app))


def bearer_token(app: APIGatewayHttpResolver) -> str:
    """The token in `Authorization: Bearer …`; empty where there is none."""
    scheme, _, token = app.current_event.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == BEARER else ""


def body_of(app: APIGatewayHttpResolver) -> bytes:
    """The body that the client sent.

    Raises:
        MalformedRequest: the body does not have the encoding that the gateway says.
    """
    event = app.current_event
    try:
        return (event.decoded_body or "").encode()
    except ValueError as error:
        raise MalformedRequest from error


def resolve(app: APIGatewayHttpResolver, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The answer of a resolver to an event of the gateway, once it is certain that CloudFront sent it.

    Who calls the gateway itself goes round the firewall. Such a request is answered 403 before anything of it is
    evaluated, counted by a metric, and leaves no event.
    """
    try:
        if came_through_cloudfront(event):
            return app.resolve(event, context)
    except (BotoCoreError, ClientError) as error:
        logger.error("a secret cannot be read", extra={"error": _name(error)})
        count(TemporarilyUnavailable.code)
        return _sent(problem(TemporarilyUnavailable()))
    count(ORIGIN_REFUSED)
    refused = {**wording.NOT_THROUGH_PORTAL, "status": HTTPStatus.FORBIDDEN}
    return _sent(Response(HTTPStatus.FORBIDDEN, "application/problem+json", encode(refused), dict(HEADERS)))


def came_through_cloudfront(event: dict[str, Any]) -> bool:
    """Whether a request carries the secret that CloudFront adds, where one is set. An old and a new one are good."""
    return secrets.admits("ORIGIN_SECRET", event.get("headers", {}).get("x-origin-secret", ""))


def _sent(response: Response[str]) -> dict[str, Any]:
    """A response in the form in which a function gives it to the gateway."""
    headers = {"Content-Type": str(response.content_type), **response.headers}
    return {"statusCode": int(response.status_code), "headers": headers, "body": response.body}


def viewer_network(app: APIGatewayHttpResolver) -> str:
    """The network of the viewer, see `attempts.network_of`.

    Behind CloudFront, the address that CloudFront vouches for: it sets `CloudFront-Viewer-Address` itself, and
    `resolve` has found its secret. Where no secret is set, the address of the peer; never a header a client can write.
    """
    event = app.current_event
    if settings.text("ORIGIN_SECRET"):
        address, _, _ = event.headers.get("cloudfront-viewer-address", "").rpartition(":")
        return network_of(address.strip("[]"))
    return network_of(event.request_context.http.source_ip)


def _name(error: Exception) -> str:
    """What failed, without the message: it may hold what somebody typed."""
    code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
    return f"{type(error).__name__} {code}".strip()


def _where(error: Exception) -> list[str]:
    return [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
