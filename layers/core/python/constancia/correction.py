"""A correction (rule 14): a mark that somebody saw in a preview and says is wrong, and what became of it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from constancia.school_records import SchoolRecord

OPEN_KEPT, CLOSED_KEPT = timedelta(days=400), timedelta(days=90)
"""How long an open correction waits for its school, which is more than a school year; how long a closed one is kept."""


class Cell(NamedTuple):
    """One mark of a student: a year of a level, and a row of it."""

    student: str
    """The student's document number."""
    level: str
    year: int
    group: str
    name: str

    @property
    def key(self) -> str:
        """The cell as one text; each cell has its own."""
        return "#".join(map(str, self))

    def mark_in(self, record: SchoolRecord) -> str | None:
        """What a school record says at this place; None where it says nothing."""
        return next((said.mark for said in record.marks if (said.group, said.name) == (self.group, self.name)), None)


class Correction(NamedTuple):
    """What somebody says is wrong in a cell. It is open until the cell says something else, and at most 400 days."""

    ticket: str
    """The number by which people speak of it: eight characters, drawn as a virtual code is, and never one."""
    cell: Cell
    grade: int
    school_code: str
    school_annex: str
    school_name: str
    mark: str | None
    """The mark that was shown."""
    should_be: str
    """What stands in its place, in the words of who asked."""
    comment: str | None
    """Why, in the words of who asked."""
    opened_at: str
    """Lima time, ISO 8601."""
    email: str | None
    """Who is told when it closes; None where nobody is, or was told."""
    closed_at: str | None = None
    """Lima time, ISO 8601; None while it is open."""
    mail: str | None = None
    """The mail state of the e-mail on its closing, see `constancia.correcting.closing`."""


def end_of_open(moment: datetime) -> int:
    """The Unix time after which a correction that was opened at a moment is deleted."""
    return int((moment + OPEN_KEPT).timestamp())


def end_of_closed(moment: datetime) -> int:
    """The Unix time after which a correction that was closed at a moment is deleted."""
    return int((moment + CLOSED_KEPT).timestamp())
