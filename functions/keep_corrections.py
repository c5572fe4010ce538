"""On a schedule: closes corrections and tells who asked, and keeps the schools' lists; operators see the open ones."""

from datetime import datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima, settings
from constancia.aws.attempts import Attempts, MailLimit
from constancia.aws.corrections import Corrections
from constancia.aws.event_log import EventLog
from constancia.aws.log import count, logger, metrics
from constancia.aws.mail import SesMailer
from constancia.aws.operators import answering
from constancia.aws.replicas import SchoolRecordReplica
from constancia.aws.reports import ReportBucket
from constancia.correcting.closing import close_changed, tell_all
from constancia.correcting.lists import list_for_operators, publish_lists
from constancia.metric_names import MAIL_SENT

corrections = Corrections(EventLog())
school_records = SchoolRecordReplica()
limit = MailLimit(Attempts())
mailer = SesMailer()
reports = ReportBucket()


def follow_up(at: str) -> dict[str, int]:
    """The work of a day, which `at` begins: closes, tells, and keeps the lists of the day before as it ended."""
    moment = lima.now()
    listed = close_changed(corrections.listed(), moment, corrections=corrections, school_records=school_records)
    told = tell_all(
        listed,
        moment,
        corrections=corrections,
        limit=limit,
        mailer=mailer,
        portal_url=settings.text("PORTAL_URL"),
        sender=settings.text("MAIL_SENDER"),
    )
    count(MAIL_SENT, number=told.sent)
    day = datetime.fromisoformat(at).astimezone(lima.LIMA).date() - timedelta(1)
    return {"schools": publish_lists(listed, day, reports=reports), **told._asdict()}


def show(command: dict[str, Any]) -> dict[str, Any]:
    return list_for_operators(command, corrections.listed())


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return follow_up(event["at"]) if "at" in event else answering(show, event)
