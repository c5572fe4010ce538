"""The trial of the whole service from outside: a known certificate is verified as a browser does it."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from constancia.certificate import VALID
from constancia.errors import CaptchaFailed
from constancia.guarding import human_proof
from constancia.json_text import decode_object
from constancia.verifying.verification import HOLDER

PAGE = "/verificar/"


class Reply(NamedTuple):
    """What the portal's address answered; status 0 if nothing did."""

    status: int
    body: bytes


class Portal(Protocol):
    """The portal as the public reaches it."""

    def get(self, path: str) -> Reply:
        """Fetches a page or an answer of the API."""
        ...

    def post(self, path: str, body: dict[str, Any]) -> Reply:
        """Sends JSON to the API."""
        ...


def try_service(
    virtual_code: str, document_number: str, *, portal: Portal, solve: Callable[[dict[str, Any]], str | None]
) -> list[str]:
    """What is wrong with the service, one sentence each and without personal data; empty if nothing is.

    It asks as the holder, which is no verification and in no limit once it succeeds.

    Args:
        virtual_code: of a valid certificate of an invented student.
        document_number: the student's.
        portal: the address that the public uses.
        solve: the proof of a human for a challenge; None where a program cannot give it. What is then tried ends at the
            refusal of the proof, before any store is read.
    """
    page = portal.get(PAGE)
    faults = [] if page.status == 200 else [f"{PAGE} answers {page.status}"]
    challenge = portal.get(f"/api/captcha?for={human_proof.VERIFICATION}")
    if challenge.status != 200:
        return [*faults, f"/api/captcha answers {challenge.status}"]
    asked = _object(challenge)
    if asked is None:
        return [*faults, "/api/captcha answers no challenge"]
    proof = solve(asked)
    question = {"virtual_code": virtual_code, "document_number": document_number, "as": HOLDER, "captcha": proof or "-"}
    answer = portal.post("/api/verifications", question)
    status, wanted = ("status", VALID) if proof else ("code", CaptchaFailed.code)
    found = (_object(answer) or {}).get(status)
    return faults if found == wanted else [*faults, f"/api/verifications answers {answer.status} and not {wanted}"]


def _object(reply: Reply) -> dict[str, Any] | None:
    """The JSON object that the portal answered, or None."""
    try:
        return decode_object(reply.body)
    except ValueError:
        return None
