"""Called by operators: declares a certificate void, with a reason that every verifier then reads."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima
from constancia.aws.certificates import CertificateAnnulment
from constancia.aws.event_log import EventLog
from constancia.aws.log import count, logger, metrics
from constancia.aws.operators import answering
from constancia.certifying.annulment import annul
from constancia.metric_names import CERTIFICATE_ANNULLED

certificates = CertificateAnnulment(EventLog())


def declare_void(command: dict[str, Any]) -> dict[str, Any]:
    certificate, first = annul(command, lima.now(), certificates=certificates)
    if first:
        count(CERTIFICATE_ANNULLED)
    return {
        "virtual_code": certificate.virtual_code,
        "annulled_now": first,
        "annulled_on": certificate.annulled_on and certificate.annulled_on.isoformat(),
        "annulment_reason": certificate.annulment_reason,
    }


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(declare_void, event)
