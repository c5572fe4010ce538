"""Loading (rule 10): each line of a file is stored or refused with a reason, once, whatever the order and the failures.

A file is loaded in three steps, each repeatable: *plan* streams it by and cuts it into batches; every *batch*, in any
order and side by side, reads its lines, compares them with what is stored and writes the difference; *finish* adds up
what the batches left, only when all of them did.

Which of two lines for the same key is the later one is told by the *order* that is stored with it: when the file first
arrived in the inbox, then its digest, then the number of the line. A file is known by what is in it: the same one
again keeps the order that it had, and so changes nothing.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from constancia import lima, lines, wording
from constancia.entries import BadLine, Entry, read_entry
from constancia.errors import Refusal, TemporarilyUnavailable
from constancia.lines import Batch, Cutter, FileRefused, Line
from constancia.spreadsheet import Sheet, read_header

LOADED, REPLACED, UNCHANGED, OUTDATED, REJECTED = "loaded", "replaced", "unchanged", "outdated", "rejected"
OUTCOMES = (LOADED, REPLACED, UNCHANGED, OUTDATED, REJECTED)
"""Each line has one: stored for the first time, in place of another, as it was, behind a later line, or refused."""

MOST_FAULTS = 20
"""Faults of one line that are told."""
TRIES = 8
"""Rounds in which lines meet changes of others before the batch gives up and is tried again."""
KEYS_AT_ONCE = 100
"""Items that DynamoDB reads or writes in one call."""
CALLS_AT_ONCE = 4
"""Of one batch: while one waits for DynamoDB the next is prepared."""


class LoadNotFound(Refusal):
    """No file of that name is in the inbox."""

    code = "load_not_found"


class LoadEnded(Refusal):
    """The load that is to be cancelled has come to its end."""

    code = "load_ended"


class Kept(NamedTuple):
    """What is stored under a key."""

    content: str
    order: str
    """Of the last line that said so."""
    loaded_by: str
    """The load that brought it first."""
    changed_by: str | None = None
    """The load that last changed it."""


class Change(NamedTuple):
    """What is to be stored under a key in place of what was read there (None: nothing)."""

    entry: Entry
    before: Kept | None
    after: Kept


class Replicas(Protocol):
    """The people and school records, as loading sees them."""

    def kept(self, entries: list[Entry]) -> list[Kept | None]:
        """What is stored under the keys of at most `KEYS_AT_ONCE` entries."""
        ...

    def keep(self, changes: list[Change]) -> list[Change]:
        """Stores the changes; gives back, not stored, those whose item is not any more as it was read."""
        ...


class Files(Protocol):
    """A bucket."""

    def arrival(self, key: str) -> tuple[datetime, str]:
        """When an object was put there (Lima time) and the tag of its content."""
        ...

    def read(self, key: str, tag: str | None = None, start: int = 0, size: int | None = None) -> Iterator[bytes]:
        """An object or a part of it, piece by piece; it fails if its content has not that tag any more."""
        ...

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        """Puts an object there piece by piece; it appears whole or not at all."""
        ...

    def get(self, key: str) -> Any:
        """A JSON object, or None."""
        ...

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        """Puts a JSON object there; `once`, only if there is none, and False if there was."""
        ...

    def under(self, prefix: str) -> Iterator[str]:
        """The keys that begin so, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Load:
    """One load of one file, as the steps hand it on."""

    name: str
    """The file's name in the inbox."""
    source: str
    """Where its plain text is."""
    tag: str
    """Of the content that was planned: a file that is replaced meanwhile is not read on."""
    run: str
    """The file's digest and how many times it was loaded with this one."""
    order: str
    """Of all its lines, before the number of the line."""
    again: bool
    """It was loaded to the end before."""
    sheet: Sheet | None = None

    @classmethod
    def of(cls, event: dict[str, Any]) -> "Load":
        """From the JSON between two steps."""
        sheet = event["sheet"]
        return cls(**{**event, "sheet": sheet and Sheet(sheet[0], tuple(sheet[1]))})

    def order_of(self, line: int) -> str:
        """What tells which of two lines is the later."""
        return f"{self.order}#{line:010d}"


def judge(entry: Entry, kept: Kept | None, load: Load) -> tuple[str, Kept | None]:
    """The outcome of a line, and what is to be stored for it (None: all is as it should be).

    A line that says what is stored takes its place in the order all the same: else an older line that is still on its
    way would win over it.
    """
    order = load.order_of(entry.line)
    if kept is None:
        return LOADED, Kept(entry.content, order, load.order)
    if kept.order == order:
        # This very line, by an earlier try of this load or when the file was loaded before.
        if load.again or load.order not in (kept.loaded_by, kept.changed_by):
            return UNCHANGED, None
        return (REPLACED if kept.changed_by == load.order else LOADED), None
    if kept.order > order:
        return (UNCHANGED if load.again and kept.content == entry.content else OUTDATED), None
    if kept.content == entry.content:
        return UNCHANGED, kept._replace(order=order)
    # What this same load brought and corrects was never seen by anyone as it was.
    changed_by = kept.changed_by if kept.loaded_by == load.order else load.order
    return REPLACED, Kept(entry.content, order, kept.loaded_by, changed_by)


def store(entries: list[Entry], load: Load, replicas: Replicas) -> "Counter[str]":
    """Stores entries with different keys, at most `KEYS_AT_ONCE`; how many had which outcome.

    Raises:
        TemporarilyUnavailable: others kept changing the same items.
    """
    tally: Counter[str] = Counter()
    for _ in range(TRIES):
        changes: dict[tuple[str, ...], Change] = {}
        outcomes: dict[tuple[str, ...], str] = {}
        for entry, kept in zip(entries, replicas.kept(entries), strict=True):
            outcome, after = judge(entry, kept, load)
            outcomes[entry.key] = outcome
            if after:
                changes[entry.key] = Change(entry, kept, after)
        refused = replicas.keep(list(changes.values())) if changes else []
        entries = [change.entry for change in refused]
        for entry in entries:
            del outcomes[entry.key]
        tally.update(outcomes.values())
        if not entries:
            return tally
    raise TemporarilyUnavailable


@dataclass
class BatchResult:
    """What a batch left: its counts and its refused lines."""

    tally: "Counter[str]" = field(default_factory=Counter)
    rejects: list[dict[str, Any]] = field(default_factory=list)


def load_lines(
    numbered: Iterable[Line],
    load: Load,
    today: date,
    *,
    replicas: Replicas,
    side_by_side: Callable[..., Iterable["Counter[str]"]] = map,
) -> BatchResult:
    """Loads some lines; of those with the same key only the last is stored.

    Args:
        numbered: the lines.
        load: whose they are.
        today: a birth date is not later.
        replicas: the people and school records.
        side_by_side: `map`, or one that does several at a time.
    """
    result = BatchResult()
    latest: dict[tuple[str, ...], Entry] = {}
    for line in numbered:
        try:
            entry = read_entry(line, today, load.sheet)
        except BadLine as bad:
            result.tally[REJECTED] += 1
            result.rejects.append(_reject(line, bad))
        else:
            if entry:
                result.tally[OUTDATED] += entry.key in latest
                latest[entry.key] = entry
    entries = list(latest.values())
    groups = [entries[start : start + KEYS_AT_ONCE] for start in range(0, len(entries), KEYS_AT_ONCE)]
    for tally in side_by_side(lambda group: store(group, load, replicas), groups):
        result.tally += tally
    return result


def _reject(line: Line, bad: BadLine) -> dict[str, Any]:
    """A refused line as the rejects file tells it: where and why, never what it says."""
    faults = [{**error._asdict(), "reason": wording.line_fault(error)} for error in bad.errors[:MOST_FAULTS]]
    return {"line": line.number, "errors": faults}


class Loader:
    """The three steps, over the inbox and the ledger of loads."""

    INCOMING = "incoming/"

    def __init__(self, inbox: Files, ledger: Files, replicas: Replicas) -> None:
        self.inbox = inbox
        self.ledger = ledger
        self.replicas = replicas

    def plan(self, key: str, moment: datetime) -> dict[str, Any]:
        """Streams a file by: what is in it, where its batches are, whether it was loaded before.

        Args:
            key: of the file, under `incoming/`.
            moment: Lima time.

        Returns:
            What the next steps need: `load` for each of them, `batches`, how many there are, and `plan`, the key of
            their list. A file that cannot be loaded has no batches and a `refused`.
        """
        name = key.removeprefix(self.INCOMING)
        arrived_at, tag = arrival = self.inbox.arrival(key)
        digest, cutter, source = hashlib.sha256(), Cutter(), key
        sheet, batches, refused = None, [], None
        try:
            head = next(self.inbox.read(key, tag, size=lines.HEAD), b"")
            if lines.is_gzip(head):
                source = f"work/{name}/{tag}.txt"
                plain = lines.inflate(_hashed(self.inbox.read(key, tag), digest))
                self.inbox.write(source, _seen(plain, cutter))
            else:
                for chunk in _hashed(self.inbox.read(key, tag), digest):
                    cutter.see(chunk)
            batches = cutter.finish()
            if name.removesuffix(".gz").endswith(".csv"):
                sheet, batches = self._sheet(cutter, batches)
        except FileRefused as error:
            batches, refused = [], error.code
        ledger = f"loads/{digest.hexdigest()}/"
        first = {"arrived_at": arrived_at.isoformat(timespec="seconds"), "name": name}
        if not self.ledger.put(f"{ledger}first.json", first, once=True):
            first = self.ledger.get(f"{ledger}first.json")
        before = sum(1 for _ in self.ledger.under(f"{ledger}summary-"))
        load = Load(
            name=name,
            source=source,
            tag=tag if source == key else self.inbox.arrival(source)[1] if not refused else "",
            run=f"{digest.hexdigest()}-{before + 1}",
            order=f"{first['arrived_at']}#{digest.hexdigest()[:16]}",
            again=before > 0,
            sheet=sheet,
        )
        plan = f"work/{name}/plan.json"
        self.inbox.put(plan, [batch._asdict() for batch in batches])
        planned = {
            "load": _json_of(load),
            "plan": plan,
            "batches": len(batches),
            "lines": cutter.lines if batches else 0,
            "refused": refused,
            "started_at": moment.isoformat(),
            "arrival": _told(arrival),
        }
        self.inbox.put(f"work/{name}/load.json", planned)
        return planned

    def _sheet(self, cutter: Cutter, batches: list[Batch]) -> tuple[Sheet, list[Batch]]:
        """The columns, and the batches without the line that names them."""
        header, _, _ = cutter.head.partition(b"\n")
        first, *others = batches
        length = min(len(header) + 1, first.size)
        rest = Batch(2, first.offset + length, first.size - length)
        return read_header(header), [rest, *others] if rest.size else others

    def batch(
        self,
        load: Load,
        batch: Batch,
        today: date,
        side_by_side: Callable[..., Iterable["Counter[str]"]] = map,
    ) -> dict[str, int]:
        """Loads one batch, unless an earlier try did; its counts, none where the load was cancelled before."""
        place = f"work/{load.run}/{batch.first_line:012d}-"
        earlier = next(iter(self.inbox.under(place)), None)
        done = self.inbox.get(earlier) if earlier else None
        if done is None and self._cancelled(load.name):
            return {}
        if done is None:
            chunks = self.inbox.read(load.source, load.tag, batch.offset, batch.size)
            result = load_lines(
                lines.numbered(chunks, batch.first_line),
                load,
                today,
                replicas=self.replicas,
                side_by_side=side_by_side,
            )
            done = {"tally": result.tally, "rejects": result.rejects}
            # The number of rejects is in the name: progress is told from a list of names.
            self.inbox.put(f"{place}{result.tally[REJECTED]}.json", done)
        return dict(done["tally"])

    def finish(self, planned: dict[str, Any], moment: datetime) -> dict[str, Any]:
        """Adds up what the batches left; writes the rejects beside the file, and a whole load into the ledger.

        Raises:
            TemporarilyUnavailable: a batch left nothing, and nobody cancelled; a load is never told as whole when it
                is not.
        """
        load = Load.of(planned["load"])
        results = list(self.inbox.under(f"work/{load.run}/"))
        whole = len(results) == planned["batches"]
        if not whole and not self._cancelled(load.name):
            raise TemporarilyUnavailable
        tally: Counter[str] = Counter()
        rejects = f"rejects/{load.name}.jsonl"
        self.inbox.write(rejects, self._rejects(results, tally))
        summary = {**self._summary(load, planned, tally, moment), "cancelled": not whole}
        if whole:
            digest, _, times = load.run.partition("-")
            self.ledger.put(f"loads/{digest}/summary-{times}.json", summary)
        self.inbox.put(f"work/{load.name}/load.json", {**planned, "summary": summary})
        return summary

    def _rejects(self, results: list[str], tally: "Counter[str]") -> Iterator[bytes]:
        """The refused lines of all batches in the order of the file; counts on the way."""
        for key in results:
            result = self.inbox.get(key)
            tally.update(result["tally"])
            for reject in result["rejects"]:
                yield json.dumps(reject, ensure_ascii=False).encode() + b"\n"

    def _summary(self, load: Load, planned: dict[str, Any], tally: "Counter[str]", moment: datetime) -> dict[str, Any]:
        seconds = (moment - datetime.fromisoformat(planned["started_at"])).total_seconds()
        return {
            "file": load.name,
            "refused": planned["refused"],
            "reason": planned["refused"] and wording.FILE_FAULTS[planned["refused"]],
            "lines": planned["lines"],
            "read": tally.total(),
            **{outcome: tally[outcome] for outcome in OUTCOMES},
            "rejects": f"rejects/{load.name}.jsonl" if tally[REJECTED] else None,
            "loaded_before": load.again,
            "seconds": round(seconds, 1),
            "finished_at": moment.isoformat(timespec="seconds"),
        }

    def cancel(self, name: str) -> dict[str, Any]:
        """Has the load of a file stop; how far it is.

        Raises:
            LoadNotFound: no such file is in the inbox.
            LoadEnded: there is nothing left to stop.
        """
        key = self.INCOMING + name
        if key not in self.inbox.under(key):
            raise LoadNotFound
        arrival = _told(self.inbox.arrival(key))
        planned = self.inbox.get(f"work/{name}/load.json")
        if planned and planned["arrival"] == arrival and "summary" in planned:
            raise LoadEnded
        self.inbox.put(f"work/{name}/cancelled.json", arrival)
        return self.progress(name)

    def _cancelled(self, name: str) -> bool:
        """Whether somebody cancelled; a file that came later under the same name is another load."""
        cancelled = self.inbox.get(f"work/{name}/cancelled.json")
        return cancelled is not None and cancelled == _told(self.inbox.arrival(self.INCOMING + name))

    def progress(self, name: str) -> dict[str, Any]:
        """How far the load of a file is: `lines` (None before it is planned), `lines_done`, `rejected`, `summary`."""
        planned = self.inbox.get(f"work/{name}/load.json")
        if planned is None:
            return {"lines": None, "lines_done": 0, "rejected": 0, "summary": None}
        first_lines = [batch["first_line"] for batch in self.inbox.get(planned["plan"])]
        ends = dict(pairwise([*first_lines, planned["lines"] + 1]))
        results = [
            key.rpartition("/")[2].removesuffix(".json").split("-")
            for key in self.inbox.under(f"work/{planned['load']['run']}/")
        ]
        return {
            "lines": planned["lines"],
            "lines_done": sum(ends[int(first)] - int(first) for first, _ in results),
            "rejected": sum(int(rejected) for _, rejected in results),
            "summary": planned.get("summary"),
        }


def _told(arrival: tuple[datetime, str]) -> list[str]:
    """An arrival as JSON keeps it."""
    moment, tag = arrival
    return [moment.isoformat(), tag]


def _hashed(chunks: Iterable[bytes], digest: Any) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def _seen(chunks: Iterable[bytes], cutter: Cutter) -> Iterator[bytes]:
    for chunk in chunks:
        cutter.see(chunk)
        yield chunk


def _json_of(load: Load) -> dict[str, Any]:
    return {
        "name": load.name,
        "source": load.source,
        "tag": load.tag,
        "run": load.run,
        "order": load.order,
        "again": load.again,
        "sheet": load.sheet and [load.sheet.delimiter, list(load.sheet.columns)],
    }


def order_at(moment: datetime) -> str:
    """The order of what is put there by hand at a moment, as the samples are."""
    return moment.astimezone(lima.LIMA).isoformat(timespec="seconds")
