"""Called by operators: registers the institutions that verify with a key of their own, and revokes them."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima
from constancia.aws.institutions import Institutions
from constancia.aws.log import logger
from constancia.aws.operators import answering
from constancia.verifying.institution_keeping import keep_institutions

institutions = Institutions()


def keep(command: dict[str, Any]) -> dict[str, Any]:
    return keep_institutions(command, lima.now(), institutions=institutions)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(keep, event)
