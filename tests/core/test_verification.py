"""Rule 8: what a verifier is told, and that a state that cannot be read is told as just that."""

import json
from dataclasses import replace
from datetime import date

import pytest
from constancia.attempts import DAY, HOUR, Attempt, Guard, Limit, Limits
from constancia.errors import CertificateNotFound
from constancia.event_log import Event
from constancia.human_proof import Proof
from constancia.issuance import CertificateRecord
from constancia.verification import state_of, verify

from tests.core.test_issuance import NOW, TRANSCRIPT

RECORD = CertificateRecord(
    "C2CC652Z", 16, NOW, TRANSCRIPT, "C2CC652Z/key.pdf", "guardian", "job", "a@b.pe", issued=True, sha256="4c"
)
GUARD = Guard("VERIFICATION", Limits(Limit(60, DAY), 15, Limit(600, HOUR)), b"secret")


class Anybody:
    """Takes everybody for a human."""

    def check(self, answer: str, action: str) -> Proof:
        return Proof(f"{action} {answer}", 0)


class Drawer:
    """The counterfoils, in memory."""

    def __init__(self, *records: CertificateRecord) -> None:
        self.records = {record.virtual_code: record for record in records}
        self.reserved: list[Attempt] = []
        self.settled: list[Event] = []

    def certificate(self, code: str) -> CertificateRecord | None:
        return self.records.get(code)

    def reserve(self, attempt: Attempt) -> None:
        self.reserved.append(attempt)

    def settle(self, attempt: Attempt, entry: Event) -> None:
        assert attempt == self.reserved[-1]
        self.settled.append(entry)


def ask(drawer: Drawer, code: str = "c2cc-652z", document: str = "71705600") -> CertificateRecord:
    body = json.dumps({"virtual_code": code, "document_number": document, "captcha": "yes"}).encode()
    return verify(body, "198.51.100.7", NOW, human=Anybody(), guard=GUARD, counterfoils=drawer)


def test_a_certificate_is_found_and_the_verification_is_counted() -> None:
    drawer = Drawer(RECORD)
    assert ask(drawer) == RECORD
    assert [(entry.name, entry.virtual_code, entry.facts) for entry in drawer.settled] == [
        ("certificate_verified", "C2CC652Z", (("outcome", "valid"),))
    ]


def test_a_wrong_code_a_wrong_document_and_a_reservation_are_not_found_and_stay_counted() -> None:
    for drawer, code, document in (
        (Drawer(), "C2CC652Z", "71705600"),
        (Drawer(RECORD), "C2CC652Z", "71705601"),
        (Drawer(replace(RECORD, issued=False)), "C2CC652Z", "71705600"),
    ):
        with pytest.raises(CertificateNotFound):
            ask(drawer, code, document)
        assert len(drawer.reserved) == 1
        assert drawer.settled == []


def test_a_state_that_cannot_be_read_is_neither_valid_nor_not_found() -> None:
    class Broken(Drawer):
        def certificate(self, code: str) -> CertificateRecord | None:
            raise TimeoutError(code)

    with pytest.raises(TimeoutError):
        ask(Broken(RECORD))


def test_the_state_says_annulled_before_superseded_before_valid() -> None:
    superseded = replace(RECORD, superseded_on=date(2026, 12, 1))
    assert state_of(RECORD) == "valid"
    assert state_of(superseded) == "superseded"
    assert state_of(replace(superseded, annulled_on=date(2026, 12, 2))) == "annulled"
