"""A file in the inbox, in three steps that only the workflow may call: plan its batches, load each of them, finish."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima
from constancia.aws.files import BucketFiles
from constancia.aws.log import logger, metrics
from constancia.aws.mail import notify_operators_once
from constancia.aws.replicas import Replicas
from constancia.loading.lines import Batch
from constancia.loading.load import Load
from constancia.loading.workflow import CALLS_AT_ONCE, Loader, notice_key
from constancia.reporting import notices

inbox = BucketFiles("INBOX_BUCKET")
loader = Loader(inbox, BucketFiles("REPORTS_BUCKET"), Replicas())


def plan(event: dict[str, Any]) -> dict[str, Any]:
    return loader.plan(event["key"], lima.now())


def batch(event: dict[str, Any]) -> dict[str, Any]:
    load, now = Load.from_json(event["load"]), lima.now()
    load.check_order(now)
    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        return loader.batch(load, Batch(**event["batch"]), now.date(), pool.map)


def finish(event: dict[str, Any]) -> dict[str, Any]:
    summary = loader.finish(event["planned"], lima.now())
    notify_operators_once(inbox, notice_key(event["planned"]), *notices.of_load(summary))
    return summary


STEPS = {"plan": plan, "batch": batch, "finish": finish}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return STEPS[event["step"]](event)
