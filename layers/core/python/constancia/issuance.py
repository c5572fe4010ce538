"""Issue and supersession (rules 6 and 7): one accepted request, one certificate, whatever fails in between.

The steps, each repeatable: reserve a code, a serial number and the moment, tied to the request; draw; store the PDF,
once; mark the certificate issued and the student's earlier one superseded, together. Whoever repeats finds the
reservation and goes on from there, and the same certificate always draws to the same bytes.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from constancia import event_log, virtual_code
from constancia.certificate import Certificate
from constancia.errors import RequestNotFound, TemporarilyUnavailable, TranscriptNotConfirmed
from constancia.event_log import Event
from constancia.request import AcceptedRequest
from constancia.transcript import Transcript

DRAWS = 5
"""Tries for a free code. One try meets a taken code once in a hundred thousand when ten million are out."""


@dataclass(frozen=True, slots=True)
class CertificateRecord:
    """A certificate as it is kept: reserved first, issued once its PDF is stored."""

    virtual_code: str
    serial_number: int
    issued_at: datetime
    transcript: Transcript
    pdf_key: str
    applicant: str
    purpose: str
    email: str
    issued: bool = False
    sha256: str = ""
    superseded_on: date | None = None
    annulled_on: date | None = None
    annulment_reason: str | None = None

    @property
    def holder(self) -> str:
        """Whose certificate of what: a student has one current certificate for each modality and level."""
        transcript = self.transcript
        return f"{transcript.student.document_number}#{transcript.modality}#{transcript.level}"

    def document(self, verify_url: str) -> Certificate:
        """What is drawn."""
        return Certificate(self.virtual_code, self.serial_number, self.issued_at, verify_url, self.transcript)


class Register(Protocol):
    """The requests and certificates, as issuing sees them."""

    def request(self, request_id: str) -> AcceptedRequest | None:
        """A request that has not expired."""
        ...

    def certificate(self, code: str) -> CertificateRecord | None:
        """A certificate, reserved or issued."""
        ...

    def next_serial_number(self) -> int:
        """A number higher than all before."""
        ...

    def reserve(self, record: CertificateRecord, request: AcceptedRequest) -> bool:
        """Ties a new record to its request; False if the code is taken or the request already has one."""
        ...

    def current(self, holder: str) -> str | None:
        """The code of the holder's current certificate."""
        ...

    def issue(self, record: CertificateRecord, previous: str | None, entries: tuple[Event, ...]) -> bool:
        """Marks the record issued, makes it the holder's current one, supersedes the previous, writes the events.

        False if the record is issued already or the holder's current certificate is not `previous` any more.
        """
        ...


class Archive(Protocol):
    """Where the PDFs are, each written once."""

    def store(self, key: str, pdf: bytes) -> bytes:
        """Stores the PDF unless there is one under the key; gives the one that is there."""
        ...


def draw_pdf_key(code: str) -> str:
    """A key that nobody can guess: the code and 128 random bits."""
    return f"{code}/{secrets.token_hex(16)}.pdf"


def code_of_pdf(key: str) -> str:
    """The virtual code of the certificate whose PDF is under a key."""
    return key.partition("/")[0]


def issue_certificate(
    request_id: str,
    moment: datetime,
    *,
    register: Register,
    archive: Archive,
    draw: Callable[[Certificate], bytes],
    verify_url: Callable[[str], str],
) -> tuple[CertificateRecord, bool]:
    """The certificate of a request, and whether this call is the one that issued it.

    Args:
        request_id: of a request whose transcript was shown.
        moment: Lima time; the moment of issue if none is reserved yet.
        register: the records.
        archive: the PDFs.
        draw: certificate to PDF, always the same bytes for the same certificate.
        verify_url: the address in the QR, by virtual code.

    Raises:
        RequestNotFound: unknown or expired.
        TranscriptNotConfirmed: the transcript was not shown.
        TemporarilyUnavailable: others kept changing the same records; nothing is lost.
    """
    record = _reserved(request_id, moment, register)
    if record.issued:
        return record, False
    pdf = archive.store(record.pdf_key, draw(record.document(verify_url(record.virtual_code))))
    record = replace(record, sha256=hashlib.sha256(pdf).hexdigest())
    return _mark_issued(record, moment, register)


def _reserved(request_id: str, moment: datetime, register: Register) -> CertificateRecord:
    for _ in range(DRAWS):
        request = register.request(request_id)
        if request is None:
            raise RequestNotFound
        if request.transcript is None:
            raise TranscriptNotConfirmed
        if request.virtual_code:
            record = register.certificate(request.virtual_code)
            if record is None:
                raise TemporarilyUnavailable
            return record
        code = virtual_code.draw()
        record = CertificateRecord(
            virtual_code=code,
            serial_number=register.next_serial_number(),
            issued_at=moment.replace(microsecond=0),
            transcript=request.transcript,
            pdf_key=draw_pdf_key(code),
            applicant=request.applicant,
            purpose=request.purpose,
            email=request.email,
        )
        if register.reserve(record, request):
            return record
    raise TemporarilyUnavailable


def _mark_issued(record: CertificateRecord, moment: datetime, register: Register) -> tuple[CertificateRecord, bool]:
    facts = {"level": record.transcript.level, "purpose": record.purpose, "applicant": record.applicant}
    issued = event_log.event(event_log.CERTIFICATE_ISSUED, moment, record.virtual_code, **facts)
    for _ in range(DRAWS):
        previous = register.current(record.holder)
        superseded = [event_log.event(event_log.CERTIFICATE_SUPERSEDED, moment, previous)] if previous else []
        if register.issue(record, previous, (issued, *superseded)):
            return replace(record, issued=True), True
        found = register.certificate(record.virtual_code)
        if found and found.issued:
            return found, False
    raise TemporarilyUnavailable
