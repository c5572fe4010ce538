"""Rule 8: what a verifier is told, and that a state that cannot be read is told as just that."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any, ClassVar

import pytest
from constancia.attesting.cose import attest
from constancia.certificate import Certificate
from constancia.current_certificates import CurrentCertificates
from constancia.errors import CertificateNotFound, InvalidFields, TemporarilyUnavailable
from constancia.event_log import Event
from constancia.guarding.attempts import DAY, HOUR, Attempt, Limit, Limiter, Limits
from constancia.guarding.human_proof import Proof
from constancia.milestones import milestones_of
from constancia.verifying.authenticity import is_authentic
from constancia.verifying.verification import Found, Trust, Verified, Verifier

from tests.attesting.signing import SigningKey
from tests.core.test_issuance import NOW, TRANSCRIPT

KEY = SigningKey()
PDF_KEY = "C2CC652Z/0123456789abcdef0123456789abcdef.pdf"
BEFORE = Certificate(
    "C2CC652Z",
    16,
    NOW.replace(microsecond=0),
    TRANSCRIPT,
    PDF_KEY,
    "guardian",
    "job",
    "a@b.pe",
    issued=True,
    sha256="4c",
)
RECORD = replace(BEFORE, attestation=attest(KEY.kid, BEFORE.claims(), KEY.sign))
LIMITER = Limiter("VERIFICATION", Limits(Limit(60, DAY), 15, Limit(600, HOUR)), b"secret")


class Anybody:
    """Takes everybody for a human."""

    def check(self, answer: str, action: str) -> Proof:
        return Proof(f"{action} {answer}", 0)


class Trusting:
    """Trusts the test's key, and notes what it is told."""

    keys: ClassVar = {KEY.kid: KEY.public}

    def __init__(self) -> None:
        self.told: list[str] = []

    def betrayed(self, code: str) -> None:
        self.told.append(code)


class Certificates:
    """The certificates, in memory."""

    def __init__(self, *records: Certificate, marked: bool | None = False) -> None:
        self.records = {record.virtual_code: record for record in records}
        self.current = CurrentCertificates()
        self.marked = marked
        self.milestones = {code: frozenset(milestones_of(record)) for code, record in self.records.items()}
        self.reserved: list[Attempt] = []
        self.failed: list[Attempt] = []
        self.released: list[Attempt] = []
        self.settled: list[Event] = []
        self.looks = 0

    def look_up(self, attempt: Attempt, code: str, document_number: str, *, with_changes: bool) -> Found:
        assert attempt == self.reserved[-1]
        self.looks += 1
        milestones = self.milestones.get(code, frozenset())
        return Found(self.records.get(code), milestones, self.current, self.marked if with_changes else None)

    def reserve(self, attempt: Attempt) -> Attempt:
        self.reserved.append(attempt)
        return attempt

    def count_failure(self, attempt: Attempt) -> None:
        self.failed.append(attempt)

    def release(self, attempt: Attempt) -> None:
        assert attempt == self.reserved[-1]
        self.released.append(attempt)

    def settle(self, attempt: Attempt, event: Event) -> None:
        assert attempt == self.reserved[-1]
        self.settled.append(event)


def ask(
    certificates: Certificates,
    code: str = "c2cc-652z",
    document: str = "71705600",
    records_changed_on: Callable[[Certificate], date | None] | None = lambda _: None,
    who: str | None = None,
    trust: Trust | None = None,
) -> Verified:
    body = json.dumps({"virtual_code": code, "document_number": document, "captcha": "yes", "as": who}).encode()
    verifier = Verifier(Anybody(), LIMITER, certificates, trust or Trusting())
    return verifier.verify(body, "198.51.100.7", NOW, records_changed_on)


def test_a_certificate_is_found_and_the_verification_is_counted() -> None:
    certificates = Certificates(RECORD)
    assert ask(certificates) == (RECORD, None, None, None, None, None, False)
    assert [(event.name, event.virtual_code, event.facts) for event in certificates.settled] == [
        ("certificate_verified", "C2CC652Z", (("outcome", "valid"),))
    ]


def test_a_wrong_code_a_wrong_document_and_a_reservation_are_not_found_and_stay_counted() -> None:
    for certificates, code, document in (
        (Certificates(), "C2CC652Z", "71705600"),
        (Certificates(RECORD), "C2CC652Z", "71705601"),
        (Certificates(replace(RECORD, issued=False)), "C2CC652Z", "71705600"),
    ):
        with pytest.raises(CertificateNotFound):
            ask(certificates, code, document)
        assert certificates.failed == certificates.reserved
        assert len(certificates.reserved) == 1
        assert (certificates.settled, certificates.released) == ([], [])


def test_a_state_that_cannot_be_read_is_neither_valid_nor_not_found() -> None:
    class Broken(Certificates):
        def look_up(self, attempt: Attempt, code: str, document_number: str, *, with_changes: bool) -> Found:
            raise TimeoutError(code)

    certificates = Broken(RECORD)
    with pytest.raises(TimeoutError):
        ask(certificates)
    assert certificates.released == certificates.reserved, "who is told to try again has failed nothing"


def test_a_history_that_cannot_be_read_leaves_no_failure_behind() -> None:
    class Silent:
        def verifications(self, code: str, most: int) -> list[Event]:
            raise TimeoutError(code)

    certificates = Certificates(RECORD)
    body = json.dumps({"virtual_code": "C2CC652Z", "document_number": "71705600", "captcha": "yes"}).encode()
    with pytest.raises(TimeoutError):
        Verifier(Anybody(), LIMITER, certificates, Trusting()).show_history(body, "198.51.100.7", NOW, Silent())
    assert (certificates.released, certificates.settled) == (certificates.reserved, [])


def test_an_answer_that_is_logged_is_also_given() -> None:
    certificates = Certificates(RECORD, marked=True)

    def changed_on(certificate: Certificate) -> date | None:
        assert not certificates.settled, "the records are read before the verification is logged"
        return date(2026, 11, 24)

    assert ask(certificates, records_changed_on=changed_on).records_changed_on == date(2026, 11, 24)
    assert len(certificates.settled) == 1

    def broken(certificate: Certificate) -> date | None:
        raise TimeoutError(certificate.virtual_code)

    with pytest.raises(TimeoutError):
        ask(certificates, records_changed_on=broken)
    assert len(certificates.settled) == 1


def test_school_records_are_compared_only_where_one_of_them_was_ever_changed() -> None:
    day = date(2026, 11, 24)
    for marked, told in ((False, None), (True, day), (None, day)):
        assert ask(Certificates(RECORD, marked=marked), records_changed_on=lambda _: day).records_changed_on == told
    assert ask(Certificates(RECORD, marked=True), records_changed_on=None).records_changed_on is None
    annulled = replace(RECORD, annulled_on=day)
    assert ask(Certificates(annulled, marked=True), records_changed_on=lambda _: day).records_changed_on is None


def test_a_superseded_certificate_tells_the_state_of_the_one_that_took_its_place_at_last() -> None:
    certificates = Certificates(replace(RECORD, superseded_on=date(2026, 12, 1)))
    later = replace(RECORD, virtual_code="7K9WQ4ZT", transcript=TRANSCRIPT._replace(observations=("2019",)))
    certificates.current, _ = CurrentCertificates().after_issue(later, NOW)
    assert ask(certificates).successor_status == "valid"
    certificates.current = certificates.current.after_annulment(later)
    assert ask(certificates).successor_status == "annulled"
    assert ask(Certificates(RECORD)).successor_status is None


def test_a_valid_certificate_tells_since_when_there_is_a_newer_one_that_says_the_same() -> None:
    certificates = Certificates(RECORD)
    certificates.current, _ = CurrentCertificates().after_issue(RECORD, NOW)
    assert ask(certificates).newer_copy_on is None
    copy = replace(RECORD, virtual_code="7K9WQ4ZT", issued_at=NOW + timedelta(days=3))
    certificates.current, superseded = certificates.current.after_issue(copy, NOW + timedelta(days=3))
    assert superseded == ()
    assert ask(certificates).newer_copy_on == date(2026, 11, 26)
    certificates.current = certificates.current.after_annulment(copy)
    assert ask(certificates).newer_copy_on is None, "an annulled copy is none"


def test_a_holder_who_looks_is_no_verifier() -> None:
    certificates = Certificates(RECORD)
    assert ask(certificates, who="holder").by_holder
    assert [event.name for event in certificates.settled] == ["certificate_shown"]
    with pytest.raises(InvalidFields):
        ask(certificates, who="verifier")


def test_the_state_says_annulled_before_superseded_before_valid() -> None:
    superseded = replace(RECORD, superseded_on=date(2026, 12, 1))
    assert RECORD.state == "valid"
    assert superseded.state == "superseded"
    assert replace(superseded, annulled_on=date(2026, 12, 2)).state == "annulled"


def test_a_record_that_says_something_else_than_was_signed_and_done_is_not_answered_and_operators_are_told() -> None:
    certificates, trust = Certificates(RECORD), Trusting()
    certificates.records[RECORD.virtual_code] = replace(RECORD, sha256="4d")
    with pytest.raises(TemporarilyUnavailable):
        ask(certificates, trust=trust)
    assert (trust.told, certificates.looks, certificates.settled) == ([RECORD.virtual_code], 2, [])
    assert certificates.released == certificates.reserved


def test_a_look_between_the_writes_of_an_annulment_is_repeated_and_nobody_is_alarmed() -> None:
    certificates, trust = Certificates(RECORD), Trusting()
    annulled = replace(RECORD, annulled_on=NOW.date(), annulment_reason="Acta corregida")

    class Seen(Certificates):
        def look_up(self, attempt: Attempt, code: str, document_number: str, *, with_changes: bool) -> Found:
            found = super().look_up(attempt, code, document_number, with_changes=with_changes)
            self.milestones[code] = frozenset(milestones_of(annulled))
            self.records[code] = annulled
            return found._replace(milestones=self.milestones[code]) if self.looks == 1 else found

    certificates = Seen(RECORD)
    assert ask(certificates, trust=trust).certificate == annulled
    assert (trust.told, certificates.looks) == ([], 2)


ALTERED: dict[str, Any] = {
    "virtual_code": "C2CC6523",
    "serial_number": 17,
    "issued_at": RECORD.issued_at - timedelta(seconds=1),
    "transcript": TRANSCRIPT._replace(observations=("2019 - R.D. 0123-2019 - Convalidación",)),
    "pdf_key": PDF_KEY.replace("C2CC652Z", "C2CC6523"),
    "sha256": "4d",
    "attestation": RECORD.attestation[:-1] + b"\0",
    "issued": False,
    "superseded_on": NOW.date(),
    "annulled_on": NOW.date(),
    "annulment_reason": "porque sí",
}
NOT_ANSWERED = {"applicant", "purpose", "email", "assurance", "privacy_notice"}
"""What no verification answers, so that it is no lie to a verifier."""


def test_a_test_tries_every_attribute_of_a_record() -> None:
    assert {field.name for field in fields(Certificate)} == {*ALTERED, *NOT_ANSWERED}


@pytest.mark.parametrize("name", ALTERED)
def test_no_attribute_of_a_record_that_is_answered_can_be_changed_alone(name: str) -> None:
    milestones = frozenset(milestones_of(RECORD))
    assert is_authentic(RECORD, milestones, Trusting.keys)
    assert not is_authentic(replace(RECORD, **{name: ALTERED[name]}), milestones, Trusting.keys)


def test_an_annulled_or_superseded_certificate_cannot_be_made_valid_again() -> None:
    superseded = replace(RECORD, superseded_on=NOW.date())
    annulled = replace(superseded, annulled_on=NOW.date(), annulment_reason="Acta corregida")
    for record in (superseded, annulled):
        kept = frozenset(milestones_of(record))
        assert is_authentic(record, kept, Trusting.keys)
        assert not is_authentic(RECORD, kept, Trusting.keys)
    assert not is_authentic(
        replace(annulled, annulment_reason="Otra"), frozenset(milestones_of(annulled)), Trusting.keys
    )


def test_the_attestation_of_another_certificate_or_by_another_key_is_worth_nothing() -> None:
    other, stranger = replace(RECORD, serial_number=17), SigningKey()
    milestones = frozenset(milestones_of(RECORD))
    for attestation in (
        attest(KEY.kid, other.claims(), KEY.sign),
        attest(stranger.kid, RECORD.claims(), stranger.sign),
        attest(KEY.kid, RECORD.claims(), stranger.sign),
        b"",
    ):
        assert not is_authentic(replace(RECORD, attestation=attestation), milestones, Trusting.keys)
