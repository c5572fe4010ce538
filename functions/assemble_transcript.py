"""`GET /api/requests/{request_id}/transcript`: the marks to confirm, read once and frozen into the request."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import event_log
from constancia.asking.preview import preview, show_current
from constancia.aws import api, dynamodb
from constancia.aws.certificates import Certificates
from constancia.aws.event_log import EventLog
from constancia.aws.log import logger, metrics
from constancia.aws.replicas import SchoolRecordReplica
from constancia.aws.requests import Requests
from constancia.aws.snapshot import prepare

requests = Requests()
school_records = SchoolRecordReplica()
certificates = Certificates()
prepare(dynamodb.client)
app = api.resolver(event_log.REQUEST_REFUSED, EventLog())


@app.get("/api/requests/<request_id>/transcript")
def show(request_id: str) -> Response[str]:
    key = api.request_key(app, request_id)
    transcript = preview(key, requests=requests, school_records=school_records)
    return api.answer({**transcript.as_json(), "current_certificate": show_current(transcript, certificates)})


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return api.resolve(app, event, context)
