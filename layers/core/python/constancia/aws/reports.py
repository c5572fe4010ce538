"""The event log as reports read it, and where reports are found."""

import os
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import quote

from constancia import settings
from constancia.aws.dynamodb import client, query
from constancia.event_log import FACTS, SHARDS

COLUMNS = ("name", "time", *FACTS)
PAGE = 5000
"""Entries, half a megabyte: DynamoDB gives up to a whole one, and its local engine reads the partition to its end each
time where nobody says how many."""
PATIENCE = 30
"""Seconds for a page: nobody waits for a report, and one page that fails is a day without."""


class EventsOfADay:
    """See `constancia.reporting.Log`."""

    def __init__(self) -> None:
        self.table = settings.text("EVENTS_TABLE")

    def entries(self, day: date) -> Iterator[dict[str, str]]:
        """All entries of a day, shard by shard, a page at a time; it raises where it cannot read on."""
        question: dict[str, Any] = {
            "TableName": self.table,
            "Limit": PAGE,
            "KeyConditionExpression": "day_shard = :partition",
            # Most of these names are reserved words.
            "ProjectionExpression": ", ".join(f"#{name}" for name in COLUMNS),
            "ExpressionAttributeNames": {f"#{name}": name for name in COLUMNS},
        }
        for shard in range(SHARDS):
            partition = {":partition": {"S": f"{day}#{shard}"}}
            yield from query(client(PATIENCE), **question, ExpressionAttributeValues=partition)


def link(bucket: str, key: str) -> str:
    """Where operators find a report: in the AWS console, which asks who they are, or where the setting says."""
    elsewhere = settings.text("REPORTS_URL")
    if elsewhere:
        return f"{elsewhere}/{quote(key)}"
    region = os.environ["AWS_REGION"]
    return f"https://{region}.console.aws.amazon.com/s3/object/{bucket}?region={region}&prefix={quote(key)}"
