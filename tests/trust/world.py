"""The whole service in this process, called as the gateway would call it, with a switch that makes AWS fail."""

import io
from typing import Any

from infra import wiring
from infra.local.gateway import Gateway
from infra.local.runtime import Runtime
from infra.local.stream import StreamPoller
from infra.local.views import Views
from tests.journeys.citizen import Answer, Citizen
from tests.trust.failing import Died, Failing

URL = "https://constancia.example"
NETWORK = "190.12.34.56"


class Invocation(Exception):
    """A function ended without an answer; Lambda tells its caller no more than that."""


class World:
    """The functions with the gateway in front of them and the stream that wakes the mailing one."""

    def __init__(self) -> None:
        self.runtime = Runtime()
        self.failing = Failing()
        self.views = Views(f"{URL}/_local")
        self.gateway = Gateway(self.invoke, self.views)
        (self.sender,) = (function for function in wiring.FUNCTIONS if function.name == "send_certificate")
        self.poller = StreamPoller(self.sender, self.invoke)
        self.stream = self.poller.stream
        self.log_poller = StreamPoller(wiring.function("log_certificates"), self.invoke)

    def invoke(self, name: str, event: dict[str, Any]) -> Any:
        """Runs a function and returns its answer; AWS fails inside it as planned, and nowhere else.

        Raises:
            Invocation: the function ended without an answer.
        """
        with self.failing.armed():
            try:
                return self.runtime.invoke(name, event)
            except Died as death:
                raise Invocation(name) from death

    def deliver_mail(self) -> None:
        """Gives the changes since the last call to the function that sends e-mails, with the retries of Lambda."""
        self.poller.poll(self.stream)

    def deliver_log(self) -> None:
        """Gives the changes since the last call to the function that brings them into the public log."""
        self.log_poller.poll(self.stream)


class Client(Citizen):
    """A citizen whose requests go straight to the gateway, from a network of the test's choice."""

    def __init__(self, world: World, network: str = NETWORK) -> None:
        super().__init__("")
        self.world = world
        self.network = network

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Sends one HTTP request and returns its answer."""
        path, _, query = path.removeprefix(URL).partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.encode().decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body or b"")),
            "CONTENT_TYPE": content_type,
            "REMOTE_ADDR": self.network,
            "wsgi.input": io.BytesIO(body or b""),
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()},
        }
        started: list[Any] = []
        answered = b"".join(self.world.gateway(environ, lambda status, fields: started.extend((status, fields))))
        return Answer(int(started[0].split()[0]), dict(started[1]), answered)
