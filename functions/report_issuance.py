"""On a schedule, or called by operators: the report of a day or a month, as CSV and PDF, told by e-mail."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima, report_wording
from constancia.aws.files import Bucket
from constancia.aws.log import logger, metrics
from constancia.aws.operators import answering
from constancia.aws.reports import EventsOfADay, link
from constancia.aws.ses import tell_operators
from constancia.reporting import publish
from constancia_pdf.report import draw_report

log = EventsOfADay()
shelf = Bucket("REPORTS_BUCKET")


def publish_and_tell(order: dict[str, Any]) -> dict[str, Any]:
    report, published = publish(order, lima.now(), log=log, shelf=shelf, draw=draw_report)
    links = {kind: link(shelf.name, published[kind]) for kind in ("csv", "pdf")}
    if order.get("tell"):
        tell_operators(*report_wording.mail(report, links["pdf"]))
    return {**published, "bucket": shelf.name, "links": links}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(publish_and_tell, event)
