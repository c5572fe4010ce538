"""School records (*actas*) as the ministry's files write them, one JSON object a line: a student's year in a level."""

import re
from dataclasses import dataclass
from typing import Any

from constancia.curriculum import GRADES, GROUPS, LEVELS, MODALITIES
from constancia.fields import DUPLICATE, Fields
from constancia.people import DOCUMENT_NUMBER

CLOSED, UNDER_REVIEW = "closed", "under_review"
STATUSES = (CLOSED, UNDER_REVIEW)

YEARS = (1950, 2100)

LONGEST_TEXT, LONGEST_OBSERVATION = 250, 2000
"""Characters of a name or a final status, and of one observation."""
SCHOOL_CODE = re.compile(r"[0-9]{7}")
SCHOOL_ANNEX = re.compile(r"[0-9]")
MARK = re.compile(r"AD|A|B|C|EXO|0?[0-9]|1[0-9]|20")


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark of one year; its `mark` is None where the school left it open."""

    group: str
    name: str
    mark: str | None


@dataclass(frozen=True, slots=True)
class SchoolRecord:
    """One student's year in one level, as the school recorded it."""

    student: str
    year: int
    modality: str
    level: str
    grade: int
    school_code: str
    school_annex: str
    school_name: str
    status: str
    final_status: str
    observations: tuple[str, ...]
    marks: tuple[Mark, ...]


def _read_mark(fields: Fields) -> Mark:
    return Mark(
        group=fields.choice("group", GROUPS),
        name=fields.text("name", LONGEST_TEXT),
        mark=fields.matching("mark", MARK) if fields.has("mark") else None,
    )


def read_school_record(values: dict[str, Any]) -> SchoolRecord:
    """A school record from its JSON object.

    Raises:
        InvalidFields: with every field that is missing or wrong.
    """
    fields = Fields(values)
    level = fields.choice("level", LEVELS)
    record = SchoolRecord(
        student=fields.matching("student", DOCUMENT_NUMBER),
        year=fields.number("year", *YEARS),
        modality=fields.choice("modality", MODALITIES),
        level=level,
        grade=fields.number("grade", *GRADES.get(level, (0, 6))),
        school_code=fields.matching("school_code", SCHOOL_CODE),
        school_annex=fields.matching("school_annex", SCHOOL_ANNEX),
        school_name=fields.text("school_name", LONGEST_TEXT),
        status=fields.choice("status", STATUSES),
        final_status=fields.optional_text("final_status", LONGEST_TEXT) or "",
        observations=fields.texts("observations", LONGEST_OBSERVATION) if fields.has("observations") else (),
        marks=tuple(_read_mark(mark) for mark in fields.items("marks")),
    )
    seen: set[tuple[str, str]] = set()
    for place, mark in enumerate(record.marks):
        if (mark.group, mark.name) in seen and mark.name:
            fields.fault(f"marks.{place}.name", DUPLICATE)
        seen.add((mark.group, mark.name))
    fields.check()
    return record


def school_record_json(record: SchoolRecord) -> dict[str, Any]:
    """A school record as its JSON object: what `read_school_record` reads, always in the same order."""
    return {
        "student": record.student,
        "year": record.year,
        "modality": record.modality,
        "level": record.level,
        "grade": record.grade,
        "school_code": record.school_code,
        "school_annex": record.school_annex,
        "school_name": record.school_name,
        "status": record.status,
        "final_status": record.final_status,
        "observations": list(record.observations),
        "marks": [{"group": mark.group, "name": mark.name, "mark": mark.mark} for mark in record.marks],
    }


def school_record_from_json(stored: dict[str, Any]) -> SchoolRecord:
    """A school record back from `school_record_json`; it was checked before it was stored."""
    marks = tuple([Mark(**mark) for mark in stored["marks"]])
    return SchoolRecord(**{**stored, "observations": tuple(stored["observations"]), "marks": marks})
