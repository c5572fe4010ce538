"""One load of one file, what is stored under a key of the replicas, and the order that decides which line is the later.

The order of a line is when its file first arrived in the inbox, then the file's digest, then the number of the line. A
file is known by its content: the same file again keeps its order, and so changes nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from constancia import lima
from constancia.errors import FileRefused
from constancia.loading.items import ReplicaItem
from constancia.loading.spreadsheet import Sheet

LOADED, REPLACED, UNCHANGED, OUTDATED, REJECTED = "loaded", "replaced", "unchanged", "outdated", "rejected"
OUTCOMES = (LOADED, REPLACED, UNCHANGED, OUTDATED, REJECTED)
"""Each line has one: stored for the first time, in place of another, as it was, behind a later line, or refused."""


GUARDIANS_CHANGED, CLOSED_CHANGED, CHANGED_BACK = "guardians_changed", "closed_changed", "changed_back"
WATCHED = (GUARDIANS_CHANGED, CLOSED_CHANGED, CHANGED_BACK)
"""Changes that operators are shown the number of: of who may ask for a student, of a year that the school had closed,
and back to what was stored within `WATCHED_FOR`, as of a line that somebody smuggles in for a while."""
WATCHED_FOR = timedelta(days=30)
MOST_EARLIER = 8
"""Earlier contents that are remembered under a key."""
FUTURE = "future"
TOLERANCE = timedelta(minutes=5)
"""By how much the clocks of S3 and of a function may differ."""


class StoredItem(NamedTuple):
    """What a replica keeps under a key."""

    content: str
    """The person or school record as JSON, see `constancia.loading.items`."""
    order: str
    """The order of the last line with this content, see `Load.order_of`."""
    loaded_by: str
    """The order of the load that brought the key first, without a line."""
    changed_by: str | None = None
    """The order of the load that last changed the content, without a line."""
    earlier: str | None = None
    """The contents of the last `WATCHED_FOR` before this one: for each the day on which it went and its digest."""
    watched: str | None = None
    """Which of `WATCHED` its last change was, parted by spaces."""


class Change(NamedTuple):
    """A write to a replica: what takes the place of what was read under a key."""

    item: ReplicaItem
    before: StoredItem | None
    """None where nothing was stored."""
    after: StoredItem


@dataclass(frozen=True, slots=True)
class Load:
    """One load of one file, as its steps hand it on."""

    name: str
    """The name of the file in the inbox."""
    source: str
    """The key of its plain text."""
    tag: str
    """The tag of the content that was planned: a file that is replaced in the meantime is not read on."""
    run: str
    """The digest of the file and the number of this load of it, see `run_of`."""
    order: str
    """The order of all its lines, without the line."""
    again: bool
    """Whether the file was loaded to its end before."""
    sheet: Sheet | None = None
    """The columns, where the file is a spreadsheet."""

    def order_of(self, line: int) -> str:
        """The order of one of its lines."""
        return f"{self.order}#{line:010d}"

    def check_order(self, moment: datetime) -> None:
        """Checks that the order is one that a file can have.

        Raises:
            FileRefused: it lies in the future of this moment: its lines would win over all that come by then.
        """
        if is_in_future(self.order, moment):
            raise FileRefused(FUTURE)

    def as_json(self) -> dict[str, Any]:
        """The load as it passes between two steps."""
        return {
            "name": self.name,
            "source": self.source,
            "tag": self.tag,
            "run": self.run,
            "order": self.order,
            "again": self.again,
            "sheet": self.sheet and [self.sheet.delimiter, list(self.sheet.columns)],
        }

    @classmethod
    def from_json(cls, passed: dict[str, Any]) -> "Load":
        """The load of an object between two steps: the inverse of `as_json`."""
        sheet = passed["sheet"]
        return cls(**{**passed, "sheet": sheet and Sheet(sheet[0], tuple(sheet[1]))})


def order_of_file(arrived_at: str, digest: str) -> str:
    """The order of a file's lines: its first arrival (Lima time, ISO 8601, to the second) and its SHA-256."""
    return f"{arrived_at}#{digest[:16]}"


def order_at(moment: datetime) -> str:
    """The order of what is stored without a file at a moment, as the samples are."""
    return moment.astimezone(lima.LIMA).isoformat(timespec="seconds")


def day_of(order: str) -> date:
    """The Lima day of an order."""
    return date.fromisoformat(order[: len("2026-11-23")])


def is_in_future(order: str, moment: datetime) -> bool:
    """Whether an order is later than a moment, by more than clocks differ."""
    return datetime.fromisoformat(order.partition("#")[0]) > moment + TOLERANCE


def run_of(digest: str, number: int) -> str:
    """The name of the `number`th load of the file with this digest."""
    return f"{digest}-{number}"


def read_run(run: str) -> tuple[str, int]:
    """The digest and the number of a run: the inverse of `run_of`."""
    digest, _, number = run.rpartition("-")
    return digest, int(number)
