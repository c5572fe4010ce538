"""The service as several processes on one socket, over a DynamoDB engine that they share: for load and for failure.

Each process is to the functions what one of Lambda's execution environments is: one event at a time, nothing shared
but what AWS keeps. One further process, moto's server, plays S3, SES and SQS for all of them.

`python -m infra.local.workers DYNAMODB_URL [--workers N] [--connections N] [--port P] [--data FOLDER] [--keep]` prints
one line of JSON once it answers, `{"url", "aws", "workers"}`, and ends with its standard input. What functions print
goes to its standard error: whoever reads the one line may stop reading there, and a pipe that nobody empties would stop
every function.
"""

import argparse
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra import wiring
from infra.local import service, storage

THREADS = 4
"""A process answers one event of a function at a time; the other threads read and write what goes with it."""

CONNECTIONS = 100
"""That a process holds open at once."""
_OWN = 2
"""Sockets that waitress counts among its connections: the one that listens and the one that wakes it."""

PATIENCE = 1.0
"""Seconds between two looks at whether every worker lives."""


def answer(listening: socket.socket, url: str, connections: int) -> None:
    """A worker: takes requests from the socket until it is told to end, over so many connections at once."""
    from waitress.server import create_server  # noqa: PLC0415 only a worker needs these

    from infra.local.gateway import Gateway  # noqa: PLC0415
    from infra.local.runtime import Runtime  # noqa: PLC0415
    from infra.local.views import Views  # noqa: PLC0415

    logging.getLogger("waitress").setLevel(logging.ERROR)
    runtime = Runtime()
    runtime.warm_up()
    gateway = Gateway(runtime.invoke, Views(f"{url}/_local/pdfs"))
    server = create_server(
        gateway,
        sockets=[listening],
        threads=THREADS,
        connection_limit=connections + _OWN,
        clear_untrusted_proxy_headers=False,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    server.run()


class Workers:
    """The worker processes; one that dies is replaced."""

    def __init__(self, listening: socket.socket, url: str, count: int, connections: int) -> None:
        self.command = [sys.executable, "-m", __spec__.name, "--connections", str(connections)]
        self.command += ["--answer", str(listening.fileno()), url]
        self.socket = listening.fileno()
        self.ending = threading.Event()
        self.processes = [self._start() for _ in range(count)]

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603
            self.command, pass_fds=[self.socket], stdin=subprocess.DEVNULL, stdout=sys.stderr
        )

    def watch(self) -> None:
        """Replaces the dead until told to end."""
        while not self.ending.wait(PATIENCE):
            for place, process in enumerate(self.processes):
                if process.poll() is not None and not self.ending.is_set():
                    self.processes[place] = self._start()

    def end(self) -> None:
        """Ends them all."""
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
    """The service over the engine at the address `dynamodb`, answering until the block ends.

    Args:
        dynamodb: the engine's address.
        count: worker processes.
        port: where to listen; 0 takes a free one.
        data: a folder with people.jsonl and school_records.jsonl.
        connections: that one process holds open; further ones wait for a process that has room.
        keep: the tables are there already.
    """
    import boto3  # noqa: PLC0415 `--answer` makes its own
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    from infra.local.runtime import Runtime  # noqa: PLC0415
    from infra.local.stream import StreamPump  # noqa: PLC0415

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    listening = service.listen(port)
    url = f"http://{service.HOST}:{listening.getsockname()[1]}"
    rest = ThreadedMotoServer(ip_address=service.HOST, port=0, verbose=False)
    rest.start()
    _, rest_port = rest.get_host_and_port()
    aws = {
        "AWS_ENDPOINT_URL": f"http://{service.HOST}:{rest_port}",
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
    pumps = [StreamPump(function, runtime.invoke) for function in wiring.FUNCTIONS if function.stream]
    for watch in [workers.watch, *(lambda pump=pump: pump.run(workers.ending) for pump in pumps)]:
        threading.Thread(target=watch, daemon=True).start()
    try:
        yield {"url": url, "aws": aws, "workers": [process.pid for process in workers.processes]}
    finally:
        workers.end()
        listening.close()
        rest.stop()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dynamodb", nargs="?", default="")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, default=CONNECTIONS, help="of one process")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data", type=Path, default=service.SAMPLES)
    parser.add_argument("--keep", action="store_true", help="the tables are there already")
    parser.add_argument("--answer", nargs=2, metavar=("SOCKET", "URL"), help="be one of the workers")
    chosen = parser.parse_args()
    if chosen.answer:
        answer(socket.socket(fileno=int(chosen.answer[0])), chosen.answer[1], chosen.connections)
    else:
        with running(
            chosen.dynamodb,
            chosen.workers,
            chosen.port,
            chosen.data,
            connections=chosen.connections,
            keep=chosen.keep,
        ) as started:
            print(json.dumps(started), flush=True)  # noqa: T201 this is what the command is for
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            sys.stdin.read()


if __name__ == "__main__":
    main()
