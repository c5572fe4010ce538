"""A load that is killed, on Amazon's own engine: `python -m tests.trust.killed [LINES]` (100,000 without).

A file with one wrong line in a hundred is loaded by a process that nobody disturbs; then by processes that die one
after the other, as by a power cut, each at a random moment in the midst of its writing, and by one that may end. Both
times every line has its outcome and the tables, the rejects and the summary are the same.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from constancia.json_text import decode_object
from constancia.lima import LIMA

from infra.local import service, storage
from tests import dynamodb_local, nation

LINES = 100_000
DEATHS = 5
FILE = "file.jsonl"
ARRIVED = 1_750_000_000
"""The file's moment, the same for both loads: it is part of what is stored."""


class Death(NamedTuple):
    """When a process is to die."""

    after: float
    """The share of the batches that are done by then, the last one aside."""
    moment: float
    """How far into the next one, as a share of what a batch took the undisturbed load."""


class Left(NamedTuple):
    """What a load left behind."""

    summary: dict[str, Any]
    """Without its times."""
    rejects: list[dict[str, Any]]
    items: list[Any]
    """Of both tables, in order."""
    stored_at_deaths: tuple[int, ...]
    """How many items there were when a process had died."""
    a_batch_s: float


def deaths(dice: random.Random) -> list[Death]:
    """Random moments, one after the other; none in the last batch, where a fast machine might be done before."""
    return [Death(share, dice.uniform(0, 0.6)) for share in sorted(dice.random() for _ in range(DEATHS))]


def load(folder: str) -> None:
    """The whole load, in this process; says when it is about to write."""
    from tests.bench.loading import batch, loader

    steps = loader(folder)
    planned = steps.plan(f"incoming/{FILE}", datetime.now(LIMA))
    print("planned", flush=True)
    for place in steps.inbox.get(planned["plan"]):
        batch(folder, planned, place)
    steps.finish(planned, datetime.now(LIMA))


def leave(
    engine: dynamodb_local.Engine, folder: Path, content: bytes, dying: Sequence[Death] = (), a_batch_s: float = 0
) -> Left:
    """Loads a file into empty tables by processes that die, and one that does not."""
    engine.empty()
    storage.create_tables(engine.client())
    file = folder / "incoming" / FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    os.utime(file, (ARRIVED, ARRIVED))
    command = [sys.executable, "-c", f"from tests.trust.killed import load; load({str(folder)!r})"]
    environment = {**os.environ, **service.ENVIRONMENT, **service.settings(""), **engine.environment}
    stored, seconds = [], 0.0
    for death in (*dying, None):
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "planned\n"
            started = time.monotonic()
            if death:
                batches = len(json.loads((folder / "work" / FILE / "plan.json").read_text()))
                while len(list(folder.glob("work/*-1/*.json"))) < int(death.after * (batches - 1)):
                    assert process.poll() is None, "it ended before it could be killed"
                    time.sleep(0.001)
                time.sleep(death.moment * a_batch_s)
                process.kill()
            assert process.wait() == (-signal.SIGKILL if death else 0)
            seconds = time.monotonic() - started
        stored.append(len(everything(engine)))
    (summary,) = (json.loads(path.read_text()) for path in folder.glob("loads/*/summary-1.json"))
    rejects = (folder / "rejects" / f"{FILE}-rechazadas.jsonl").read_bytes().splitlines()
    return Left(
        summary={name: value for name, value in summary.items() if name not in ("seconds", "finished_at")},
        rejects=[decode_object(line) for line in rejects],
        items=everything(engine),
        stored_at_deaths=tuple(stored[:-1]),
        a_batch_s=seconds / len(json.loads((folder / "work" / FILE / "plan.json").read_text())),
    )


def everything(engine: dynamodb_local.Engine) -> list[Any]:
    """All items of both replicas."""
    pages = [
        page
        for table in ("PEOPLE_TABLE", "SCHOOL_RECORDS_TABLE")
        for page in engine.client().get_paginator("scan").paginate(TableName=storage.names()[table])
    ]
    return sorted((item for page in pages for item in page["Items"]), key=str)


def main(lines: int = LINES) -> None:
    """Loads, kills, compares."""
    bad = lines // 100
    content, faults = nation.mixed(lines, bad)
    with dynamodb_local.running("1g", lasting=True) as engine, TemporaryDirectory() as folder:
        clean = leave(engine, Path(folder) / "clean", content)
        print(f"{lines:,} lines: {clean.summary['loaded']:,} loaded, {clean.summary['rejected']:,} refused")
        assert (clean.summary["loaded"], clean.summary["rejected"], len(clean.items)) == (lines - bad, bad, lines - bad)
        assert [(reject["line"], reject["errors"][0]["code"]) for reject in clean.rejects] == faults
        print(f"the refused ones are those of {len(nation.BAD)} kinds that were put there, line by line")
        seed = random.randrange(1_000_000)  # noqa: S311 said, so that it can be repeated
        killed = leave(engine, Path(folder) / "killed", content, deaths(random.Random(seed)), clean.a_batch_s)  # noqa: S311
        print(f"killed (seed {seed}) with {', '.join(f'{n:,}' for n in killed.stored_at_deaths)} lines stored")
        assert killed._replace(stored_at_deaths=(), a_batch_s=0) == clean._replace(stored_at_deaths=(), a_batch_s=0)
        print("and run again: tables, rejects and summary are those of the load that nobody disturbed")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
