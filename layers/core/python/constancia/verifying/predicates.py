"""Predicates: what an institution may ask of a certificate instead of its marks (rule 13).

They are answers to two questions that scholarship programmes and admissions ask, as functions of the transcript alone.
docs/predicates.md says for lawyers what each one means. Whoever changes a definition changes `RULES` with it, so that
an answer of before can be told from one of after.
"""

import unicodedata
from typing import Any, NamedTuple

from constancia.curriculum import GRADES
from constancia.transcript import Column, Transcript

RULES = "2026-1"
"""The version of these definitions."""
APPROVAL = frozenset({"APROBADO", "PROMOVIDO", "PROMOCION GUIADA"})
"""The final statuses of approval, as `_plain` writes them. `RETIRADO` and all else is none."""


class Predicates(NamedTuple):
    """What is true of one certificate."""

    level_concluded: bool
    """Whether the last grade of the level is there with a final status of approval."""
    last_two_grades_approved: bool
    """Whether the two highest grades of the level that are there are neighbours and approved (Beca 18).

    Each grade counts by its latest year: who repeated it is judged by how it ended.
    """
    years: int
    """Columns of the transcript: school years since 2013 in this level."""
    rules: str = RULES

    def as_json(self) -> dict[str, Any]:
        """The predicates as the API answers them."""
        return self._asdict()


def predicates_of(transcript: Transcript) -> Predicates:
    """The predicates of what a certificate says."""
    _, last_grade = GRADES[transcript.level]
    latest: dict[int, Column] = {}
    for column in sorted(transcript.columns, key=lambda column: column.year):
        latest[column.grade] = column
    highest = sorted(latest, reverse=True)[:2]
    return Predicates(
        level_concluded=any(column.grade == last_grade and is_approval(column) for column in transcript.columns),
        last_two_grades_approved=len(highest) == 2
        and highest[0] - highest[1] == 1
        and all(is_approval(latest[grade]) for grade in highest),
        years=len(transcript.columns),
    )


def is_approval(column: Column) -> bool:
    """Whether the final status of a year is one of approval, however it is written: case, accents, spaces."""
    return _plain(column.final_status) in APPROVAL


def _plain(text: str) -> str:
    """A text in capitals without accents, with single spaces."""
    letters = unicodedata.normalize("NFD", " ".join(text.upper().split()))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
