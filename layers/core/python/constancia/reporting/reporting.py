"""Reports: the figures of a day or a month from the event log, beside the ones before; whole, or not at all."""

import csv
import io
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, Protocol

from constancia import event_log, lima
from constancia.asking.opinion import EASY
from constancia.event_log import FACTS
from constancia.fields import BEFORE_THE_SERVICE, INVALID, OUT_OF_RANGE, Fields

DAY, MONTH = "day", "month"
PERIODS = (DAY, MONTH)
FOLDERS = {DAY: "daily", MONTH: "monthly"}
"""Where the reports of each kind of period are kept."""

TOTAL, HOUR = "total", "hour"
INSTITUTION, ANSWER = "institution", "answer"
"""The facts by which the questions of institutions are told from those of everybody, and one opinion from another."""
EARLIEST = date(2020, 1, 1)
"""No event is older: there was no service."""
SETTLING = timedelta(hours=2)
"""After midnight the last events of a day still arrive: CloudTrail reports downloads minutes late."""

LARGE = 1_000_000
"""Events of a partition that are read again only where nobody kept them: about ten seconds of a run."""

CORRECTION_OPEN, AGE = "correction_open", "age"
UNDER_7, FROM_7_TO_30, OVER_30 = "under_7_days", "from_7_to_30_days", "over_30_days"
"""How long corrections have been open. It is no event: a day's report has it as the day ended, a month's has it not."""

Counts = Counter[tuple[str, str, str]]
"""Numbers of events by name, by what they are divided (`total`, `hour`, a fact or `age`), and by its value."""


class Period(NamedTuple):
    """A Lima day or a month."""

    kind: str
    start: date

    @property
    def name(self) -> str:
        """The period as it is written: `2026-03-01` or `2026-03`."""
        return self.start.isoformat() if self.kind == DAY else f"{self.start:%Y-%m}"

    @property
    def days(self) -> list[date]:
        """The days of the period."""
        count = 1 if self.kind == DAY else monthrange(self.start.year, self.start.month)[1]
        return [self.start + timedelta(n) for n in range(count)]

    @property
    def before(self) -> "Period":
        """The day or month before."""
        last = self.start - timedelta(1)
        return Period(self.kind, last if self.kind == DAY else last.replace(day=1))


class Figures(NamedTuple):
    """The figures of a day or a month."""

    counts: Counts
    whole: bool
    """Whether no more events can arrive; else the figures are of the moment at which they were counted."""

    def total(self, name: str) -> int:
        """The number of events of a name."""
        return self.counts[name, TOTAL, ""]

    def divided(self, name: str, by: str) -> dict[str, int]:
        """The number of events of a name by hour or by a fact, the most frequent first."""
        found = {value: n for (event, part, value), n in self.counts.items() if (event, part) == (name, by)}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    @property
    def asked_by_institutions(self) -> int:
        """The number of questions that institutions asked by lists, answered with a certificate or without one."""
        names = (event_log.CERTIFICATE_VERIFIED, event_log.VERIFICATION_REFUSED)
        return sum(sum(self.divided(name, INSTITUTION).values()) for name in names)

    @property
    def easy_in_100(self) -> int | None:
        """Of a hundred who said how easy it was, those who said that it was; None where nobody said anything."""
        answers = self.divided(event_log.OPINION_GIVEN, ANSWER)
        return round(100 * answers.get(EASY, 0) / sum(answers.values())) if answers else None


class Report(NamedTuple):
    """The figures of a period beside those of the one before."""

    period: Period
    counted_at: datetime
    figures: Figures
    before: Figures
    issued_by_day: tuple[int, ...]
    """Certificates issued on each day of the period."""


class EventReader(Protocol):
    """The event log, read by partition."""

    def events_in(self, partition: str) -> Iterable[dict[str, str]]:
        """All events of a partition (see `event_log.partitions_of`) as stored: `name`, `time` and facts.

        It raises where it cannot read on.
        """
        ...


class ReportRepository(Protocol):
    """The bucket of figures and reports."""

    def get(self, key: str) -> Any:
        """A JSON object, or None."""
        ...

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        """Keeps a JSON object in place of an earlier one; with `once` only if there is none, else False."""
        ...

    def put_file(self, key: str, content: bytes, content_type: str) -> None:
        """Keeps a file in place of an earlier one."""
        ...


def read_period(command: dict[str, Any], today: date) -> Period:
    """The period that is asked for.

    Args:
        command: a JSON object with `period` (`day` or `month`), and `of` (`2026-03-01`, `2026-03`), or `at`, a moment
            in the period that follows, as the schedule gives it; with neither, the period before today's.
        today: the Lima day.

    Raises:
        InvalidFields: the command names no period, or one that begins before the service or after today.
    """
    fields = Fields(command)
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
    fields.check()
    return period


def count(events: Iterable[dict[str, str]]) -> Counts:
    """The figures of stored events; memory grows with the kinds of events, not with their number."""
    counts: Counts = Counter()
    for event in events:
        name = event["name"]
        counts[name, TOTAL, ""] += 1
        counts[name, HOUR, event_log.hour_of(event["time"])] += 1
        for fact in FACTS:
            if fact in event:
                counts[name, fact, event[fact]] += 1
    return counts


def figures_of_day(day: date, moment: datetime, *, events: EventReader, reports: ReportRepository) -> Figures:
    """The figures of a Lima day: the kept ones, if no more events could arrive when they were counted, else new ones.

    A day that cannot be read to its end is neither kept nor reported: the error of the event log passes through. Of a
    day that is over, each large partition that was read is kept meanwhile, so that a day too long for one run is ended
    by the next.
    """
    key = f"figures/{day}.json"
    kept = reports.get(key) or {}
    if kept.get("whole"):
        return Figures(_read_counts(kept["counts"]), True)
    whole = moment >= datetime.combine(day + timedelta(1), time.min, lima.LIMA) + SETTLING
    read: dict[str, list[list[Any]]] = kept.get("read", {})
    counts: Counts = Counter()
    for partition in event_log.partitions_of(day):
        if partition in read:
            counts.update(_read_counts(read[partition]))
            continue
        found = count(events.events_in(partition))
        counts.update(found)
        if whole and sum(n for (_, by, _), n in found.items() if by == TOTAL) >= LARGE:
            read[partition] = _written_counts(found)
            reports.put(key, {"whole": False, "counts": [], "read": read})
    reports.put(key, {"whole": whole, "counts": _written_counts(counts)})
    return Figures(counts, whole)


def _written_counts(counts: Counts) -> list[list[Any]]:
    return sorted([*name, n] for name, n in counts.items())


def _read_counts(kept: list[list[Any]]) -> Counts:
    """The counts of what is kept: the inverse of `_written_counts`."""
    return Counter({tuple(name): n for *name, n in kept})


def ages_key(day: date) -> str:
    """The key in the bucket of the reports under which the ages of the corrections that a day left open are kept."""
    return f"figures/corrections-{day}.json"


def open_corrections(day: date, reports: ReportRepository) -> Counts:
    """How long the corrections that a day left open had been open; nothing where nobody kept it."""
    ages: dict[str, int] = reports.get(ages_key(day)) or {}
    return Counter({(CORRECTION_OPEN, AGE, age): n for age, n in ages.items()})


def make_report(period: Period, moment: datetime, *, events: EventReader, reports: ReportRepository) -> Report:
    """The report of a period. A month adds up its days, each counted once and kept, so that a retry goes on."""

    def figures(of: Period) -> tuple[Figures, list[int]]:
        days = [figures_of_day(day, moment, events=events, reports=reports) for day in of.days if day <= moment.date()]
        counts: Counts = Counter()
        for day in days:
            counts.update(day.counts)
        if of.kind == DAY:
            counts.update(open_corrections(of.start, reports))
        whole = len(days) == len(of.days) and all(day.whole for day in days)
        return Figures(counts, whole), [day.total(event_log.CERTIFICATE_ISSUED) for day in days]

    (now, by_day), (before, _) = figures(period), figures(period.before)
    return Report(period, moment, now, before, tuple(by_day))


def as_csv(report: Report) -> bytes:
    """The figures as a table for a spreadsheet: one row for each event, division and value."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("period", "whole", "event", "by", "value", "count", "before"))
    now, before = report.figures.counts, report.before.counts
    for key in sorted({*now, *before}):
        cells = (report.period.name, "yes" if report.figures.whole else "no", *key)
        rows.writerow((*map(harmless, cells), now[key], before[key]))
    # With the mark that makes spreadsheets read UTF-8.
    return text.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def notice_key(period: Period) -> str:
    """The key in the bucket of the reports under which the notice of a report is claimed, so that it is sent once."""
    return f"{FOLDERS[period.kind]}/constancia-{period.name}.notice.json"


def publish(
    command: dict[str, Any],
    moment: datetime,
    *,
    events: EventReader,
    reports: ReportRepository,
    draw: Callable[[Report], bytes],
) -> tuple[Report, dict[str, Any]]:
    """Makes a report and keeps it as CSV and PDF, under keys that a repetition overwrites.

    Args:
        command: see `read_period`.
        moment: Lima time.
        events: the event log.
        reports: the bucket of figures and reports.
        draw: draws a report as PDF.

    Returns:
        The report, and the answer to the command: the keys of the files and the totals.

    Raises:
        InvalidFields: the command names no period that has begun.
    """
    period = read_period(command, moment.date())
    report = make_report(period, moment, events=events, reports=reports)
    keys = {kind: f"{FOLDERS[period.kind]}/constancia-{period.name}.{kind}" for kind in ("csv", "pdf")}
    reports.put_file(keys["csv"], as_csv(report), "text/csv; charset=utf-8")
    reports.put_file(keys["pdf"], draw(report), "application/pdf")
    totals = {
        name: {"now": report.figures.total(name), "before": report.before.total(name)} for name in event_log.NAMES
    }
    counted = {
        "totals": totals,
        "opinions": report.figures.divided(event_log.OPINION_GIVEN, ANSWER),
        "open_corrections": report.figures.divided(CORRECTION_OPEN, AGE),
    }
    return report, {"period": period.name, "whole": report.figures.whole, **keys, **counted}
