"""Called by operators: where a file is to be put, how far its load is, and cancelling it. It loads nothing itself."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia.aws.files import BucketFiles
from constancia.aws.log import logger, metrics
from constancia.aws.operators import answering
from constancia.fields import Fields
from constancia.loading.workflow import INCOMING, LoadWatch

inbox = BucketFiles("INBOX_BUCKET")
loads = LoadWatch(inbox)


def address(name: str) -> dict[str, Any]:
    """Where a file of that name is to be put."""
    return {"bucket": inbox.name, "key": INCOMING + name}


COMMANDS = {"progress": loads.progress, "cancel": loads.cancel, "address": address}


def watch(command: dict[str, Any]) -> dict[str, Any]:
    """What a command about the file of a name gives; `InvalidFields` where it is none."""
    fields = Fields(command)
    what, name = fields.choice("command", tuple(COMMANDS)), fields.of_type("name", str)
    fields.check()
    return COMMANDS[what](name)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(watch, event)
