"""Keeps other web sites' pages from this machine's service: it answers only to its own names.

A page whose domain is pointed to 127.0.0.1 (DNS rebinding) counts in a browser as the same origin as this service, but
its requests still carry that domain in the header `Host`.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

HOST = "127.0.0.1"
"""The address that this machine's service listens on."""

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""A WSGI application (PEP 3333)."""


def at_own_host(application: Application, port: int) -> Application:
    """The application for requests to this machine by a name of its own and this port; others are answered 421."""
    own = {f"{name}:{port}" for name in (HOST, "localhost")}

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_HOST", "").lower() in own:
            return application(environ, start_response)
        status = HTTPStatus.MISDIRECTED_REQUEST
        start_response(f"{status.value} {status.phrase}", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return []

    return answer
