"""The whole service in this process, called as the gateway would call it, with a switch that makes AWS fail."""

import io
from typing import Any

from infra import wiring
from infra.local.gateway import Gateway
from infra.local.runtime import Runtime
from infra.local.stream import StreamPump
from infra.local.views import Views
from tests.journeys.citizen import Answer, Citizen
from tests.trust.failing import Died, Failing

URL = "https://constancia.example"
NETWORK = "190.12.34.56"


class Invocation(Exception):
    """A function ended without an answer; Lambda tells its caller no more than that."""


class World:
    """The functions, the gateway before them and the stream behind them."""

    def __init__(self) -> None:
        self.runtime = Runtime()
        self.failing = Failing()
        self.views = Views(f"{URL}/_local/pdfs")
        self.gateway = Gateway(self.invoke, self.views)
        (self.sender,) = (function for function in wiring.FUNCTIONS if function.name == "send_certificate")
        self.pump = StreamPump(self.sender, self.invoke)
        self.stream = self.pump.stream

    def invoke(self, name: str, event: dict[str, Any]) -> Any:
        """Runs a function; AWS fails inside it as it was told to, and nowhere else."""
        with self.failing.armed():
            try:
                return self.runtime.invoke(name, event)
            except Died as death:
                raise Invocation(name) from death

    def deliver_mail(self) -> None:
        """Brings what changed to the function that sends the e-mails, as often as Lambda would."""
        self.pump.pump(self.stream)


class Client(Citizen):
    """A citizen who stands at the gateway: no network between, an address of their choice."""

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
        """One HTTP request."""
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
        told: list[Any] = []
        answered = b"".join(self.world.gateway(environ, lambda status, fields: told.extend((status, fields))))
        return Answer(int(told[0].split()[0]), dict(told[1]), answered)
