"""`POST /api/verifications`: whether a certificate is true, and what it says; `…/history`: when that was asked."""

from datetime import date
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import event_log, lima, settings
from constancia.aws import api, dynamodb, keys
from constancia.aws.abuse_protection import AbuseProtection
from constancia.aws.attempts import Attempts
from constancia.aws.event_log import EventLog
from constancia.aws.institutions import Institutions
from constancia.aws.log import count, logger, metrics
from constancia.aws.pdfs import PdfLinks
from constancia.aws.replicas import SchoolRecordReplica
from constancia.aws.snapshot import prepare
from constancia.aws.trust import KeyTrust, RecordChanges
from constancia.aws.verifications import CertificateVerification
from constancia.certificate import ANNULLED
from constancia.metric_names import CERTIFICATE_SHOWN, CERTIFICATE_VERIFIED
from constancia.verifying.verification import Verifier

events = EventLog()
attempts = Attempts()
protection = AbuseProtection("VERIFICATION")
school_records = SchoolRecordReplica()
certificates = CertificateVerification(attempts, school_records, events)
links = PdfLinks()
changes = RecordChanges(school_records)
institutions = Institutions()
trusted = KeyTrust()
app = api.resolver(event_log.VERIFICATION_REFUSED, events)
prepare(dynamodb.client, keys.client, trusted.ready)


def verifier() -> Verifier:
    """With the settings and keys of now."""
    return Verifier(protection.human, protection.limiter, certificates, trusted)


@app.post("/api/verifications")
def answer() -> Response[str]:
    compare = changes.since if settings.text("TELL_CORRECTIONS") == "yes" else None
    verified = verifier().verify(api.body_of(app), api.viewer_network(app), lima.now(), compare)
    certificate = verified.certificate
    if verified.by_holder:
        count(CERTIFICATE_SHOWN)
    else:
        count(CERTIFICATE_VERIFIED)
    shown = certificate.state != ANNULLED
    return api.answer(
        {
            "status": certificate.state,
            "superseded_on": day(certificate.superseded_on) if shown else None,
            "successor_status": verified.successor_status,
            "newer_copy_on": day(verified.newer_copy_on),
            "annulled_on": day(certificate.annulled_on),
            "annulment_reason": certificate.annulment_reason,
            "records_changed_on": day(verified.records_changed_on),
            "certificate": certificate.as_json(),
            "transcript": certificate.transcript.as_json() if shown else None,
            "pdf_url": links.link(certificate) if shown else None,
            "log": verified.log and verified.log.as_json(),
            "state_log": verified.state_log
            and {
                "event": verified.state_log.event.name,
                "moment": verified.state_log.event.moment,
                **verified.state_log.as_json(),
            },
        }
    )


def day(of: date | None) -> str | None:
    """A day as the API answers it."""
    return of.isoformat() if of else None


@app.post("/api/verifications/history")
def history() -> Response[str]:
    certificate, verifications = verifier().show_history(api.body_of(app), api.viewer_network(app), lima.now(), events)
    names = institutions.names(filter(None, (event.fact("institution") for event in verifications)))
    return api.answer(
        {
            "virtual_code": certificate.virtual_code,
            "verifications": [
                # The hour could tell who it was, of those who do not say it.
                {
                    "on": event.moment.date().isoformat(),
                    "outcome": event.fact("outcome"),
                    "institution": names.get(event.fact("institution") or ""),
                }
                for event in verifications
            ],
        }
    )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return api.resolve(app, event, context)
