"""The certificates stream: each issue, supersession and annulment is announced once, however long that must wait."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima, settings
from constancia.aws.attempts import Attempts, MailLimit
from constancia.aws.certificates import read_certificate
from constancia.aws.changes import Change, follow
from constancia.aws.dead_letters import DeadLetters
from constancia.aws.event_log import EventLog
from constancia.aws.log import count, logger, metrics
from constancia.aws.mail import SesMailer
from constancia.aws.mail_states import CertificateMail
from constancia.certifying.delivery import ISSUED, NEWS, announce, news_of
from constancia.links import holder_url
from constancia.metric_names import ISSUE_MAILED, MAIL_SENT

events = EventLog()
states = {news: CertificateMail(events, news) for news in NEWS}
limit = MailLimit(Attempts())
mailer = SesMailer()
letters = DeadLetters()


def announce_change(change: Change) -> None:
    """Sends each e-mail that a change of one certificate gives to send, or leaves it to operators."""
    certificate = read_certificate(change.new)
    for news in news_of(read_certificate(change.old), certificate):
        sent = announce(
            certificate,
            lima.now(),
            states=states[news],
            limit=limit,
            mailer=mailer,
            leave=letters.leave,
            holder_url=holder_url(certificate.virtual_code),
            sender=settings.text("MAIL_SENDER"),
            news=news,
        )
        if sent:
            count(MAIL_SENT)
            if news == ISSUED:
                count(ISSUE_MAILED)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return follow(event, announce_change, letters.leave)
