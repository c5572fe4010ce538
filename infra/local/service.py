"""The whole service on this machine: set up, loaded, listening, and gone without a trace when it stops."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra import wiring
from infra.local import storage
from infra.local.transactions import copying_little

if TYPE_CHECKING:
    from infra.local.gateway import Gateway
    from infra.local.runtime import Runtime

HOST = "127.0.0.1"
THREADS = 16
OPERATORS = "operaciones@minedu.example"
SAMPLES = Path(__file__).parents[2] / "events" / "sample"


class PortTaken(Exception):
    """Somebody listens there already."""


@dataclass
class Service:
    """A service that answers."""

    url: str
    people: int
    school_records: int


def settings(url: str) -> dict[str, str]:
    """All settings of this machine's service, by name."""
    return {
        **storage.names(),
        "PORTAL_URL": url,
        "DOWNLOADS_URL": f"{url}/_local/pdfs",
        "MAIL_SENDER": storage.SENDER,
        "OPERATORS_MAIL": OPERATORS,
        "REPORTS_URL": f"{url}/_local/reports",
    }


ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_SESSION_TOKEN": "",
    "AWS_DEFAULT_REGION": storage.REGION,
    "AWS_REGION": storage.REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    # moto knows streams by their plain address only.
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "POWERTOOLS_SERVICE_NAME": "constancia",
    "POWERTOOLS_METRICS_NAMESPACE": "Constancia",
    "POWERTOOLS_METRICS_DISABLED": "true",
    "POWERTOOLS_LOG_LEVEL": "WARNING",
}


def listen(port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        PortTaken: somebody listens there already.
    """
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise PortTaken(f"el puerto {port} está ocupado o no se puede usar; elige otro con --port") from error
    listening.listen(128)
    return listening


@contextmanager
def moto() -> Iterator[None]:
    """AWS played by moto in this process, one call at a time: moto's tables lose writes under threads."""
    from moto import mock_aws  # noqa: PLC0415 half a second, not wanted by `constancia --help`
    from moto.core.botocore_stubber import BotocoreStubber  # noqa: PLC0415

    lock = threading.RLock()
    unlocked = BotocoreStubber.process_request

    def one_at_a_time(self: Any, request: Any) -> Any:
        with lock:
            return unlocked(self, request)

    BotocoreStubber.process_request = one_at_a_time  # type: ignore[method-assign]
    try:
        with mock_aws(), copying_little():
            yield
    finally:
        BotocoreStubber.process_request = unlocked  # type: ignore[method-assign]


@dataclass
class Installation:
    """A service that is set up and loaded; nothing listens yet."""

    runtime: "Runtime"
    gateway: "Gateway"
    people: int
    school_records: int


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """The process's environment with these values, as it was before once the block ends."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def installed(url: str, data: Path = SAMPLES) -> Iterator[Installation]:
    """The service without a port: storage made and filled, functions ready to be called.

    Args:
        url: where its links lead.
        data: a folder with people.jsonl and school_records.jsonl.

    Raises:
        storage.BrokenFile: a data file cannot be loaded.
    """
    with environment({**ENVIRONMENT, **settings(url)}), moto():
        import boto3  # noqa: PLC0415 not wanted by `constancia --help`

        from infra.local.gateway import Gateway  # noqa: PLC0415
        from infra.local.runtime import Runtime  # noqa: PLC0415
        from infra.local.views import Views  # noqa: PLC0415

        dynamodb = boto3.client("dynamodb", region_name=storage.REGION)
        storage.create_tables(dynamodb)
        people, school_records = storage.load(dynamodb, data)
        storage.create_rest()
        runtime = Runtime()
        yield Installation(runtime, Gateway(runtime.invoke, Views(f"{url}/_local/pdfs")), people, school_records)


@contextmanager
def running(port: int, data: Path = SAMPLES) -> Iterator[Service]:
    """The service, answering until the block ends.

    Args:
        port: where to listen; 0 takes a free one.
        data: a folder with people.jsonl and school_records.jsonl.

    Raises:
        PortTaken: somebody listens there already.
        storage.BrokenFile: a data file cannot be loaded.
    """
    listening = listen(port)
    try:
        url = f"http://{HOST}:{listening.getsockname()[1]}"
        with installed(url, data) as installation, answering(listening, installation):
            yield Service(url, installation.people, installation.school_records)
    finally:
        listening.close()


@contextmanager
def answering(listening: socket.socket, installation: Installation) -> Iterator[None]:
    """An installation that answers on a socket, with its triggers at work."""
    from waitress.server import create_server  # noqa: PLC0415 not wanted by `constancia --help`

    from infra.local.inbox import Inbox  # noqa: PLC0415
    from infra.local.schedule import Clock  # noqa: PLC0415
    from infra.local.stream import StreamPump  # noqa: PLC0415

    logging.getLogger("waitress").setLevel(logging.ERROR)
    runtime = installation.runtime
    server = create_server(
        installation.gateway, sockets=[listening], threads=THREADS, clear_untrusted_proxy_headers=False
    )
    stopping = threading.Event()

    def answer() -> None:
        try:
            server.run()
        except (OSError, ValueError):
            # Closed from outside, waitress's loop may still look at the socket that is gone.
            if not stopping.is_set():
                raise

    pumps = [StreamPump(function, runtime.invoke) for function in wiring.FUNCTIONS if function.stream]
    inboxes = [Inbox(function, runtime.invoke) for function in wiring.FUNCTIONS if function.files]
    watches = [*(pump.run for pump in pumps), *(inbox.run for inbox in inboxes), Clock(runtime.invoke).run]
    threads = [threading.Thread(target=watch, args=(stopping,), daemon=True) for watch in watches]
    threads.append(threading.Thread(target=answer, daemon=True))
    threads.append(threading.Thread(target=runtime.warm_up, daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        # First those who answer, then the sockets they answer on.
        server.task_dispatcher.shutdown()
        server.close()
        for thread in threads:
            thread.join(timeout=5)
