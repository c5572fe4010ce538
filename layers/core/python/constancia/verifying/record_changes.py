"""Changes of the school records: whether they say something else today than a certificate says, and since when.

Only what is printed counts, not when a record was written: a transcript is frozen at the preview, up to a day before
the issue, and a record that was corrected and set back again has not changed.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from constancia.asking.assembly import assemble
from constancia.errors import NoRecords
from constancia.school_records import CLOSED, SchoolRecord
from constancia.transcript import Transcript


class DatedRecord(NamedTuple):
    """A school record with its age."""

    record: SchoolRecord
    since: date
    """The Lima day of the file that brought it or last changed it."""


def changed_on(certified: Transcript, records: Iterable[DatedRecord]) -> date | None:
    """The Lima day of the last change of a year that a certified transcript shows; None if it would be the same today.

    Years that were recorded later are no change, nor is a review that has not ended.
    """
    years = {column.year for column in certified.columns}
    shown = [
        dated
        for dated in records
        if (dated.record.level, dated.record.modality) == (certified.level, certified.modality)
        and dated.record.year in years
    ]
    closed = [replace(dated.record, status=CLOSED) for dated in shown]
    try:
        today = assemble(certified.student, certified.modality, certified.level, closed)
    except NoRecords:
        return None
    if today._replace(earlier_years=certified.earlier_years) == certified:
        return None
    return max(dated.since for dated in shown)
