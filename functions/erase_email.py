"""Called by operators: the e-mail address of a certificate is erased, and no notice goes there any more."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima
from constancia.aws.email_erasure import EmailErasure
from constancia.aws.event_log import EventLog
from constancia.aws.log import logger
from constancia.aws.operators import answering
from constancia.certifying.email_erasure import erase_email

certificates = EmailErasure(EventLog())


def erase(command: dict[str, Any]) -> dict[str, Any]:
    details, first = erase_email(command, lima.now(), certificates=certificates)
    return {
        "virtual_code": details.certificate.virtual_code,
        "erased_now": first,
        "email_erased_at": details.email_erased_at,
    }


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(erase, event)
