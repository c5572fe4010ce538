"""On a schedule or called by operators: the report of a day or a month, as CSV and PDF, with an e-mail to operators."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima
from constancia.aws.event_log import EventLog
from constancia.aws.log import logger, metrics
from constancia.aws.mail import notify_operators_once
from constancia.aws.operators import answering
from constancia.aws.reports import ReportBucket
from constancia.reporting import wording
from constancia.reporting.reporting import notice_key, publish
from constancia_pdf.report import draw_report

events = EventLog()
reports = ReportBucket()


def publish_and_notify(command: dict[str, Any]) -> dict[str, Any]:
    report, published = publish(command, lima.now(), events=events, reports=reports, draw=draw_report)
    links = {kind: reports.link(published[kind]) for kind in ("csv", "pdf")}
    if command.get("tell"):
        notify_operators_once(reports, notice_key(report.period), *wording.mail(report, links["pdf"]))
    return {**published, "bucket": reports.name, "links": links}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(publish_and_notify, event)
