"""How fast records load, what bounds it and what memory it takes: `python -m tests.bench.loading [LINES]` (100,000
without).

A generated file on disk, Amazon's own DynamoDB engine on this machine, and two processes that each take one batch
after the other, with as many calls at once as the function makes. After every slice of the load the engine is
measured alone: it gets the requests of other lines of the same shape, byte for byte as our side sends them, from a
client that only sends and waits. Prints a table and writes these keys into `build/bench.json`:

- `loading.lines`, `loading.lines_a_second`: of the first load, plan to summary.
- `loading.engine_lines_a_second`: what the engine alone does of the same requests, in the same minutes;
  `loading.ratio_to_engine`: how much of that a whole load reaches.
- `loading.again_lines_a_second`: of the same file once more, which only reads.
- `loading.ours_us`, `loading.engine_us`: processor time for a line of the first load, of our side and of the engine;
  `loading.cores`: how many cores both together got meanwhile, others on the machine taking the rest;
  `loading.two_cores_lines_a_second`: what two cores would do that have nothing else to do.
- `loading.peak_mb`: the largest memory of a process, and `loading.peak_mb_tenth`, of one that loads a tenth of the
  lines: flat if they agree.
"""

import io
import json
import os
import resource
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from constancia.lima import LIMA
from constancia.loading import lines
from constancia.loading.judging import load_lines
from constancia.loading.lines import Batch
from constancia.loading.load import Load
from constancia.loading.workflow import CALLS_AT_ONCE, Loader

from infra.local import service, storage
from tests import dynamodb_local, nation
from tests.dynamodb_local import processor_time

RESULTS = Path("build/bench.json")
LINES = 100_000
AIM = 5_000
"""Lines a second of the first load, on two cores with the engine on them (issue 7)."""
PROCESSES = 2
SLICES = 10
LEAST_BATCHES = 10
"""Of a slice: fewer would leave a process idle at its end for too much of the time."""
REPLAYED = 10_000
"""Lines after every slice whose requests the engine gets alone."""
TODAY = date(2026, 11, 23)


class Folder:
    """A folder as a bucket: see `constancia.loading.Files`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def arrival(self, key: str) -> tuple[datetime, str]:
        """When a file was put there, and its size for a tag."""
        found = (self.path / key).stat()
        return datetime.fromtimestamp(int(found.st_mtime), LIMA), str(found.st_size)

    def read(self, key: str, tag: str | None = None, start: int = 0, size: int | None = None) -> Iterator[bytes]:
        """A file or a part of it."""
        with (self.path / key).open("rb") as file:
            file.seek(start)
            left = size if size is not None else sys.maxsize
            while chunk := file.read(min(left, 1024 * 1024)):
                left -= len(chunk)
                yield chunk

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        """Puts a file there."""
        (self.path / key).parent.mkdir(parents=True, exist_ok=True)
        with (self.path / key).open("wb") as file:
            file.writelines(chunks)

    def get(self, key: str) -> Any:
        """A JSON object, or None."""
        file = self.path / key
        return json.loads(file.read_text()) if file.exists() else None

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        """Puts a JSON object there."""
        if once and (self.path / key).exists():
            return False
        self.write(key, [json.dumps(value).encode()])
        return True

    def under(self, prefix: str) -> Iterator[str]:
        """The keys that begin so, in order."""
        folder = (self.path / f"{prefix}*").parent
        found = sorted(str(path.relative_to(self.path)) for path in folder.glob("*")) if folder.exists() else []
        return iter([key for key in found if key.startswith(prefix)])


def loader(folder: str) -> Loader:
    """The steps, over a folder and whatever plays DynamoDB."""
    from constancia.aws.replicas import Replicas

    return Loader(Folder(Path(folder)), Folder(Path(folder)), Replicas())


class Spent(NamedTuple):
    """What a process has taken so far."""

    process: int
    processor_s: float
    peak_mb: float


def batch(folder: str, planned: dict[str, Any], place: dict[str, Any]) -> Spent:
    """One batch, in a process of its own."""
    with ThreadPoolExecutor(CALLS_AT_ONCE) as calls:
        loader(folder).batch(Load.from_json(planned["load"]), Batch(**place), TODAY, calls.map)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Spent(os.getpid(), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


class Loaded(NamedTuple):
    """How a load went."""

    summary: dict[str, Any]
    seconds: float
    ours_s: float
    """Processor time of the processes that load."""
    engine_s: float
    """Processor time of the engine."""
    peak_mb: float


def load(
    folder: str, key: str, engine: dynamodb_local.Engine, between: Callable[[Load], None] = lambda load: None
) -> Loaded:
    """Loads a file; after every slice of its batches the clocks stand still while `between` is called."""
    steps = loader(folder)
    spent: dict[int, Spent] = {}
    seconds = engine_s = 0.0
    with ProcessPoolExecutor(PROCESSES) as pool:
        started = time.perf_counter()
        planned = steps.plan(key, datetime.now(LIMA))
        places = steps.inbox.get(planned["plan"])
        seconds += time.perf_counter() - started
        step = max(LEAST_BATCHES, -(-len(places) // SLICES))
        for start in range(0, len(places), step):
            started, engine_started = time.perf_counter(), processor_time(engine.process)
            for done in [pool.submit(batch, folder, planned, place) for place in places[start : start + step]]:
                spent[done.result().process] = done.result()
            seconds += time.perf_counter() - started
            engine_s += processor_time(engine.process) - engine_started
            between(Load.from_json(planned["load"]))
        started = time.perf_counter()
        summary = steps.finish(planned, datetime.now(LIMA))
        seconds += time.perf_counter() - started
    ours_s, peak_mb = sum(one.processor_s for one in spent.values()), max(one.peak_mb for one in spent.values())
    return Loaded(summary, seconds, ours_s, engine_s, peak_mb)


class Content(io.BytesIO):
    """The body of an answer as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        """All of it."""
        yield self.read()


def recorded(load: Load, start: int, count: int) -> list[tuple[bytes, ...]]:
    """The requests that our side sends to load so many lines for the first time, a group of lines each; none is sent.

    In a process of its own: its client answers itself, that nothing is there yet and that all was written.
    """
    from botocore.awsrequest import AWSResponse
    from botocore.compat import HTTPHeaders
    from constancia.aws.dynamodb import client
    from constancia.aws.replicas import Replicas

    sent: list[bytes] = []

    def answer(request: Any, **_: Any) -> Any:
        named = {"Host": urlsplit(request.url).netloc, **request.headers}
        headers = [f"{name}: {value.decode() if isinstance(value, bytes) else value}" for name, value in named.items()]
        sent.append("\r\n".join(["POST / HTTP/1.1", *headers, "", ""]).encode() + request.body)
        return AWSResponse(request.url, 200, HTTPHeaders(), Content(b'{"Responses": {}}'))

    client().meta.events.register("before-send.dynamodb", answer)
    content = b"".join(nation.school_records(count, start))
    load_lines(lines.numbered([content], 1), load, TODAY, replicas=Replicas())
    client().meta.events.unregister("before-send.dynamodb", answer)
    return list(zip(sent[::2], sent[1::2], strict=True))


def replay(engine: dynamodb_local.Engine, groups: list[tuple[bytes, ...]]) -> float:
    """The seconds in which the engine answers, over as many connections as our side has."""
    waiting = iter(groups)
    address = urlsplit(engine.url)

    def connection() -> None:
        with socket.create_connection((address.hostname, address.port)) as server, server.makefile("rb") as answers:
            for request in (request for group in waiting for request in group):
                server.sendall(request)
                status, *headers = iter(lambda: answers.readline().strip().lower(), b"")
                assert status.split()[1] == b"200", status
                (length,) = (header.split()[1] for header in headers if header.startswith(b"content-length:"))
                answers.read(int(length))

    started = time.perf_counter()
    with ThreadPoolExecutor(PROCESSES * CALLS_AT_ONCE) as pool:
        for done in [pool.submit(connection) for _ in range(PROCESSES * CALLS_AT_ONCE)]:
            done.result()
    return time.perf_counter() - started


def verdict(rate: float, engine_rate: float) -> str:
    """What the figures say of the aim."""
    if rate >= AIM:
        return f"the aim of {AIM:,} lines/s is reached"
    if engine_rate < AIM:
        return f"the aim of {AIM:,} lines/s is out of reach here: the engine alone does {engine_rate:,.0f}"
    return f"the aim of {AIM:,} lines/s is missed, and the engine alone would reach it"


def main(total: int = LINES) -> None:
    """Measures, prints, keeps."""
    RESULTS.parent.mkdir(exist_ok=True)
    with (
        dynamodb_local.running("1g", lasting=True) as engine,
        TemporaryDirectory(dir=RESULTS.parent) as folder,
        ProcessPoolExecutor(1) as recorder,
    ):
        os.environ.update({**service.ENVIRONMENT, **service.settings(""), **engine.environment})
        storage.create_tables(engine.client())
        inbox = Path(folder) / "incoming"
        inbox.mkdir()
        for name, size, start in (("tenth.jsonl", total // 10, total), ("all.jsonl", total, 0)):
            with (inbox / name).open("wb") as file:
                file.writelines(nation.school_records(size, start))
        megabytes = (inbox / "all.jsonl").stat().st_size / 1e6
        others, alone = count(2 * total, REPLAYED), []

        def engine_alone(load: Load) -> None:
            groups = recorder.submit(recorded, load, next(others), REPLAYED).result()
            alone.append(replay(engine, groups))

        tenth = load(folder, "incoming/tenth.jsonl", engine)
        first = load(folder, "incoming/all.jsonl", engine, engine_alone)
        again = load(folder, "incoming/all.jsonl", engine)
        assert (first.summary["loaded"], again.summary["unchanged"]) == (total, total), (first, again)
    rate, engine_rate = total / first.seconds, REPLAYED * len(alone) / sum(alone)
    ours_us, engine_us = first.ours_s / total * 1e6, first.engine_s / total * 1e6
    cores, two_cores = (first.ours_s + first.engine_s) / first.seconds, 2e6 / (ours_us + engine_us)
    figures = {
        "loading.lines": total,
        "loading.lines_a_second": round(rate),
        "loading.engine_lines_a_second": round(engine_rate),
        "loading.ratio_to_engine": round(rate / engine_rate, 2),
        "loading.again_lines_a_second": round(total / again.seconds),
        "loading.ours_us": round(ours_us),
        "loading.engine_us": round(engine_us),
        "loading.cores": round(cores, 2),
        "loading.two_cores_lines_a_second": round(two_cores),
        "loading.peak_mb": round(first.peak_mb),
        "loading.peak_mb_tenth": round(tenth.peak_mb),
    }
    print(
        f"{total:,} lines, {megabytes:,.0f} MB, {PROCESSES} processes of {CALLS_AT_ONCE} calls at once"
        f" on {os.cpu_count()} cores, engine included"
    )
    print(f"first load   {first.seconds:8.1f} s  {rate:8,.0f} lines/s: {verdict(rate, engine_rate)}")
    print(
        f"the engine alone, same requests, in between: {engine_rate:,.0f} lines/s;"
        f" the load is at {rate / engine_rate:.2f} of it"
    )
    print(f"once more    {again.seconds:8.1f} s  {total / again.seconds:8,.0f} lines/s, nothing written")
    print(
        f"processor time of a line: {ours_us:.0f} µs ours, {engine_us:.0f} µs the engine's; both together got"
        f" {cores:.2f} cores, and two whole ones would do {two_cores:,.0f} lines/s"
    )
    print(f"peak memory of a process   {first.peak_mb:.0f} MB; with a tenth of the lines {tenth.peak_mb:.0f} MB")
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**known, **figures}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
