"""The table streams on this machine, brought to the functions as Lambda does: filtered, batched, retried, given up."""

import base64
import json
import logging
import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import parts, wiring
from infra.local.events import matches
from infra.local.runtime import Invoke
from infra.local.storage import REGION, names, queue_name

PAUSE = 0.2
"""Seconds between two reads of a stream, and before the first retry of a batch; doubled before each further retry."""

RETRIES_A_POLL = 5
"""Retries before the stream is read anew from the same place, where changes come again for as long as it keeps them."""

logger = logging.getLogger(__name__)


class StreamPoller:
    """Brings the changes of one table to one function, as an event source mapping of Lambda does."""

    def __init__(self, function: parts.Function, invoke: Invoke) -> None:
        assert function.stream is not None  # noqa: S101 made only for functions with a stream
        self.function = function
        self.trigger = function.stream
        self.invoke = invoke
        self.shards: dict[str, str | None] = {}
        """The iterator of each shard's next read; None once a closed shard is read to its end."""
        self.wait: Callable[[float], Any] = lambda _seconds: None
        """Passes the time before a retry; `run` sets it, and without `run` retries follow at once."""

    @cached_property
    def streams(self) -> Any:
        """The client; made by the thread that polls, as each takes a hundredth of the service's start."""
        return boto3.client("dynamodbstreams", region_name=REGION)

    @property
    def stream(self) -> str:
        """The ARN of the table's stream."""
        table = names()[wiring.table(self.trigger.table).setting]
        return str(
            boto3.client("dynamodb", region_name=REGION).describe_table(TableName=table)["Table"]["LatestStreamArn"]
        )

    def run(self, stopping: threading.Event) -> None:
        """Polls until `stopping` is set. A failed read is logged and repeated."""
        self.wait = stopping.wait
        if stopping.wait(PAUSE):  # nothing is done while the service starts
            return
        stream = self.stream
        while not stopping.wait(PAUSE):
            try:
                self.poll(stream)
            except (BotoCoreError, ClientError) as error:
                logger.warning("the stream of %s: %s", self.trigger.table, type(error).__name__)

    def poll(self, stream: str) -> None:
        """Delivers all changes that are in the stream now, up to one that must come again with the next call."""
        for shard in self.streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]:
            name = shard["ShardId"]
            if name not in self.shards:
                self.shards[name] = self.streams.get_shard_iterator(
                    StreamArn=stream, ShardId=name, ShardIteratorType="TRIM_HORIZON"
                )["ShardIterator"]
        lost = (self.streams.exceptions.TrimmedDataAccessException, self.streams.exceptions.ExpiredIteratorException)
        for name, place in list(self.shards.items()):
            if place is not None:
                try:
                    answer = self.streams.get_records(ShardIterator=place, Limit=1000)
                except lost:
                    # Start again from the oldest change that is left; the functions repeat nothing that is done.
                    del self.shards[name]
                    continue
                wanted = [
                    record
                    for record in answer["Records"]
                    if any(matches(pattern, record) for pattern in self.trigger.patterns)
                ]
                batches = [
                    wanted[start : start + self.trigger.batch] for start in range(0, len(wanted), self.trigger.batch)
                ]
                if all(self.deliver([_as_lambda_sees(record) for record in batch]) for batch in batches):
                    self.shards[name] = answer.get("NextShardIterator")

    def deliver(self, batch: list[dict[str, Any]]) -> bool:
        """Calls the function with a batch, and again from the first failed change on; False if one must come again.

        A change that failed more often than the trigger's `retries` goes to the dead-letter queue.
        """
        most = RETRIES_A_POLL if self.trigger.retries is None else self.trigger.retries
        failures = 0
        while batch:
            try:
                answer = self.invoke(self.function.name, {"Records": batch})
                failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            except Exception as error:
                logger.warning("%s: %s", self.function.name, type(error).__name__)
                failed = {record["dynamodb"]["SequenceNumber"] for record in batch}
            first = next((n for n, r in enumerate(batch) if r["dynamodb"]["SequenceNumber"] in failed), len(batch))
            failures = failures + 1 if first == 0 else 1
            batch = batch[first:]
            if batch and failures > most:
                if self.trigger.retries is None:
                    return False
                self.give_up(batch.pop(0))
                failures = 0
            elif batch:
                self.wait(PAUSE * 2 ** (failures - 1))
        return True

    def give_up(self, record: dict[str, Any]) -> None:
        """Sends the position of a change, without its content, to the function's dead-letter queue, as Lambda does."""
        sqs = boto3.client("sqs", region_name=REGION)
        letter = {
            "requestContext": {"functionArn": self.function.name, "condition": "RetryAttemptsExhausted"},
            "DDBStreamBatchInfo": {
                "startSequenceNumber": record["dynamodb"]["SequenceNumber"],
                "endSequenceNumber": record["dynamodb"]["SequenceNumber"],
                "batchSize": 1,
            },
        }
        queue = sqs.get_queue_url(QueueName=queue_name(self.function))["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(letter))


def _as_lambda_sees(record: dict[str, Any]) -> dict[str, Any]:
    """A change as JSON can hold it: its moment is a number, and bytes are in base64."""
    change = dict(record["dynamodb"])
    for image in {"OldImage", "NewImage"} & change.keys():
        change[image] = {
            name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
            for name, value in change[image].items()
        }
    change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
    return {**record, "dynamodb": change, "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/local"}
