"""What the report of a busy day costs: `python -m tests.bench.reporting [EVENTS]` (1,000,000 without).

The entries of one day in Amazon's own DynamoDB engine on this machine, counted and drawn by a process of its own.
Prints a table and writes these keys into `build/bench.json`:

- `reporting.events`, `reporting.seconds`: from the first query to the PDF; `reporting.share_of_limit`: of the time that
  Lambda gives the function.
- `reporting.ours_us`, `reporting.engine_us`: processor time for an entry, of our side and of the engine.
- `reporting.largest_s`: of our processor and of 25 ms for each page, for a day of 50 million entries, which three runs
  share; `reporting.largest_partition_s`: for one of its partitions, which is kept when it was read.
- `reporting.peak_mb`: the memory of that process, and `reporting.peak_mb_empty`, of one that reports an empty day: the
  same, if it does not grow with the entries.
"""

import json
import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from constancia.aws.event_log import PAGE
from constancia.event_log import SHARDS, key_of
from constancia.lima import LIMA
from constancia.reporting.reporting import DAY, TOTAL, Period, make_report

from infra import wiring
from infra.local import service, storage
from infra.parts import ASYNCHRONOUS_RETRIES
from tests import dynamodb_local
from tests.dynamodb_local import processor_time
from tests.events_of_a_month import events_of

RESULTS = Path("build/bench.json")
EVENTS, LARGEST = 1_000_000, 50_000_000
PAGE_S = 0.025
"""Seconds for a page of entries: three times what `infra.costs` assumes of a call. Assumed."""
BUSY_DAY, EMPTY_DAY = date(2026, 3, 2), date(2026, 5, 2)
LATER = datetime(2026, 6, 1, 3, tzinfo=LIMA)
FUNCTION = wiring.function("report_issuance")


class Memory(dict[str, Any]):
    """Figures and reports that are gone with their process."""

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        """Keeps a JSON object."""
        self[key] = value
        return True

    def put_file(self, key: str, content: bytes, content_type: str) -> None:
        """Keeps a file."""
        self[key] = content


def fill(engine: dynamodb_local.Engine, day: date, count: int) -> None:
    """Puts so many entries of a day into the log."""
    client, table = engine.client(), storage.names()["EVENTS_TABLE"]

    def write(batch: list[Any]) -> None:
        unwritten = {table: batch}
        while unwritten:
            unwritten = client.batch_write_item(RequestItems=unwritten).get("UnprocessedItems", {})

    def puts() -> Any:
        for number, one in enumerate(events_of(day, count)):
            day_shard, moment = key_of(one, str(number))
            item = {"day_shard": day_shard, "time": moment, "name": one.name, **dict(one.facts)}
            yield {"PutRequest": {"Item": {name: {"S": value} for name, value in item.items()}}}

    waiting = puts()
    with ThreadPoolExecutor(4) as pool:
        while batches := [batch for _ in range(400) if (batch := list(islice(waiting, 25)))]:
            list(pool.map(write, batches))


class Reported(NamedTuple):
    """What a report took."""

    entries: int
    seconds: float
    processor_s: float
    """Of the process that made it."""
    peak_mb: float


def report(day: date) -> Reported:
    """Makes the report of a day, in a process of its own."""
    from constancia.aws.event_log import EventLog
    from constancia_pdf.report import draw_report

    started, processor_started = time.perf_counter(), time.process_time()
    made = make_report(Period(DAY, day), LATER, events=EventLog(), reports=Memory())
    draw_report(made)
    return Reported(
        sum(n for (_, by, _), n in made.figures.counts.items() if by == TOTAL),
        time.perf_counter() - started,
        time.process_time() - processor_started,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def main(count: int = EVENTS) -> None:
    """Measures, prints, keeps."""
    RESULTS.parent.mkdir(exist_ok=True)
    with dynamodb_local.running("1g", lasting=True) as engine:
        os.environ.update({**service.ENVIRONMENT, **service.settings(""), **engine.environment})
        storage.create_tables(engine.client())
        fill(engine, BUSY_DAY, count)
        measured = []
        for day in (EMPTY_DAY, BUSY_DAY):
            engine_started = processor_time(engine.process)
            with ProcessPoolExecutor(1) as process:
                measured.append(process.submit(report, day).result())
            engine_s = processor_time(engine.process) - engine_started
    empty, busy = measured
    assert busy.entries == count, (busy, count)
    # What an empty day takes too, such as the drawing of the PDF, is none of an entry.
    largest_s = LARGEST * (busy.processor_s - empty.processor_s) / count + LARGEST / PAGE * PAGE_S
    figures = {
        "reporting.events": count,
        "reporting.seconds": round(busy.seconds, 1),
        "reporting.share_of_limit": round(busy.seconds / FUNCTION.timeout_s, 3),
        "reporting.ours_us": round(busy.processor_s / count * 1e6, 1),
        "reporting.engine_us": round(engine_s / count * 1e6, 1),
        "reporting.largest_s": round(largest_s),
        "reporting.largest_partition_s": round(largest_s / SHARDS),
        "reporting.peak_mb": round(busy.peak_mb),
        "reporting.peak_mb_empty": round(empty.peak_mb),
    }
    print(
        f"{count:,} events of one day: {busy.seconds:.0f} s, {busy.seconds / FUNCTION.timeout_s:.0%} of the"
        f" {FUNCTION.timeout_s} s that Lambda gives"
    )
    ours_us, engine_us = figures["reporting.ours_us"], figures["reporting.engine_us"]
    print(f"processor time of an entry: {ours_us} µs ours, {engine_us} µs the engine's")
    print(
        f"a day of {LARGEST:,}: {largest_s:.0f} s of the {FUNCTION.timeout_s} s of a run, of which there are"
        f" {1 + ASYNCHRONOUS_RETRIES}; one of its {SHARDS} partitions, the least that a run must end:"
        f" {largest_s / SHARDS:.0f} s"
    )
    print(
        f"peak memory {busy.peak_mb:.0f} MB of the {FUNCTION.memory_mb} MB that it has; of an empty day"
        f" {empty.peak_mb:.0f} MB"
    )
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**known, **figures}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
