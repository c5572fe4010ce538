"""A citizen with a script instead of a browser: the API over HTTP, human proof included."""

import json
import urllib.error
import urllib.request
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from infra.local.citizen import solve

GUARDIAN: dict[str, Any] = {
    "kind": "guardian",
    "document_number": "40000001",
    "birth_date": "1980-05-17",
    "father_given_names": "PEDRO",
    "mother_given_names": "ANA MARÍA",
}
STUDENT: dict[str, Any] = {
    "document_number": "71705600",
    "birth_date": "2010-02-28",
    "father_given_names": "Juan Carlos",
    "mother_given_names": None,
}


def request_body(**changes: Any) -> dict[str, Any]:
    """The request of the documentation's guardian for her student, with some members changed or (None) left out."""
    body: dict[str, Any] = {
        "applicant": dict(GUARDIAN),
        "student": dict(STUDENT),
        "modality": "EBR",
        "level": "primary",
        "contact": {"email": "ana@example.com", "phone": "987654321"},
        "purpose": {"code": "scholarship", "detail": None},
        "declaration_accepted": True,
    }
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def student_body(**changes: Any) -> dict[str, Any]:
    """The same student asking alone."""
    return request_body(**{"applicant": {"kind": "student", **STUDENT}, "student": None, **changes})


class Answer(NamedTuple):
    """What the service answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Citizen:
    """Speaks to a service at an address."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json") -> Answer:
        """One HTTP request; every status is an answer."""
        address = path if urlsplit(path).scheme else self.url + path
        headers = {"Content-Type": content_type} if body is not None else {}
        request = urllib.request.Request(address, body, headers, method=method)  # noqa: S310 a loopback address
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310
                return Answer(reply.status, dict(reply.headers), reply.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def prove_human(self, action: str) -> str:
        """A solved challenge."""
        return solve(self.call("GET", f"/api/captcha?for={action}").json)

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """A JSON body posted."""
        return self.call("POST", path, json.dumps(body).encode())

    def ask(self, body: dict[str, Any]) -> Answer:
        """A request with a fresh proof."""
        return self.post("/api/requests", {"captcha": self.prove_human("request"), **body})

    def transcript(self, request_id: str) -> Answer:
        """The transcript to confirm."""
        return self.call("GET", f"/api/requests/{request_id}/transcript")

    def accept(self, request_id: str) -> Answer:
        """The certificate."""
        return self.call("POST", f"/api/requests/{request_id}/certificate", b"")

    def verify(self, code: str, document_number: str) -> Answer:
        """What the service says of a certificate."""
        proof = self.prove_human("verification")
        body = {"virtual_code": code, "document_number": document_number, "captcha": proof}
        return self.post("/api/verifications", body)

    def obtain(self, body: dict[str, Any]) -> dict[str, Any]:
        """The whole way: a certificate's answer."""
        asked = self.ask(body)
        assert asked.status == 201, asked.body
        request_id = asked.json["request_id"]
        assert self.transcript(request_id).status == 200
        accepted = self.accept(request_id)
        assert accepted.status == 201, accepted.body
        certificate: dict[str, Any] = accepted.json
        return certificate
