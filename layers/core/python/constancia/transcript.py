"""The transcript: one student's marks of one level, by year and grade, as shown, accepted, printed and verified.

The values are named tuples and not dataclasses, and `typing` stays out: rendering starts in a few milliseconds, and
importing either would take a third of them.
"""

from __future__ import annotations

import unicodedata

from constancia.named_tuple import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from constancia.records import SchoolRecord

FIRST_YEAR = 2013
"""Earlier years are not in the certificate; the guide points to the *certificado de estudios* for them."""

LEVELS = ("initial", "primary", "secondary")
GROUPS = ("area", "transversal", "workshop")


class Student(NamedTuple):
    """Whose marks these are, as the people registry writes the name."""

    document_number: str
    full_name: str


class Column(NamedTuple):
    """One school year in one grade (for `initial`, the age): a column of the table."""

    year: int
    grade: int
    school_code: str
    school_annex: str
    school_name: str
    final_status: str


class Row(NamedTuple):
    """One area, competence or workshop with its marks, one a column; `None` is a missing mark."""

    name: str
    marks: tuple[str | None, ...]


class Group(NamedTuple):
    """The rows of one kind: `area`, `transversal` or `workshop`."""

    group: str
    rows: tuple[Row, ...]


class Transcript(NamedTuple):
    """All that the certificate says about a student's marks in one level."""

    student: Student
    modality: str
    level: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    observations: tuple[str, ...]
    earlier_years: bool
    """The student has years before 2013 in this level, which are not shown here."""

    def as_json(self) -> dict[str, Any]:
        """The transcript as the API answers it and as it is stored."""
        return {
            "student": self.student._asdict(),
            "modality": self.modality,
            "level": self.level,
            "columns": [column._asdict() for column in self.columns],
            "groups": [
                {"group": group.group, "rows": [{"name": row.name, "marks": list(row.marks)} for row in group.rows]}
                for group in self.groups
            ],
            "observations": list(self.observations),
            "earlier_years": self.earlier_years,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Transcript:
        """The transcript back from `as_json`."""
        return cls(
            Student(**stored["student"]),
            stored["modality"],
            stored["level"],
            tuple(Column(**column) for column in stored["columns"]),
            tuple(
                Group(group["group"], tuple(Row(row["name"], tuple(row["marks"])) for row in group["rows"]))
                for group in stored["groups"]
            ),
            tuple(stored["observations"]),
            stored["earlier_years"],
        )


def alphabetical_in_spanish(text: str) -> list[str]:
    """A sort key: accents, case and punctuation count for nothing, and Ñ is a letter of its own after N."""
    letters = []
    for letter in text.casefold():
        if letter == "ñ":
            letters.append("n\uffff")
        elif letter.isalnum() or letter == " ":
            letters.append(unicodedata.normalize("NFD", letter)[0])
    return "".join(letters).split()


def assemble(student: Student, modality: str, level: str, records: Iterable[SchoolRecord]) -> Transcript:
    """The transcript of a student's years in one level (rules 4 and 5).

    Args:
        student: as the people registry names them.
        modality: only its records count.
        level: `initial`, `primary` or `secondary`.
        records: everything recorded of the student, in any order.

    Raises:
        NoRecords: nothing since 2013 in that level.
        RecordUnderReview: a year of that level is being corrected.
    """
    from constancia.errors import NoRecords, RecordUnderReview  # noqa: PLC0415  drawing starts sooner without

    recorded = sorted((record for record in records if record.modality == modality), key=lambda record: record.year)
    covered = [record for record in recorded if record.year >= FIRST_YEAR]
    years = [record for record in covered if record.level == level]
    earlier = any(record.level == level for record in recorded if record.year < FIRST_YEAR)
    if not years:
        levels = {record.level for record in covered}
        raise NoRecords(tuple(known for known in LEVELS if known in levels), earlier)
    for record in years:
        if record.status == "under_review":
            raise RecordUnderReview(record.school_name, record.year, record.grade)
    return Transcript(
        student=student,
        modality=modality,
        level=level,
        columns=tuple(
            Column(r.year, r.grade, r.school_code, r.school_annex, r.school_name, r.final_status) for r in years
        ),
        groups=tuple(group for group in (_group(name, years) for name in GROUPS) if group.rows),
        observations=tuple(observation for record in years for observation in record.observations),
        earlier_years=earlier,
    )


def _group(group: str, years: list[SchoolRecord]) -> Group:
    """The rows of one group, in the alphabetical order in which the ministry prints them."""
    by_year = [{mark.name: mark.mark for mark in record.marks if mark.group == group} for record in years]
    names = sorted(
        {name for marks in by_year for name in marks}, key=lambda name: (alphabetical_in_spanish(name), name)
    )
    return Group(group, tuple(Row(name, tuple(marks.get(name) for marks in by_year)) for name in names))
