"""What the mail service reports later: an e-mail that came back or was unwanted is marked on its certificate."""

from datetime import datetime

from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia.aws.event_log import EventLog
from constancia.aws.log import count, logger, metrics
from constancia.aws.mail_states import CertificateMail
from constancia.certifying.delivery import BOUNCED, COMPLAINED, NEWS, mark_returned
from constancia.lima import LIMA
from constancia.metric_names import MAIL_BOUNCED

STATES = {"Bounce": BOUNCED, "Complaint": COMPLAINED}
"""By `eventType` (Amazon SES developer guide, "Examples of event data that Amazon SES publishes")."""
events = EventLog()
mails = {news: CertificateMail(events, news) for news in NEWS}


@event_source(data_class=EventBridgeEvent)
@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: EventBridgeEvent, context: LambdaContext) -> None:
    """The Lambda entry point."""
    kind = event.detail["eventType"]
    report = event.detail[kind.lower()]
    tags = event.detail["mail"]["tags"]
    moment = datetime.fromisoformat(report["timestamp"]).astimezone(LIMA)
    (code,), (news,) = tags["virtual_code"], tags["news"]
    if mark_returned(code, STATES[kind], moment, report["feedbackId"], returned=mails[news]):
        count(MAIL_BOUNCED)
