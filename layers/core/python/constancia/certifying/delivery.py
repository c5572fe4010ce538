"""The e-mails about a certificate: each sent once, or reported; the certificate is there to download either way.

Its address is told when it is issued, when another takes its place, and when it is annulled (rule 7).

A mail cannot be sent exactly once: when a sender dies in between, nobody knows whether it left. The certificate's mail
state decides: no mail is sent twice, and one that may have left is left to an operator, as is one that was rejected.
"""

from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from constancia import event_log
from constancia.certificate import ANNULLED, NO_ADDRESS, SUPERSEDED, Certificate
from constancia.certifying import writing
from constancia.errors import MailDeferred, MailRejected, NotDelivered, TemporarilyUnavailable
from constancia.event_log import Event

SENDING, SENT, REFUSED, UNKNOWN, LIMITED = "sending", "sent", "refused", "unknown", "limited"
BOUNCED, COMPLAINED = "bounced", "complained"
"""The mail states of a certificate: being sent, sent, rejected by the mail service (nothing left), perhaps sent, not
sent because the address had its e-mails of the day, come back, marked as unwanted by who received it."""

ISSUED = writing.ISSUED
NEWS = (ISSUED, SUPERSEDED, ANNULLED)
"""What an e-mail tells of a certificate; each kind is sent once, and has a mail state of its own."""

TAGS = "X-SES-MESSAGE-TAGS"
"""The header whose pairs SES takes away and repeats in what it reports of a message (Amazon SES developer guide,
"Specify your configuration set when you send email")."""
SENDING_TAKES = 120
"""Seconds after which a sender has ended, one way or another: twice the time-out of the function."""


class MailStateRepository(Protocol):
    """The mail states of the certificates, and the event log."""

    def claim(self, code: str) -> str | None:
        """Sets the mail state to `sending` if there is none or it is `refused` and gives None; else gives the state.

        Of a certificate without an e-mail address it gives `no_address`, and changes nothing.
        """
        ...

    def release(self, code: str) -> None:
        """Takes the mail state `sending` back, as if nobody had claimed."""
        ...

    def settle(self, code: str, state: str, event: Event) -> None:
        """Sets the mail state that follows `sending` and writes the event, both or neither."""
        ...


class ReturnedMailRepository(Protocol):
    """The mail states of the certificates, after the e-mails left, and the event log."""

    def mark_returned(self, code: str, state: str) -> str | None:
        """Sets the mail state of an e-mail that left, or may have; gives the state that it then has.

        None where no e-mail is known of.
        """
        ...

    def record(self, event: Event, unique: str) -> None:
        """Writes an event; the same again changes nothing."""
        ...


class MailLimit(Protocol):
    """The limit of e-mails to each address (rule 3)."""

    def may_send(self, address: str) -> bool:
        """Counts an e-mail to an address; False, and nothing is counted, if it has had those of the day."""
        ...

    def give_back(self, address: str) -> None:
        """Undoes the counting of an e-mail that did not leave."""
        ...


class Mailer(Protocol):
    """The mail service."""

    def send(self, message: EmailMessage) -> None:
        """Sends a message, once.

        Raises:
            MailDeferred: the mail service takes no message now, and nothing was sent.
            MailRejected: the mail service said no to this message, and nothing was sent.
        """
        ...


def news_of(before: Certificate, after: Certificate) -> tuple[str, ...]:
    """What a change of a certificate gives to tell its e-mail address: some of `NEWS`."""
    told = {
        ISSUED: after.issued and not before.issued,
        SUPERSEDED: after.superseded_on is not None and before.superseded_on is None,
        ANNULLED: after.annulled_on is not None and before.annulled_on is None,
    }
    return tuple(news for news in NEWS if told[news])


def compose(certificate: Certificate, holder_url: str, sender: str, news: str = ISSUED) -> EmailMessage:
    """An e-mail about a certificate, with what the mail service repeats in its reports of it; see `writing.compose`."""
    message = writing.compose(certificate, holder_url, sender, news)
    message[TAGS] = f"virtual_code={certificate.virtual_code}, news={news}"
    return message


def deliver(
    certificate: Certificate,
    moment: datetime,
    *,
    states: MailStateRepository,
    limit: MailLimit,
    mailer: Mailer,
    holder_url: str,
    sender: str,
    news: str = ISSUED,
) -> bool:
    """Sends an e-mail about a certificate unless it was sent before or has no address; True if this call sent it.

    Args:
        certificate: the certificate.
        moment: Lima time.
        states: the mail states of this kind of news.
        limit: the e-mails of each address (rule 3); beyond it none is sent.
        mailer: the mail service.
        holder_url: the holder's page, where the e-mail leads.
        sender: the e-mail address of the sender.
        news: what it tells, one of `NEWS`.

    Raises:
        MailDeferred: the mail service takes no message now; the mail state is as before, a further call tries again.
        NotDelivered: it was rejected, or it may have left before (then no call sends it again).
    """
    code, address = certificate.virtual_code, certificate.email
    # The change may have waited in the stream with an address that was erased since: the record itself decides.
    found = states.claim(code) if address else NO_ADDRESS
    if found in (SENT, LIMITED, NO_ADDRESS) or address is None:
        return False
    if found == SENDING:
        states.settle(code, UNKNOWN, event_log.event(event_log.MAIL_FAILED, moment, code, reason=UNKNOWN))
    if found is not None:
        raise NotDelivered(UNKNOWN)
    if not limit.may_send(address):
        states.settle(code, LIMITED, event_log.event(event_log.MAIL_FAILED, moment, code, reason=LIMITED))
        return False
    message = compose(certificate, holder_url, sender, news)
    try:
        mailer.send(message)
    except MailDeferred:
        limit.give_back(address)
        states.release(code)
        raise
    except MailRejected as error:
        states.settle(code, REFUSED, event_log.event(event_log.MAIL_FAILED, moment, code, reason=REFUSED))
        limit.give_back(address)
        raise NotDelivered(REFUSED) from error
    states.settle(code, SENT, event_log.event(event_log.MAIL_SENT, moment, code))
    return True


def mark_returned(code: str, state: str, moment: datetime, report: str, *, returned: ReturnedMailRepository) -> bool:
    """Marks on a certificate that an e-mail about it came back or was unwanted; the same report again changes nothing.

    Args:
        code: the virtual code.
        state: `bounced` or `complained`.
        moment: when, Lima time.
        report: identifies the mail service's report.
        returned: the mail states of this kind of news.

    Returns:
        Whether the certificate has that mail state; not where the e-mail was sent again since, or is not known.

    Raises:
        TemporarilyUnavailable: its sender has not noted yet that it left; a further call will find it.
    """
    found = returned.mark_returned(code, state)
    if found == SENDING:
        raise TemporarilyUnavailable
    if found == state == BOUNCED:
        returned.record(event_log.event(event_log.MAIL_FAILED, moment, code, reason=BOUNCED), report)
    return found == state


def announce(
    certificate: Certificate,
    moment: datetime,
    *,
    states: MailStateRepository,
    limit: MailLimit,
    mailer: Mailer,
    leave: Callable[[str, str], None],
    holder_url: str,
    sender: str,
    news: str = ISSUED,
) -> bool:
    """Sends one of the e-mails that a change of a certificate gives to send, once, or leaves it to operators.

    Args:
        leave: leaves a virtual code to operators, with the mail state that says why.

    For the other arguments see `deliver`.

    Returns:
        True if this call sent it; False if it was sent before, may not be sent, or is left to operators.

    Raises:
        MailDeferred: the mail service takes no message now; a further call tries again.
    """
    try:
        return deliver(
            certificate,
            moment,
            states=states,
            limit=limit,
            mailer=mailer,
            holder_url=holder_url,
            sender=sender,
            news=news,
        )
    except NotDelivered as failure:
        leave(certificate.virtual_code, str(failure))
        return False
