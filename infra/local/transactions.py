"""moto's transactions without their copies: moto 5.2 copies whole tables once for every action, minutes for a load.

What a transaction can change are the items it names and the stream, so only these are set aside for the roll-back.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def copying_little() -> Iterator[None]:
    """While the block runs, a transaction costs what its items cost and not what its tables hold."""
    from moto.dynamodb.models import DynamoDBBackend  # noqa: PLC0415 half a second, not wanted by `constancia --help`
    from moto.dynamodb.models.table import Table  # noqa: PLC0415

    copying = DynamoDBBackend.transact_write_items
    before: dict[str, Any] = {}

    def transact(self: Any, transact_items: list[dict[str, Any]]) -> None:
        before.clear()
        for action in transact_items:
            (op,) = action.values()
            table = self.tables.get(op.get("TableName"))
            if table is not None:
                before.setdefault(table.name, _as_it_is(table))
                _set_aside(table, op.get("Key") or op.get("Item") or {})
        copying(self, transact_items)

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
    """A table that shares its items with the given one, and none of its places."""
    kept = copy.copy(table)
    kept.items = copy.copy(table.items)
    if table.has_range_key:
        for key, items in table.items.items():
            kept.items[key] = dict(items)
    if table.stream_shard:
        kept.stream_shard = copy.copy(table.stream_shard)
        kept.stream_shard.items = list(table.stream_shard.items)
        kept.stream_shard.table = kept
    return kept


def _set_aside(table: Any, key: dict[str, Any]) -> None:
    """Puts a copy of an item in its place: an update changes the copy, and a roll-back finds the item as it was."""
    from moto.dynamodb.models.dynamo_type import DynamoType  # noqa: PLC0415

    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    if not all(name in key for name in names):
        return
    place = [DynamoType(key[name]) for name in names]
    item = table.get_item(*place)
    if item is not None:
        items = table.items[place[0]] if table.has_range_key else table.items
        items[place[-1]] = copy.deepcopy(item)
