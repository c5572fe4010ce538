"""The lists of open corrections: what each school has to look at, and how long families have waited."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Protocol

from constancia.correction import Correction
from constancia.fields import Fields
from constancia.reporting.reporting import FROM_7_TO_30, OVER_30, UNDER_7, ages_key, harmless
from constancia.school_records import SCHOOL_CODE
from constancia.wording import LEVEL_NAMES

MOST_LISTED = 5000
"""Corrections of one answer to operators: Lambda answers with up to 6 MB. The files of the day have all."""
GROUP_NAMES = {"area": "Área", "transversal": "Competencia transversal", "workshop": "Taller"}
COLUMNS = {
    "ticket": "solicitud",
    "opened_at": "pedida",
    "school_name": "colegio",
    "school_code": "código modular",
    "school_annex": "anexo",
    "student": "DNI",
    "level": "nivel",
    "year": "año",
    "grade": "grado",
    "group": "grupo",
    "name": "nombre",
    "mark": "nota",
    "should_be": "debería ser",
    "comment": "por qué",
}
"""What a list has of a correction, with its heading."""


class ListRepository(Protocol):
    """The bucket of the reports."""

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        """Keeps a JSON object in place of an earlier one."""
        ...

    def put_file(self, key: str, content: bytes, content_type: str) -> None:
        """Keeps a file in place of an earlier one."""
        ...


def open_ones(listed: Iterable[Correction]) -> list[Correction]:
    """The open ones of some corrections, school by school, the oldest first."""
    return sorted(
        (correction for correction in listed if correction.closed_at is None),
        key=lambda correction: (correction.school_code, correction.opened_at, correction.ticket),
    )


def ages_of(listed: Iterable[Correction], day: date) -> dict[str, int]:
    """How many of some corrections were open for how long at the end of a Lima day, by `reporting`'s words for it."""
    ages = {UNDER_7: 0, FROM_7_TO_30: 0, OVER_30: 0}
    for correction in listed:
        days = (day - datetime.fromisoformat(correction.opened_at).date()).days
        ages[UNDER_7 if days < 7 else FROM_7_TO_30 if days <= 30 else OVER_30] += 1
    return ages


def shown(correction: Correction) -> dict[str, Any]:
    """What operators and the school see of an open correction, as a JSON object: not who asked, and no address."""
    hidden = ("cell", "email", "closed_at", "mail")
    said = {name: value for name, value in correction._asdict().items() if name not in hidden}
    return {**correction.cell._asdict(), **said}


def as_csv(corrections: Iterable[dict[str, Any]]) -> bytes:
    """Corrections, each as `shown`, as a table for a spreadsheet, with the words that a school reads."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS.values())
    for correction in corrections:
        words = {
            **correction,
            "opened_at": correction["opened_at"][:10],
            "level": LEVEL_NAMES[correction["level"]],
            "group": GROUP_NAMES[correction["group"]],
        }
        rows.writerow("" if words[name] is None else harmless(str(words[name])) for name in COLUMNS)
    # With the mark that makes spreadsheets read UTF-8.
    return text.getvalue().encode("utf-8-sig")


def publish_lists(listed: Iterable[Correction], day: date, *, reports: ListRepository) -> int:
    """Keeps the list of each school that has open corrections, and their ages; gives the number of schools.

    Args:
        listed: corrections, open or closed.
        day: the Lima day that has ended; a repetition overwrites the lists of the same day.
        reports: the bucket.
    """
    waiting = open_ones(listed)
    schools: dict[str, list[Correction]] = {}
    for correction in waiting:
        schools.setdefault(correction.school_code, []).append(correction)
    for code, of_school in schools.items():
        reports.put_file(f"corrections/{day}/{code}.csv", as_csv(map(shown, of_school)), "text/csv; charset=utf-8")
    reports.put(ages_key(day), ages_of(waiting, day))
    return len(schools)


def list_for_operators(command: dict[str, Any], listed: Iterable[Correction]) -> dict[str, Any]:
    """The open corrections of one school or of all, as an operator asks for them.

    Args:
        command: a JSON object with `school_code`, seven digits, or null for all schools.
        listed: corrections, open or closed.

    Returns:
        A JSON object: `found`, the number of open ones, and `corrections`, the first ones, without e-mail addresses.

    Raises:
        InvalidFields: the school code has not the form of one.
    """
    fields = Fields(command)
    school = fields.matching("school_code", SCHOOL_CODE) if fields.has("school_code") else None
    fields.check()
    found = [correction for correction in open_ones(listed) if school in (None, correction.school_code)]
    return {"found": len(found), "corrections": [shown(correction) for correction in found[:MOST_LISTED]]}
