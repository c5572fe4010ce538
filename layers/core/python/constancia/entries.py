"""What one line of a file says, in the one form in which it is stored, or why it is refused."""

from datetime import date
from typing import Any, NamedTuple

from constancia import lines
from constancia.errors import FieldError
from constancia.fields import DuplicateName, decode_object, encode
from constancia.identity import Parent, Person
from constancia.lines import Line
from constancia.records import (
    BadRecord,
    Mark,
    SchoolRecord,
    person_json,
    read_person,
    read_school_record,
    school_record_json,
)
from constancia.spreadsheet import BadRow, Sheet, read_row

PERSON, SCHOOL_RECORD = "person", "school_record"
ENCODING, NOT_JSON, DUPLICATE_NAME, UNKNOWN_KIND = "encoding", "not_json", "duplicate_name", "unknown_kind"
UNKNOWN_FIELD, BAD_ROW, LINE_TOO_LONG = "unknown_field", "bad_row", "line_too_long"

_PERSON_NAMES, _PARENT_NAMES = frozenset(Person.__dataclass_fields__), frozenset(Parent.__dataclass_fields__)
_RECORD_NAMES, _MARK_NAMES = frozenset(SchoolRecord.__dataclass_fields__), frozenset(Mark.__dataclass_fields__)
"""The names in a file are those of the values that they become."""


class Entry(NamedTuple):
    """What a line says, in the one form in which it is stored."""

    kind: str
    key: tuple[str, ...]
    """The document number of a person; student, level and year of a school record."""
    content: str
    line: int


class BadLine(Exception):
    """A line that is refused, with its faults."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__()
        self.errors = errors


def _whole(code: str) -> BadLine:
    return BadLine((FieldError("", code),))


def read_entry(line: Line, today: date, sheet: Sheet | None = None) -> Entry | None:
    """What a line says; None for a blank one.

    Raises:
        BadLine: with its faults.
    """
    if line.text is None:
        raise _whole(LINE_TOO_LONG)
    try:
        text = line.text.decode("utf-8-sig" if line.number == 1 else "utf-8").strip()
    except UnicodeDecodeError as error:
        raise _whole(ENCODING) from error
    if not text:
        return None
    try:
        values = read_row(text, sheet) if sheet else decode_object(text)
    except BadRow as error:
        raise _whole(BAD_ROW) from error
    except DuplicateName as error:
        raise _whole(DUPLICATE_NAME) from error
    except ValueError as error:
        raise _whole(NOT_JSON) from error
    if "student" in values:
        return _school_record(values, line.number)
    if "document_number" in values:
        return _person(values, line.number, today)
    raise _whole(UNKNOWN_KIND)


def _school_record(values: dict[str, Any], number: int) -> Entry:
    marks = values.get("marks")
    unknown = _unknown(values, _RECORD_NAMES)
    for place, mark in enumerate(marks if isinstance(marks, list) else ()):
        if isinstance(mark, dict):
            unknown += _unknown(mark, _MARK_NAMES, f"marks.{place}.")
    try:
        record = read_school_record(values)
    except BadRecord as error:
        raise BadLine((*unknown, *error.errors)) from error
    key = (record.student, record.level, str(record.year))
    return _entry(SCHOOL_RECORD, key, school_record_json(record), number, unknown)


def _person(values: dict[str, Any], number: int, today: date) -> Entry:
    unknown = _unknown(values, _PERSON_NAMES)
    for parent in ("father", "mother"):
        if isinstance(values.get(parent), dict):
            unknown += _unknown(values[parent], _PARENT_NAMES, f"{parent}.")
    try:
        person = read_person(values, today)
    except BadRecord as error:
        raise BadLine((*unknown, *error.errors)) from error
    return _entry(PERSON, (person.document_number,), person_json(person), number, unknown)


def _unknown(values: dict[str, Any], known: frozenset[str], path: str = "") -> tuple[FieldError, ...]:
    """A misspelt name would lose what it stands for, so it is refused."""
    if values.keys() <= known:
        return ()
    return tuple(FieldError(path + name, UNKNOWN_FIELD) for name in values if name not in known)


def _entry(
    kind: str, key: tuple[str, ...], values: dict[str, Any], number: int, unknown: tuple[FieldError, ...]
) -> Entry:
    if unknown:
        raise BadLine(unknown)
    content = encode(values)
    if len(content) > lines.LONGEST_LINE // 2 and len(content.encode()) > lines.LONGEST_LINE:
        raise _whole(LINE_TOO_LONG)
    return Entry(kind, key, content, number)
