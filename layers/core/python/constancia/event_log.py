"""The event log (rule 9): every outcome, counted and without personal data.

An event has a name, a moment, the virtual code where there is one, and a few words from closed lists: level, purpose,
kind of applicant, assurance, reason, outcome, answer, and the id of the institution that asked. It never has a person's
name, a document number, an address or free text.
"""

import secrets
import zlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

SHARDS = 8
"""Partitions of a day: DynamoDB writes a thousand events a second to each."""

REQUEST_ACCEPTED = "request_accepted"
REQUEST_REFUSED = "request_refused"
CODE_DRAWN = "code_drawn"
CORRECTION_OPENED = "correction_opened"
CORRECTION_CLOSED = "correction_closed"
CERTIFICATE_ISSUED = "certificate_issued"
CERTIFICATE_SUPERSEDED = "certificate_superseded"
CERTIFICATE_ANNULLED = "certificate_annulled"
EMAIL_ERASED = "email_erased"
CERTIFICATE_VERIFIED = "certificate_verified"
CERTIFICATE_DOWNLOADED = "certificate_downloaded"
CERTIFICATE_SHOWN = "certificate_shown"
HISTORY_SHOWN = "history_shown"
OPINION_GIVEN = "opinion_given"
VERIFICATION_REFUSED = "verification_refused"
MAIL_SENT = "mail_sent"
MAIL_FAILED = "mail_failed"

NAMES = (
    REQUEST_ACCEPTED,
    REQUEST_REFUSED,
    CODE_DRAWN,
    CORRECTION_OPENED,
    CORRECTION_CLOSED,
    CERTIFICATE_ISSUED,
    CERTIFICATE_SUPERSEDED,
    CERTIFICATE_ANNULLED,
    EMAIL_ERASED,
    CERTIFICATE_VERIFIED,
    CERTIFICATE_DOWNLOADED,
    CERTIFICATE_SHOWN,
    HISTORY_SHOWN,
    OPINION_GIVEN,
    VERIFICATION_REFUSED,
    MAIL_SENT,
    MAIL_FAILED,
)
FACTS = ("level", "purpose", "applicant", "assurance", "reason", "outcome", "institution", "answer")
"""The only facts an event may have, each a word from a closed list, or an institution by its id."""


class Event(NamedTuple):
    """One event of the log."""

    name: str
    moment: datetime
    """Lima time."""
    virtual_code: str | None = None
    facts: tuple[tuple[str, str], ...] = ()

    def fact(self, name: str) -> str | None:
        """One of its facts, or None."""
        return dict(self.facts).get(name)


def event(name: str, moment: datetime, virtual_code: str | None = None, **facts: str) -> Event:
    """An event with its facts.

    Raises:
        ValueError: the name or a fact is not one of the documented ones.
    """
    unknown = [fact for fact in facts if fact not in FACTS]
    if unknown or name not in NAMES:
        raise ValueError(f"not an event of the log: {name} {unknown}")
    return Event(name, moment, virtual_code, tuple(sorted(facts.items())))


def key_of(event: Event, unique: str = "") -> tuple[str, str]:
    """The partition and sort key of an event: its day with one of the shards, and a time that no other event has.

    Args:
        event: the event.
        unique: the same text for each repetition of the event, so that it is written once; random where none is given.
    """
    unique = unique or secrets.token_hex(8)
    shard = zlib.crc32(unique.encode()) % SHARDS
    return _partition(event.moment.date(), shard), f"{event.moment.isoformat(timespec='microseconds')}#{unique}"


def read_event(item: Mapping[str, str]) -> Event:
    """The event of a stored item: the inverse of `key_of`, with the item's name, virtual code and facts."""
    moment = datetime.fromisoformat(item["time"].partition("#")[0])
    facts = tuple((fact, item[fact]) for fact in sorted(FACTS) if fact in item)
    return Event(item["name"], moment, item.get("virtual_code"), facts)


def hour_of(time: str) -> str:
    """The Lima hour in a sort key, `00` to `23`. Reports ask it of every event of a day, so nothing is parsed."""
    return time[11:13]


def partitions_of(day: date) -> list[str]:
    """The partition keys of all events of a Lima day."""
    return [_partition(day, shard) for shard in range(SHARDS)]


def _partition(day: date, shard: int) -> str:
    return f"{day}#{shard}"
