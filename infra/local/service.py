"""The whole service on this machine, in one process. It keeps nothing when it stops."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.loaders
from constancia.aws.keys import SealKeys
from constancia.aws.seals import SealChains
from constancia.aws.service_state import ServiceStateFile
from moto import mock_aws
from moto.core import utils as moto_utils
from moto.core.botocore_stubber import BotocoreStubber
from waitress.server import create_server

from infra import wiring
from infra.local import edwards, sms, storage
from infra.local.gateway import Gateway
from infra.local.inbox import Inbox
from infra.local.own_host import HOST, at_own_host
from infra.local.runtime import Runtime
from infra.local.schedule import Scheduler
from infra.local.stream import StreamPoller
from infra.local.transactions import copying_little
from infra.local.views import Views

THREADS = 16
CONNECTIONS = 800
"""The most open connections. Idle ones cost a file handle each, of which a process commonly has 1,024."""
IDLE = 30
"""Seconds after which an idle connection is closed."""
COUNTERS_KEY = secrets.token_hex(32)
"""The key of challenges and counters, which is forgotten with them when the service stops."""
OPERATORS = "operaciones@minedu.example"
SAMPLES = Path(__file__).parents[2] / "events" / "sample"


class PortTaken(Exception):
    """The port is in use or cannot be opened; the message says so in Spanish."""


@dataclass
class Service:
    """A service that answers HTTP requests: its address, and how many people and school records it was filled with."""

    url: str
    people: int
    school_records: int


def settings(url: str) -> dict[str, str]:
    """All settings of this machine's service, by name; `url` is the address of its portal."""
    return {
        **storage.names(),
        "COUNTERS_KEY": COUNTERS_KEY,
        "PORTAL_URL": url,
        "DOWNLOADS_URL": f"{url}/_local/pdfs",
        "INBOX_URL": f"{url}/_local/inbox",
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
    """A socket that listens on this machine's loopback address; port 0 picks a free one.

    Raises:
        PortTaken: the port is in use or cannot be opened.
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


_loader = cache(botocore.loaders.create_loader)
"""What moto reads AWS's own descriptions by. It would make one for each service, which lists the files of all 400."""


@contextmanager
def moto() -> Iterator[None]:
    """AWS simulated by moto (SMS by `infra.local.sms`), one call at a time because moto loses writes of threads."""
    lock = threading.RLock()
    unlocked = BotocoreStubber.process_request

    def one_at_a_time(self: Any, request: Any) -> Any:
        with lock:
            return sms.answer(request) if sms.ADDRESS.match(request.url) else unlocked(self, request)

    BotocoreStubber.process_request = one_at_a_time  # type: ignore[method-assign]
    moto_utils.create_loader = _loader  # type: ignore[assignment, attr-defined]
    sms.sent.clear()
    try:
        # A session of boto3's that is kept need not read again what AWS's services are like.
        with mock_aws(config={"core": {"reset_boto3_session": False}}), copying_little(), edwards.played():
            yield
    finally:
        BotocoreStubber.process_request = unlocked  # type: ignore[method-assign]
        moto_utils.create_loader = botocore.loaders.create_loader  # type: ignore[assignment, attr-defined]


@dataclass
class Installation:
    """A service that is set up and filled; nothing listens yet."""

    runtime: Runtime
    gateway: Gateway
    people: int
    school_records: int


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Within the block, the process's environment has these values; afterwards it is as it was before."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def installed(url: str, data: Path = SAMPLES) -> Iterator[Installation]:
    """The service without a port: storage created and filled, functions ready to be called.

    Args:
        url: the address at which its links begin.
        data: a folder with people.jsonl and school_records.jsonl.

    Raises:
        storage.BrokenFile: a data file cannot be loaded.
    """
    with environment({**ENVIRONMENT, **settings(url)}), moto():
        dynamodb = boto3.client("dynamodb", region_name=storage.REGION)
        storage.create_tables(dynamodb)
        people, school_records = storage.load(dynamodb, data)
        storage.create_rest()
        # In AWS the function that seals does so before its snapshot.
        SealChains(SealKeys()).current()
        # As `try_service` leaves it where all is well.
        ServiceStateFile().publish({})
        runtime = Runtime()
        yield Installation(runtime, Gateway(runtime.invoke, Views(f"{url}/_local")), people, school_records)


@contextmanager
def running(port: int, data: Path = SAMPLES) -> Iterator[Service]:
    """The service, which answers until the block ends.

    Args:
        port: the port to listen on; 0 picks a free one.
        data: a folder with people.jsonl and school_records.jsonl.

    Raises:
        PortTaken: the port is in use or cannot be opened.
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
    """Within the block, an installation answers on a socket, and its streams, inboxes and schedules are followed."""
    logging.getLogger("waitress").setLevel(logging.ERROR)
    runtime = installation.runtime
    server = create_server(
        at_own_host(installation.gateway, listening.getsockname()[1]),
        sockets=[listening],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=IDLE,
        cleanup_interval=IDLE // 3,
        # `select`, which waitress would use, knows no file handle above 1,023.
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=False,
    )
    stopping = threading.Event()

    def answer() -> None:
        try:
            server.run()
        except (OSError, ValueError):
            # After `close`, waitress's loop may still use the closed socket once.
            if not stopping.is_set():
                raise

    triggers: list[StreamPoller | Inbox | Scheduler] = [Scheduler(runtime.invoke)]
    for function in wiring.FUNCTIONS:
        if function.stream:
            triggers.append(StreamPoller(function, runtime.invoke))
        if function.files:
            triggers.append(Inbox(function, runtime.invoke))
    threads = [threading.Thread(target=trigger.run, args=(stopping,), daemon=True) for trigger in triggers]
    threads += [threading.Thread(target=target, daemon=True) for target in (answer, runtime.warm_up)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        # First the threads that answer, then the sockets that they answer on.
        server.task_dispatcher.shutdown()
        server.close()
        for thread in threads:
            thread.join(timeout=5)
