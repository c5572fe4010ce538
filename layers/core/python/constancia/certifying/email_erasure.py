"""Erasure (rule 15): an e-mail address leaves a certificate, which stays as valid as it was; no notice goes there."""

from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from constancia import event_log, virtual_code
from constancia.certificate import Certificate, CertificateDetails
from constancia.certifying.annulment import LONGEST_OPERATOR
from constancia.errors import CertificateNotFound
from constancia.event_log import Event
from constancia.fields import Fields


class Erasure(NamedTuple):
    """The erasure of the address of one certificate."""

    operator: str
    """Who erased, as their console states it; the proof is the trail of operators' calls (decision 050)."""
    moment: datetime
    """Lima time."""


class ErasureRepository(Protocol):
    """The certificates and the event log."""

    def details(self, code: str) -> CertificateDetails | None:
        """A certificate, reserved or issued, with its details, or None."""
        ...

    def erase_in_corrections(self, document_number: str, email: str) -> None:
        """Removes an address from the corrections of a student; where it is in none, nothing changes."""
        ...

    def erase_email(self, code: str, erasure: Erasure, event: Event) -> bool:
        """Removes the address, keeps who did it and when, and writes the event, all or nothing; False without one."""
        ...


def erase_email(
    command: dict[str, Any], moment: datetime, *, certificates: ErasureRepository
) -> tuple[CertificateDetails, bool]:
    """The certificate without its e-mail address, and whether this call is the one that erased it.

    The address is erased in the student's corrections first. It stands nowhere else by then: the request gave its own
    away when the certificate was reserved, and what counts e-mails to it keeps an HMAC. An e-mail that is being sent at
    this moment may still leave.

    Args:
        command: a JSON object with `virtual_code` and `operator`.
        moment: Lima time; the moment of the erasure if there is an address.
        certificates: the certificates.

    Raises:
        InvalidFields: some fields are missing or wrong; with all of them.
        CertificateNotFound: no certificate with that virtual code was issued.
    """
    fields = Fields(command)
    code = virtual_code.read_field(fields)
    erasure = Erasure(fields.text("operator", LONGEST_OPERATOR), moment)
    fields.check()
    details = certificates.details(code)
    if details is None or not details.certificate.issued:
        raise CertificateNotFound
    event = event_log.event(event_log.EMAIL_ERASED, moment, code)
    student, email = details.certificate.transcript.student, details.certificate.email
    if email:
        certificates.erase_in_corrections(student.document_number, email)
    if email and certificates.erase_email(code, erasure, event):
        erased: Certificate = replace(details.certificate, email=None)
        return details._replace(certificate=erased, email_erased_at=moment.isoformat(timespec="seconds")), True
    # There was none, or another call erased it meanwhile and knows when.
    return certificates.details(code) or details, False
