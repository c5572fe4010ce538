"""The transcript: one student's marks of one level, by year and grade, as shown, accepted, printed and verified."""

from typing import Any, NamedTuple


class Student(NamedTuple):
    """The student whose marks these are, named as in the people registry."""

    document_number: str
    full_name: str


class Column(NamedTuple):
    """One school year in one grade: a column of the table. For the level `initial` the grade is the age."""

    year: int
    grade: int
    school_code: str
    school_annex: str
    school_name: str
    final_status: str


class Row(NamedTuple):
    """One area, competence or workshop with one mark for each column; None is a missing mark."""

    name: str
    marks: tuple[str | None, ...]


class Group(NamedTuple):
    """The rows of one group: `area`, `transversal` or `workshop`."""

    group: str
    rows: tuple[Row, ...]


class Transcript(NamedTuple):
    """All that a certificate says about a student's marks in one level."""

    student: Student
    modality: str
    level: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    observations: tuple[str, ...]
    earlier_years: bool
    """Whether the student has years before 2013 in this level; the transcript does not show them."""

    @property
    def holder(self) -> str:
        """Student, modality and level: each holder has one current certificate."""
        return f"{self.student.document_number}#{self.modality}#{self.level}"

    def as_json(self) -> dict[str, Any]:
        """The transcript as a JSON object, in the form in which the API answers it and the tables keep it."""
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
        """The transcript of a stored object: the inverse of `as_json`."""
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
