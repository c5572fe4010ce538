"""A service as its operators reach it, and the one on this machine; for the one in AWS see `infra.console.cloud`."""

import getpass
import json
import urllib.error
import urllib.request
from http.client import HTTPException, InvalidURL
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

PATIENCE = 900
"""Seconds to wait for an answer; the report of a month first counts each day that was not counted yet."""


class Unreachable(Exception):
    """The service does not answer or fails; the message says in Spanish what to do."""


class Service(Protocol):
    """The calls that the console makes of a service. Each raises `Unreachable` if the service does not answer."""

    def operator(self) -> str:
        """Who calls, as far as the console knows; kept with what the operator does."""
        ...

    def call(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """The answer of an operators' function to an event."""
        ...

    def upload(self, file: Path, name: str) -> None:
        """Puts a file into the inbox under a name."""
        ...

    def fetch(self, bucket: str, key: str) -> bytes:
        """The bytes of an object that operators may read: a report, or the rejects of a load."""
        ...


class Local:
    """The service on this machine, at an address such as `http://127.0.0.1:8000`; see `Service`."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def operator(self) -> str:
        """The user who is logged in on this machine."""
        return getpass.getuser()

    def call(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """See `Service.call`."""
        said = self._ask(f"/_local/invoke/{function}", json.dumps(event).encode())
        try:
            answer: dict[str, Any] = json.loads(said)
        except ValueError as error:
            raise Unreachable(f"en {self.url} responde otra cosa, que no es el servicio") from error
        return answer

    def upload(self, file: Path, name: str) -> None:
        """See `Service.upload`."""
        with file.open("rb") as content:
            self._ask(f"/_local/inbox/{quote(name)}", content, length=file.stat().st_size)

    def fetch(self, bucket: str, key: str) -> bytes:
        """See `Service.fetch`. `bucket` is its name on this machine."""
        return self._ask(f"/_local/{bucket.rpartition('-')[2]}/{quote(key)}")

    def _ask(self, path: str, body: Any = None, length: int | None = None) -> bytes:
        headers = {"X-Constancia-Console": "1", "Content-Type": "application/json"}
        if length is not None:
            headers["Content-Length"] = str(length)
        try:
            request = urllib.request.Request(self.url + path, body, headers)  # noqa: S310 the operator's own address
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                content: bytes = answer.read()
        except urllib.error.HTTPError as error:
            raise Unreachable(f"{self.url} respondió {error.code}; mira lo que dice donde corre") from error
        except (ValueError, InvalidURL) as error:
            raise Unreachable(f"{self.url} no es una dirección; va como http://127.0.0.1:8000") from error
        except (OSError, HTTPException) as error:
            raise Unreachable(
                f"no responde {self.url}. Ponlo en marcha con «make serve», o usa --aws con la etapa"
            ) from error
        return content
