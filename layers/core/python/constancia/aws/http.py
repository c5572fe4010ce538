"""HTTP to others, whose answers may be anything."""

import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any


def fetch(request: urllib.request.Request, timeout: float, most: int) -> tuple[int, bytes]:
    """The status of the answer to a request, and its body up to so many bytes; 0 and nothing where there is no answer.

    What breaks off, or is not HTTP, is no answer.

    Args:
        request: the request, to an address that an operator set.
        timeout: seconds in which each part of the answer must come.
        most: bytes of the body that are read.
    """
    try:
        with _answer(request, timeout) as answer:
            return answer.status, answer.read(most)
    except (OSError, HTTPException):
        return 0, b""


def _answer(request: urllib.request.Request, timeout: float) -> Any:
    """The answer whatever its status, to be read."""
    try:
        return urllib.request.urlopen(request, timeout=timeout)  # noqa: S310 see `fetch`
    except urllib.error.HTTPError as error:
        return error
