"""A file in the inbox, in three steps: plan its batches, load each of them, finish; how far it is, and stop."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima, notices
from constancia.aws.files import Bucket
from constancia.aws.log import logger, metrics
from constancia.aws.operators import answering
from constancia.aws.replicas import Replicas
from constancia.aws.ses import tell_operators
from constancia.lines import Batch
from constancia.loading import CALLS_AT_ONCE, Load, Loader

inbox = Bucket("INBOX_BUCKET")
loader = Loader(inbox, Bucket("REPORTS_BUCKET"), Replicas())


def plan(event: dict[str, Any]) -> dict[str, Any]:
    return loader.plan(event["key"], lima.now())


def batch(event: dict[str, Any]) -> dict[str, Any]:
    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        return loader.batch(Load.of(event["load"]), Batch(**event["batch"]), lima.now().date(), pool.map)


def finish(event: dict[str, Any]) -> dict[str, Any]:
    summary = loader.finish(event["planned"], lima.now())
    tell_operators(*notices.of_load(summary))
    return summary


def progress(event: dict[str, Any]) -> dict[str, Any]:
    return loader.progress(event["name"])


def cancel(event: dict[str, Any]) -> dict[str, Any]:
    return answering(lambda order: loader.cancel(order["name"]), event)


def address(event: dict[str, Any]) -> dict[str, Any]:
    """Where a file of that name is to be put."""
    return {"bucket": inbox.name, "key": loader.INCOMING + event["name"]}


STEPS = {"plan": plan, "batch": batch, "finish": finish, "progress": progress, "cancel": cancel, "address": address}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return STEPS[event["step"]](event)
