"""Corrections: whether the school records say something else today than a certificate says, and since when.

What counts is what is printed, not when a record was touched: a transcript is frozen at the preview, up to a day before
the issue, and a record that was corrected and set back again has not changed.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple, Protocol

from constancia.errors import NoRecords
from constancia.records import CLOSED, SchoolRecord
from constancia.transcript import Transcript, assemble


class DatedRecord(NamedTuple):
    """A school record with the Lima day on which a file brought or last changed it."""

    record: SchoolRecord
    since: date


class DatedRecords(Protocol):
    """The school records, with their days."""

    def dated(self, document_number: str) -> list[DatedRecord]:
        """Everything recorded of a student."""
        ...


def changed_on(certified: Transcript, records: Iterable[DatedRecord]) -> date | None:
    """The day of the last change of a year that the certificate shows; None if today it would show the same.

    Years that were recorded later are no change, and neither is a review that has not ended.
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
