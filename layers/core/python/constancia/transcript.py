"""The transcript: one student's marks of one level, by year and grade, as shown, accepted, printed and verified.

The values are named tuples and not dataclasses: rendering starts in a few milliseconds, and importing `dataclasses`
alone would take a third of them.
"""

from typing import Any, NamedTuple

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
    def from_json(cls, stored: dict[str, Any]) -> "Transcript":
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
