"""The closing of corrections (rule 14): by a load that changes the cell, seen once a day, and told once by e-mail.

An e-mail cannot be sent exactly once: see `constancia.certifying.delivery`. None is sent twice; one that may have left,
or that was rejected, is not sent again, for who asked reads the same in the next preview.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Protocol

from constancia import event_log
from constancia.certifying.delivery import LIMITED, REFUSED, SENDING, SENT, UNKNOWN, Mailer, MailLimit
from constancia.correcting import writing
from constancia.correction import Correction
from constancia.errors import MailDeferred, MailRejected
from constancia.event_log import Event
from constancia.school_records import SchoolRecord

SENDING_TAKES = 1800
"""Seconds after which a sender has ended, one way or another: twice the time-out of the function."""

Year = tuple[str, str, int]
"""What names a school record: document number of the student, level, year."""


class ClosingRepository(Protocol):
    """The corrections, and the event log."""

    def close(self, correction: Correction, moment: datetime, event: Event) -> bool:
        """Closes an open correction and writes the event, both or neither; False if it was closed before."""
        ...

    def claim(self, correction: Correction, moment: datetime) -> bool:
        """Sets the mail state of a closed correction to `sending`; False if it has one, or no address any more."""
        ...

    def give_up(self, correction: Correction, moment: datetime, event: Event) -> bool:
        """Settles as `unknown` what is being sent for longer than it takes, removes the address and writes the event.

        False, and nothing changes, if it is not.
        """
        ...

    def release(self, correction: Correction) -> None:
        """Takes the mail state `sending` back, as if nobody had claimed."""
        ...

    def settle(self, correction: Correction, state: str, event: Event) -> None:
        """Sets the mail state that follows `sending`, removes the address and writes the event, all or nothing."""
        ...


class SchoolRecordReader(Protocol):
    """The school records, by their keys."""

    def of_years(self, years: Iterable[Year]) -> dict[Year, SchoolRecord]:
        """Those of these school records that there are."""
        ...


class MailResult(NamedTuple):
    """What became of the e-mails of one run."""

    sent: int
    left: int
    """E-mails that the mail service took not now; the next run sends them."""


def close_changed(
    listed: Iterable[Correction],
    moment: datetime,
    *,
    corrections: ClosingRepository,
    school_records: SchoolRecordReader,
) -> list[Correction]:
    """Closes the corrections whose cell says something else than what was shown; gives all as they are then.

    A correction stays open while its school record says what was shown, whatever else in it changed.

    Args:
        listed: corrections, open or closed.
        moment: Lima time; the moment of closing.
        corrections: the stores.
        school_records: today's school records.
    """
    listed = list(listed)
    years = {_year_of(correction) for correction in listed if correction.closed_at is None}
    records = school_records.of_years(years)
    event = event_log.event(event_log.CORRECTION_CLOSED, moment)
    found = []
    for correction in listed:
        record = records.get(_year_of(correction))
        if correction.closed_at is None and record and correction.cell.mark_in(record) != correction.mark:
            corrections.close(correction, moment, event)
            found.append(correction._replace(closed_at=moment.isoformat(timespec="seconds")))
        else:
            found.append(correction)
    return found


def _year_of(correction: Correction) -> Year:
    return correction.cell.student, correction.cell.level, correction.cell.year


def tell_all(
    listed: Iterable[Correction],
    moment: datetime,
    *,
    corrections: ClosingRepository,
    limit: MailLimit,
    mailer: Mailer,
    portal_url: str,
    sender: str,
) -> MailResult:
    """Sends the e-mails on corrections that closed, each once; those that the mail service takes not now are left.

    Args:
        listed: corrections, open or closed.
        moment: Lima time.
        corrections: the stores.
        limit: the e-mails of each address (rule 3); beyond it none is sent.
        mailer: the mail service.
        portal_url: the address of the portal, without a final slash.
        sender: the e-mail address of the sender.
    """
    waiting = [each for each in listed if each.closed_at and each.email and each.mail in (None, SENDING)]
    sent = 0
    for place, correction in enumerate(waiting):
        try:
            sent += _tell(correction, moment, corrections, limit, mailer, portal_url, sender)
        except MailDeferred:
            return MailResult(sent, len(waiting) - place)
    return MailResult(sent, 0)


def _tell(
    correction: Correction,
    moment: datetime,
    corrections: ClosingRepository,
    limit: MailLimit,
    mailer: Mailer,
    portal_url: str,
    sender: str,
) -> bool:
    """Sends one e-mail; True if this call sent it.

    Raises:
        MailDeferred: the mail service takes no message now; the mail state is as before.
    """
    address = correction.email
    if correction.mail == SENDING:
        corrections.give_up(correction, moment, event_log.event(event_log.MAIL_FAILED, moment, reason=UNKNOWN))
        return False
    if address is None or not corrections.claim(correction, moment):
        return False
    if not limit.may_send(address):
        corrections.settle(correction, LIMITED, event_log.event(event_log.MAIL_FAILED, moment, reason=LIMITED))
        return False
    try:
        mailer.send(writing.compose(correction, address, portal_url, sender))
    except MailDeferred:
        limit.give_back(address)
        corrections.release(correction)
        raise
    except MailRejected:
        corrections.settle(correction, REFUSED, event_log.event(event_log.MAIL_FAILED, moment, reason=REFUSED))
        limit.give_back(address)
        return False
    corrections.settle(correction, SENT, event_log.event(event_log.MAIL_SENT, moment))
    return True
