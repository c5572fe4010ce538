"""Entries of the public log: 32 bytes each, the digest of a salt and of what happened to a certificate.

The salt is drawn with the record and told only to who may see the certificate, so the log itself tells nobody anything.
What happened is written in the canonical JSON of RFC 8785, so that everybody who knows it computes the same entry.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import NamedTuple

from constancia.milestones import ANNULLED, ISSUED, SUPERSEDED

SALT_BYTES = 16


def draw_salt() -> str:
    """A salt that nobody can guess, in hexadecimal."""
    return secrets.token_hex(SALT_BYTES)


class LogEvent(NamedTuple):
    """One of the things that happen to a certificate, as the public log states it."""

    virtual_code: str
    name: str
    """`issued`, `superseded` or `annulled`."""
    moment: str
    """Lima time in ISO 8601."""
    salt: str
    """16 bytes in hexadecimal, for this entry alone."""
    says: tuple[tuple[str, str], ...]
    """What else the event has, by its names."""

    @property
    def key(self) -> str:
        """What names the event: of each kind, one happens to a certificate."""
        return key_of(self.virtual_code, self.name)

    @property
    def canonical(self) -> bytes:
        """The event in the canonical JSON of RFC 8785. All its names are ASCII and all its values texts."""
        event = {"event": self.name, "moment": self.moment, "virtual_code": self.virtual_code, **dict(self.says)}
        return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @property
    def entry(self) -> bytes:
        """The 32 bytes that stand in the log."""
        return hashlib.sha256(bytes.fromhex(self.salt) + self.canonical).digest()


@dataclass(frozen=True, slots=True)
class Logged:
    """An event that is in the log."""

    event: LogEvent
    index: int

    def as_json(self) -> dict[str, str | int]:
        """What who verifies needs to find the entry in the log and to compute it."""
        return {"index": self.index, "salt": self.event.salt, "leaf": self.event.entry.hex()}


def key_of(virtual_code: str, name: str) -> str:
    """The key of an event, see `LogEvent.key`."""
    return f"{virtual_code}#{name}"


def issued(code: str, moment: str, salt: str, *, attestation: str, serial_number: str, sha256: str) -> LogEvent:
    """The issue of a certificate, with its attestation (base64url), its printed number and the digest of its PDF."""
    says = (("attestation", attestation), ("serial_number", serial_number), ("sha256", sha256))
    return LogEvent(code, ISSUED, moment, salt, says)


def superseded(code: str, moment: str, salt: str, *, by: str) -> LogEvent:
    """The supersession of a certificate by the one of the virtual code `by`."""
    return LogEvent(code, SUPERSEDED, moment, salt, (("by", by),))


def annulled(code: str, moment: str, salt: str, *, reason: str) -> LogEvent:
    """The annulment of a certificate."""
    return LogEvent(code, ANNULLED, moment, salt, (("reason", reason),))
