"""`POST /api/requests/{request_id}/certificate`: the accepted transcript becomes a certificate, once."""

from http import HTTPStatus
from typing import Any

import constancia_pdf
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import event_log, lima
from constancia.aws import api
from constancia.aws.dynamodb import EventLog, Register, Requests
from constancia.aws.log import count, logger, metrics
from constancia.aws.s3 import Archive, Downloads
from constancia.certificate import Certificate
from constancia.issuance import issue_certificate
from constancia.request import mask_email

events = EventLog()
register = Register(Requests(), events)
archive = Archive()
downloads = Downloads()
app = api.resolver(event_log.REQUEST_REFUSED, events)


def draw(certificate: Certificate) -> bytes:
    """The PDF; what the prepared way could not set is counted."""
    rendering = constancia_pdf.render(certificate)
    if rendering.by_reference:
        count("RenderedByReference")
    return rendering.pdf


@app.post("/api/requests/<request_id>/certificate")
def issue(request_id: str) -> Response[str]:
    record, first = issue_certificate(
        request_id,
        lima.now(),
        register=register,
        archive=archive,
        draw=draw,
        verify_url=api.verify_url,
    )
    if first:
        count("CertificateIssued")
    return api.answer(
        {
            **api.certificate_fields(record),
            "pdf_url": api.pdf_link(downloads, record),
            "verify_url": api.verify_url(record.virtual_code),
            "email": mask_email(record.email),
        },
        HTTPStatus.CREATED if first else HTTPStatus.OK,
    )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return app.resolve(event, context)
