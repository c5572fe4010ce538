"""The people and school records as loading sees them: read a hundred at a time, written a hundred at a time or none."""

import time
from typing import Any

from constancia import settings
from constancia.aws.dynamodb import FIRST_PAUSE, Action, Cancelled, Item, client, plain, transact, wire
from constancia.entries import PERSON, Entry
from constancia.errors import TemporarilyUnavailable
from constancia.loading import Change, Kept

READ_TRIES = 8
"""Rounds in which DynamoDB may leave some of the keys for later."""

NOT_THERE = "attribute_not_exists(line_order)"
AS_READ = "line_order = :read"


def item_of(entry: Entry, kept: Kept) -> Item:
    """What is stored of an entry."""
    content = {"person" if entry.kind == PERSON else "record": kept.content}
    beside = {"line_order": kept.order, "loaded_by": kept.loaded_by, "changed_by": kept.changed_by}
    return {**_key(entry), **wire({**content, **beside})}


def _key(entry: Entry) -> Item:
    if entry.kind == PERSON:
        return wire({"document_number": entry.key[0]})
    student, level, year = entry.key
    return wire({"student": student, "level_year": f"{level}#{year}"})


class Replicas:
    """See `constancia.loading.Replicas`."""

    def __init__(self) -> None:
        self.people = settings.text("PEOPLE_TABLE")
        self.school_records = settings.text("SCHOOL_RECORDS_TABLE")

    def kept(self, entries: list[Entry]) -> list[Kept | None]:
        """What is stored under the keys of at most a hundred entries, as the last write left it.

        Raises:
            TemporarilyUnavailable: the tables did not answer for all of them.
        """
        keys: dict[str, list[Item]] = {}
        for entry in entries:
            keys.setdefault(self._table(entry), []).append(_key(entry))
        asked: dict[str, Any] = {table: {"Keys": wanted, "ConsistentRead": True} for table, wanted in keys.items()}
        found: dict[tuple[str, ...], Kept] = {}
        for attempt in range(READ_TRIES):
            answer = client().batch_get_item(RequestItems=asked)
            for item in (plain(item) for items in answer["Responses"].values() for item in items):
                kept = Kept(
                    item["person"] if "person" in item else item["record"],
                    item["line_order"],
                    item["loaded_by"],
                    item.get("changed_by"),
                )
                found[_key_of(item)] = kept
            asked = answer.get("UnprocessedKeys", {})
            if not asked:
                return [found.get(entry.key) for entry in entries]
            time.sleep(FIRST_PAUSE * 2**attempt)
        raise TemporarilyUnavailable

    def keep(self, changes: list[Change]) -> list[Change]:
        """Stores the changes; gives back, not stored, those whose item is not any more as it was read."""
        refused: list[Change] = []
        while changes:
            try:
                transact(*(self._put(change) for change in changes))
            except Cancelled as cancelled:
                refused += [changes[place] for place in cancelled.failed]
                changes = [change for place, change in enumerate(changes) if place not in cancelled.failed]
            else:
                break
        return refused

    def _put(self, change: Change) -> Action:
        put: Item = {"TableName": self._table(change.entry), "Item": item_of(change.entry, change.after)}
        if change.before is None:
            return {"Put": {**put, "ConditionExpression": NOT_THERE}}
        as_read = {":read": {"S": change.before.order}}
        return {"Put": {**put, "ConditionExpression": AS_READ, "ExpressionAttributeValues": as_read}}

    def _table(self, entry: Entry) -> str:
        return self.people if entry.kind == PERSON else self.school_records


def _key_of(item: Item) -> tuple[str, ...]:
    if "document_number" in item:
        return (item["document_number"],)
    return (item["student"], *item["level_year"].split("#"))
