"""Rules 6 and 7: one accepted request, one certificate, one PDF, whatever is repeated."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from constancia.certificate import Certificate
from constancia.errors import RequestNotFound, TemporarilyUnavailable, TranscriptNotConfirmed
from constancia.event_log import Event
from constancia.issuance import CertificateRecord, code_of_pdf, issue_certificate
from constancia.lima import LIMA
from constancia.request import AcceptedRequest
from constancia.transcript import Column, Group, Row, Student, Transcript

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
    "A" * 32, NOW + timedelta(days=1), STUDENT, "EBR", "primary", "guardian", "a@b.pe", None, "job", None, TRANSCRIPT
)


class Books:
    """The register and the archive, in memory."""

    def __init__(self, *requests: AcceptedRequest) -> None:
        self.requests = {request.request_id: request for request in requests}
        self.certificates: dict[str, CertificateRecord] = {}
        self.pointers: dict[str, str] = {}
        self.pdfs: dict[str, bytes] = {}
        self.events: list[Event] = []
        self.last_number = 0
        self.taken_codes = 0

    def request(self, request_id: str) -> AcceptedRequest | None:
        return self.requests.get(request_id)

    def certificate(self, code: str) -> CertificateRecord | None:
        return self.certificates.get(code)

    def next_serial_number(self) -> int:
        self.last_number += 1
        return self.last_number

    def reserve(self, record: CertificateRecord, request: AcceptedRequest) -> bool:
        if self.taken_codes:
            self.taken_codes -= 1
            return False
        if self.requests[request.request_id].virtual_code:
            return False
        self.requests[request.request_id] = replace(request, virtual_code=record.virtual_code)
        self.certificates[record.virtual_code] = record
        return True

    def current(self, holder: str) -> str | None:
        return self.pointers.get(holder)

    def issue(self, record: CertificateRecord, previous: str | None, entries: tuple[Event, ...]) -> bool:
        if self.certificates[record.virtual_code].issued or self.pointers.get(record.holder) != previous:
            return False
        self.certificates[record.virtual_code] = replace(record, issued=True)
        self.pointers[record.holder] = record.virtual_code
        if previous:
            self.certificates[previous] = replace(self.certificates[previous], superseded_on=record.issued_at.date())
        self.events.extend(entries)
        return True

    def store(self, key: str, pdf: bytes) -> bytes:
        return self.pdfs.setdefault(key, pdf)

    def accept(self, request_id: str = REQUEST.request_id, moment: datetime = NOW) -> tuple[CertificateRecord, bool]:
        return issue_certificate(
            request_id, moment, register=self, archive=self, draw=draw, verify_url="https://c.pe/?codigo={}".format
        )


def draw(certificate: Certificate) -> bytes:
    return repr(certificate).encode()


def test_a_certificate_has_what_it_needs() -> None:
    books = Books(REQUEST)
    record, first = books.accept()
    assert first
    assert record.issued_at == datetime(2026, 11, 23, 10, 51, 7, 0, LIMA)
    assert record.serial_number == 1
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


def test_the_next_certificate_supersedes_and_tells_the_log() -> None:
    books = Books(REQUEST, replace(REQUEST, request_id="B" * 32))
    older, _ = books.accept()
    newer, _ = books.accept("B" * 32)
    assert books.certificates[older.virtual_code].superseded_on == newer.issued_at.date()
    assert books.certificates[newer.virtual_code].superseded_on is None
    assert [(entry.name, entry.virtual_code) for entry in books.events[1:]] == [
        ("certificate_issued", newer.virtual_code),
        ("certificate_superseded", older.virtual_code),
    ]


def test_two_requests_of_one_student_at_once_leave_one_current_certificate() -> None:
    books = Books(REQUEST, replace(REQUEST, request_id="B" * 32))
    seen: list[str] = []
    current = books.current

    def overtaken(holder: str) -> str | None:
        found = current(holder)
        if not seen:
            seen.append(holder)
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
