"""Called by operators: keeps the list of students for whom nobody asks over the internet, and asks for one of them."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima, settings
from constancia.asking.protected_students import ASK, ask_for_protected
from constancia.asking.protection_list import keep_list
from constancia.aws.event_log import EventLog
from constancia.aws.log import logger
from constancia.aws.operators import answering
from constancia.aws.protections import Protections
from constancia.aws.replicas import People
from constancia.aws.requests import OperatorsRequests

protections, people, requests = Protections(), People(), OperatorsRequests(EventLog())


def keep(command: dict[str, Any]) -> dict[str, Any]:
    """Does a command of `protection_list`, or asks; the answer then says where the request goes on."""
    if command.get("command") != ASK:
        return keep_list(command, lima.now(), protections=protections)
    request = ask_for_protected(command, lima.now(), protections=protections, people=people, requests=requests)
    return {**request, "portal_url": settings.text("PORTAL_URL")}


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(keep, event)
