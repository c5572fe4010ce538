"""What an operator sees of a certificate: its state and its history, with no name and no document number."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from constancia import delivery, event_log
from constancia.annulment import read_code
from constancia.delivery import Postman, Refused
from constancia.errors import CertificateNotFound, InvalidFields, Refusal
from constancia.event_log import Event
from constancia.fields import Fields
from constancia.issuance import CertificateRecord
from constancia.request import mask_email
from constancia.verification import state_of

NEWEST = 100
"""How many entries of a history are shown."""


class MailNotSent(Refusal):
    """The mail is being sent at this moment, or the mail service refused it."""

    code = "mail_not_sent"

    def __init__(self, mail: str) -> None:
        super().__init__()
        self.mail = mail


class CertificateAnnulled(Refusal):
    """Nobody is to be told that it was issued."""

    code = "certificate_annulled"


class Entry(NamedTuple):
    """One entry of a certificate's history."""

    moment: str
    """Lima time, ISO 8601."""
    name: str
    outcome: str | None
    reason: str | None


class Card(NamedTuple):
    """A certificate with what is recorded beside it."""

    record: CertificateRecord
    superseded_by: str | None
    annulled_at: str | None
    annulled_by: str | None
    mail: str | None
    """The state of its mail, see `constancia.delivery`; None before the first try."""


class Cards(Protocol):
    """The certificates, as operators see them."""

    def card(self, code: str) -> Card | None:
        """A certificate, reserved or issued."""
        ...

    def history(self, code: str, most: int) -> list[Entry]:
        """Its newest entries in the event log, newest first."""
        ...

    def claim_again(self, code: str) -> bool:
        """Sets the mail's state to `sending` unless somebody is sending it; False if so."""
        ...

    def settle(self, code: str, state: str, entry: Event) -> None:
        """Sets the state that follows `sending` and writes the event, both or neither."""
        ...


def _find(question: dict[str, Any], cards: Cards) -> Card:
    fields = Fields(question)
    code = read_code(fields)
    if fields.errors:
        raise InvalidFields(tuple(fields.errors))
    card = cards.card(code)
    if card is None or not card.record.issued:
        raise CertificateNotFound
    return card


def look_up(question: dict[str, Any], *, cards: Cards) -> dict[str, Any]:
    """State and history of a certificate, as JSON.

    Args:
        question: `virtual_code`.
        cards: the certificates.

    Raises:
        InvalidFields: no virtual code, or not the form of one.
        CertificateNotFound: no such certificate was issued.
    """
    card = _find(question, cards)
    record = card.record
    return {
        "virtual_code": record.virtual_code,
        "serial_number": record.document("").printed_serial_number,
        "status": state_of(record),
        "issued_at": record.issued_at.isoformat(),
        "level": record.transcript.level,
        "applicant": record.applicant,
        "purpose": record.purpose,
        "email": mask_email(record.email),
        "mail": card.mail,
        "superseded_on": record.superseded_on and record.superseded_on.isoformat(),
        "superseded_by": card.superseded_by,
        "annulled_at": card.annulled_at,
        "annulled_by": card.annulled_by,
        "annulment_reason": record.annulment_reason,
        "sha256": record.sha256,
        "history": [entry._asdict() for entry in cards.history(record.virtual_code, NEWEST)],
    }


def resend(
    question: dict[str, Any],
    moment: datetime,
    *,
    cards: Cards,
    postman: Postman,
    verify_url: Callable[[str], str],
    sender: str,
) -> dict[str, Any]:
    """Sends the e-mail of a certificate once more, to the address of its request; says where it went, masked.

    Args:
        question: `virtual_code`.
        moment: Lima time.
        cards: the certificates.
        postman: the mail service.
        verify_url: the address in the e-mail, by virtual code.
        sender: from whom.

    Raises:
        InvalidFields: no virtual code, or not the form of one.
        CertificateNotFound: no such certificate was issued.
        CertificateAnnulled: it has no validity any more.
        MailNotSent: it is being sent at this moment, or the mail service refused it.
    """
    record = _find(question, cards).record
    code = record.virtual_code
    if record.annulled_on:
        raise CertificateAnnulled
    if not cards.claim_again(code):
        raise MailNotSent(delivery.SENDING)
    try:
        postman.send(delivery.compose(record, verify_url(code), sender))
    except Refused as error:
        entry = event_log.event(event_log.MAIL_FAILED, moment, code, reason=delivery.REFUSED)
        cards.settle(code, delivery.REFUSED, entry)
        raise MailNotSent(delivery.REFUSED) from error
    cards.settle(code, delivery.SENT, event_log.event(event_log.MAIL_SENT, moment, code))
    return {"virtual_code": code, "email": mask_email(record.email)}
