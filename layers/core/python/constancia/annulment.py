"""Annulment (rule 7): an operator declares a certificate void, once, with a reason that every verifier then reads."""

from datetime import datetime
from typing import Any, NamedTuple, Protocol

from constancia import event_log, virtual_code
from constancia.errors import CertificateNotFound, InvalidFields, TemporarilyUnavailable
from constancia.event_log import Event
from constancia.fields import INVALID, Fields
from constancia.issuance import CertificateRecord

LONGEST_REASON = 300
LONGEST_OPERATOR = 200


class Annulment(NamedTuple):
    """What is recorded of an annulment."""

    reason: str
    """Shown to every verifier of the certificate, so it says nothing about persons."""
    operator: str
    """Who asked for it, as the console names them; AWS keeps its own record of who called (CloudTrail)."""
    moment: datetime


class Register(Protocol):
    """The certificates, as annulling sees them."""

    def certificate(self, code: str) -> CertificateRecord | None:
        """A certificate, reserved or issued."""
        ...

    def annul(self, code: str, annulment: Annulment, entry: Event) -> bool:
        """Records the annulment and its event, both or neither; False if it is not issued or annulled already."""
        ...


def read_code(fields: Fields) -> str:
    """The virtual code that an operator typed; what is none leaves a fault."""
    written = fields.of_type("virtual_code", str)
    code = virtual_code.read(written) if written else None
    if written is not None and code is None:
        fields.fault("virtual_code", INVALID)
    return code or ""


def annul(order: dict[str, Any], moment: datetime, *, register: Register) -> tuple[CertificateRecord, bool]:
    """The annulled certificate, and whether this call is the one that annulled it.

    Args:
        order: `virtual_code`, `reason` and `operator`.
        moment: Lima time; the moment of annulment if it is not annulled yet.
        register: the certificates.

    Raises:
        InvalidFields: with every field that is missing or wrong.
        CertificateNotFound: no such certificate was issued.
    """
    fields = Fields(order)
    code = read_code(fields)
    annulment = Annulment(fields.text("reason", LONGEST_REASON), fields.text("operator", LONGEST_OPERATOR), moment)
    if fields.errors:
        raise InvalidFields(tuple(fields.errors))
    done = register.annul(code, annulment, event_log.event(event_log.CERTIFICATE_ANNULLED, moment, code))
    record = register.certificate(code)
    if record is None or not record.issued:
        raise CertificateNotFound
    if record.annulled_on is None:
        raise TemporarilyUnavailable
    return record, done
