"""`GET /api/requests/{request_id}/transcript`: the marks, frozen; `POST …/corrections` and `…/opinion` about them."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import event_log, lima
from constancia.asking.corrections import ask_correction
from constancia.asking.opinion import give_opinion
from constancia.asking.preview import preview, show_current
from constancia.aws import api, dynamodb
from constancia.aws.certificates import Certificates
from constancia.aws.corrections import CorrectionIntake, Corrections
from constancia.aws.event_log import EventLog
from constancia.aws.log import logger, metrics
from constancia.aws.replicas import SchoolRecordReplica
from constancia.aws.requests import Opinions, Requests
from constancia.aws.snapshot import prepare

events = EventLog()
requests = Requests()
corrections = CorrectionIntake(requests, Corrections(events), events)
opinions = Opinions(requests, events)
school_records = SchoolRecordReplica()
certificates = Certificates()
prepare(dynamodb.client)
app = api.resolver(event_log.REQUEST_REFUSED, events)


@app.get("/api/requests/<request_id>/transcript")
def show(request_id: str) -> Response[str]:
    key = api.request_key(app, request_id)
    transcript = preview(key, requests=requests, school_records=school_records)
    return api.answer({**transcript.as_json(), "current_certificate": show_current(transcript, certificates)})


@app.post("/api/requests/<request_id>/corrections")
def correct(request_id: str) -> Response[str]:
    key = api.request_key(app, request_id)
    correction, first = ask_correction(key, api.body_of(app), lima.now(), corrections=corrections)
    return api.answer(
        {"ticket": correction.ticket, "school_name": correction.school_name, "year": correction.cell.year},
        HTTPStatus.CREATED if first else HTTPStatus.OK,
    )


@app.post("/api/requests/<request_id>/opinion")
def hear(request_id: str) -> Response[str]:
    key = api.request_key(app, request_id)
    return api.answer({"answer": give_opinion(key, api.body_of(app), lima.now(), opinions=opinions)})


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return api.resolve(app, event, context)
