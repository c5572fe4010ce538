"""What operators see of a certificate: its state and its history, with no name and no document number."""

from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage
from typing import Any, Protocol, TypeVar

from constancia import event_log, virtual_code
from constancia.certificate import ANNULLED, SUPERSEDED, CertificateDetails
from constancia.certifying import delivery
from constancia.certifying.delivery import Mailer
from constancia.contact import mask_email
from constancia.document import print_serial_number
from constancia.errors import CertificateAnnulled, CertificateNotFound, MailNotSent, MailRejected, NoEmailAddress
from constancia.event_log import Event

NEWEST = 100
"""Events of a history that are shown."""


class DetailsRepository(Protocol):
    """The certificates, as operators see them."""

    def details(self, code: str) -> CertificateDetails | None:
        """A certificate, reserved or issued, with its details, or None."""
        ...


class ResendRepository(DetailsRepository, Protocol):
    """The certificates with their mail states, and the event log."""

    def claim_again(self, code: str) -> bool:
        """Sets the mail state to `sending`, unless somebody is sending at this moment; False if so."""
        ...

    def settle(self, code: str, state: str, event: Event) -> None:
        """Sets the mail state that follows `sending` and writes the event, both or neither."""
        ...


class Letter(Protocol):
    """A dead letter: a certificate whose e-mail did not leave."""

    @property
    def virtual_code(self) -> str:
        """The certificate's virtual code."""
        ...


L = TypeVar("L", bound=Letter)


class Letters(Protocol[L]):
    """The queue of dead letters."""

    def read(self) -> list[L]:
        """Some letters, which nobody else then sees for a while; none if there are none now."""
        ...

    def throw_away(self, letter: L) -> None:
        """Removes a letter that is worked off."""
        ...


class HistoryReader(Protocol):
    """The event log, read by virtual code."""

    def history(self, code: str, most: int) -> list[Event]:
        """The newest events of a certificate, newest first."""
        ...


def _find(question: dict[str, Any], certificates: DetailsRepository) -> CertificateDetails:
    details = certificates.details(virtual_code.read_command(question))
    if details is None or not details.certificate.issued:
        raise CertificateNotFound
    return details


def look_up(question: dict[str, Any], *, certificates: DetailsRepository, events: HistoryReader) -> dict[str, Any]:
    """The state and the history of a certificate, as a JSON object.

    Args:
        question: a JSON object with `virtual_code`.
        certificates: the certificates.
        events: the event log.

    Raises:
        InvalidFields: there is no virtual code, or it has not the form of one.
        CertificateNotFound: no certificate with that virtual code was issued.
    """
    details = _find(question, certificates)
    certificate = details.certificate
    return {
        "virtual_code": certificate.virtual_code,
        "serial_number": print_serial_number(certificate.serial_number),
        "status": certificate.state,
        "issued_at": certificate.issued_at.isoformat(),
        "level": certificate.transcript.level,
        "applicant": certificate.applicant,
        "purpose": certificate.purpose,
        "privacy_notice": certificate.privacy_notice,
        "email": mask_email(certificate.email),
        "mail": details.mail,
        "email_erased_at": details.email_erased_at,
        "email_erased_by": details.email_erased_by,
        "superseded_on": certificate.superseded_on and certificate.superseded_on.isoformat(),
        "superseded_by": details.superseded_by,
        "annulled_at": details.annulled_at,
        "annulled_by": details.annulled_by,
        "annulment_reason": certificate.annulment_reason,
        "sha256": certificate.sha256,
        "history": [
            {
                "moment": event.moment.isoformat(timespec="microseconds"),
                "name": event.name,
                "outcome": event.fact("outcome"),
                "reason": event.fact("reason"),
            }
            for event in events.history(certificate.virtual_code, NEWEST)
        ],
    }


def resend(
    question: dict[str, Any],
    moment: datetime,
    *,
    certificates: ResendRepository,
    mailer: Mailer,
    holder_url: Callable[[str], str],
    sender: str,
) -> dict[str, Any]:
    """Sends the e-mail of a certificate once more, to the address of its request; gives the masked address.

    Args:
        question: a JSON object with `virtual_code`.
        moment: Lima time.
        certificates: the certificates.
        mailer: the mail service.
        holder_url: the holder's page, where the e-mail leads, by virtual code.
        sender: the e-mail address of the sender.

    Raises:
        InvalidFields: there is no virtual code, or it has not the form of one.
        CertificateNotFound: no certificate with that virtual code was issued.
        CertificateAnnulled: the certificate is annulled.
        NoEmailAddress: it has no address, or it was erased.
        MailNotSent: it is being sent at this moment, or the mail service rejected it.
    """
    certificate = _find(question, certificates).certificate
    code = certificate.virtual_code
    if certificate.annulled_on:
        raise CertificateAnnulled
    if certificate.email is None:
        raise NoEmailAddress
    message = delivery.compose(certificate, holder_url(code), sender)
    _send_again(code, message, moment, states=certificates, mailer=mailer)
    return {"virtual_code": code, "email": mask_email(certificate.email)}


def _send_again(
    code: str, message: EmailMessage, moment: datetime, *, states: ResendRepository, mailer: Mailer
) -> None:
    if not states.claim_again(code):
        raise MailNotSent(delivery.SENDING)
    try:
        mailer.send(message)
    except MailRejected as error:
        event = event_log.event(event_log.MAIL_FAILED, moment, code, reason=delivery.REFUSED)
        states.settle(code, delivery.REFUSED, event)
        raise MailNotSent(delivery.REFUSED) from error
    states.settle(code, delivery.SENT, event_log.event(event_log.MAIL_SENT, moment, code))


NO_MORE = (delivery.SENT, delivery.LIMITED, delivery.BOUNCED, delivery.COMPLAINED)
"""The mail states of news that no dead letter has sent again. What came back would come back again, and who marked an
e-mail as unwanted has got it."""


def missing_news(details: CertificateDetails) -> tuple[str, ...]:
    """What the address of an issued certificate was to be told and was not, and is still true: some of `NEWS`."""
    certificate = details.certificate
    if certificate.email is None:
        return ()
    if certificate.annulled_on:
        due: tuple[str, ...] = (ANNULLED,)
    else:
        due = (delivery.ISSUED, *((SUPERSEDED,) if certificate.superseded_on else ()))
    return tuple(news for news in due if details.mails.get(news) not in NO_MORE)


def work_off(
    letters: Letters[L],
    moment: datetime,
    *,
    states: Mapping[str, ResendRepository],
    mailer: Mailer,
    holder_url: Callable[[str], str],
    sender: str,
) -> dict[str, Any]:
    """Sends the e-mails about the certificates that some dead letters name, and removes the letters that need no more.

    An e-mail that left in the meantime is not sent again, and of an annulled certificate only its annulment is told.

    Args:
        letters: the queue of dead letters.
        moment: Lima time.
        states: the certificates with the mail states of each kind of news, by `NEWS`.
        mailer: the mail service.
        holder_url: the holder's page, where an e-mail leads, by virtual code.
        sender: the e-mail address of the sender.

    Returns:
        A JSON object: `sent` (a code for each e-mail), `needless` and `left`, each a list of virtual codes. All are
        empty when no letter is left that nobody tried in the last minutes.
    """
    done: dict[str, list[str]] = {"sent": [], "needless": [], "left": []}
    for letter in letters.read():
        code = letter.virtual_code
        details = states[delivery.ISSUED].details(code)
        if details is None or not details.certificate.issued:
            done["left"].append(code)
            continue
        missing = missing_news(details)
        try:
            for news in missing:
                message = delivery.compose(details.certificate, holder_url(code), sender, news)
                _send_again(code, message, moment, states=states[news], mailer=mailer)
                done["sent"].append(code)
        except MailNotSent:
            done["left"].append(code)
            continue
        letters.throw_away(letter)
        if not missing:
            done["needless"].append(code)
    return done
