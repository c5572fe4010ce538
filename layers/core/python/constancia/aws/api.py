"""HTTP: one resolver for every function, one form of answer, and the one place where a refusal becomes a problem."""

import hmac
import traceback
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from botocore.exceptions import BotoCoreError, ClientError

from constancia import event_log, lima, settings, wording
from constancia.attempts import network_of
from constancia.aws.dynamodb import EventLog
from constancia.aws.log import count, logger
from constancia.aws.s3 import Downloads
from constancia.errors import InvalidFields, MalformedRequest, Refusal, RequestNotFound, TemporarilyUnavailable
from constancia.fields import encode
from constancia.issuance import CertificateRecord

HEADERS = {"Cache-Control": "no-store"}


def answer(body: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """A JSON answer."""
    return Response(status, "application/json", encode(body), dict(HEADERS))


def problem(refusal: Refusal) -> Response[str]:
    """A refusal as RFC 9457 wants it, in plain Spanish, with the facts of the case."""
    status, title, _ = wording.PROBLEMS[refusal.code]
    facts = dict(refusal.facts)
    headers = dict(HEADERS)
    if "retry_after" in facts:
        headers["Retry-After"] = str(facts.pop("retry_after"))
    body = {
        "type": f"urn:constancia:problem:{refusal.code}",
        "title": title,
        "status": status,
        "detail": wording.detail(refusal.code, facts),
        "code": refusal.code,
        **facts,
    }
    if isinstance(refusal, InvalidFields):
        body["errors"] = [{**error._asdict(), "detail": wording.fault(error)} for error in refusal.errors]
    return Response(status, "application/problem+json", encode(body), headers)


def resolver(refused: str, events: EventLog) -> APIGatewayHttpResolver:
    """A resolver that answers every exception with a problem and counts it.

    Args:
        refused: the name of the event that a refusal is.
        events: where it is written.
    """
    app = APIGatewayHttpResolver(serializer=encode)

    def refuse(refusal: Refusal) -> Response[str]:
        count(refusal.code)
        try:
            events.record(event_log.event(refused, lima.now(), reason=refusal.code))
        except (BotoCoreError, ClientError):
            # The citizen's answer does not wait for our counting; the metric raises the alarm.
            count("EventNotRecorded")
        return problem(refusal)

    def unreachable(error: Exception) -> Response[str]:
        logger.error("a store does not answer", extra={"error": _name(error)})
        return refuse(TemporarilyUnavailable())

    def unexpected(error: Exception) -> Response[str]:
        logger.error("unexpected error", extra={"error": _name(error), "where": _where(error)})
        count("UnexpectedError")
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


def body_of(app: APIGatewayHttpResolver) -> bytes:
    """What the client sent, as bytes.

    Raises:
        MalformedRequest: the gateway's encoding of it cannot be undone.
    """
    event = app.current_event
    try:
        return (event.decoded_body or "").encode()
    except ValueError as error:
        raise MalformedRequest from error


def viewer_network(app: APIGatewayHttpResolver) -> str:
    """The network of whoever looks at the page.

    Behind CloudFront, the address that CloudFront vouches for: it sets `CloudFront-Viewer-Address` itself, and proves
    with a secret header that it did. Without that proof, the address of the peer; never a header a client can write.
    """
    event = app.current_event
    secret = settings.text("ORIGIN_SECRET")
    if secret and hmac.compare_digest(event.headers.get("x-origin-secret", "").encode(), secret.encode()):
        address, _, _ = event.headers.get("cloudfront-viewer-address", "").rpartition(":")
        return network_of(address.strip("[]"))
    return network_of(event.request_context.http.source_ip)


def filename(code: str) -> str:
    """The name under which a certificate is downloaded."""
    return f"constancia-{code}.pdf"


def verify_url(code: str) -> str:
    """Where the QR and the e-mail lead: the verification page with the code filled in."""
    return f"{settings.text('PORTAL_URL')}/verificar/?codigo={code}"


def certificate_fields(record: CertificateRecord) -> dict[str, Any]:
    """What every answer about a certificate tells of it."""
    certificate = record.document("")
    return {
        "virtual_code": record.virtual_code,
        "serial_number": certificate.printed_serial_number,
        "issued_at": record.issued_at.isoformat(),
        "sha256": record.sha256,
    }


def pdf_link(downloads: Downloads, record: CertificateRecord) -> str:
    """A fresh link to the certificate's PDF."""
    return downloads.link(record.pdf_key, filename(record.virtual_code))


def _name(error: Exception) -> str:
    """What failed, without the message: it may hold what somebody typed."""
    code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
    return f"{type(error).__name__} {code}".strip()


def _where(error: Exception) -> list[str]:
    return [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
