"""Called by operators: the state of a certificate and its history, with no name and no document number."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia.aws.certificates import Certificates
from constancia.aws.event_log import EventLog
from constancia.aws.log import logger
from constancia.aws.operators import answering
from constancia.certifying.look_up import look_up

show = partial(look_up, certificates=Certificates(), events=EventLog())


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(show, event)
