"""Creates the tables, buckets, queues and mail identity of the wiring on a simulated AWS, and fills them from files."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
from constancia import lima, wording
from constancia.aws.replicas import item_of
from constancia.errors import InvalidFields
from constancia.loading.items import ReplicaItem, read_item
from constancia.loading.lines import Line
from constancia.loading.load import StoredItem, order_at

from infra import parts, wiring

REGION = wiring.REGION
QUEUES_URL = f"https://sqs.{REGION}.amazonaws.com/123456789012"
"""Where the URLs of queues begin; moto reads the account and the name from the rest of them."""
SENDER = "constancia@minedu.example"
PEOPLE_FILE, SCHOOL_RECORDS_FILE = "people.jsonl", "school_records.jsonl"
BATCH = 25
"""The most items of one batch write (Amazon DynamoDB API reference, "BatchWriteItem")."""


class BrokenFile(Exception):
    """A data file cannot be loaded; the message says where and why, in one line of Spanish."""


def names() -> dict[str, str]:
    """The names of tables, buckets and keys and the URLs of queues on this machine, by their settings."""
    return {
        **{stored.setting: _named(stored.name) for stored in (*wiring.TABLES, *wiring.BUCKETS)},
        **{key.setting: f"alias/{_named(key.name)}" for key in wiring.KEYS},
        **{queue.setting: f"{QUEUES_URL}/{_named(queue.name)}" for queue in wiring.QUEUES},
    }


def _named(part: str) -> str:
    return f"constancia-{part.replace('_', '-')}"


def queue_name(function: parts.Function) -> str:
    """The name of a function's dead-letter queue."""
    return f"{_named(function.name)}-dead"


def create_tables(dynamodb: Any) -> None:
    """Creates the tables of the wiring; `dynamodb` is a client of boto3."""
    for table in wiring.TABLES:
        dynamodb.create_table(**table_definition(table))
        if table.expiry:
            dynamodb.update_time_to_live(
                TableName=names()[table.setting],
                TimeToLiveSpecification={"Enabled": True, "AttributeName": table.expiry},
            )


def table_definition(table: parts.Table) -> dict[str, Any]:
    """The arguments of `create_table` for a table."""

    def keys(key: str, sort: str | None) -> list[dict[str, str]]:
        ranges = [{"AttributeName": sort, "KeyType": "RANGE"}] if sort else []
        return [{"AttributeName": key, "KeyType": "HASH"}, *ranges]

    indexes = [
        {
            "IndexName": index.name,
            "KeySchema": keys(index.key, index.sort),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.carries)}
            if index.carries
            else {"ProjectionType": "KEYS_ONLY"},
        }
        for index in table.indexes
    ]
    attributes = {table.key, table.sort} | {name for index in table.indexes for name in (index.key, index.sort)}
    definition: dict[str, Any] = {
        "TableName": names()[table.setting],
        "KeySchema": keys(table.key, table.sort),
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in sorted(name for name in attributes if name)
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }
    if indexes:
        definition["GlobalSecondaryIndexes"] = indexes
    if table.stream:
        definition["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    return definition


def create_rest() -> None:
    """Creates the buckets, the keys, the queues and the mail identity."""
    s3 = boto3.client("s3", region_name=REGION)
    for bucket in wiring.BUCKETS:
        s3.create_bucket(Bucket=names()[bucket.setting])
    kms = boto3.client("kms", region_name=REGION)
    for key in wiring.KEYS:
        made = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec=key.spec, Description=key.holds)
        kms.create_alias(AliasName=names()[key.setting], TargetKeyId=made["KeyMetadata"]["KeyId"])
    sqs = boto3.client("sqs", region_name=REGION)
    for function in wiring.FUNCTIONS:
        if function.in_background:
            sqs.create_queue(QueueName=queue_name(function))
    for queue in wiring.QUEUES:
        sqs.create_queue(QueueName=_named(queue.name))
    boto3.client("sesv2", region_name=REGION).create_email_identity(EmailIdentity=SENDER)


def entries_of(path: Path) -> Iterator[ReplicaItem]:
    """The people or school records of a JSON Lines file, in its order.

    Raises:
        BrokenFile: the file cannot be read, or a line is wrong; lines before it are yielded.
    """
    today = lima.now().date()
    try:
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                try:
                    entry = read_item(Line(number, text), today)
                except InvalidFields as bad:
                    error = bad.errors[0]
                    where = f"{path.name}, línea {number}" + (f", {error.field}" if error.field else "")
                    raise BrokenFile(f"{where}: {wording.line_fault(error)}") from bad
                if entry:
                    yield entry
    except OSError as error:
        raise BrokenFile(f"no se puede leer {path}") from error


def load(dynamodb: Any, folder: Path) -> tuple[int, int]:
    """Fills the registries from the two files of a folder; returns the numbers of people and of school records.

    Raises:
        BrokenFile: a file cannot be read, or a line of it is wrong.
    """
    # Earlier than every file that arrives in the inbox later, so that those win.
    order = order_at(lima.now())

    def items(name: str) -> Iterator[dict[str, Any]]:
        return (item_of(entry, StoredItem(entry.content, order, order)) for entry in entries_of(folder / name))

    people = _write(dynamodb, "people", items(PEOPLE_FILE))
    return people, _write(dynamodb, "school_records", items(SCHOOL_RECORDS_FILE))


def _write(dynamodb: Any, name: str, items: Iterable[dict[str, Any]]) -> int:
    table = wiring.table(name)
    physical, written = names()[table.setting], 0
    waiting = iter(items)
    while batch := list(islice(waiting, BATCH)):
        # A batch may hold a key once; of several lines for one key the last one counts.
        latest = {json.dumps([item.get(table.key), item.get(table.sort or "")]): item for item in batch}
        unwritten = {physical: [{"PutRequest": {"Item": item}} for item in latest.values()]}
        while unwritten:
            unwritten = dynamodb.batch_write_item(RequestItems=unwritten).get("UnprocessedItems", {})
        written += len(batch)
    return written
