"""Reads of the PDF bucket, as CloudTrail reports them: each download by a link is counted, without who."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import event_log
from constancia.aws.event_log import EventLog
from constancia.aws.log import logger
from constancia.certificate import code_of_pdf
from constancia.lima import LIMA

events = EventLog()


@event_source(data_class=EventBridgeEvent)
@logger.inject_lambda_context
def handler(event: EventBridgeEvent, context: LambdaContext) -> None:
    """The Lambda entry point."""
    read: dict[str, Any] = event.detail
    moment = datetime.fromisoformat(read["eventTime"]).astimezone(LIMA)
    code = code_of_pdf(read["requestParameters"]["key"])
    events.record(event_log.event(event_log.CERTIFICATE_DOWNLOADED, moment, code), unique=read["eventID"])
