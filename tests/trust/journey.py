"""A citizen's whole way in steps that can be struck one by one, each repeated as the portal repeats it."""

from collections.abc import Callable
from typing import Any

from constancia.wording import PROBLEMS

from tests.journeys.citizen import Answer, student_body
from tests.trust.world import Client, World

STEPS = ("captcha", "ask", "resend", "confirm", "transcript", "accept", "mail", "verify", "download", "history")

VERIFIED = ("virtual_code", "serial_number", "issued_at", "sha256", "attestation")
"""What a verification tells of a certificate, as its issue did."""
TRIES = 6
"""How often a patient citizen repeats a step."""


class WrongAnswer(AssertionError):
    """The service answered what it must not, whatever fails behind it."""


class Journey:
    """One citizen, one certificate."""

    def __init__(
        self, world: World, body: dict[str, Any] | None = None, before: Callable[[str], None] = lambda _: None
    ) -> None:
        """
        Args:
            world: the service.
            body: the request; the sample student's own by default.
            before: called with the name of each step before its first try.
        """
        self.world = world
        self.client = Client(world)
        self.body = body or student_body()
        self.number = self.body.get("student", {}).get("document_number") or self.body["applicant"]["document_number"]
        self.before = before
        self.request_id = ""
        self.shown: dict[str, Any] = {}
        self.certificate: dict[str, Any] = {}

    def go(self) -> dict[str, Any]:
        """All steps, the e-mail, the verification and the download included; returns the certificate as answered."""
        self.step("captcha", lambda: self.client.call("GET", "/api/captcha?for=request"), 200)
        self.obtain()
        self.before("mail")
        for _ in range(TRIES):
            self.world.deliver_mail()
        verified = self.step("verify", self.verify, 200).json
        expected = {name: self.certificate[name] for name in VERIFIED}
        if (verified["status"], verified["transcript"], verified["certificate"]) != ("valid", self.shown, expected):
            raise WrongAnswer(f"verified otherwise than issued: {verified}")
        self.step("download", lambda: self.client.call("GET", verified["pdf_url"]), 200)
        seen = self.step("history", self.look_back, 200).json["verifications"]
        if {entry["outcome"] for entry in seen} - {"valid"}:
            raise WrongAnswer(f"seen otherwise than verified: {seen}")
        return self.certificate

    def obtain(self) -> dict[str, Any]:
        """The steps from the request to the certificate, which is returned as answered."""
        asked = self.step("ask", lambda: self.client.ask(self.body), 201).json
        self.request_id = asked["request_id"]
        if asked["confirmation"]:
            self.confirm()
        self.shown = self.step("transcript", lambda: self.client.transcript(self.request_id), 200).json
        self.shown.pop("current_certificate")
        self.certificate = self.step("accept", lambda: self.client.accept(self.request_id), 200, 201).json
        return self.certificate

    def confirm(self) -> None:
        """Another code is asked for, as if the first one had not come, and the newest that came is given back.

        Where that is not the newest that was drawn, the message never left: the citizen asks once more.

        Raises:
            WrongAnswer: even then the code is wrong, or it confirms somebody else.
        """
        for again in ("", " again"):
            self.step(f"resend{again}", lambda: self.client.send_code(self.request_id), 201)
            answer = self.step(f"confirm{again}", lambda: self.client.confirm(self.request_id), 200, 403)
            if answer.status == 200:
                break
        if answer.status != 200 or answer.json["student"]["document_number"] != self.number:
            raise WrongAnswer(f"not confirmed with the newest code: {answer}")

    def verify(self) -> Answer:
        """The answer of a verification."""
        return self.client.verify(self.certificate["virtual_code"], self.number)

    def look_back(self) -> Answer:
        """The answer to the question when the certificate was verified."""
        question = {"virtual_code": self.certificate["virtual_code"], "document_number": self.number}
        return self.client.post(
            "/api/verifications/history", {**question, "captcha": self.client.prove_human("verification")}
        )

    def step(self, name: str, act: Callable[[], Answer], *good: int) -> Answer:
        """Repeats a step until it succeeds; in between only 'try again' and 'prove again' may be answered."""
        self.before(name)
        for _ in range(TRIES):
            try:
                answer = act()
            except KeyError:
                # Citizens cannot solve a challenge that did not arrive.
                continue
            if answer.status in good:
                return answer
            self.check_excuse(name, answer)
        raise WrongAnswer(f"{name}: no answer in {TRIES} tries: {answer}")

    def check_excuse(self, name: str, answer: Answer) -> None:
        """Raises `WrongAnswer` unless the answer may be given when something fails behind the service."""
        if answer.status == 500 and answer.json == {"message": "Internal Server Error"}:
            return  # the gateway's own word for a function that died
        excuse = answer.json.get("code")
        if excuse not in ("temporarily_unavailable", "captcha_failed") or PROBLEMS[excuse].status != answer.status:
            raise WrongAnswer(f"{name}: {answer}")
