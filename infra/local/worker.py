"""One worker process of `infra.local.workers`: `python -m infra.local.worker SOCKET URL CONNECTIONS`.

A module of its own, so that a worker starts without moto and its server.
"""

import logging
import signal
import socket
import sys

from waitress.server import create_server

from infra.local.gateway import Gateway
from infra.local.own_host import at_own_host
from infra.local.runtime import Runtime
from infra.local.views import Views

THREADS = 4
"""Each function handles one event at a time; the other threads read requests and write answers meanwhile."""
_OWN = 2
"""Sockets that waitress counts as connections: the one that listens and the one that wakes it."""


def answer(listening: socket.socket, url: str, connections: int) -> None:
    """Answers requests from the socket until the process is terminated.

    Args:
        listening: a socket that the workers share.
        url: the address of the service, at which its links begin.
        connections: the most that this worker holds open at once.
    """
    logging.getLogger("waitress").setLevel(logging.ERROR)
    runtime = Runtime()
    runtime.warm_up()
    server = create_server(
        at_own_host(Gateway(runtime.invoke, Views(f"{url}/_local")), listening.getsockname()[1]),
        sockets=[listening],
        threads=THREADS,
        connection_limit=connections + _OWN,
        clear_untrusted_proxy_headers=False,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    server.run()


if __name__ == "__main__":
    answer(socket.socket(fileno=int(sys.argv[1])), sys.argv[2], int(sys.argv[3]))
