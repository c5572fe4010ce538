"""A citizen with a script instead of a browser: the API over HTTP, human proof included."""

import json
import urllib.error
import urllib.request
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from infra.local.citizen import newest_code, solve

MANY_TIMES = {"CERTIFICATES_STUDENT": "100000", "REQUESTS_NETWORK": "1000000", "MAILS_ADDRESS": "1000000"}
"""Settings of an installation whose few citizens come far oftener than real ones may."""
QUICK_PROOFS = {"ALTCHA_COST": "1", "ALTCHA_NUMBERS": "2"}
"""Settings under which a proof of a human costs nothing: what it protects from is not what most tests are about."""

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
        self.tokens: dict[str, str] = {}
        """The access tokens of the requests that were asked for, by their ids."""

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One HTTP request; every status is an answer."""
        address = path if urlsplit(path).scheme else self.url + path
        headers = {**({"Content-Type": content_type} if body is not None else {}), **(headers or {})}
        request = urllib.request.Request(address, body, headers, method=method)  # noqa: S310 a loopback address
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310
                return Answer(reply.status, dict(reply.headers), reply.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def prove_human(self, action: str) -> str:
        """A solved challenge."""
        return solve(self.call("GET", f"/api/captcha?for={action}").json)

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Answer:
        """A JSON body posted."""
        return self.call("POST", path, json.dumps(body).encode(), headers=headers)

    def ask(self, body: dict[str, Any]) -> Answer:
        """A request with a fresh proof; its access token is kept."""
        answer = self.post("/api/requests", {"captcha": self.prove_human("request"), **body})
        if answer.status == 201:
            self.tokens[answer.json["request_id"]] = answer.json["access_token"]
        return answer

    def authorization(self, request_id: str) -> dict[str, str]:
        """The header that opens a request, if it is one that was asked for here."""
        token = self.tokens.get(request_id)
        return {"Authorization": f"Bearer {token}"} if token else {}

    def outbox(self) -> list[dict[str, str]]:
        """The e-mails and SMS that were "sent"."""
        found: list[dict[str, str]] = self.call("GET", "/_local/outbox").json
        return found

    def send_code(self, request_id: str) -> Answer:
        """Another confirmation code."""
        path = f"/api/requests/{request_id}/codes"
        return self.call("POST", path, b"", headers=self.authorization(request_id))

    def confirm(self, request_id: str, code: str | None = None) -> Answer:
        """The confirmation with a code, by default the newest of the outbox."""
        given = {"code": newest_code(self.outbox()) if code is None else code}
        return self.post(f"/api/requests/{request_id}/confirmation", given, self.authorization(request_id))

    def transcript(self, request_id: str) -> Answer:
        """The transcript to confirm."""
        path = f"/api/requests/{request_id}/transcript"
        return self.call("GET", path, headers=self.authorization(request_id))

    def accept(self, request_id: str) -> Answer:
        """The certificate."""
        path = f"/api/requests/{request_id}/certificate"
        return self.call("POST", path, b"", headers=self.authorization(request_id))

    def have_again(self, request_id: str) -> Answer:
        """The student's current certificate, instead of a new one."""
        headers = {"Content-Type": "application/json", **self.authorization(request_id)}
        return self.call("POST", f"/api/requests/{request_id}/certificate", b'{"existing":true}', headers=headers)

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
        if asked.json["confirmation"]:
            assert self.confirm(request_id).status == 200
        assert self.transcript(request_id).status == 200
        accepted = self.accept(request_id)
        assert accepted.status == 201, accepted.body
        certificate: dict[str, Any] = accepted.json
        return certificate
