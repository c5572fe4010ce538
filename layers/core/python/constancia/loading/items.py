"""Replica items: what one line of a file says, in the one form in which the replicas keep it, or why it is refused."""

from datetime import date
from typing import Any, NamedTuple

from constancia.contact import Contact
from constancia.errors import FieldError, InvalidFields, InvalidRow
from constancia.fields import INVALID, has_letter
from constancia.json_text import DuplicateName, decode_object, encode
from constancia.loading.lines import LONGEST_LINE, Line
from constancia.loading.spreadsheet import Sheet, read_row
from constancia.people import Parent, Person, person_json, read_person
from constancia.school_records import Mark, SchoolRecord, read_school_record, school_record_json

PERSON, SCHOOL_RECORD = "person", "school_record"
ENCODING, NOT_JSON, DUPLICATE_NAME, UNKNOWN_KIND = "encoding", "not_json", "duplicate_name", "unknown_kind"
UNKNOWN_FIELD, BAD_ROW, LINE_TOO_LONG = "unknown_field", "bad_row", "line_too_long"

_PERSON_NAMES, _PARENT_NAMES = frozenset(Person.__dataclass_fields__), frozenset(Parent.__dataclass_fields__)
_CONTACT_NAMES = frozenset(Contact._fields)
_RECORD_NAMES, _MARK_NAMES = frozenset(SchoolRecord.__dataclass_fields__), frozenset(Mark.__dataclass_fields__)
"""The names of fields in a file are those of the values that the fields become."""


class ReplicaItem(NamedTuple):
    """One person or school record, as a line of a file says it."""

    kind: str
    """`person` or `school_record`."""
    key: tuple[str, ...]
    """The document number of a person; student, level and year of a school record."""
    content: str
    """The whole person or school record as JSON, always written the same way."""
    line: int
    """The number of the line, from 1."""


def _whole(code: str) -> InvalidFields:
    """The refusal of a line as a whole."""
    return InvalidFields((FieldError("", code),))


def read_item(line: Line, today: date, sheet: Sheet | None = None) -> ReplicaItem | None:
    """The item that a line says, or None for a blank line.

    Args:
        line: the line.
        today: the Lima day; no birth date is later.
        sheet: the columns, where the file is a spreadsheet.

    Raises:
        InvalidFields: the line is refused; with all of its faults.
    """
    if line.text is None:
        raise _whole(LINE_TOO_LONG)
    try:
        text = line.text.decode("utf-8-sig" if line.number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise _whole(ENCODING) from error
    if not text.strip():
        return None
    try:
        # A row may begin and end with empty cells that tabs part.
        values = read_row(text.strip(" \r"), sheet) if sheet else decode_object(text.strip())
    except InvalidRow as error:
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


def _school_record(values: dict[str, Any], number: int) -> ReplicaItem:
    marks = values.get("marks")
    unknown = _unknown(values, _RECORD_NAMES)
    for place, mark in enumerate(marks if isinstance(marks, list) else ()):
        if isinstance(mark, dict):
            unknown += _unknown(mark, _MARK_NAMES, f"marks.{place}.")
    try:
        record = read_school_record(values)
    except InvalidFields as error:
        raise InvalidFields((*unknown, *error.errors)) from error
    key = (record.student, record.level, str(record.year))
    return _item(SCHOOL_RECORD, key, school_record_json(record), number, unknown)


def _person(values: dict[str, Any], number: int, today: date) -> ReplicaItem:
    unknown = _unknown(values, _PERSON_NAMES)
    for parent in ("father", "mother"):
        if isinstance(values.get(parent), dict):
            unknown += _unknown(values[parent], _PARENT_NAMES, f"{parent}.")
    if isinstance(values.get("contact"), dict):
        unknown += _unknown(values["contact"], _CONTACT_NAMES, "contact.")
    try:
        person = read_person(values, today)
    except InvalidFields as error:
        raise InvalidFields((*unknown, *error.errors)) from error
    unknown += _without_letters(person)
    return _item(PERSON, (person.document_number,), person_json(person), number, unknown)


def _unknown(values: dict[str, Any], known: frozenset[str], path: str = "") -> tuple[FieldError, ...]:
    """A misspelt name would lose what it stands for, so it is refused."""
    if values.keys() <= known:
        return ()
    return tuple(FieldError(path + name, UNKNOWN_FIELD) for name in values if name not in known)


def _without_letters(person: Person) -> tuple[FieldError, ...]:
    """Names without a letter (`-`, `.`): who registers none writes null, and nobody could confirm such a name."""
    names = {
        "given_names": person.given_names,
        "paternal_surname": person.paternal_surname,
        "maternal_surname": person.maternal_surname,
        "father.given_names": person.father.given_names if person.father else "",
        "mother.given_names": person.mother.given_names if person.mother else "",
    }
    return tuple(FieldError(field, INVALID) for field, name in names.items() if name and not has_letter(name))


def _item(
    kind: str, key: tuple[str, ...], values: dict[str, Any], number: int, faults: tuple[FieldError, ...]
) -> ReplicaItem:
    if faults:
        raise InvalidFields(faults)
    content = encode(values)
    if len(content) > LONGEST_LINE // 2 and len(content.encode()) > LONGEST_LINE:
        raise _whole(LINE_TOO_LONG)
    return ReplicaItem(kind, key, content, number)
