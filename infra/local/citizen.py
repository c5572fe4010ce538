"""A citizen without a browser: obtains a PDF for a request file, through the same gateway and functions."""

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from altcha.v2 import Challenge, Payload, solve_challenge

from infra.local.gateway import Answer, Gateway

CODE = re.compile(r"\b[0-9]{6}\b")


class RequestRefused(Exception):
    """The service refused a request, or the request file is unusable; the message says why, in Spanish."""


def solve(challenge: dict[str, Any]) -> str:
    """The proof of a human for an ALTCHA challenge of the API, in base64, as a browser computes it.

    Raises:
        RequestRefused: the challenge has no solution.
    """
    given = Challenge.from_dict(challenge)
    solution = solve_challenge(given, timeout=0)
    if solution is None:
        raise RequestRefused("no se pudo resolver el captcha")
    return Payload(given, solution).to_base64()


def newest_code(outbox: list[dict[str, str]], to: str = "") -> str:
    """The newest confirmation code in an outbox, of those to one address where one is given.

    Raises:
        RequestRefused: there is none.
    """
    codes: list[str] = [
        code for message in outbox if to in ("", message["to"]) for code in CODE.findall(message["text"])
    ]
    if not codes:
        raise RequestRefused("no llegó ningún código")
    return codes[-1]


class Citizen:
    """A client of a gateway in this process."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.access_token = ""

    def obtain(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """The API's answer about a new certificate, and the bytes of its PDF.

        Args:
            request: the body of `POST /api/requests`, without the captcha.

        Raises:
            RequestRefused: the service refused one of the steps.
        """
        accepted = self._json("POST", "/api/requests", {**request, "captcha": self._prove_human()})
        self.access_token = accepted["access_token"]
        path = f"/api/requests/{accepted['request_id']}"
        if accepted["confirmation"]:
            self._json("POST", f"{path}/confirmation", {"code": newest_code(self._json("GET", "/_local/outbox"))})
        self._json("GET", f"{path}/transcript")
        certificate = self._json("POST", f"{path}/certificate", {})
        link = urlsplit(certificate["pdf_url"])
        return certificate, self._call("GET", link.path, link.query).body

    def _prove_human(self) -> str:
        return solve(self._json("GET", "/api/captcha", query="for=request"))

    def _json(self, method: str, path: str, body: dict[str, Any] | None = None, query: str = "") -> Any:
        return json.loads(self._call(method, path, query, body).body)

    def _call(self, method: str, path: str, query: str = "", body: dict[str, Any] | None = None) -> Answer:
        sent = b"" if body is None else json.dumps(body).encode()
        environ = {
            "QUERY_STRING": query,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(sent)),
            "HTTP_AUTHORIZATION": f"Bearer {self.access_token}",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": BytesIO(sent),
        }
        answer = self.gateway.answer(method, path, environ)
        if answer.status >= 400:
            raise RequestRefused(_explain(answer))
        return answer


def _explain(answer: Answer) -> str:
    problem = json.loads(answer.body)
    faults = [f"\n  {error['field']}: {error['detail']}" for error in problem.get("errors", [])]
    return f"{problem.get('title', answer.status)}. {problem.get('detail', '')}{''.join(faults)}"


def write_certificate(gateway: Gateway, request_file: Path, folder: Path) -> tuple[dict[str, Any], Path]:
    """Obtains a certificate and writes its PDF; returns the API's answer and the path of the PDF.

    Raises:
        RequestRefused: the file is not a request, or the service refused it.
        OSError: the file cannot be read, or the PDF cannot be written.
    """
    try:
        request = json.loads(request_file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RequestRefused(f"{request_file} no es JSON en UTF-8: {error}") from error
    if not isinstance(request, dict):
        raise RequestRefused(f"{request_file} no contiene un objeto JSON")
    certificate, pdf = Citizen(gateway).obtain(request)
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"constancia-{certificate['virtual_code']}.pdf"
    written.write_bytes(pdf)
    return certificate, written
