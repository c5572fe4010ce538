"""Called by operators: where a file is to be put, how far its load is, and cancelling it. It loads nothing itself."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia.aws.files import BucketFiles
from constancia.aws.log import logger, metrics
from constancia.aws.operators import answering
from constancia.loading.workflow import INCOMING, LoadWatch

inbox = BucketFiles("INBOX_BUCKET")
loads = LoadWatch(inbox)


def progress(command: dict[str, Any]) -> dict[str, Any]:
    return loads.progress(command["name"])


def cancel(command: dict[str, Any]) -> dict[str, Any]:
    return loads.cancel(command["name"])


def address(command: dict[str, Any]) -> dict[str, Any]:
    """Where a file of that name is to be put."""
    return {"bucket": inbox.name, "key": INCOMING + command["name"]}


COMMANDS = {"progress": progress, "cancel": cancel, "address": address}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(COMMANDS[event["command"]], event)
