"""The service in processes of its own, and what they use of this machine."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.dynamodb_local import processor_time
from tests.journeys.citizen import MANY_TIMES, QUICK_PROOFS
from tests.trust import population
from tests.trust.load.client import Clients

ROOT = Path(__file__).parents[3]
MEMORY_SAMPLES = 12
"""How often the memory is read in a phase."""


@contextmanager
def service(engine: str, workers: int, students: int, clients: int, *, keep: bool = False) -> Iterator[dict[str, Any]]:
    """Runs the service until the block ends.

    Args:
        engine: the URL of DynamoDB Local.
        workers: how many processes run the functions.
        students: how many invented students are loaded.
        clients: connections to share out among the workers, as a load balancer would.
        keep: the tables exist already and stay as they are.

    Yields:
        `url`, the settings that reach its AWS as `aws`, the process ids of the `workers`, and `process`, which plays
        S3, SES and SQS.
    """
    connections = -(-clients // workers)
    quick = {**QUICK_PROOFS, **MANY_TIMES}
    with tempfile.TemporaryDirectory() as folder:
        population.write(Path(folder), students)
        command = [sys.executable, "-m", "infra.local.workers", engine, "--data", folder]
        command += ["--workers", str(workers), "--connections", str(connections)]
        log = Path(folder) / "workers.log"
        process = subprocess.Popen(
            [*command, *(["--keep"] if keep else [])],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.open("w"),
            env={**os.environ, **quick},
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, log.read_text()
            started: dict[str, Any] = json.loads(line)
            _warm_up(started["url"], workers, connections)
            yield {**started, "process": process.pid}
        finally:
            process.communicate()


def _warm_up(url: str, workers: int, connections: int) -> None:
    """Asks so often that in all likelihood every worker has answered."""
    clients = Clients(url, workers * connections)
    clients.run(lambda connection, _: connection.call("GET", "/api/captcha?for=request") and None, 40 * workers)


class Parts:
    """The processes of a measurement, by the part they play; without any, nothing is measured."""

    def __init__(self, processes: dict[str, list[int]] | None = None) -> None:
        self.processes = processes or {}

    def processor_times(self) -> dict[str, float]:
        """Seconds of processor that each part has used so far, and `others`: everything else on this machine."""
        used = {part: sum(map(processor_time, pids)) for part, pids in self.processes.items()}
        return {**used, "others": machine_time() - sum(used.values())} if used else {}

    @contextmanager
    def sampled_memory(self, seconds: float, samples: list[tuple[float, list[int]]]) -> Iterator[None]:
        """Appends to `samples`, while a block of so many seconds runs, its age and the megabytes of each process."""
        pids = [pid for part in ("workers", "database") for pid in self.processes.get(part, [])]
        ending, started = threading.Event(), time.monotonic()

        def sample() -> None:
            while pids:
                samples.append((time.monotonic() - started, memory(pids)))
                if ending.wait(seconds / MEMORY_SAMPLES):
                    return

        sampling = threading.Thread(target=sample)
        sampling.start()
        try:
            yield
        finally:
            ending.set()
            sampling.join()


def memory(pids: list[int]) -> list[int]:
    """The resident megabytes of these processes; one that has ended is left out."""
    found = []
    for pid in pids:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        found.append(int(status.partition("VmRSS:")[2].split()[0]) // 1024)
    return found


def machine_time() -> float:
    """Seconds of processor that everything on this machine has used since it started."""
    user, nice, system, _, _, irq, softirq = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
