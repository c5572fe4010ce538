"""Assembly of the transcript (rules 4 and 5): which years and rows it has, in which order, and what prevents it."""

import unicodedata
from collections.abc import Iterable

from constancia.curriculum import FIRST_YEAR, GROUPS, LEVELS
from constancia.errors import NoRecords, RecordUnderReview
from constancia.school_records import UNDER_REVIEW, SchoolRecord
from constancia.transcript import Column, Group, Row, Student, Transcript


def alphabetical_in_spanish(text: str) -> list[str]:
    """The sort key of a text in Spanish: accents, case and punctuation do not count, and Ñ is a letter after N."""
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
        student: the student, as the people registry names them.
        modality: the modality; records of others do not count.
        level: `initial`, `primary` or `secondary`.
        records: all school records of the student, in any order.

    Raises:
        NoRecords: nothing since 2013 in that level.
        RecordUnderReview: a year of that level is being corrected.
    """
    recorded = sorted((record for record in records if record.modality == modality), key=lambda record: record.year)
    covered = [record for record in recorded if record.year >= FIRST_YEAR]
    years = [record for record in covered if record.level == level]
    earlier = any(record.level == level for record in recorded if record.year < FIRST_YEAR)
    if not years:
        levels = {record.level for record in covered}
        raise NoRecords(tuple(known for known in LEVELS if known in levels), earlier)
    for record in years:
        if record.status == UNDER_REVIEW:
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
