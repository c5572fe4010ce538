"""Called by operators: sends the e-mail of a certificate once more, or those that dead letters name."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima, settings
from constancia.aws.dead_letters import DeadLetters
from constancia.aws.event_log import EventLog
from constancia.aws.log import count, logger, metrics
from constancia.aws.mail import SesMailer
from constancia.aws.mail_states import CertificateMail
from constancia.aws.operators import answering
from constancia.certifying.delivery import ISSUED, NEWS
from constancia.certifying.look_up import resend, work_off
from constancia.links import holder_url
from constancia.metric_names import MAIL_SENT

events = EventLog()
states = {news: CertificateMail(events, news) for news in NEWS}
mailer = SesMailer()
letters = DeadLetters()


def send_again(command: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {
        "mailer": mailer,
        "holder_url": holder_url,
        "sender": settings.text("MAIL_SENDER"),
    }
    if command.get("dead_letters"):
        done = work_off(letters, lima.now(), states=states, **given)
        for _ in done["sent"]:
            count(MAIL_SENT)
        return done
    sent = resend(command, lima.now(), certificates=states[ISSUED], **given)
    count(MAIL_SENT)
    return sent


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(send_again, event)
