"""Reports: what the event log says of a day or a month, beside the one before; whole, or not at all."""

import csv
import io
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, Protocol

from constancia import event_log, lima
from constancia.errors import InvalidFields
from constancia.event_log import FACTS
from constancia.fields import BEFORE_THE_SERVICE, INVALID, OUT_OF_RANGE, Fields

DAY, MONTH = "day", "month"
PERIODS = (DAY, MONTH)

TOTAL, HOUR = "total", "hour"
EARLIEST = date(2020, 1, 1)
"""No entry is older: there was no service."""
SETTLING = timedelta(hours=2)
"""After midnight the last entries of a day still arrive: downloads are told by CloudTrail, minutes late."""

Counts = Counter[tuple[str, str, str]]
"""How many entries: by event, by what they are parted (`total`, `hour` or a fact), and its value."""


class Period(NamedTuple):
    """A Lima day or a month."""

    kind: str
    start: date

    @property
    def name(self) -> str:
        """`2026-03-01` or `2026-03`."""
        return self.start.isoformat() if self.kind == DAY else f"{self.start:%Y-%m}"

    @property
    def days(self) -> list[date]:
        """Its days."""
        count = 1 if self.kind == DAY else monthrange(self.start.year, self.start.month)[1]
        return [self.start + timedelta(n) for n in range(count)]

    @property
    def before(self) -> "Period":
        """The one before."""
        last = self.start - timedelta(1)
        return Period(self.kind, last if self.kind == DAY else last.replace(day=1))


class Figures(NamedTuple):
    """The figures of a day or a month."""

    counts: Counts
    whole: bool
    """Nothing more can arrive; else it is what there was when it was counted."""

    def total(self, name: str) -> int:
        """How many events of that name."""
        return self.counts[name, TOTAL, ""]

    def parted(self, name: str, by: str) -> dict[str, int]:
        """Events of that name by hour or by a fact, the most frequent first."""
        found = {value: n for (event, part, value), n in self.counts.items() if (event, part) == (name, by)}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


class Report(NamedTuple):
    """A period beside the one before."""

    period: Period
    counted_at: datetime
    figures: Figures
    before: Figures
    issued_by_day: tuple[int, ...]
    """Certificates of each day of the period."""


class Log(Protocol):
    """The event log."""

    def entries(self, day: date) -> Iterable[dict[str, str]]:
        """All entries of a day: `name`, `time` and their facts. It raises where it cannot read on."""
        ...


class Shelf(Protocol):
    """Where figures and reports are kept."""

    def get(self, key: str) -> Any:
        """A JSON object, or None."""
        ...

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        """Keeps a JSON object, in place of the one that may be there."""
        ...

    def put_file(self, key: str, content: bytes, content_type: str) -> None:
        """Keeps a file, in place of the one that may be there."""
        ...


def read_period(order: dict[str, Any], today: date) -> Period:
    """The period that is asked for.

    Args:
        order: `period` (`day` or `month`), and `of` (`2026-03-01`, `2026-03`), or `at`, a moment in the period that
            follows, as the schedule gives it; with neither, the period before today's.
        today: in Lima.

    Raises:
        InvalidFields: it is none, or begins before the service or after today.
    """
    fields = Fields(order)
    kind = fields.choice("period", PERIODS)
    period = Period(kind, today if kind == DAY else today.replace(day=1))
    try:
        if fields.has("of"):
            written = fields.of_type("of", str) or ""
            period = Period(kind, date.fromisoformat(written if kind == DAY else f"{written}-01"))
        else:
            if fields.has("at"):
                moment = datetime.fromisoformat(fields.of_type("at", str) or "").astimezone(lima.LIMA).date()
                period = Period(kind, moment if kind == DAY else moment.replace(day=1))
            period = period.before
    except (ValueError, OverflowError):
        fields.fault("of", INVALID)
    if period.start > today:
        fields.fault("of", OUT_OF_RANGE)
    if period.start < EARLIEST:
        fields.fault("of", BEFORE_THE_SERVICE)
    if fields.errors:
        raise InvalidFields(tuple(fields.errors))
    return period


def count(entries: Iterable[dict[str, str]]) -> Counts:
    """The figures of some entries; memory grows with the kinds of entries, not with their number."""
    counts: Counts = Counter()
    for entry in entries:
        name = entry["name"]
        counts[name, TOTAL, ""] += 1
        counts[name, HOUR, entry["time"][11:13]] += 1
        for fact in FACTS:
            if fact in entry:
                counts[name, fact, entry[fact]] += 1
    return counts


def figures_of_day(day: date, moment: datetime, *, log: Log, shelf: Shelf) -> Figures:
    """The figures of a day: those kept, if they were counted when nothing more could arrive, else counted now.

    A day that cannot be read to its end is not kept and not reported: the log's error passes through.
    """
    key = f"figures/{day}.json"
    kept = shelf.get(key)
    if kept and kept["whole"]:
        return Figures(Counter({tuple(name): n for *name, n in kept["counts"]}), True)
    end = datetime.combine(day + timedelta(1), time.min, lima.LIMA)
    counts = count(log.entries(day))
    whole = moment >= end + SETTLING
    shelf.put(key, {"whole": whole, "counts": sorted([*name, n] for name, n in counts.items())})
    return Figures(counts, whole)


def make_report(period: Period, moment: datetime, *, log: Log, shelf: Shelf) -> Report:
    """The report of a period. A month adds up its days, each counted once and kept, so a retry goes on from there."""

    def figures(of: Period) -> tuple[Figures, list[int]]:
        days = [figures_of_day(day, moment, log=log, shelf=shelf) for day in of.days if day <= moment.date()]
        counts: Counts = Counter()
        for day in days:
            counts.update(day.counts)
        whole = len(days) == len(of.days) and all(day.whole for day in days)
        return Figures(counts, whole), [day.total(event_log.CERTIFICATE_ISSUED) for day in days]

    (now, by_day), (before, _) = figures(period), figures(period.before)
    return Report(period, moment, now, before, tuple(by_day))


def as_csv(report: Report) -> bytes:
    """The figures as a table for a spreadsheet: one row for each event, what it is parted by, and value."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("period", "whole", "event", "by", "value", "count", "before"))
    now, before = report.figures.counts, report.before.counts
    for key in sorted({*now, *before}):
        cells = (report.period.name, "yes" if report.figures.whole else "no", *key)
        rows.writerow((*map(_harmless, cells), now[key], before[key]))
    # With the mark that makes spreadsheets read UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """A spreadsheet would take such a beginning for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def publish(
    order: dict[str, Any], moment: datetime, *, log: Log, shelf: Shelf, draw: Callable[[Report], bytes]
) -> tuple[Report, dict[str, Any]]:
    """Makes a report and keeps it as CSV and PDF, under a key that a rerun overwrites.

    Args:
        order: see `read_period`.
        moment: Lima time.
        log: the event log.
        shelf: where figures and reports are kept.
        draw: report to PDF.

    Returns:
        The report, and what whoever asked is told of it.

    Raises:
        InvalidFields: not a period that has begun.
    """
    period = read_period(order, moment.date())
    report = make_report(period, moment, log=log, shelf=shelf)
    folder = "daily" if period.kind == DAY else "monthly"
    keys = {kind: f"{folder}/constancia-{period.name}.{kind}" for kind in ("csv", "pdf")}
    shelf.put_file(keys["csv"], as_csv(report), "text/csv; charset=utf-8")
    shelf.put_file(keys["pdf"], draw(report), "application/pdf")
    totals = {
        name: {"now": report.figures.total(name), "before": report.before.total(name)} for name in event_log.NAMES
    }
    return report, {"period": period.name, "whole": report.figures.whole, **keys, "totals": totals}
