"""Loading a file (rule 10) in three steps, each repeatable, and the ways to watch and to cancel it.

*Plan* reads the file once and cuts it into batches; every *batch*, in any order and side by side, reads its lines,
compares them with what is stored and writes the difference; *finish* adds up the results, only when all are there.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from constancia import wording
from constancia.errors import FileRefused, LoadEnded, LoadNotFound, TemporarilyUnavailable
from constancia.loading.judging import ReplicaRepository, load_lines
from constancia.loading.lines import HEAD, Batch, BatchCutter, inflate, is_gzip, numbered
from constancia.loading.load import (
    FUTURE,
    OUTCOMES,
    REJECTED,
    WATCHED,
    Load,
    is_in_future,
    order_of_file,
    read_run,
    run_of,
)
from constancia.loading.spreadsheet import Sheet, read_header

INCOMING = "incoming/"
"""Where files arrive in the inbox."""
CALLS_AT_ONCE = 4
"""Calls that one batch makes at a time: while one waits for DynamoDB the next is prepared."""


class FileStore(Protocol):
    """A bucket of files and of small JSON objects."""

    def arrival(self, key: str) -> tuple[datetime, str]:
        """When an object was put there (Lima time) and the tag of its content."""
        ...

    def read(self, key: str, tag: str | None = None, start: int = 0, size: int | None = None) -> Iterator[bytes]:
        """An object or `size` bytes of it, chunk by chunk; it fails if the content has not that tag any more."""
        ...

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        """Puts an object there chunk by chunk; it appears whole or not at all."""
        ...

    def get(self, key: str) -> Any:
        """A JSON object, or None."""
        ...

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        """Puts a JSON object there; with `once` only if there is none, and False if there is one."""
        ...

    def under(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, in order."""
        ...


class LoadWatch:
    """What operators see of a load and may do about it: its progress, and to cancel it."""

    def __init__(self, inbox: FileStore) -> None:
        self.inbox = inbox

    def cancel(self, name: str) -> dict[str, Any]:
        """Cancels the load of a file; gives its progress.

        Raises:
            LoadNotFound: no such file is in the inbox.
            LoadEnded: the load has ended.
        """
        key = INCOMING + name
        if key not in self.inbox.under(key):
            raise LoadNotFound
        arrival = _arrival_json(self.inbox.arrival(key))
        planned = self.inbox.get(f"work/{name}/load.json")
        if planned and planned["arrival"] == arrival and "summary" in planned:
            raise LoadEnded
        self.inbox.put(f"work/{name}/cancelled.json", arrival)
        return self.progress(name)

    def _cancelled(self, name: str) -> bool:
        """Whether the load was cancelled; a file that came later under the same name is another load."""
        cancelled = self.inbox.get(f"work/{name}/cancelled.json")
        return cancelled is not None and cancelled == _arrival_json(self.inbox.arrival(INCOMING + name))

    def progress(self, name: str) -> dict[str, Any]:
        """The progress of a load: `lines` (None before it is planned), `lines_done`, `rejected`, `summary`."""
        planned = self.inbox.get(f"work/{name}/load.json")
        if planned is None:
            return {"lines": None, "lines_done": 0, "rejected": 0, "summary": None}
        first_lines = [batch["first_line"] for batch in self.inbox.get(planned["plan"])]
        ends = dict(pairwise([*first_lines, planned["lines"] + 1]))
        results = [_read_result_key(key) for key in self.inbox.under(_results_of(planned["load"]["run"]))]
        return {
            "lines": planned["lines"],
            "lines_done": sum(ends[result.first_line] - result.first_line for result in results),
            "rejected": sum(result.rejected for result in results),
            "summary": planned.get("summary"),
        }


class Loader(LoadWatch):
    """The steps of a load, over the inbox, the ledger of whole loads, and the replicas."""

    def __init__(self, inbox: FileStore, ledger: FileStore, replicas: ReplicaRepository) -> None:
        super().__init__(inbox)
        self.ledger = ledger
        self.replicas = replicas

    def plan(self, key: str, moment: datetime) -> dict[str, Any]:
        """Reads a file once: its kind, its batches, and whether it was loaded before.

        Args:
            key: the key of the file, under `incoming/`.
            moment: Lima time.

        Returns:
            What the next steps need: `load` for each of them, `batches`, how many there are, and `plan`, the key of
            their list. A file that cannot be loaded has no batches, and a code in `refused`.
        """
        name = key.removeprefix(INCOMING)
        arrived_at, tag = arrival = self.inbox.arrival(key)
        digest, cutter, source = hashlib.sha256(), BatchCutter(), key
        sheet, batches, refused = None, [], None
        try:
            head = next(self.inbox.read(key, tag, size=HEAD), b"")
            chunks = _passing(self.inbox.read(key, tag), digest.update)
            if is_gzip(head):
                source = f"work/{name}/{tag}.txt"
                self.inbox.write(source, _passing(inflate(chunks), cutter.add))
            else:
                for chunk in chunks:
                    cutter.add(chunk)
            batches = cutter.finish()
            if name.removesuffix(".gz").endswith(".csv"):
                sheet, batches = _read_sheet(cutter, batches)
        except FileRefused as error:
            batches, refused = [], error.code
        ledger = _ledger(digest.hexdigest())
        first = {"arrived_at": arrived_at.isoformat(timespec="seconds"), "name": name}
        if not self.ledger.put(f"{ledger}first.json", first, once=True):
            first = self.ledger.get(f"{ledger}first.json")
        order = order_of_file(first["arrived_at"], digest.hexdigest())
        if is_in_future(order, moment):
            batches, refused = [], FUTURE
        before = sum(1 for _ in self.ledger.under(f"{ledger}summary-"))
        load = Load(
            name=name,
            source=source,
            tag=tag if source == key else self.inbox.arrival(source)[1] if not refused else "",
            run=run_of(digest.hexdigest(), before + 1),
            order=order,
            again=before > 0,
            sheet=sheet,
        )
        plan = f"work/{name}/plan.json"
        self.inbox.put(plan, [batch._asdict() for batch in batches])
        planned = {
            "load": load.as_json(),
            "plan": plan,
            "batches": len(batches),
            "lines": cutter.lines if batches else 0,
            "refused": refused,
            "started_at": moment.isoformat(),
            "arrival": _arrival_json(arrival),
        }
        self.inbox.put(f"work/{name}/load.json", planned)
        return planned

    def batch(
        self,
        load: Load,
        batch: Batch,
        today: date,
        side_by_side: Callable[..., Iterable["Counter[str]"]] = map,
    ) -> dict[str, int]:
        """Loads one batch, unless an earlier try did; gives its lines by outcome.

        A batch of a load that was cancelled before gives nothing.
        """
        earlier = next(iter(self.inbox.under(_results_of_batch(load, batch.first_line))), None)
        result = self.inbox.get(earlier) if earlier else None
        if result is None and self._cancelled(load.name):
            return {}
        if result is None:
            chunks = self.inbox.read(load.source, load.tag, batch.offset, batch.size)
            loaded = load_lines(
                numbered(chunks, batch.first_line),
                load,
                today,
                replicas=self.replicas,
                side_by_side=side_by_side,
            )
            result = {"tally": loaded.counts, "rejects": loaded.rejects}
            self.inbox.put(_result_key(load, batch.first_line, loaded.counts[REJECTED]), result)
        return dict(result["tally"])

    def finish(self, planned: dict[str, Any], moment: datetime) -> dict[str, Any]:
        """Adds up the results of the batches; writes the rejects beside the file, and a whole load into the ledger.

        Raises:
            TemporarilyUnavailable: the result of a batch is missing, and nobody cancelled; a load that is not whole is
                never reported as whole.
        """
        load = Load.from_json(planned["load"])
        results = list(self.inbox.under(_results_of(load.run)))
        whole = len(results) == planned["batches"]
        if not whole and not self._cancelled(load.name):
            raise TemporarilyUnavailable
        counts: Counter[str] = Counter()
        self.inbox.write(_rejects_key(load.name), self._rejects(results, counts))
        summary = {**_summary(load, planned, counts, moment), "cancelled": not whole}
        if whole:
            digest, number = read_run(load.run)
            self.ledger.put(f"{_ledger(digest)}summary-{number}.json", summary)
        self.inbox.put(f"work/{load.name}/load.json", {**planned, "summary": summary})
        return summary

    def _rejects(self, results: list[str], counts: "Counter[str]") -> Iterator[bytes]:
        """The refused lines of all batches in the order of the file; adds up the outcomes on the way."""
        for key in results:
            result = self.inbox.get(key)
            counts.update(result["tally"])
            for reject in result["rejects"]:
                yield json.dumps(reject, ensure_ascii=False).encode() + b"\n"


def notice_key(planned: dict[str, Any]) -> str:
    """The key in the inbox under which the notice of a load is claimed, so that it is sent once."""
    return f"work/{planned['load']['name']}/notice-{planned['started_at']}.json"


class _ResultKey(NamedTuple):
    """What the key of a batch's result says, so that progress is known from a list of keys."""

    first_line: int
    rejected: int


def _results_of(run: str) -> str:
    return f"work/{run}/"


def _results_of_batch(load: Load, first_line: int) -> str:
    return f"{_results_of(load.run)}{first_line:012d}-"


def _result_key(load: Load, first_line: int, rejected: int) -> str:
    return f"{_results_of_batch(load, first_line)}{rejected}.json"


def _read_result_key(key: str) -> _ResultKey:
    first_line, _, rejected = key.rpartition("/")[2].removesuffix(".json").partition("-")
    return _ResultKey(int(first_line), int(rejected))


def _ledger(digest: str) -> str:
    return f"loads/{digest}/"


def _rejects_key(name: str) -> str:
    # The whole name, so that the rejects of `actas.csv` and `actas.jsonl` lie apart.
    return f"rejects/{name}-rechazadas.jsonl"


def _read_sheet(cutter: BatchCutter, batches: list[Batch]) -> tuple[Sheet, list[Batch]]:
    """The columns, and the batches without the line that names them."""
    header, _, _ = cutter.head.partition(b"\n")
    first, *others = batches
    length = min(len(header) + 1, first.size)
    rest = Batch(2, first.offset + length, first.size - length)
    return read_header(header), [rest, *others] if rest.size else others


def _summary(load: Load, planned: dict[str, Any], counts: "Counter[str]", moment: datetime) -> dict[str, Any]:
    seconds = (moment - datetime.fromisoformat(planned["started_at"])).total_seconds()
    return {
        "file": load.name,
        "refused": planned["refused"],
        "reason": planned["refused"] and wording.FILE_FAULTS[planned["refused"]],
        "lines": planned["lines"],
        "read": sum(counts[outcome] for outcome in OUTCOMES),
        **{counted: counts[counted] for counted in (*OUTCOMES, *WATCHED)},
        "rejects": _rejects_key(load.name) if counts[REJECTED] else None,
        "loaded_before": load.again,
        "seconds": round(seconds, 1),
        "finished_at": moment.isoformat(timespec="seconds"),
    }


def _arrival_json(arrival: tuple[datetime, str]) -> list[str]:
    moment, tag = arrival
    return [moment.isoformat(), tag]


def _passing(chunks: Iterable[bytes], take: Callable[[bytes], None]) -> Iterator[bytes]:
    """The chunks as they are, each given to `take` on its way."""
    for chunk in chunks:
        take(chunk)
        yield chunk
