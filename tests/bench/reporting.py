"""What the report of a busy day costs: `python -m tests.bench.reporting [EVENTS]` (1,000,000 without).

The entries of one day in Amazon's own DynamoDB engine on this machine, counted and drawn by a process of its own.
Prints a table and writes these keys into `build/bench.json`:

- `reporting.events`, `reporting.seconds`: from the first query to the PDF.
- `reporting.peak_mb`: the memory of that process, and `reporting.peak_mb_empty`, of one that reports an empty day.
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
from typing import Any

from constancia.event_log import place_of
from constancia.lima import LIMA
from constancia.reporting import DAY, Period, make_report

from infra.local import service, storage
from tests import dynamodb_local
from tests.events_of_a_month import events_of

RESULTS = Path("build/bench.json")
EVENTS = 1_000_000
BUSY_DAY, EMPTY_DAY = date(2026, 3, 2), date(2026, 5, 2)
LATER = datetime(2026, 6, 1, 3, tzinfo=LIMA)
LIMIT_S = 900
"""What Lambda gives a function at most."""


class Memory(dict[str, Any]):
    """A shelf that forgets with its process."""

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        """Keeps a JSON object."""
        self[key] = value
        return True

    def put_file(self, key: str, content: bytes, content_type: str) -> None:
        """Keeps a file."""
        self[key] = content


def fill(engine: dynamodb_local.Engine, count: int) -> None:
    """Puts so many entries of the busy day into the log."""
    client, table = engine.client(), storage.names()["EVENTS_TABLE"]

    def write(batch: list[Any]) -> None:
        unwritten = {table: batch}
        while unwritten:
            unwritten = client.batch_write_item(RequestItems=unwritten).get("UnprocessedItems", {})

    def puts() -> Any:
        for number, one in enumerate(events_of(BUSY_DAY, count)):
            day_shard, moment = place_of(one, str(number))
            item = {"day_shard": day_shard, "time": moment, "name": one.name, **dict(one.facts)}
            yield {"PutRequest": {"Item": {name: {"S": value} for name, value in item.items()}}}

    waiting = puts()
    with ThreadPoolExecutor(4) as pool:
        while batches := [batch for _ in range(400) if (batch := list(islice(waiting, 25)))]:
            list(pool.map(write, batches))


def report(day: date) -> tuple[int, float, float]:
    """How many entries a day's report counted, its seconds, and the peak megabytes of the process."""
    from constancia.aws.reports import EventsOfADay
    from constancia_pdf.report import draw_report

    started = time.perf_counter()
    made = make_report(Period(DAY, day), LATER, log=EventsOfADay(), shelf=Memory())
    draw_report(made)
    total = sum(n for (_, by, _), n in made.figures.counts.items() if by == "total")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return total, time.perf_counter() - started, peak


def main(count: int = EVENTS) -> None:
    """Measures, prints, keeps."""
    RESULTS.parent.mkdir(exist_ok=True)
    with dynamodb_local.running("1g") as engine:
        os.environ.update({**service.ENVIRONMENT, **service.settings(""), **engine.environment})
        storage.create_tables(engine.client())
        fill(engine, count)
        measured = []
        for day in (EMPTY_DAY, BUSY_DAY):
            with ProcessPoolExecutor(1) as process:
                measured.append(process.submit(report, day).result())
    (_, _, empty_peak), (total, seconds, peak) = measured
    assert total == count, (total, count)
    print(f"{count:,} events of one day: {seconds:.0f} s of the {LIMIT_S} s that Lambda gives, {peak:.0f} MB")
    print(f"an empty day: {empty_peak:.0f} MB")
    figures = {
        "reporting.events": count,
        "reporting.seconds": round(seconds, 1),
        "reporting.peak_mb": round(peak),
        "reporting.peak_mb_empty": round(empty_peak),
    }
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**known, **figures}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
