"""Called by operators: keeps the protection list, whose students nobody asks for over the internet."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima
from constancia.asking.protection_list import keep_list
from constancia.aws.log import logger
from constancia.aws.operators import answering
from constancia.aws.protections import Protections

protections = Protections()


def keep(command: dict[str, Any]) -> dict[str, Any]:
    return keep_list(command, lima.now(), protections=protections)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(keep, event)
