"""School records and people as the files of the ministry hold them (one JSON object a line), and what is wrong in one.

A school record (*acta*) is one student's year in one level.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from constancia.eligibility import MODALITIES
from constancia.errors import FieldError
from constancia.fields import DUPLICATE, INVALID, PRINTABLE, TOO_LONG, UNKNOWN_CHARACTERS, WRONG_TYPE, Fields
from constancia.identity import Parent, Person
from constancia.request import DOCUMENT_NUMBER, LONGEST_NAME
from constancia.transcript import GROUPS, LEVELS

CLOSED, UNDER_REVIEW = "closed", "under_review"
STATUSES = (CLOSED, UNDER_REVIEW)

GRADES = {"initial": (0, 5), "primary": (1, 6), "secondary": (1, 5)}
"""Lowest and highest grade; for `initial` it is the age."""
YEARS = (1950, 2100)

LONGEST_TEXT = 250
SCHOOL_CODE = re.compile(r"[0-9]{7}")
SCHOOL_ANNEX = re.compile(r"[0-9]")
MARK = re.compile(r"AD|A|B|C|EXO|0?[0-9]|1[0-9]|20")


class BadRecord(Exception):
    """A line that cannot be loaded, with every field that is missing or wrong."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__(", ".join(f"{error.field}: {error.code}" for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark of one year; `None` where the school left it open."""

    group: str
    name: str
    mark: str | None


@dataclass(frozen=True, slots=True)
class SchoolRecord:
    """One student's year in one level, as recorded."""

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


def _finish(fields: Fields) -> None:
    if fields.errors:
        raise BadRecord(tuple(fields.errors))


def _texts(fields: Fields, name: str, pattern: re.Pattern[str] | None = None) -> tuple[str, ...]:
    """A list of strings, each of the given form."""
    found = []
    for place, value in enumerate(fields.of_type(name, list) or []):
        if not isinstance(value, str):
            fields.fault(f"{name}.{place}", WRONG_TYPE)
        elif pattern and not pattern.fullmatch(value):
            fields.fault(f"{name}.{place}", INVALID)
        elif len(cleaned := " ".join(value.split())) > LONGEST_TEXT:
            fields.fault(f"{name}.{place}", TOO_LONG)
        elif not PRINTABLE.fullmatch(cleaned):
            fields.fault(f"{name}.{place}", UNKNOWN_CHARACTERS)
        else:
            found.append(cleaned)
    return tuple(found)


def _read_mark(fields: Fields) -> Mark:
    return Mark(
        group=fields.choice("group", GROUPS),
        name=fields.text("name", LONGEST_TEXT),
        mark=fields.matching("mark", MARK) if fields.has("mark") else None,
    )


def read_school_record(values: dict[str, Any]) -> SchoolRecord:
    """A school record from its JSON object.

    Raises:
        BadRecord: with every field that is missing or wrong.
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
        observations=_texts(fields, "observations") if fields.has("observations") else (),
        marks=tuple(_read_mark(mark) for mark in fields.items("marks")),
    )
    seen: set[tuple[str, str]] = set()
    for place, mark in enumerate(record.marks):
        if (mark.group, mark.name) in seen and mark.name:
            fields.fault(f"marks.{place}.name", DUPLICATE)
        seen.add((mark.group, mark.name))
    _finish(fields)
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


def _read_parent(fields: Fields, name: str) -> Parent | None:
    if name in fields.values and fields.values[name] is None:
        return None
    parent = fields.object(name)
    number = parent.matching("document_number", DOCUMENT_NUMBER) if parent.has("document_number") else None
    return Parent(parent.text("given_names", LONGEST_NAME), number)


def read_person(values: dict[str, Any], today: date) -> Person:
    """A person of the registry from their JSON object.

    Raises:
        BadRecord: with every field that is missing or wrong.
    """
    fields = Fields(values)
    person = Person(
        document_number=fields.matching("document_number", DOCUMENT_NUMBER),
        given_names=fields.text("given_names", LONGEST_NAME),
        paternal_surname=fields.optional_text("paternal_surname", LONGEST_NAME) or "",
        maternal_surname=fields.optional_text("maternal_surname", LONGEST_NAME) or "",
        birth_date=fields.birth_date("birth_date", today),
        deceased=fields.flag("deceased"),
        father=_read_parent(fields, "father"),
        mother=_read_parent(fields, "mother"),
        legal_guardians=_texts(fields, "legal_guardians", DOCUMENT_NUMBER),
    )
    _finish(fields)
    return person


def person_json(person: Person) -> dict[str, Any]:
    """A person as their JSON object: what `read_person` reads, always in the same order."""

    def parent_json(parent: Parent | None) -> dict[str, Any] | None:
        return {"given_names": parent.given_names, "document_number": parent.document_number} if parent else None

    return {
        "document_number": person.document_number,
        "given_names": person.given_names,
        "paternal_surname": person.paternal_surname,
        "maternal_surname": person.maternal_surname,
        "birth_date": person.birth_date.isoformat(),
        "deceased": person.deceased,
        "father": parent_json(person.father),
        "mother": parent_json(person.mother),
        "legal_guardians": list(person.legal_guardians),
    }
