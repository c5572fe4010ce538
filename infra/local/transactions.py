"""Cheaper roll-backs of moto's transactions: moto 5.2 copies whole tables for each action, which takes a load minutes.

A transaction can change the items that it names and the stream, so only these are copied.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table


@contextmanager
def copying_little() -> Iterator[None]:
    """Within the block, the time of a transaction depends on its items and not on the size of its tables."""
    copying = DynamoDBBackend.transact_write_items
    before: dict[str, Any] = {}

    def transact(self: Any, transact_items: list[dict[str, Any]]) -> None:
        before.clear()
        changed: dict[str, Any] = {}
        for action in transact_items:
            (op,) = action.values()
            table = self.tables.get(op.get("TableName"))
            if table is not None:
                changed[table.name] = table
                before.setdefault(table.name, _as_it_is(table))
                _set_aside(table, op.get("Key") or op.get("Item") or {})
        try:
            copying(self, transact_items)
        except Exception:
            # moto has put the copies into the tables' places, but who reads a stream holds on to the table's own.
            for name, table in changed.items():
                _bring_back(table, before[name])
                self.tables[name] = table
            raise

    def copied(self: Any, _memo: dict[int, Any]) -> Any:
        return before[self.name]

    DynamoDBBackend.transact_write_items = transact  # type: ignore[method-assign]
    Table.__deepcopy__ = copied  # type: ignore[attr-defined]
    try:
        yield
    finally:
        DynamoDBBackend.transact_write_items = copying  # type: ignore[method-assign]
        del Table.__deepcopy__  # type: ignore[attr-defined]


def _as_it_is(table: Any) -> Any:
    """A copy of a table with containers of its own that hold the same items."""
    copied = copy.copy(table)
    copied.items = copy.copy(table.items)
    if table.has_range_key:
        for key, items in table.items.items():
            copied.items[key] = dict(items)
    if table.stream_shard:
        copied.stream_shard = copy.copy(table.stream_shard)
        copied.stream_shard.items = list(table.stream_shard.items)
        copied.stream_shard.table = copied
    return copied


def _bring_back(table: Any, before: Any) -> None:
    """Gives a table and its stream, which stay the same objects, the content of a copy."""
    table.items = before.items
    if table.stream_shard:
        table.stream_shard.items[:] = before.stream_shard.items


def _set_aside(table: Any, key: dict[str, Any]) -> None:
    """Replaces an item by a copy of it: an update changes the copy, and a roll-back restores the item as it was."""
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    if not all(name in key for name in names):
        return
    place = [DynamoType(key[name]) for name in names]
    item = table.get_item(*place)
    if item is not None:
        items = table.items[place[0]] if table.has_range_key else table.items
        items[place[-1]] = copy.deepcopy(item)
