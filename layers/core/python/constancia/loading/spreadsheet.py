"""People and school records as a spreadsheet saves them: CSV in UTF-8, one row a line, columns in any order.

An empty cell means that nothing was written, a hyphen that there is nothing ("no registra", a mark left open). A number
that lost its leading zeros refuses its row: it is not padded.
"""

import csv
from typing import Any, NamedTuple

from constancia.curriculum import GROUPS
from constancia.errors import FileRefused, InvalidRow

BAD_COLUMNS = "bad_columns"
DELIMITERS = (",", ";", "\t")
NONE = "-"

PERSON_COLUMNS = (
    "document_number",
    "given_names",
    "paternal_surname",
    "maternal_surname",
    "birth_date",
    "deceased",
    "father_given_names",
    "father_document_number",
    "mother_given_names",
    "mother_document_number",
    "legal_guardians",
)
CONTACT_COLUMNS = ("contact_email", "contact_phone")
"""Columns that a sheet of people may leave out."""
RECORD_COLUMNS = (
    "student",
    "year",
    "modality",
    "level",
    "grade",
    "school_code",
    "school_annex",
    "school_name",
    "status",
    "final_status",
    "observations",
)
"""Besides these, one column for each area, competence or workshop: `area:MATEMÁTICA`, `transversal:…`, `workshop:…`."""

WORDS = {"sí": True, "si": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class Sheet(NamedTuple):
    """The delimiter and the columns of a spreadsheet, from its first line."""

    delimiter: str
    columns: tuple[str, ...]


def read_header(line: bytes) -> Sheet:
    """The sheet whose columns a first line names.

    Raises:
        FileRefused: a column is unknown, given twice or missing, or the line is not UTF-8.
    """
    try:
        text = line.decode("utf-8-sig").strip()
        delimiter = max(DELIMITERS, key=text.count)
        columns = tuple(cell.strip() for cell in _cells(text, delimiter))
    except (UnicodeDecodeError, InvalidRow) as error:
        raise FileRefused(BAD_COLUMNS) from error
    marks = [name for name in columns if name.partition(":")[0] in GROUPS and name.partition(":")[2].strip()]
    expected = {*PERSON_COLUMNS} if "document_number" in columns else {*RECORD_COLUMNS, *marks}
    if "document_number" in columns:
        expected |= {*CONTACT_COLUMNS} & {*columns}
    if set(columns) != expected or len(set(columns)) != len(columns):
        raise FileRefused(BAD_COLUMNS)
    return Sheet(delimiter, columns)


def read_row(text: str, sheet: Sheet) -> dict[str, Any]:
    """The JSON object that a row stands for; faults of its cells are left for the reader of the object to find.

    Raises:
        InvalidRow: the quotes do not close on this line, or it has more cells than columns.
    """
    cells = [cell.strip() for cell in _cells(text, sheet.delimiter)]
    if len(cells) > len(sheet.columns):
        raise InvalidRow
    row = dict(zip(sheet.columns, cells + [""] * (len(sheet.columns) - len(cells)), strict=True))
    return _person(row) if "document_number" in row else _school_record(row)


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InvalidRow from error


def _person(row: dict[str, str]) -> dict[str, Any]:
    person: dict[str, Any] = {name: row[name] for name in PERSON_COLUMNS[:5] if row[name]}
    if row["deceased"]:
        person["deceased"] = WORDS.get(row["deceased"].casefold(), row["deceased"])
    person["legal_guardians"] = row["legal_guardians"].replace(NONE, " ").split()
    if row["maternal_surname"] == NONE:
        del person["maternal_surname"]
    email, phone = (row.get(column, "") for column in CONTACT_COLUMNS)
    if {email, phone} - {"", NONE}:
        person["contact"] = {
            "email": email if email not in ("", NONE) else None,
            "phone": phone if phone not in ("", NONE) else None,
        }
    for parent in ("father", "mother"):
        given_names, number = row[f"{parent}_given_names"], row[f"{parent}_document_number"]
        if given_names == NONE and number in ("", NONE):
            person[parent] = None
        else:
            person[parent] = {
                "given_names": given_names,
                "document_number": number if number not in ("", NONE) else None,
            }
    return person


def _school_record(row: dict[str, str]) -> dict[str, Any]:
    record: dict[str, Any] = {name: row[name] for name in RECORD_COLUMNS[:10] if row[name]}
    for name in ("year", "grade"):
        if row[name].isdecimal():
            record[name] = int(row[name])
    record["observations"] = [part.strip() for part in row["observations"].split("|") if part.strip()]
    marks = [(name.partition(":"), mark) for name, mark in row.items() if ":" in name and mark]
    record["marks"] = [
        {"group": group, "name": name.strip(), "mark": None if mark == NONE else mark}
        for (group, _, name), mark in marks
    ]
    return record
