"""`POST /api/verifications`: whether a certificate is true, and what it says; `…/history`: when that was asked."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import event_log, lima, settings
from constancia.aws import api
from constancia.aws.dynamodb import Attempts, Counterfoils, EventLog, SchoolRecords
from constancia.aws.gate import Gate
from constancia.aws.log import count, logger, metrics
from constancia.aws.s3 import Downloads
from constancia.corrections import changed_on
from constancia.issuance import CertificateRecord
from constancia.verification import look_back, state_of, verify

events = EventLog()
attempts = Attempts()
gate = Gate("VERIFICATION", attempts)
counterfoils = Counterfoils(attempts, events)
downloads = Downloads()
school_records = SchoolRecords()
app = api.resolver(event_log.VERIFICATION_REFUSED, events)


def records_changed_on(record: CertificateRecord) -> str | None:
    """The day since which the school records say something else, where operators want that told."""
    if settings.text("TELL_CORRECTIONS") != "yes":
        return None
    day = changed_on(record.transcript, school_records.dated(record.transcript.student.document_number))
    return day.isoformat() if day else None


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
            "records_changed_on": records_changed_on(record),
            "certificate": api.certificate_fields(record),
            "transcript": record.transcript.as_json(),
            "pdf_url": api.pdf_link(downloads, record),
        }
    )


@app.post("/api/verifications/history")
def history() -> Response[str]:
    record, seen = look_back(
        api.body_of(app),
        api.viewer_network(app),
        lima.now(),
        human=gate.human,
        guard=gate.guard,
        counterfoils=counterfoils,
    )
    return api.answer(
        {
            "virtual_code": record.virtual_code,
            "verifications": [{"on": each.on.isoformat(), "outcome": each.outcome} for each in seen],
        }
    )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return app.resolve(event, context)
