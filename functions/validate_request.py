"""`GET /api/captcha`, `POST /api/requests` and what follows it until the applicant is confirmed."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import event_log, lima, settings
from constancia.asking.codes import ConfirmationCodes
from constancia.asking.confirmation import confirm, confirmation_json, send_another
from constancia.asking.intake import take_request
from constancia.asking.request import AcceptedRequest
from constancia.aws import api, dynamodb
from constancia.aws.abuse_protection import AbuseProtection
from constancia.aws.attempts import Attempts
from constancia.aws.code_sender import MessageSender
from constancia.aws.event_log import EventLog
from constancia.aws.log import count, logger, metrics
from constancia.aws.protections import Protections
from constancia.aws.replicas import PeopleReplica
from constancia.aws.requests import RequestIntake, Requests
from constancia.aws.snapshot import prepare
from constancia.fields import Fields
from constancia.guarding.human_proof import ACTIONS
from constancia.metric_names import CODE_DRAWN, REQUEST_ACCEPTED

events = EventLog()
attempts = Attempts()
protection = AbuseProtection("IDENTITY")
registry = PeopleReplica(attempts, Protections())
requests = RequestIntake(attempts, Requests(), events)
sender = MessageSender()
prepare(dynamodb.client)
app = api.resolver(event_log.REQUEST_REFUSED, events)


@app.get("/api/captcha")
def challenge() -> Response[str]:
    asked = Fields(app.current_event.query_string_parameters)
    action = asked.choice("for", ACTIONS)
    asked.check()
    return api.answer(protection.human.challenge(action))


def confirmation_codes() -> ConfirmationCodes:
    """What draws and recognises codes, with the key and the limit of this installation."""
    return ConfirmationCodes(protection.secret(), settings.number("CODES_TO_CONTACT"))


def confirmed(request: AcceptedRequest) -> dict[str, Any]:
    """What the API tells of a request whose applicant is confirmed."""
    return {"request_id": request.request_id, "student": request.student._asdict()}


@app.post("/api/requests")
def accept() -> Response[str]:
    request, access_token, code_sent = take_request(
        api.body_of(app),
        api.viewer_network(app),
        lima.now(),
        human=protection.human,
        limiter=protection.limiter,
        registry=registry,
        requests=requests,
        codes=confirmation_codes(),
        sender=sender,
        names_suffice=settings.text("NAMES_ONLY") == "open",
    )
    waiting = request.confirmation
    if waiting:
        count(CODE_DRAWN)
    else:
        count(REQUEST_ACCEPTED)
    return api.answer(
        {
            "request_id": request.request_id,
            "access_token": access_token,
            "expires_at": request.expires_at.isoformat(),
            "student": None if waiting else request.student._asdict(),
            "modality": request.modality,
            "level": request.level,
            "confirmation": confirmation_json(waiting, sent=code_sent) if waiting else None,
        },
        HTTPStatus.CREATED,
    )


@app.post("/api/requests/<request_id>/codes")
def send_code(request_id: str) -> Response[str]:
    request, code_sent = send_another(
        api.request_key(app, request_id), lima.now(), requests=requests, codes=confirmation_codes(), sender=sender
    )
    if request.confirmation is None:
        return api.answer(confirmed(request))
    count(CODE_DRAWN)
    return api.answer(confirmation_json(request.confirmation, sent=code_sent), HTTPStatus.CREATED)


@app.post("/api/requests/<request_id>/confirmation")
def confirm_identity(request_id: str) -> Response[str]:
    request, first = confirm(
        api.request_key(app, request_id), api.body_of(app), lima.now(), requests=requests, codes=confirmation_codes()
    )
    if first:
        count(REQUEST_ACCEPTED)
    return api.answer(confirmed(request))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return api.resolve(app, event, context)
