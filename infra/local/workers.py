"""The service as several worker processes on one socket over a shared DynamoDB engine, to test load and failure.

Each worker (`infra.local.worker`) is like one execution environment of Lambda: it handles one event of a function at a
time and shares only what AWS stores. moto's server, in this process, stands for S3, SES and SQS.

`python -m infra.local.workers DYNAMODB_URL [--workers N] [--connections N] [--port P] [--data FOLDER] [--keep]` prints
one line of JSON once it answers, `{"url", "aws", "workers"}`, and ends when its standard input does. The functions'
output goes to standard error, because a caller may stop reading standard output after that line, and a full pipe would
block every function.
"""

import argparse
import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

from infra import wiring
from infra.local import edwards, service, storage
from infra.local.inbox import Inbox
from infra.local.own_host import HOST
from infra.local.runtime import Runtime
from infra.local.stream import StreamPoller

CONNECTIONS = 100
"""The most open connections of one worker."""
PATIENCE = 1.0
"""Seconds between two checks that every worker lives."""


class Workers:
    """The worker processes; one that ends is replaced."""

    def __init__(self, listening: socket.socket, url: str, count: int, connections: int) -> None:
        self.command = [sys.executable, "-m", "infra.local.worker", str(listening.fileno()), url, str(connections)]
        self.socket = listening.fileno()
        self.ending = threading.Event()
        self.processes = [self._start() for _ in range(count)]

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603
            self.command, pass_fds=[self.socket], stdin=subprocess.DEVNULL, stdout=sys.stderr
        )

    def watch(self) -> None:
        """Replaces workers that ended, until `end` is called."""
        while not self.ending.wait(PATIENCE):
            for place, process in enumerate(self.processes):
                if process.poll() is not None and not self.ending.is_set():
                    self.processes[place] = self._start()

    def end(self) -> None:
        """Ends all workers; one that does not end within ten seconds is killed."""
        self.ending.set()
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def running(
    dynamodb: str, count: int, port: int, data: Path, *, connections: int = CONNECTIONS, keep: bool = False
) -> Iterator[dict[str, object]]:
    """The service over the DynamoDB engine at an address, which answers until the block ends.

    Args:
        dynamodb: the engine's address.
        count: the number of worker processes.
        port: the port to listen on; 0 picks a free one.
        data: a folder with people.jsonl and school_records.jsonl.
        connections: the most that one worker holds open; further ones wait for another worker.
        keep: the tables exist already and are used as they are.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    listening = service.listen(port)
    url = f"http://{HOST}:{listening.getsockname()[1]}"
    rest = ThreadedMotoServer(ip_address=HOST, port=0, verbose=False)
    rest.start()
    _, rest_port = rest.get_host_and_port()
    aws = {
        "AWS_ENDPOINT_URL": f"http://{HOST}:{rest_port}",
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": dynamodb,
    }
    os.environ.update({**service.ENVIRONMENT, **service.settings(url), **aws})
    if not keep:
        client = boto3.client("dynamodb", region_name=storage.REGION)
        storage.create_tables(client)
        storage.load(client, data)
    storage.create_rest()
    workers = Workers(listening, url, count, connections)
    runtime = Runtime()
    threading.Thread(target=workers.watch, daemon=True).start()
    for function in wiring.FUNCTIONS:
        if function.stream:
            poller = StreamPoller(function, runtime.invoke)
            threading.Thread(target=poller.run, args=(workers.ending,), daemon=True).start()
        if function.files:
            inbox = Inbox(function, runtime.invoke)
            threading.Thread(target=inbox.run, args=(workers.ending,), daemon=True).start()
    try:
        yield {"url": url, "aws": aws, "workers": [process.pid for process in workers.processes]}
    finally:
        workers.end()
        listening.close()
        rest.stop()


def main() -> None:
    """Runs the service until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dynamodb")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, default=CONNECTIONS, help="of one worker")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data", type=Path, default=service.SAMPLES)
    parser.add_argument("--keep", action="store_true", help="the tables are there already")
    chosen = parser.parse_args()
    with (
        edwards.played(),
        running(
            chosen.dynamodb, chosen.workers, chosen.port, chosen.data, connections=chosen.connections, keep=chosen.keep
        ) as started,
    ):
        print(json.dumps(started), flush=True)  # noqa: T201 the one line that callers read
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        sys.stdin.read()


if __name__ == "__main__":
    main()
