"""HTTP as light as it can be, because it runs on the cores that it measures."""

import json
import random
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from infra.local.citizen import solve

REQUESTS_A_NETWORK = 40
"""Requests after which a client opens a new connection, from another network."""


class Answer(NamedTuple):
    """An HTTP answer, and the seconds from the first byte sent to the last one received."""

    status: int
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class NoAnswer(Exception):
    """The connection ended without an answer."""


class Connection:
    """A client with one open connection at a time."""

    def __init__(self, url: str, seed: int) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "", parts.port or 0)
        self.chance = random.Random(seed)  # noqa: S311 not a secret
        self.socket: socket.socket | None = None
        self.left = 0

    def call(self, method: str, path: str, body: bytes = b"", token: str = "") -> Answer:
        """Sends one request and returns its answer; `token` opens a request that was made before.

        Raises:
            NoAnswer: the connection could not be opened, or ended before the answer was complete.
        """
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost:{self.address[1]}\r\nContent-Type: application/json\r\n"
        head += f"Authorization: Bearer {token}\r\n" if token else ""
        message = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        started = time.perf_counter()
        try:
            if self.socket is None or self.left == 0:
                self._open()
            assert self.socket is not None
            self.left -= 1
            self.socket.sendall(message)
            status, answered = self._read(self.socket)
        except OSError as error:
            self._close()
            raise NoAnswer from error
        return Answer(status, answered, time.perf_counter() - started)

    def _open(self) -> None:
        self._close()
        network = ".".join(str(self.chance.randrange(1, 255)) for _ in range(3))
        self.socket = socket.create_connection(self.address, timeout=30, source_address=(f"127.{network}", 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.left = REQUESTS_A_NETWORK

    def _close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def _read(self, connection: socket.socket) -> tuple[int, bytes]:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self._more(connection)
        return int(head[9:12]), body

    @staticmethod
    def _more(connection: socket.socket) -> bytes:
        more = connection.recv(65536)
        if not more:
            raise ConnectionResetError
        return more

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """Sends a JSON body; see `call`."""
        return self.call("POST", path, json.dumps(body).encode())

    def proof(self, action: str) -> str:
        """Fetches a challenge for `request` or `verification` and solves it.

        Raises:
            NoAnswer: no challenge came.
        """
        answer = self.call("GET", f"/api/captcha?for={action}")
        if answer.status != 200:
            raise NoAnswer
        return solve(answer.json)


class Clients:
    """Several clients, each a thread with a connection of its own."""

    def __init__(self, url: str, size: int) -> None:
        self.connections = [Connection(url, seed) for seed in range(size)]

    def run(self, act: Callable[[Connection, int], None], times: int, until: float = float("inf")) -> float:
        """Calls `act` once with each number below `times`, shared out among the clients.

        Args:
            act: gets the client's connection and the number; its first exception ends the run and is raised here.
            times: how many numbers there are.
            until: the moment of `time.monotonic()` after which no client begins another number.

        Returns:
            The seconds that all of it took.
        """
        numbers = iter(range(times))
        lock = threading.Lock()
        failures: list[BaseException] = []

        def work(connection: Connection) -> None:
            while time.monotonic() < until and not failures:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                try:
                    act(connection, number)
                except Exception as error:
                    failures.append(error)

        threads = [threading.Thread(target=work, args=(connection,)) for connection in self.connections]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return time.perf_counter() - started
