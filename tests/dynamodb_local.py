"""Amazon's own DynamoDB engine on this machine, for the tests that need true transactions and true concurrency.

`python -m tests.dynamodb_local` fetches it ahead of time (Maven Central, kept in `build/dynamodb-local`).
"""

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
POM = Path(__file__).with_name("dynamodb_local.pom.xml")
VERSION: str = re.findall("<version>(.+)</version>", POM.read_text())[-1]
JARS = Path(__file__).parents[1] / "build" / "dynamodb-local" / VERSION
LAUNCHER = "software.amazon.dynamodb.services.local.main.ServerRunner"
OLDEST_JAVA = 17
PATIENCE = 60
"""Seconds in which the engine must answer."""
FETCHING = 300
"""Seconds for the download."""


class Unavailable(Exception):
    """The engine cannot run here; the message says why."""


@dataclass(frozen=True)
class Engine:
    """A running engine."""

    url: str
    process: int

    @property
    def environment(self) -> dict[str, str]:
        """What sends boto3's calls for tables and streams to it, and no others."""
        return {"AWS_ENDPOINT_URL_DYNAMODB": self.url, "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": self.url}

    def client(self) -> Any:
        """A client of its own, with nothing cached."""
        import boto3

        return boto3.client(
            "dynamodb",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    def empty(self) -> None:
        """Forgets every table."""
        client = self.client()
        for page in client.get_paginator("list_tables").paginate():
            for table in page["TableNames"]:
                client.delete_table(TableName=table)

    def stop(self) -> None:
        """Ends it in the midst of its calls, and keeps what it acknowledged, as DynamoDB does.

        SIGKILL would not: the engine answers before it commits, and lost its last acknowledged transaction in 4 of 12
        trials under six writers; SIGTERM lost none in 16.
        """
        os.kill(self.process, signal.SIGTERM)


def fetch() -> Path:
    """The folder of the engine's jars, filled on first use.

    Raises:
        Unavailable: no Java, no Maven, or no way to Maven Central.
    """
    java = shutil.which("java")
    if java is None:
        raise Unavailable("DynamoDB Local needs Java 17, and there is no `java` on the path")
    printed = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = printed.partition('"')[2].partition(".")[0]
    if not version.isdigit() or int(version) < OLDEST_JAVA:
        raise Unavailable(f"DynamoDB Local needs Java 17 or newer, and `java` is {printed.partition(chr(10))[0]}")
    JARS.parent.mkdir(parents=True, exist_ok=True)
    # Several test processes may want it at once; one fetches.
    with (JARS.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not JARS.is_dir():
            _download()
    return JARS


def _download() -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable("DynamoDB Local is fetched by Maven, and there is no `mvn` on the path")
    with tempfile.TemporaryDirectory(dir=JARS.parent) as folder:
        command = [maven, "--quiet", "--batch-mode", "--strict-checksums", "--file", str(POM)]
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}/jars"]
        try:
            done = subprocess.run([*command, *goal], capture_output=True, text=True, timeout=FETCHING, check=False)
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"Maven did not bring DynamoDB Local in {FETCHING} seconds") from error
        if done.returncode:
            first = next((line for line in done.stdout.splitlines() if "ERROR" in line), "no word from it")
            raise Unavailable(f"Maven could not bring DynamoDB Local: {first}")
        (Path(folder) / "jars").rename(JARS)


def processor_time(process: int) -> float:
    """Seconds of processor that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(
    heap: str = "256m", *, lasting: bool = False, folder: Path | None = None, port: int = 0
) -> Iterator[Engine]:
    """The engine, answering on a free port of this machine until the block ends.

    Args:
        heap: the most memory it may take for its objects.
        lasting: it runs for minutes, so Java takes the time to compile it well, and it has one core: nearly all it does
            is done by one thread at a time, and handing that from core to core costs more than a second core brings.
            Else it only starts quickly.
        folder: where it keeps the tables, so that they outlive it; without one they are kept in memory.
        port: where it listens; 0 takes a free one.

    Raises:
        Unavailable: it cannot run here.
    """
    jars = fetch()
    port = port or _free_port()
    # For each transaction it makes all of its exceptions, to throw none; their stack traces take a fifth of its time.
    java = [
        "java",
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        "-XX:-StackTraceInThrowable",
        *([] if lasting else ["-XX:TieredStopAtLevel=1"]),
    ]
    where = ["-sharedDb", "-dbPath", str(folder)] if folder else ["-sharedDb", "-inMemory"]
    with tempfile.TemporaryFile() as output:
        command = [*java, f"-Djava.library.path={jars}", "-cp", f"{jars}/*", LAUNCHER]
        with _on_one_core() if lasting else nullcontext():
            process = subprocess.Popen(
                [*command, "-port", str(port), "-disableTelemetry", *where], stdout=output, stderr=subprocess.STDOUT
            )
        try:
            if not _answers(port, process):
                output.seek(0)
                printed = output.read().decode(errors="replace").strip()[-500:]
                raise Unavailable(f"DynamoDB Local did not start: {printed}")
            yield Engine(f"http://{HOST}:{port}", process.pid)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def _on_one_core() -> Iterator[None]:
    """What is started meanwhile stays on one core; without a choice of cores (not Linux), wherever it likes."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(all_cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)


def _free_port() -> int:
    with socket.socket() as trying:
        trying.bind((HOST, 0))
        return int(trying.getsockname()[1])


def _answers(port: int, process: "subprocess.Popen[bytes]") -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection((HOST, port), timeout=1):
                return True
        except OSError:
            time.sleep(0.05)
    return False


if __name__ == "__main__":
    try:
        print(f"DynamoDB Local: {fetch()}")
    except Unavailable as unavailable:
        sys.exit(str(unavailable))
