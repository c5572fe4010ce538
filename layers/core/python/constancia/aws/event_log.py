"""The event log in its table: appended to by every function, read by virtual code and by day."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

from constancia.aws.dynamodb import Action, Item, client, perform, plain, query, transact
from constancia.aws.repository import Repository
from constancia.event_log import (
    CERTIFICATE_ANNULLED,
    CERTIFICATE_ISSUED,
    CERTIFICATE_SUPERSEDED,
    CERTIFICATE_VERIFIED,
    FACTS,
    Event,
    key_of,
    partitions_of,
    read_event,
)
from constancia.milestones import NAMES, Milestone, partition_of

COLUMNS = ("name", "time", *FACTS)
"""The attributes that a report reads."""
PAGE = 5000
"""Events of one page of a report, half a megabyte. DynamoDB gives up to a whole one, and its local engine reads the
partition to its end each time where no limit is given."""
READ_TIMEOUT = 30
"""Seconds for a page of a report: nobody waits for it, and one page that fails is a day without a report."""


class EventLog(Repository):
    """The event log."""

    def __init__(self) -> None:
        super().__init__("EVENTS_TABLE", "day_shard")

    def append(self, event: Event, unique: str = "") -> Action:
        """The action that writes an event; `unique` as in `constancia.event_log.key_of`."""
        day_shard, time = key_of(event, unique)
        facts = dict(event.facts)
        return self.put(
            {"day_shard": day_shard, "time": time, "name": event.name, "virtual_code": event.virtual_code, **facts}
        )

    def record(self, event: Event, unique: str = "") -> None:
        """Writes an event by itself; the same event with the same `unique` again changes nothing."""
        perform(self.append(event, unique))

    def record_all(self, events: Mapping[str, Event]) -> None:
        """Writes at most a hundred events by their `unique` texts, all or none; the same again change nothing."""
        if events:
            transact(*(self.append(event, unique) for unique, event in events.items()))

    def keep(self, milestone: Milestone) -> Action:
        """The action that writes a milestone, once. It stands apart from the days, and no report counts it."""
        item = {"day_shard": partition_of(milestone.virtual_code), "time": milestone.name, **dict(milestone.says)}
        return self.put(item, "attribute_not_exists(day_shard)")

    def milestones_asked(self, code: str) -> Item:
        """The milestones of a certificate as a part of a `BatchGetItem`, as the last write left them."""
        keys = [{"day_shard": {"S": partition_of(code)}, "time": {"S": name}} for name in NAMES]
        return {self.name: {"Keys": keys, "ConsistentRead": True}}

    def milestones_found(self, code: str, items: list[Item]) -> frozenset[Milestone]:
        """The milestones in the answer."""
        read = [plain(item) for item in items]
        return frozenset(
            Milestone(
                code,
                item["time"],
                tuple(sorted((name, said) for name, said in item.items() if name not in ("day_shard", "time"))),
            )
            for item in read
        )

    def history(self, code: str, most: int) -> list[Event]:
        """The newest events of a certificate, newest first; the index follows the table within a second."""
        found = query(client(), **self._by_code(code), Limit=most)
        return [read_event(item) for item in islice(found, most)]

    def verifications(self, code: str, most: int) -> list[Event]:
        """The newest verifications of a certificate, newest first; the index follows the table within a second."""
        question = self._by_code(code)
        question["ExpressionAttributeValues"][":verified"] = {"S": CERTIFICATE_VERIFIED}
        found = query(
            client(), **question, FilterExpression="#name = :verified", ExpressionAttributeNames={"#name": "name"}
        )
        return [read_event(item) for item in islice(found, most)]

    def happened(self, code: str) -> set[str]:
        """Which of issue, supersession and annulment were written of a certificate, by the names of the events."""
        question = self._by_code(code)
        names = (CERTIFICATE_ISSUED, CERTIFICATE_SUPERSEDED, CERTIFICATE_ANNULLED)
        question["ExpressionAttributeValues"] |= {f":{name}": {"S": name} for name in names}
        wanted = ", ".join(f":{name}" for name in names)
        found = query(
            client(), **question, FilterExpression=f"#name IN ({wanted})", ExpressionAttributeNames={"#name": "name"}
        )
        return {item["name"] for item in found}

    def _by_code(self, code: str) -> Item:
        return {
            "TableName": self.name,
            "IndexName": "by_code",
            "KeyConditionExpression": "virtual_code = :code",
            "ExpressionAttributeValues": {":code": {"S": code}},
            "ScanIndexForward": False,
        }

    def events_in(self, partition: str) -> Iterator[dict[str, str]]:
        """All events of a partition as stored, page by page; it raises where it cannot read on."""
        yield from query(
            client(READ_TIMEOUT),
            TableName=self.name,
            Limit=PAGE,
            KeyConditionExpression="day_shard = :partition",
            ExpressionAttributeValues={":partition": {"S": partition}},
            # Most of these names are reserved words.
            ProjectionExpression=", ".join(f"#{name}" for name in COLUMNS),
            ExpressionAttributeNames={f"#{name}": name for name in COLUMNS},
        )

    def state_changes(self, since: datetime, until: datetime) -> Iterator[tuple[str, str]]:
        """Supersessions and annulments: see `constancia.verifying.status_list.StateChanges`."""
        found = self.events_since(since, until, (CERTIFICATE_SUPERSEDED, CERTIFICATE_ANNULLED), ("virtual_code",))
        return ((item["name"], item["virtual_code"]) for item in found)

    def events_since(
        self, since: datetime, until: datetime, names: tuple[str, ...], attributes: tuple[str, ...]
    ) -> Iterator[dict[str, str]]:
        """The events of these names from a moment on, as stored: `name` and those of the attributes that each has.

        `until` names the last day that is read.
        """
        wanted = {f":name{place}": {"S": name} for place, name in enumerate(names)}
        read = ("name", *attributes)
        days = (until.date() - since.date()).days
        for partition in (each for day in range(days + 1) for each in partitions_of(since.date() + timedelta(day))):
            yield from query(
                client(READ_TIMEOUT),
                TableName=self.name,
                Limit=PAGE,
                KeyConditionExpression="day_shard = :partition AND #time >= :since",
                FilterExpression=f"#name IN ({', '.join(wanted)})",
                ProjectionExpression=", ".join(f"#{name}" for name in read),
                ExpressionAttributeNames={f"#{name}": name for name in (*read, "time")},
                ExpressionAttributeValues={
                    ":partition": {"S": partition},
                    ":since": {"S": since.isoformat(timespec="microseconds")},
                    **wanted,
                },
            )
