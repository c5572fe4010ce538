"""Milestones: that a certificate was issued, superseded or annulled, kept in the event log under its code.

The record in the table of certificates says the same. Whoever changes one alone makes them disagree, and nothing is
answered of a certificate whose record and milestones disagree (`constancia.verifying.authenticity`).
"""

import hashlib
from datetime import date
from typing import NamedTuple

from constancia.certificate import Certificate

ISSUED, SUPERSEDED, ANNULLED = "issued", "superseded", "annulled"
NAMES = (ISSUED, SUPERSEDED, ANNULLED)


class Milestone(NamedTuple):
    """One of the three things that happen to a certificate, each once."""

    virtual_code: str
    name: str
    says: tuple[tuple[str, str], ...]
    """Facts without personal data, by their names."""


def issued(virtual_code: str, sha256: str) -> Milestone:
    """That a certificate was issued; `sha256` is that of its PDF."""
    return Milestone(virtual_code, ISSUED, (("sha256", sha256),))


def superseded(virtual_code: str, day: date) -> Milestone:
    """That a certificate was superseded on a Lima day."""
    return Milestone(virtual_code, SUPERSEDED, (("on", day.isoformat()),))


def annulled(virtual_code: str, day: date, reason: str) -> Milestone:
    """That a certificate was annulled on a Lima day. The reason is a digest: the event log has no free text."""
    return Milestone(
        virtual_code, ANNULLED, (("on", day.isoformat()), ("reason", hashlib.sha256(reason.encode()).hexdigest()))
    )


def milestones_of(certificate: Certificate) -> set[Milestone]:
    """The milestones that there are if the record of a certificate is right."""
    code = certificate.virtual_code
    found = set()
    if certificate.issued:
        found.add(issued(code, certificate.sha256))
    if certificate.superseded_on:
        found.add(superseded(code, certificate.superseded_on))
    if certificate.annulled_on or certificate.annulment_reason:
        found.add(annulled(code, certificate.annulled_on or date.min, certificate.annulment_reason or ""))
    return found


def partition_of(virtual_code: str) -> str:
    """The key under which the event log keeps the milestones of a certificate, which no day can be."""
    return f"certificate#{virtual_code}"
