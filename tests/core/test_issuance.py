"""Rules 6 and 7: one accepted request, one certificate, one PDF, whatever is repeated."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from constancia.asking.request import BY_CONTACT, AcceptedRequest, RequestKey
from constancia.attesting.cose import attest, check
from constancia.certificate import Certificate, code_of_pdf
from constancia.certifying.issuance import asks_for_existing, find_existing, issue_certificate
from constancia.current_certificates import MOST_COPIES, CurrentCertificates
from constancia.document import Document
from constancia.errors import (
    InvalidFields,
    NoCurrentCertificate,
    RequestNotFound,
    TemporarilyUnavailable,
    TooManyCertificates,
    TranscriptNotConfirmed,
)
from constancia.event_log import Event
from constancia.lima import LIMA
from constancia.transcript import Column, Group, Row, Student, Transcript

from tests.attesting.signing import SigningKey

NOW = datetime(2026, 11, 23, 10, 51, 7, 999, LIMA)
STUDENT = Student("71705600", "ROSA CECILIA DEL ROSAL")
TRANSCRIPT = Transcript(
    STUDENT,
    "EBR",
    "primary",
    (Column(2019, 4, "0110101", "0", "I.E. 1101", "PROMOVIDO"),),
    (Group("area", (Row("ARTE", ("A",)),)),),
    (),
    earlier_years=False,
)
REQUEST = AcceptedRequest(
    request_id="A" * 32,
    expires_at=NOW + timedelta(days=1),
    student=STUDENT,
    modality="EBR",
    level="primary",
    applicant="guardian",
    email="a@b.pe",
    phone=None,
    purpose="job",
    purpose_detail=None,
    assurance=BY_CONTACT,
    token_digest="digest",
    transcript=TRANSCRIPT,
)


KEY = SigningKey()
MOST_A_DAY = 5
CORRECTED = TRANSCRIPT._replace(observations=("2019 - R.D. 0123-2019 - Convalidación",))


def requests(number: int, transcript: Transcript = TRANSCRIPT) -> list[AcceptedRequest]:
    """So many requests of the student, with ids that begin with `A`, `B`, `C` and so on."""
    return [replace(REQUEST, request_id=chr(ord("A") + n) * 32, transcript=transcript) for n in range(number)]


class Books:
    """The register and the archive, in memory."""

    def __init__(self, *requests: AcceptedRequest) -> None:
        self.requests = {request.request_id: request for request in requests}
        self.certificates: dict[str, Certificate] = {}
        self.students: dict[str, CurrentCertificates] = {}
        self.pdfs: dict[str, bytes] = {}
        self.events: list[Event] = []
        self.last_number = 0
        self.taken_codes = 0

    def request(self, key: RequestKey) -> AcceptedRequest | None:
        return self.requests.get(key.request_id)

    def certificate(self, code: str) -> Certificate | None:
        return self.certificates.get(code)

    def next_serial_number(self) -> int:
        self.last_number += 1
        return self.last_number

    def reserve(self, record: Certificate, request: AcceptedRequest) -> bool:
        if self.taken_codes:
            self.taken_codes -= 1
            return False
        if self.requests[request.request_id].virtual_code:
            return False
        self.requests[request.request_id] = replace(request, virtual_code=record.virtual_code)
        self.certificates[record.virtual_code] = record
        return True

    def current(self, document_number: str) -> CurrentCertificates:
        return self.students.get(document_number, CurrentCertificates())

    def issue(
        self,
        record: Certificate,
        current: CurrentCertificates,
        superseded: tuple[str, ...],
        entries: tuple[Event, ...],
    ) -> bool:
        number = record.holder_number
        read = self.students.get(number, CurrentCertificates())
        if self.certificates[record.virtual_code].issued or read.version != current.version - 1:
            return False
        self.certificates[record.virtual_code] = replace(record, issued=True)
        self.students[number] = current
        for code in superseded:
            self.certificates[code] = replace(self.certificates[code], superseded_on=record.issued_at.date())
        self.events.extend(entries)
        return True

    def store(self, key: str, pdf: bytes) -> bytes:
        return self.pdfs.setdefault(key, pdf)

    def attest(self, record: Certificate) -> bytes:
        """A new signature each time, as a signer gives it."""
        return attest(KEY.kid, record.claims(), KEY.sign_otherwise)

    def accept(self, request_id: str = REQUEST.request_id, moment: datetime = NOW) -> tuple[Certificate, bool]:
        return issue_certificate(
            RequestKey(request_id, "token"),
            moment,
            repository=self,
            archive=self,
            attest=self.attest,
            draw=draw,
            verify_url="https://c.pe/?codigo={}".format,
            most_a_day=MOST_A_DAY,
        )


def draw(document: Document) -> bytes:
    return repr(document).encode()


def test_a_certificate_has_what_it_needs() -> None:
    books = Books(REQUEST)
    record, first = books.accept()
    assert first
    assert record.issued_at == datetime(2026, 11, 23, 10, 51, 7, 0, LIMA)
    assert record.serial_number == 1
    assert check(record.attestation, {KEY.kid: KEY.public}) == record.claims()
    assert record.assurance == books.events[0].fact("assurance") == "contact"
    assert record.transcript == TRANSCRIPT
    assert code_of_pdf(record.pdf_key) == record.virtual_code
    pdf = books.pdfs[record.pdf_key]
    assert record.sha256 == hashlib.sha256(pdf).hexdigest()
    assert f"https://c.pe/?codigo={record.virtual_code}".encode() in pdf
    assert [entry.name for entry in books.events] == ["certificate_issued"]


def test_repeating_changes_nothing() -> None:
    books = Books(REQUEST)
    record, _ = books.accept()
    assert books.accept(moment=NOW + timedelta(hours=3)) == (record, False)
    assert (len(books.certificates), len(books.pdfs), len(books.events)) == (1, 1, 1)


def test_a_reservation_that_was_left_is_taken_up_with_its_code_number_and_moment() -> None:
    books = Books(REQUEST)

    class Crash(Exception):
        pass

    def crash(key: str, pdf: bytes) -> bytes:
        raise Crash(key, pdf)

    store = books.store
    books.store = crash  # type: ignore[method-assign]
    with pytest.raises(Crash):
        books.accept()
    (reserved,) = books.certificates.values()
    books.store = store  # type: ignore[method-assign]
    record, first = books.accept(moment=NOW + timedelta(hours=1))
    assert first
    assert record == replace(reserved, issued=True, sha256=record.sha256)


def test_the_pdf_that_is_stored_is_the_one_that_counts() -> None:
    books = Books(REQUEST)

    def keep_the_earlier(key: str, pdf: bytes) -> bytes:
        return books.pdfs.setdefault(key, b"drawn by an earlier version")

    books.store = keep_the_earlier  # type: ignore[method-assign]
    record, _ = books.accept()
    assert record.sha256 == hashlib.sha256(b"drawn by an earlier version").hexdigest()


def test_a_code_that_is_taken_is_drawn_again() -> None:
    books = Books(REQUEST)
    books.taken_codes = 4
    assert books.accept()[1]
    books.taken_codes = 99
    books.requests["B" * 32] = replace(REQUEST, request_id="B" * 32)
    with pytest.raises(TemporarilyUnavailable):
        books.accept("B" * 32)


def test_a_certificate_that_says_something_else_supersedes_all_that_say_what_it_does_not() -> None:
    first, copy, corrected = requests(3)
    books = Books(first, copy, replace(corrected, transcript=CORRECTED))
    older = [books.accept(request.request_id)[0] for request in (first, copy)]
    newer, _ = books.accept(corrected.request_id)
    for record in older:
        assert books.certificates[record.virtual_code].superseded_on == newer.issued_at.date()
    assert books.certificates[newer.virtual_code].superseded_on is None
    assert [(entry.name, entry.virtual_code) for entry in books.events[2:]] == [
        ("certificate_issued", newer.virtual_code),
        *(("certificate_superseded", record.virtual_code) for record in older),
    ]


def test_the_same_content_again_leaves_the_earlier_certificate_valid_and_says_since_when_there_is_a_copy() -> None:
    books = Books(*requests(2))
    older, _ = books.accept()
    newer, _ = books.accept("B" * 32, NOW + timedelta(days=2))
    assert books.certificates[older.virtual_code].state == "valid"
    current = books.students[STUDENT.document_number]
    assert current.newer_copy_on(older) == newer.issued_at.date()
    assert current.newer_copy_on(newer) is None
    assert [entry.name for entry in books.events] == ["certificate_issued"] * 2


def test_levels_do_not_supersede_each_other_and_share_the_students_day() -> None:
    secondary = TRANSCRIPT._replace(level="secondary")
    books = Books(REQUEST, replace(REQUEST, request_id="B" * 32, level="secondary", transcript=secondary))
    first, second = books.accept()[0], books.accept("B" * 32)[0]
    assert {books.certificates[record.virtual_code].state for record in (first, second)} == {"valid"}
    assert books.students[STUDENT.document_number].issued_that_day == 2


def test_who_asks_again_can_have_the_one_there_is_if_it_says_the_same() -> None:
    first, again, corrected = requests(3)
    books = Books(first, again, replace(corrected, transcript=CORRECTED))
    with pytest.raises(NoCurrentCertificate):
        find_existing(RequestKey(again.request_id, "token"), repository=books)
    record, _ = books.accept(first.request_id)
    assert find_existing(RequestKey(again.request_id, "token"), repository=books).virtual_code == record.virtual_code
    with pytest.raises(NoCurrentCertificate):
        find_existing(RequestKey(corrected.request_id, "token"), repository=books)
    books.certificates[record.virtual_code] = replace(record, issued=True, annulled_on=NOW.date())
    with pytest.raises(NoCurrentCertificate):
        find_existing(RequestKey(again.request_id, "token"), repository=books)
    assert len(books.certificates) == 1


@pytest.mark.parametrize(("body", "asked"), [(b"", False), (b"{}", False), (b'{"existing":true}', True)])
def test_the_existing_certificate_is_asked_for_by_a_flag(body: bytes, asked: bool) -> None:
    assert asks_for_existing(body) is asked
    with pytest.raises(InvalidFields):
        asks_for_existing(b'{"existing":"yes"}')


def test_a_student_has_so_many_certificates_a_day_and_a_retry_is_none_more() -> None:
    books = Books(*requests(MOST_A_DAY + 1))
    for number in range(MOST_A_DAY):
        books.accept(chr(ord("A") + number) * 32)
    last = chr(ord("A") + MOST_A_DAY) * 32
    with pytest.raises(TooManyCertificates) as refused:
        books.accept(last)
    assert refused.value.retry_after == (13 * 60 + 8) * 60 + 52, "until midnight in Lima"
    assert books.last_number == MOST_A_DAY, "no serial number is lost"
    assert not books.accept("A" * 32)[1]
    assert books.accept(last, NOW + timedelta(days=1))[1]


def test_as_many_as_can_be_superseded_together_say_the_same_and_no_more() -> None:
    books = Books()
    for number in range(MOST_COPIES):
        request = replace(REQUEST, request_id=f"{number:032d}")
        books.requests[request.request_id] = request
        books.accept(request.request_id, NOW + timedelta(days=number))
    books.requests[REQUEST.request_id] = REQUEST
    with pytest.raises(TooManyCertificates):
        books.accept(moment=NOW + timedelta(days=MOST_COPIES))
    books.requests["B" * 32] = replace(REQUEST, request_id="B" * 32, transcript=CORRECTED)
    books.accept("B" * 32, NOW + timedelta(days=MOST_COPIES))
    assert sum(record.superseded_on is not None for record in books.certificates.values()) == MOST_COPIES


def test_two_requests_of_one_student_at_once_leave_one_current_certificate() -> None:
    books = Books(REQUEST, replace(REQUEST, request_id="B" * 32, transcript=CORRECTED))
    seen: list[str] = []
    current = books.current

    def overtaken(document_number: str) -> CurrentCertificates:
        found = current(document_number)
        if not seen:
            seen.append(document_number)
            books.accept("B" * 32)
        return found

    books.current = overtaken  # type: ignore[method-assign]
    record, first = books.accept()
    assert first
    superseded = [code for code, kept in books.certificates.items() if kept.superseded_on]
    assert len(superseded) == 1
    assert superseded != [record.virtual_code]


def test_unknown_requests_and_unshown_transcripts_issue_nothing() -> None:
    books = Books(replace(REQUEST, transcript=None))
    with pytest.raises(TranscriptNotConfirmed):
        books.accept()
    with pytest.raises(RequestNotFound):
        books.accept("B" * 32)
    assert not books.certificates
    assert not books.pdfs
