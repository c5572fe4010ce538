"""A citizen without a browser: one request file in, one PDF out, through the same functions and the same gateway."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from altcha.v2 import Challenge, Payload, solve_challenge

from infra.local.gateway import Answer, Gateway


class Refused(Exception):
    """The service said no; the message is what it said."""


def solve(challenge: dict[str, Any]) -> str:
    """The proof that the API takes for a challenge it gave: what a browser would work out.

    Raises:
        Refused: it has no solution.
    """
    given = Challenge.from_dict(challenge)
    solution = solve_challenge(given, timeout=0)
    if solution is None:
        raise Refused("no se pudo resolver el captcha")
    return Payload(given, solution).to_base64()


class Citizen:
    """Speaks to a gateway in this process."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    def obtain(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """The certificate's answer and its PDF.

        Args:
            request: the body of `POST /api/requests`, without the captcha.

        Raises:
            Refused: by any step.
        """
        accepted = self._json("POST", "/api/requests", {**request, "captcha": self._prove_human()})
        self._json("GET", f"/api/requests/{accepted['request_id']}/transcript")
        certificate = self._json("POST", f"/api/requests/{accepted['request_id']}/certificate", {})
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
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": BytesIO(sent),
        }
        answer = self.gateway.answer(method, path, environ)
        if answer.status >= 400:
            raise Refused(_explain(answer))
        return answer


def _explain(answer: Answer) -> str:
    problem = json.loads(answer.body)
    faults = [f"\n  {error['field']}: {error['detail']}" for error in problem.get("errors", [])]
    return f"{problem.get('title', answer.status)}. {problem.get('detail', '')}{''.join(faults)}"


def write_certificate(gateway: Gateway, request_file: Path, folder: Path) -> tuple[dict[str, Any], Path]:
    """Runs the main job: the certificate's answer, and where its PDF was written.

    Raises:
        Refused: the file is not a request, or the service refused it.
        OSError: the file cannot be read or the PDF not written.
    """
    try:
        request = json.loads(request_file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(f"{request_file} no es JSON en UTF-8: {error}") from error
    if not isinstance(request, dict):
        raise Refused(f"{request_file} no contiene un objeto JSON")
    certificate, pdf = Citizen(gateway).obtain(request)
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"constancia-{certificate['virtual_code']}.pdf"
    written.write_bytes(pdf)
    return certificate, written
