"""`GET /api/requests/{request_id}/transcript`: the marks to confirm, read once and frozen into the request."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import event_log
from constancia.aws import api
from constancia.aws.dynamodb import EventLog, Requests, SchoolRecords
from constancia.aws.log import logger, metrics
from constancia.preview import preview

requests = Requests()
school_records = SchoolRecords()
app = api.resolver(event_log.REQUEST_REFUSED, EventLog())


@app.get("/api/requests/<request_id>/transcript")
def show(request_id: str) -> Response[str]:
    return api.answer(preview(request_id, requests=requests, school_records=school_records).as_json())


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return app.resolve(event, context)
