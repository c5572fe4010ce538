"""`POST /api/verifications`: whether a certificate is true, and what it says."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import event_log, lima
from constancia.aws import api
from constancia.aws.dynamodb import Attempts, Counterfoils, EventLog
from constancia.aws.gate import Gate
from constancia.aws.log import count, logger, metrics
from constancia.aws.s3 import Downloads
from constancia.verification import state_of, verify

events = EventLog()
attempts = Attempts()
gate = Gate("VERIFICATION", attempts)
counterfoils = Counterfoils(attempts, events)
downloads = Downloads()
app = api.resolver(event_log.VERIFICATION_REFUSED, events)


@app.post("/api/verifications")
def answer() -> Response[str]:
    record = verify(
        api.body_of(app),
        api.viewer_network(app),
        lima.now(),
        human=gate.human,
        guard=gate.guard,
        counterfoils=counterfoils,
    )
    count("CertificateVerified")
    return api.answer(
        {
            "status": state_of(record),
            "superseded_on": record.superseded_on and record.superseded_on.isoformat(),
            "annulled_on": record.annulled_on and record.annulled_on.isoformat(),
            "annulment_reason": record.annulment_reason,
            "certificate": api.certificate_fields(record),
            "transcript": record.transcript.as_json(),
            "pdf_url": api.pdf_link(downloads, record),
        }
    )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return app.resolve(event, context)
