"""`GET /api/captcha` and `POST /api/requests`: what a citizen asks for, checked and confirmed, becomes a request."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import event_log, lima
from constancia.aws import api
from constancia.aws.dynamodb import Attempts, Desk, EventLog, People, Requests
from constancia.aws.gate import Gate
from constancia.aws.log import count, logger, metrics
from constancia.errors import InvalidFields
from constancia.fields import Fields
from constancia.human_proof import ACTIONS
from constancia.intake import take_request

events = EventLog()
attempts = Attempts()
gate = Gate("IDENTITY", attempts)
people = People()
desk = Desk(attempts, Requests(), events)
app = api.resolver(event_log.REQUEST_REFUSED, events)


@app.get("/api/captcha")
def challenge() -> Response[str]:
    asked = Fields(app.current_event.query_string_parameters)
    action = asked.choice("for", ACTIONS)
    if asked.errors:
        raise InvalidFields(tuple(asked.errors))
    return api.answer(gate.human.challenge(action))


@app.post("/api/requests")
def accept() -> Response[str]:
    accepted = take_request(
        api.body_of(app),
        api.viewer_network(app),
        lima.now(),
        human=gate.human,
        guard=gate.guard,
        people=people,
        desk=desk,
    )
    count("RequestAccepted")
    return api.answer(
        {
            "request_id": accepted.request_id,
            "expires_at": accepted.expires_at.isoformat(),
            "student": accepted.student._asdict(),
            "modality": accepted.modality,
            "level": accepted.level,
        },
        HTTPStatus.CREATED,
    )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return app.resolve(event, context)
