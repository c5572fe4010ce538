"""The tables, buckets, queues and mail identity of the wiring, made on whatever plays AWS, and filled from files."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
from constancia import lima, wording
from constancia.entries import BadLine, Entry, read_entry
from constancia.lines import Line
from constancia.loading import Kept, order_at

from infra import wiring

REGION = "us-east-1"
SENDER = "constancia@minedu.example"
PEOPLE_FILE, SCHOOL_RECORDS_FILE = "people.jsonl", "school_records.jsonl"
BATCH = 25
"""Items a batch write takes."""


class BrokenFile(Exception):
    """A data file that cannot be loaded; the message says where and why, in one line."""


def names() -> dict[str, str]:
    """The settings that name tables and buckets here."""
    return {
        stored.setting: f"constancia-{stored.name.replace('_', '-')}" for stored in (*wiring.TABLES, *wiring.BUCKETS)
    }


def queue_name(function: wiring.Function) -> str:
    """The dead-letter queue of a function."""
    return f"constancia-{function.name.replace('_', '-')}-dead"


def create_tables(dynamodb: Any) -> None:
    """Makes the tables of the wiring."""
    for table in wiring.TABLES:
        dynamodb.create_table(**table_definition(table))
        if table.expiry:
            dynamodb.update_time_to_live(
                TableName=names()[table.setting],
                TimeToLiveSpecification={"Enabled": True, "AttributeName": table.expiry},
            )


def table_definition(table: wiring.Table) -> dict[str, Any]:
    """The arguments that make a table."""

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
            {"AttributeName": name, "AttributeType": "N" if name in table.numbers else "S"}
            for name in sorted(name for name in attributes if name)
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }
    if indexes:
        definition["GlobalSecondaryIndexes"] = indexes
    if table.stream:
        definition["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    return definition


def create_rest() -> None:
    """Makes the buckets, the dead-letter queues and the mail identity."""
    s3 = boto3.client("s3", region_name=REGION)
    for bucket in wiring.BUCKETS:
        s3.create_bucket(Bucket=names()[bucket.setting])
    sqs = boto3.client("sqs", region_name=REGION)
    for function in wiring.FUNCTIONS:
        if function.stream or function.bus:
            sqs.create_queue(QueueName=queue_name(function))
    boto3.client("sesv2", region_name=REGION).create_email_identity(EmailIdentity=SENDER)


def entries_of(path: Path) -> Iterator[Entry]:
    """What the lines of a JSON Lines file say.

    Raises:
        BrokenFile: at the first line that is not as it should be.
    """
    today = lima.now().date()
    try:
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                try:
                    entry = read_entry(Line(number, text), today)
                except BadLine as bad:
                    error = bad.errors[0]
                    where = f"{path.name}, línea {number}" + (f", {error.field}" if error.field else "")
                    raise BrokenFile(f"{where}: {wording.line_fault(error)}") from bad
                if entry:
                    yield entry
    except OSError as error:
        raise BrokenFile(f"no se puede leer {path}") from error


def load(dynamodb: Any, folder: Path) -> tuple[int, int]:
    """Fills the registries from the two files of a folder; how many people and school records there were.

    Raises:
        BrokenFile: a file is missing or a line of it is not as it should be.
    """
    from constancia.aws.replicas import item_of  # noqa: PLC0415 needs boto3 set up

    # Earlier than every file that will be dropped into the inbox: those win.
    order = order_at(lima.now())

    def items(name: str) -> Iterator[dict[str, Any]]:
        return (item_of(entry, Kept(entry.content, order, order)) for entry in entries_of(folder / name))

    people = _write(dynamodb, "people", items(PEOPLE_FILE))
    return people, _write(dynamodb, "school_records", items(SCHOOL_RECORDS_FILE))


def _write(dynamodb: Any, name: str, items: Iterable[dict[str, Any]]) -> int:
    table = wiring.table(name)
    physical, written = names()[table.setting], 0
    waiting = iter(items)
    while batch := list(islice(waiting, BATCH)):
        # A batch takes a key once; of lines for the same key the later one counts.
        latest = {json.dumps([item.get(table.key), item.get(table.sort or "")]): item for item in batch}
        unwritten = {physical: [{"PutRequest": {"Item": item}} for item in latest.values()]}
        while unwritten:
            unwritten = dynamodb.batch_write_item(RequestItems=unwritten).get("UnprocessedItems", {})
        written += len(batch)
    return written
