"""Judging lines: each is stored or refused, once, whatever the order, the repetition and the failures (rule 10)."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any, Protocol

from constancia import wording
from constancia.errors import InvalidFields, TemporarilyUnavailable
from constancia.loading.items import PERSON, ReplicaItem, read_item
from constancia.loading.lines import Line
from constancia.loading.load import (
    CHANGED_BACK,
    CLOSED_CHANGED,
    GUARDIANS_CHANGED,
    LOADED,
    MOST_EARLIER,
    OUTDATED,
    REJECTED,
    REPLACED,
    UNCHANGED,
    WATCHED_FOR,
    Change,
    Load,
    StoredItem,
    day_of,
)
from constancia.school_records import CLOSED

MOST_FAULTS = 20
"""Faults that are listed of one line."""
TRIES = 8
"""Rounds in which a batch may meet changes by others before it gives up and is tried again."""
KEYS_AT_ONCE = 100
"""Items that DynamoDB reads or writes in one call."""


class ReplicaRepository(Protocol):
    """The replicas of people and school records."""

    def stored(self, items: list[ReplicaItem]) -> list[StoredItem | None]:
        """What is stored under the keys of at most `KEYS_AT_ONCE` items, in their order; None where nothing is."""
        ...

    def store(self, changes: list[Change]) -> list[Change]:
        """Stores the changes; gives back, not stored, those whose key is not any more as it was read."""
        ...


def judge(item: ReplicaItem, stored: StoredItem | None, load: Load) -> tuple[str, StoredItem | None]:
    """The outcome of a line, and what is to be stored for it; None where nothing is to be written.

    A line that says what is stored is stored with its own order all the same: otherwise an older line that is still on
    its way would replace it.
    """
    order = load.order_of(item.line)
    if stored is None:
        return LOADED, StoredItem(item.content, order, load.order)
    if stored.order == order:
        # This very line, by an earlier try of this load or when the file was loaded before.
        if load.again or load.order not in (stored.loaded_by, stored.changed_by):
            return UNCHANGED, None
        return (REPLACED if stored.changed_by == load.order else LOADED), None
    if stored.order > order:
        return (UNCHANGED if load.again and stored.content == item.content else OUTDATED), None
    if stored.content == item.content:
        return UNCHANGED, stored._replace(order=order)
    # What this same load brought and corrects was never seen by anyone as it was.
    changed_by = stored.changed_by if stored.loaded_by == load.order else load.order
    return REPLACED, StoredItem(item.content, order, stored.loaded_by, changed_by, *_watch(item, stored, load))


def _watch(item: ReplicaItem, stored: StoredItem, load: Load) -> tuple[str | None, str | None]:
    """What is remembered of a change: the contents before it, and which of `WATCHED` it is."""
    day, found = day_of(load.order), []
    recent = [
        entry
        for entry in (stored.earlier or "").split()
        if day - date.fromisoformat(entry.partition("#")[0]) <= WATCHED_FOR
    ]
    before, after = json.loads(stored.content), json.loads(item.content)
    if item.kind == PERSON:
        if any(before[name] != after[name] for name in ("father", "mother", "legal_guardians")):
            found.append(GUARDIANS_CHANGED)
    elif before["status"] == CLOSED:
        found.append(CLOSED_CHANGED)
    if any(entry.partition("#")[2] == _digest(item.content) for entry in recent):
        found.append(CHANGED_BACK)
    earlier = [*recent, f"{day}#{_digest(stored.content)}"][-MOST_EARLIER:]
    return " ".join(earlier), " ".join(found) or None


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def store_items(items: list[ReplicaItem], load: Load, replicas: ReplicaRepository) -> "Counter[str]":
    """Stores items with different keys, at most `KEYS_AT_ONCE`; gives the number of lines by outcome and of `WATCHED`.

    Raises:
        TemporarilyUnavailable: others kept changing the same keys.
    """
    counts: Counter[str] = Counter()
    for _ in range(TRIES):
        changes: dict[tuple[str, ...], Change] = {}
        outcomes: dict[tuple[str, ...], list[str]] = {}
        for item, stored in zip(items, replicas.stored(items), strict=True):
            outcome, after = judge(item, stored, load)
            outcomes[item.key] = [outcome]
            # A try before this one may have written the change; what it was is kept with it.
            kept = after or stored
            if outcome == REPLACED and kept and kept.watched:
                outcomes[item.key] += kept.watched.split()
            if after:
                changes[item.key] = Change(item, stored, after)
        refused = replicas.store(list(changes.values())) if changes else []
        items = [change.item for change in refused]
        for item in items:
            del outcomes[item.key]
        counts.update(chain.from_iterable(outcomes.values()))
        if not items:
            return counts
    raise TemporarilyUnavailable


@dataclass
class BatchResult:
    """What became of the lines of a batch."""

    counts: "Counter[str]" = field(default_factory=Counter)
    """Lines by outcome."""
    rejects: list[dict[str, Any]] = field(default_factory=list)
    """The refused lines: number and faults, never their content."""


def load_lines(
    lines: Iterable[Line],
    load: Load,
    today: date,
    *,
    replicas: ReplicaRepository,
    side_by_side: Callable[..., Iterable["Counter[str]"]] = map,
) -> BatchResult:
    """Loads lines of a file; of several lines with the same key only the last is stored.

    Args:
        lines: the lines.
        load: the load that they belong to.
        today: the Lima day; no birth date is later.
        replicas: the people and school records.
        side_by_side: `map`, or a function like it that does several calls at a time.
    """
    result = BatchResult()
    latest: dict[tuple[str, ...], ReplicaItem] = {}
    for line in lines:
        try:
            item = read_item(line, today, load.sheet)
        except InvalidFields as refused:
            result.counts[REJECTED] += 1
            result.rejects.append(_reject(line, refused))
        else:
            if item:
                result.counts[OUTDATED] += item.key in latest
                latest[item.key] = item
    items = list(latest.values())
    groups = [items[start : start + KEYS_AT_ONCE] for start in range(0, len(items), KEYS_AT_ONCE)]
    for counts in side_by_side(lambda group: store_items(group, load, replicas), groups):
        result.counts += counts
    return result


def _reject(line: Line, refused: InvalidFields) -> dict[str, Any]:
    faults = [{**error._asdict(), "reason": wording.line_fault(error)} for error in refused.errors[:MOST_FAULTS]]
    return {"line": line.number, "errors": faults}
