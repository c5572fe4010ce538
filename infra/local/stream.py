"""The streams of the tables, pumped to the functions as Lambda does: filtered, batched, retried, then a dead letter."""

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import wiring
from infra.local.events import matches
from infra.local.runtime import Invoke
from infra.local.storage import REGION, names, queue_name

PAUSE = 0.2
"""Seconds between two looks at a stream, and before a batch is tried a second time; doubled before each further try."""

logger = logging.getLogger(__name__)


class StreamPump:
    """Brings one table's changes to one function."""

    def __init__(self, function: wiring.Function, invoke: Invoke) -> None:
        assert function.stream is not None  # noqa: S101 only functions with a stream are pumped
        self.function = function
        self.trigger = function.stream
        self.invoke = invoke
        self.streams = boto3.client("dynamodbstreams", region_name=REGION)
        self.shards: dict[str, str | None] = {}
        """Where each shard is read on; None once it is closed and read."""
        self.wait: Callable[[float], Any] = lambda _seconds: None
        """What passes the time before another try; nobody waits for a pump that is worked by hand."""

    @property
    def stream(self) -> str:
        """The name of the table's stream."""
        table = names()[wiring.table(self.trigger.table).setting]
        return str(
            boto3.client("dynamodb", region_name=REGION).describe_table(TableName=table)["Table"]["LatestStreamArn"]
        )

    def run(self, stopping: threading.Event) -> None:
        """Pumps until told to stop; a store that does not answer is asked again."""
        stream = self.stream
        self.wait = stopping.wait
        while not stopping.wait(PAUSE):
            try:
                self.pump(stream)
            except (BotoCoreError, ClientError) as error:
                logger.warning("the stream of %s: %s", self.trigger.table, type(error).__name__)

    def pump(self, stream: str) -> None:
        """Brings what is there now."""
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
                    # Begin again with the oldest change that is left: the functions know what they did already.
                    del self.shards[name]
                    continue
                self.shards[name] = answer.get("NextShardIterator")
                wanted = [record for record in answer["Records"] if matches(self.trigger.pattern, record)]
                for start in range(0, len(wanted), self.trigger.batch):
                    self.deliver([_as_lambda_sees(record) for record in wanted[start : start + self.trigger.batch]])

    def deliver(self, batch: list[dict[str, Any]]) -> None:
        """Gives a batch to the function; what fails is tried again from there on, and at last buried."""
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
            if batch and failures > self.trigger.retries:
                self.bury(batch.pop(0))
                failures = 0
            elif batch:
                self.wait(PAUSE * 2 ** (failures - 1))

    def bury(self, record: dict[str, Any]) -> None:
        """Puts where the change is, not what it says, into the dead-letter queue, as Lambda does."""
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
    """A change as JSON: the moment as a number."""
    change = dict(record["dynamodb"])
    change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
    return {**record, "dynamodb": change, "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/local"}
