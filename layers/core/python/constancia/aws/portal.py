"""The portal over HTTP, as anybody reaches it."""

import json
import urllib.request
from typing import Any

from altcha.v2 import Challenge, Payload, solve_challenge

from constancia.aws.http import fetch
from constancia.verifying.trial import Reply

TIMEOUT = 10
"""Seconds for one answer."""
LARGEST_ANSWER = 1024 * 1024


class HttpPortal:
    """The portal: see `constancia.verifying.trial.Portal`."""

    def __init__(self, url: str, access_token: str = "") -> None:
        """`url` is its address without a final slash; the token, where there is one, opens a request."""
        self.url = url
        self.opening = {"Authorization": f"Bearer {access_token}"} if access_token else {}

    def get(self, path: str) -> Reply:
        """Fetches a page or an answer of the API."""
        return self._ask(path, None)

    def post(self, path: str, body: dict[str, Any]) -> Reply:
        """Sends JSON to the API."""
        return self._ask(path, json.dumps(body).encode())

    def _ask(self, path: str, body: bytes | None) -> Reply:
        headers = {**self.opening, **({"Content-Type": "application/json"} if body else {})}
        request = urllib.request.Request(self.url + path, body, headers)  # noqa: S310 the address is ours
        return Reply(*fetch(request, TIMEOUT, LARGEST_ANSWER))


def solve(challenge: dict[str, Any]) -> str | None:
    """The proof of a human for a challenge of ALTCHA, as a browser computes it; None for one of another kind."""
    if "parameters" not in challenge:
        return None
    given = Challenge.from_dict(challenge)
    solution = solve_challenge(given, timeout=0)
    return Payload(given, solution).to_base64() if solution else None
