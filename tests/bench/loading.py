"""How fast records load and what it costs in memory: `python -m tests.bench.loading [LINES]` (100,000 without).

A generated file on disk, Amazon's own DynamoDB engine on this machine, and two processes that each take one batch
after the other, as the copies of the function do. Prints a table and writes these keys into `build/bench.json`:

- `loading.lines`, `loading.lines_a_second`: of the first load, plan to summary.
- `loading.again_lines_a_second`: of the same file once more, which only reads.
- `loading.peak_mb`: the largest memory of a process, and `loading.peak_mb_tenth`, of one that loads a tenth of the
  lines: flat if they agree.
- `loading.ours_us`: processor time of our side for a line; the engine has the rest of the machine.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from constancia.lima import LIMA
from constancia.lines import Batch
from constancia.loading import Load, Loader

from infra.local import service, storage
from tests import dynamodb_local, nation

RESULTS = Path("build/bench.json")
LINES = 100_000
PROCESSES = 2
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


def batch(folder: str, planned: dict[str, Any], place: dict[str, Any]) -> None:
    """One batch, in a process of its own."""
    loader(folder).batch(Load.of(planned["load"]), Batch(**place), TODAY)


def spent() -> tuple[float, float]:
    """Processor seconds and peak megabytes of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def load(folder: str, key: str) -> tuple[dict[str, Any], float, float, float]:
    """The summary of a load, its seconds, our processor seconds, and the peak memory of a process in megabytes."""
    started = time.perf_counter()
    steps = loader(folder)
    with ProcessPoolExecutor(PROCESSES) as pool:
        planned = steps.plan(key, datetime.now(LIMA))
        for done in [pool.submit(batch, folder, planned, place) for place in steps.inbox.get(planned["plan"])]:
            done.result()
        used = [pool.submit(spent) for _ in range(PROCESSES * 8)]
        processes = {told.result() for told in used}
        summary = steps.finish(planned, datetime.now(LIMA))
    seconds = time.perf_counter() - started
    return summary, seconds, max(processor for processor, _ in processes), max(peak for _, peak in processes)


def main(lines: int = LINES) -> None:
    """Measures, prints, keeps."""
    RESULTS.parent.mkdir(exist_ok=True)
    with dynamodb_local.running("1g") as engine, TemporaryDirectory(dir=RESULTS.parent) as folder:
        os.environ.update({**service.ENVIRONMENT, **service.settings(""), **engine.environment})
        storage.create_tables(engine.client())
        inbox = Path(folder) / "incoming"
        inbox.mkdir()
        for name, count, start in (("tenth.jsonl", lines // 10, lines), ("all.jsonl", lines, 0)):
            with (inbox / name).open("wb") as file:
                file.writelines(nation.school_records(count, start))
        megabytes = (inbox / "all.jsonl").stat().st_size / 1e6
        _, _, _, tenth = load(folder, "incoming/tenth.jsonl")
        first, seconds, processor, peak = load(folder, "incoming/all.jsonl")
        again, seconds_again, _, _ = load(folder, "incoming/all.jsonl")
        assert (first["loaded"], again["unchanged"]) == (lines, lines), (first, again)
    figures = {
        "loading.lines": lines,
        "loading.lines_a_second": round(lines / seconds),
        "loading.again_lines_a_second": round(lines / seconds_again),
        "loading.peak_mb": round(peak),
        "loading.peak_mb_tenth": round(tenth),
        "loading.ours_us": round(processor * PROCESSES / lines * 1e6),
    }
    print(f"{lines:,} lines, {megabytes:,.0f} MB, {PROCESSES} processes on {os.cpu_count()} cores, engine included")
    print(f"first load   {seconds:8.1f} s  {lines / seconds:8,.0f} lines/s")
    print(f"once more    {seconds_again:8.1f} s  {lines / seconds_again:8,.0f} lines/s, nothing written")
    print(f"peak memory of a process   {peak:.0f} MB; with a tenth of the lines {tenth:.0f} MB")
    print(f"our processor time   {figures['loading.ours_us']} µs a line; the engine takes the rest of the machine")
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**known, **figures}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
