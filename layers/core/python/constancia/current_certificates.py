"""The current certificates of one student (rule 7): by modality and level, the valid ones that say the same.

Of each holder there is one content at a time that is current, and one or more certificates that say it: each is a copy
of the others, all are valid, and the newest is the current one. A certificate that says something else supersedes all
of them. An annulled one is a copy no more: the newest of the others is current then, or none.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from constancia.certificate import Certificate
from constancia.errors import TooManyCertificates
from constancia.json_text import encode
from constancia.transcript import Transcript

MOST_COPIES = 32
"""Valid certificates that say the same: as many as one transaction can supersede together."""


class Copy(NamedTuple):
    """One of the valid certificates that say the same."""

    virtual_code: str
    issued_at: datetime
    """Lima time."""


class CurrentContent(NamedTuple):
    """What the current certificate of a holder says, and all valid ones that say it."""

    digest: str
    """See `digest_of`."""
    copies: tuple[Copy, ...]
    """In the order of their issue: the last is the current certificate."""


def digest_of(transcript: Transcript) -> str:
    """The SHA-256 of all that a certificate with this transcript certifies: two that say the same have the same one."""
    return hashlib.sha256(encode(transcript.as_json()).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CurrentCertificates:
    """The current certificates of one student, and how many were issued today."""

    version: int = 0
    """The number of changes so far; 0 where nothing is kept of the student yet."""
    issued_on: date | None = None
    """The Lima day of the last issue."""
    issued_that_day: int = 0
    contents: dict[str, CurrentContent] = field(default_factory=dict)
    """By holder, see `Certificate.holder`."""

    def of(self, holder: str) -> Copy | None:
        """The holder's current certificate, or None."""
        content = self.contents.get(holder)
        return content.copies[-1] if content else None

    def says_the_same(self, transcript: Transcript) -> bool:
        """Whether the current certificate of a transcript's holder says what the transcript says."""
        content = self.contents.get(transcript.holder)
        return content is not None and content.digest == digest_of(transcript)

    def newer_copy_on(self, certificate: Certificate) -> date | None:
        """The Lima day of the next certificate that says the same as this valid one; None if it is the newest."""
        content = self.contents.get(certificate.holder)
        copies = content.copies if content else ()
        for copy, newer in pairwise(copies):
            if copy.virtual_code == certificate.virtual_code:
                return newer.issued_at.date()
        return None

    def check(self, transcript: Transcript, moment: datetime, most: int) -> None:
        """Checks that one more certificate of the student may be issued (rule 3).

        Args:
            transcript: what it is to say.
            moment: Lima time.
            most: certificates of one student a day.

        Raises:
            TooManyCertificates: the student has had those of the day, or too many valid ones say the same already, each
                of which can be had again; until midnight in Lima.
        """
        content = self.contents.get(transcript.holder)
        copied = content is not None and len(content.copies) >= MOST_COPIES and self.says_the_same(transcript)
        if copied or (self.issued_on == moment.date() and self.issued_that_day >= most):
            raise TooManyCertificates(seconds_to_midnight(moment))

    def after_issue(self, certificate: Certificate, moment: datetime) -> tuple["CurrentCertificates", tuple[str, ...]]:
        """What is current once a certificate is issued, and the virtual codes of those that it supersedes."""
        copies: tuple[Copy, ...] = ()
        superseded: tuple[str, ...] = ()
        content = self.contents.get(certificate.holder)
        if content and content.digest == digest_of(certificate.transcript):
            copies = content.copies
        elif content:
            superseded = tuple(copy.virtual_code for copy in content.copies)
        copies += (Copy(certificate.virtual_code, certificate.issued_at),)
        today = moment.date()
        current = CurrentCertificates(
            self.version + 1,
            today,
            self.issued_that_day + 1 if self.issued_on == today else 1,
            {**self.contents, certificate.holder: CurrentContent(digest_of(certificate.transcript), copies)},
        )
        return current, superseded

    def after_annulment(self, certificate: Certificate) -> "CurrentCertificates":
        """What is current once a certificate is annulled; the same object where nothing changes."""
        content = self.contents.get(certificate.holder)
        copies = content.copies if content else ()
        left = tuple(copy for copy in copies if copy.virtual_code != certificate.virtual_code)
        if content is None or left == copies:
            return self
        contents = {holder: kept for holder, kept in self.contents.items() if holder != certificate.holder}
        if left:
            contents[certificate.holder] = content._replace(copies=left)
        return replace(self, version=self.version + 1, contents=contents)


def seconds_to_midnight(moment: datetime) -> int:
    """Seconds until the Lima day of a moment ends, at least one."""
    midnight = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, int((midnight - moment).total_seconds()))
