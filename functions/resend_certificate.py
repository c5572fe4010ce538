"""Called by operators: sends the e-mail of a certificate once more, to the address of its request."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima, settings
from constancia.aws.api import verify_url
from constancia.aws.dynamodb import EventLog
from constancia.aws.log import count, logger, metrics
from constancia.aws.operators import Cards, answering
from constancia.aws.ses import Postman
from constancia.look_up import resend

cards = Cards(EventLog())
postman = Postman()


def send_again(order: dict[str, Any]) -> dict[str, Any]:
    sent = resend(
        order, lima.now(), cards=cards, postman=postman, verify_url=verify_url, sender=settings.text("MAIL_SENDER")
    )
    count("MailSent")
    return sent


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(send_again, event)
