"""Records and people as a spreadsheet saves them: CSV in UTF-8, one row a line, columns in any order.

An empty cell says nothing was written; a hyphen says that there is nothing ("no registra", a mark left open). Numbers
keep their leading zeros or the row is refused: nobody pads them here.
"""

import csv
from typing import Any, NamedTuple

from constancia.lines import FileRefused
from constancia.transcript import GROUPS

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
"""And one column for each area, competence or workshop: `area:MATEMÁTICA`, `transversal:…`, `workshop:…`."""

WORDS = {"sí": True, "si": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class BadRow(Exception):
    """A line that is not a row of this sheet: open quotes, or cells beyond the columns."""


class Sheet(NamedTuple):
    """What the first line of a file says: the delimiter and the columns."""

    delimiter: str
    columns: tuple[str, ...]


def read_header(line: bytes) -> Sheet:
    """The sheet that a first line announces.

    Raises:
        FileRefused: a column is unknown, given twice or missing, or the line is not UTF-8.
    """
    try:
        text = line.decode("utf-8-sig").strip()
        delimiter = max(DELIMITERS, key=text.count)
        columns = tuple(cell.strip() for cell in _cells(text, delimiter))
    except (UnicodeDecodeError, BadRow) as error:
        raise FileRefused(BAD_COLUMNS) from error
    marks = [name for name in columns if name.partition(":")[0] in GROUPS and name.partition(":")[2].strip()]
    expected = {*PERSON_COLUMNS} if "document_number" in columns else {*RECORD_COLUMNS, *marks}
    if set(columns) != expected or len(set(columns)) != len(columns):
        raise FileRefused(BAD_COLUMNS)
    return Sheet(delimiter, columns)


def read_row(text: str, sheet: Sheet) -> dict[str, Any]:
    """The JSON object that a row stands for, with its faults in it for the reader of records to find.

    Raises:
        BadRow: the quotes do not close on this line, or it has more cells than columns.
    """
    cells = [cell.strip() for cell in _cells(text, sheet.delimiter)]
    if len(cells) > len(sheet.columns):
        raise BadRow
    row = dict(zip(sheet.columns, cells + [""] * (len(sheet.columns) - len(cells)), strict=True))
    return _person(row) if "document_number" in row else _school_record(row)


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadRow from error


def _person(row: dict[str, str]) -> dict[str, Any]:
    person: dict[str, Any] = {name: row[name] for name in PERSON_COLUMNS[:5] if row[name]}
    if row["deceased"]:
        person["deceased"] = WORDS.get(row["deceased"].casefold(), row["deceased"])
    person["legal_guardians"] = row["legal_guardians"].replace(NONE, " ").split()
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
