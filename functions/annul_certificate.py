"""Called by operators: declares a certificate void, with a reason that every verifier then reads."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima
from constancia.annulment import annul
from constancia.aws.dynamodb import EventLog
from constancia.aws.log import count, logger, metrics
from constancia.aws.operators import Annulments, answering

register = Annulments(EventLog())


def declare_void(order: dict[str, Any]) -> dict[str, Any]:
    record, first = annul(order, lima.now(), register=register)
    if first:
        count("CertificateAnnulled")
    return {
        "virtual_code": record.virtual_code,
        "annulled_now": first,
        "annulled_on": record.annulled_on and record.annulled_on.isoformat(),
        "annulment_reason": record.annulment_reason,
    }


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(declare_void, event)
