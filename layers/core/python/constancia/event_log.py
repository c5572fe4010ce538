"""The event log (rule 9): every outcome, counted and without personal data.

An entry has a name, a moment, the virtual code where there is one, and a few words from closed lists: level, purpose,
kind of applicant, reason, outcome. It never has a name, a document number, an address or free text.
"""

import secrets
import zlib
from datetime import datetime
from typing import NamedTuple

SHARDS = 8
"""Partitions of a day: DynamoDB writes a thousand entries a second to each."""

REQUEST_ACCEPTED = "request_accepted"
REQUEST_REFUSED = "request_refused"
CERTIFICATE_ISSUED = "certificate_issued"
CERTIFICATE_SUPERSEDED = "certificate_superseded"
CERTIFICATE_ANNULLED = "certificate_annulled"
CERTIFICATE_VERIFIED = "certificate_verified"
CERTIFICATE_DOWNLOADED = "certificate_downloaded"
HISTORY_SHOWN = "history_shown"
VERIFICATION_REFUSED = "verification_refused"
MAIL_SENT = "mail_sent"
MAIL_FAILED = "mail_failed"

NAMES = (
    REQUEST_ACCEPTED,
    REQUEST_REFUSED,
    CERTIFICATE_ISSUED,
    CERTIFICATE_SUPERSEDED,
    CERTIFICATE_ANNULLED,
    CERTIFICATE_VERIFIED,
    CERTIFICATE_DOWNLOADED,
    HISTORY_SHOWN,
    VERIFICATION_REFUSED,
    MAIL_SENT,
    MAIL_FAILED,
)
FACTS = ("level", "purpose", "applicant", "reason", "outcome")
"""The only facts an entry may have, each a word from a closed list."""


class Event(NamedTuple):
    """One entry."""

    name: str
    moment: datetime
    virtual_code: str | None = None
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def day(self) -> str:
        """The Lima day, for the reports."""
        return self.moment.date().isoformat()


def event(name: str, moment: datetime, virtual_code: str | None = None, **facts: str) -> Event:
    """An entry with its facts.

    Raises:
        ValueError: the name or a fact is not one of the documented ones.
    """
    unknown = [fact for fact in facts if fact not in FACTS]
    if unknown or name not in NAMES:
        raise ValueError(f"not an event of the log: {name} {unknown}")
    return Event(name, moment, virtual_code, tuple(sorted(facts.items())))


def place_of(event: Event, unique: str = "") -> tuple[str, str]:
    """Where an entry goes: the day with one of its shards, and a time that no other entry has.

    Args:
        event: the entry.
        unique: what makes a repeated entry the same one; drawn at random where none is given.
    """
    unique = unique or secrets.token_hex(8)
    shard = zlib.crc32(unique.encode()) % SHARDS
    return f"{event.day}#{shard}", f"{event.moment.isoformat(timespec='microseconds')}#{unique}"
