"""Calls of the API by the command of an institution, with patience where the service needs it."""

import json
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from constancia.errors import QuestionFileNotFound, QuotaExceeded

from infra.console.answers import REFUSED, UNREACHABLE, fail

TRIES = 6
"""How often a list is sent that could not be answered, with pauses that add up to half a minute."""
PATIENCE = 60
"""Seconds to wait for an answer."""
GO_ON = "Vuelve a dar el mismo comando: sigue donde se quedó."


class FileNotFound(Exception):
    """The service has no such file of questions, or not any more."""


def call(address: str, key: str, asked: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the service answers to an institution, to a POST if there is something to ask; tried again where it fails.

    Who asks faster than the firewall lets them waits for as long as it says. Ends the command where the key or the
    quota refuses it, or nothing answers.

    Raises:
        FileNotFound: a file of questions is asked about that is not there.
    """
    body = None if asked is None else json.dumps(asked).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    problem: object = ""
    pause = 0
    for attempt in range(TRIES):
        time.sleep(pause)
        pause = 2**attempt
        try:
            request = urllib.request.Request(address, body, headers)  # noqa: S310
            with urllib.request.urlopen(request, timeout=PATIENCE) as reply:  # noqa: S310 the institution's own choice
                answer: dict[str, Any] = json.load(reply)
                return answer
        except urllib.error.HTTPError as error:
            said = _said(error.read())
            problem = said.get("detail", f"{address} respondió {error.code}.")
            if error.code == HTTPStatus.TOO_MANY_REQUESTS and said.get("code") != QuotaExceeded.code:
                pause = max(pause, int(error.headers.get("Retry-After", 0)))
            elif said.get("code") == QuestionFileNotFound.code:
                raise FileNotFound from error
            elif error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                fail(problem, REFUSED)
        except ValueError:
            fail(f"{address} no responde como el servicio; revisa la dirección.", UNREACHABLE)
        except (OSError, HTTPException) as error:
            problem = error
    return fail(f"{problem} {GO_ON}", UNREACHABLE)


def _said(body: bytes) -> dict[str, Any]:
    """What is wrong in the service's own words; nothing where the answer is not the service's."""
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def send(address: str, headers: dict[str, str], content: bytes) -> None:
    """Puts a file where a link says, tried again where it fails; one that is there already is not put again.

    Ends the command where it cannot be put there.
    """
    problem: object = ""
    for attempt in range(TRIES):
        time.sleep(2**attempt if attempt else 0)
        try:
            request = urllib.request.Request(address, content, headers, method="PUT")  # noqa: S310
            urllib.request.urlopen(request, timeout=PATIENCE).close()  # noqa: S310 the address that the service gave
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.PRECONDITION_FAILED:
                return
            problem = error
        except (OSError, HTTPException) as error:
            problem = error
        else:
            return
    fail(f"{problem} {GO_ON}", UNREACHABLE)


def fetch(address: str) -> bytes:
    """What a link leads to; ends the command where it cannot be read."""
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as reply:  # noqa: S310 the address that the service gave
            content: bytes = reply.read()
            return content
    except (OSError, HTTPException) as error:
        fail(f"{error} {GO_ON}", UNREACHABLE)
