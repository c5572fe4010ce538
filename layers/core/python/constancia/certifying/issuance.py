"""Issue and supersession (rules 6 and 7): one accepted request, one certificate, whatever fails in between.

There are four steps, each repeatable: reserve a virtual code, a serial number, the moment and the attestation of all,
tied to the request; draw the PDF and seal it; store it, once; mark the certificate issued and superseded those that say
something else, together. A repetition finds the reservation and goes on from there, and the same certificate always
draws to the same bytes.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from constancia import event_log, virtual_code
from constancia.asking.request import AcceptedRequest, RequestKey
from constancia.certificate import VALID, Certificate, draw_pdf_key
from constancia.current_certificates import CurrentCertificates
from constancia.document import Document
from constancia.errors import NoCurrentCertificate, RequestNotFound, TemporarilyUnavailable
from constancia.event_log import Event
from constancia.fields import read_body
from constancia.transcript import Transcript

DRAWS = 5
"""Tries for a free virtual code. With ten million issued, one try in a hundred thousand meets a taken code."""


class IssuanceRepository(Protocol):
    """The stores of the requests and certificates, and the event log."""

    def request(self, key: RequestKey) -> AcceptedRequest | None:
        """A request that has not ended, or None."""
        ...

    def certificate(self, code: str) -> Certificate | None:
        """A certificate, reserved or issued, or None."""
        ...

    def next_serial_number(self) -> int:
        """A serial number higher than all before."""
        ...

    def reserve(self, certificate: Certificate, request: AcceptedRequest) -> bool:
        """Keeps a reserved certificate and ties its request to it, both or neither.

        False if the virtual code is taken or the request has a certificate already.
        """
        ...

    def current(self, document_number: str) -> CurrentCertificates:
        """The current certificates of a student."""
        ...

    def issue(
        self,
        certificate: Certificate,
        current: CurrentCertificates,
        superseded: tuple[str, ...],
        events: tuple[Event, ...],
    ) -> bool:
        """Marks the certificate issued and others superseded, and writes what is current and the events, or nothing.

        Args:
            certificate: the certificate, with the digest of its PDF.
            current: the student's current certificates from now on, one version after what was read.
            superseded: the virtual codes of those that it supersedes.
            events: what is written into the event log; their moment is that of the supersession.

        False if it is issued already, or if what is current was changed after it was read.
        """
        ...


class PdfArchive(Protocol):
    """The PDFs, each written once."""

    def store(self, key: str, pdf: bytes) -> bytes:
        """Stores a PDF unless there is one under the key already; gives the one that is stored."""
        ...


def issue_certificate(
    key: RequestKey,
    moment: datetime,
    *,
    repository: IssuanceRepository,
    archive: PdfArchive,
    attest: Callable[[Certificate], bytes],
    draw: Callable[[Document], bytes],
    verify_url: Callable[[str], str],
    most_a_day: int,
) -> tuple[Certificate, bool]:
    """The certificate of a request, and whether this call is the one that issued it.

    Args:
        key: what the caller has of a request whose transcript was shown.
        moment: Lima time; the moment of issue if none is reserved yet.
        repository: the requests and certificates.
        archive: the PDFs.
        attest: signs what a certificate says; each time it gives another signature, so the first one is kept.
        draw: draws a document as PDF and seals it, always to the same bytes.
        verify_url: the address in the QR, by virtual code.
        most_a_day: certificates of one student a day.

    Raises:
        RequestNotFound: the request is unknown, has ended, or has another token.
        ConfirmationNeeded: it waits for its code.
        TranscriptNotConfirmed: its transcript was not shown.
        TooManyCertificates: the student has had as many today as there may be.
        TemporarilyUnavailable: others kept changing the same certificates; nothing is lost.
    """
    certificate, current = _reserved(key, moment, repository, attest, most_a_day)
    if certificate.issued:
        return certificate, False
    pdf = archive.store(certificate.pdf_key, draw(certificate.document(verify_url(certificate.virtual_code))))
    certificate = replace(certificate, sha256=hashlib.sha256(pdf).hexdigest())
    return _mark_issued(certificate, current, moment, repository, most_a_day)


def asks_for_existing(body: bytes) -> bool:
    """Whether the body of `POST …/certificate` asks for the existing certificate; it may be empty.

    Raises:
        MalformedRequest: there is a body, and it is not a JSON object.
        InvalidFields: `existing` is not a flag.
    """
    if not body:
        return False
    fields = read_body(body)
    existing = fields.has("existing") and fields.flag("existing")
    fields.check()
    return existing


def find_existing(key: RequestKey, *, repository: IssuanceRepository) -> Certificate:
    """The student's current certificate, if it says what the transcript of a request says (rule 7).

    Raises:
        RequestNotFound: the request is unknown, has ended, or has another token.
        ConfirmationNeeded: it waits for its code.
        TranscriptNotConfirmed: its transcript was not shown.
        NoCurrentCertificate: there is none, or it says something else.
    """
    request, transcript = _confirmed(key, repository)
    current = repository.current(request.student.document_number)
    copy = current.of(transcript.holder)
    if copy is None or not current.says_the_same(transcript):
        raise NoCurrentCertificate
    certificate = repository.certificate(copy.virtual_code)
    if certificate is None or certificate.state != VALID:
        raise NoCurrentCertificate
    return certificate


def _confirmed(key: RequestKey, repository: IssuanceRepository) -> tuple[AcceptedRequest, Transcript]:
    request = repository.request(key)
    if request is None:
        raise RequestNotFound
    return request, request.shown_transcript()


def _reserved(
    key: RequestKey,
    moment: datetime,
    repository: IssuanceRepository,
    attest: Callable[[Certificate], bytes],
    most_a_day: int,
) -> tuple[Certificate, CurrentCertificates]:
    for _ in range(DRAWS):
        request, transcript = _confirmed(key, repository)
        current = repository.current(request.student.document_number)
        if request.virtual_code:
            certificate = repository.certificate(request.virtual_code)
            # One that was reserved before there were attestations, a day ago at most, cannot be issued any more.
            if certificate is None or not (certificate.issued or certificate.attestation):
                raise TemporarilyUnavailable
            return certificate, current
        current.check(transcript, moment, most_a_day)
        code = virtual_code.draw()
        certificate = Certificate(
            virtual_code=code,
            serial_number=repository.next_serial_number(),
            issued_at=moment.replace(microsecond=0),
            transcript=transcript,
            pdf_key=draw_pdf_key(code),
            applicant=request.applicant,
            purpose=request.purpose,
            assurance=request.assurance,
            privacy_notice=request.privacy_notice,
            email=request.email,
        )
        certificate = replace(certificate, attestation=attest(certificate))
        if repository.reserve(certificate, request):
            return certificate, current
    raise TemporarilyUnavailable


def _mark_issued(
    certificate: Certificate,
    current: CurrentCertificates,
    moment: datetime,
    repository: IssuanceRepository,
    most_a_day: int,
) -> tuple[Certificate, bool]:
    facts = {
        "level": certificate.transcript.level,
        "purpose": certificate.purpose,
        "applicant": certificate.applicant,
        "assurance": certificate.assurance,
    }
    issued = event_log.event(event_log.CERTIFICATE_ISSUED, moment, certificate.virtual_code, **facts)
    for _ in range(DRAWS):
        current.check(certificate.transcript, moment, most_a_day)
        after, superseded = current.after_issue(certificate, moment)
        events = (event_log.event(event_log.CERTIFICATE_SUPERSEDED, moment, code) for code in superseded)
        if repository.issue(certificate, after, superseded, (issued, *events)):
            return replace(certificate, issued=True), True
        found = repository.certificate(certificate.virtual_code)
        if found and found.issued:
            return found, False
        current = repository.current(certificate.holder_number)
    raise TemporarilyUnavailable
