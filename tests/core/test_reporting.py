"""Reports: the figures are those of the events, recounted otherwise; whole, or not at all."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from constancia import event_log
from constancia.errors import InvalidFields
from constancia.event_log import FACTS
from constancia.lima import LIMA
from constancia.reporting import reporting, wording
from constancia.reporting.reporting import DAY, MONTH, Period, as_csv, make_report, publish, read_period

from tests.events_of_a_month import busyness, entry_of, events_of

MARCH = Period(MONTH, date(2026, 3, 1))
APRIL_2 = datetime(2026, 4, 2, 3, tzinfo=LIMA)


def generated(day: date) -> list[dict[str, str]]:
    return [entry_of(one) for one in events_of(day, int(200 * busyness(day)))]


class Events:
    """An event events that can break off in the middle of a day."""

    def __init__(self) -> None:
        self.read: Counter[date] = Counter()
        self.partitions: Counter[str] = Counter()
        self.breaks_on: date | None = None

    def events_in(self, partition: str) -> Iterable[dict[str, str]]:
        written, _, shard = partition.partition("#")
        day = date.fromisoformat(written)
        self.read[day] += shard == "0"
        self.partitions[partition] += 1
        for place, entry in enumerate(generated(day)):
            if day == self.breaks_on and place == 100 and shard == "4":
                raise OSError("the store does not answer")
            if place % event_log.SHARDS == int(shard):
                yield entry


class Reports(dict[str, Any]):
    """What is kept."""

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        self[key] = value
        return True

    def put_file(self, key: str, content: bytes, content_type: str) -> None:
        self[key] = content


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def reports() -> Reports:
    return Reports()


def test_a_months_figures_equal_a_recount_made_another_way(events: Events, reports: Reports) -> None:
    report = make_report(MARCH, APRIL_2, events=events, reports=reports)
    entries = [entry for day in MARCH.days for entry in generated(day)]
    for name in event_log.NAMES:
        mine = [entry for entry in entries if entry["name"] == name]
        assert report.figures.total(name) == len(mine)
        hours = [datetime.fromisoformat(entry["time"]).hour for entry in mine]
        assert report.figures.divided(name, "hour") == {f"{hour:02d}": hours.count(hour) for hour in set(hours)}
        for fact in FACTS:
            values = [entry[fact] for entry in mine if fact in entry]
            assert report.figures.divided(name, fact) == {value: values.count(value) for value in set(values)}
    february = [entry for day in MARCH.before.days for entry in generated(day)]
    assert report.before.total("mail_sent") == sum(entry["name"] == "mail_sent" for entry in february)
    issued = [sum(entry["name"] == "certificate_issued" for entry in generated(day)) for day in MARCH.days]
    assert list(report.issued_by_day) == issued
    assert report.figures.asked_by_institutions == sum("institution" in entry for entry in entries) > 0
    assert report.figures.whole


def test_a_day_that_cannot_be_read_to_its_end_is_not_reported(
    events: Events, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "LARGE", 20)
    events.breaks_on = date(2026, 3, 17)
    with pytest.raises(OSError, match="does not answer"):
        publish({"period": MONTH, "of": "2026-03"}, APRIL_2, events=events, reports=reports, draw=lambda _: b"")
    assert not [key for key in reports if not key.startswith("figures/")]
    assert not reports["figures/2026-03-17.json"]["whole"]
    events.breaks_on = None
    publish({"period": MONTH, "of": "2026-03"}, APRIL_2, events=events, reports=reports, draw=lambda _: b"")
    assert events.read[date(2026, 3, 16)] == 1, "a retry goes on from the day that failed"
    read = [events.partitions[partition] for partition in event_log.partitions_of(date(2026, 3, 17))]
    assert read == [1, 1, 1, 1, 2, 1, 1, 1], "and there from the partition that failed"
    assert "monthly/constancia-2026-03.pdf" in reports


def test_a_day_that_has_not_ended_is_told_as_partial_and_counted_again(events: Events, reports: Reports) -> None:
    day = Period(DAY, date(2026, 3, 1))
    noon = make_report(day, datetime(2026, 3, 1, 12, tzinfo=LIMA), events=events, reports=reports)
    assert not noon.figures.whole
    assert wording.standing(noon).startswith("CIFRAS PARCIALES")
    midnight = make_report(day, datetime(2026, 3, 2, 0, 30, tzinfo=LIMA), events=events, reports=reports)
    assert not midnight.figures.whole, "downloads are told minutes later"
    morning = make_report(day, datetime(2026, 3, 2, 3, tzinfo=LIMA), events=events, reports=reports)
    assert morning.figures.whole
    assert events.read[day.start] == 3
    make_report(day, datetime(2026, 3, 3, 3, tzinfo=LIMA), events=events, reports=reports)
    assert events.read[day.start] == 3, "whole figures are kept"


def test_a_month_that_has_not_ended_is_partial(events: Events, reports: Reports) -> None:
    report = make_report(MARCH, datetime(2026, 3, 10, 12, tzinfo=LIMA), events=events, reports=reports)
    assert not report.figures.whole
    assert len(report.issued_by_day) == 10


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ({"period": "day", "of": "2026-03-01"}, "2026-03-01"),
        ({"period": "month", "of": "2026-03"}, "2026-03"),
        ({"period": "day", "at": "2026-03-02T08:00:00Z"}, "2026-03-01"),
        ({"period": "day", "at": "2026-03-02T03:00:00Z"}, "2026-02-28"),
        ({"period": "month", "at": "2026-01-01T08:30:00Z"}, "2025-12"),
        ({"period": "day"}, "2026-04-01"),
    ],
    ids=["a day", "a month", "a schedule", "still yesterday in Lima", "over the new year", "the day before"],
)
def test_the_period_is_the_one_that_was_meant(command: dict[str, Any], expected: str) -> None:
    assert read_period(command, APRIL_2.date()).name == expected


@pytest.mark.parametrize(
    "command",
    [
        {},
        {"period": "year"},
        {"period": "day", "of": "2026-02-30"},
        {"period": "month", "of": "marzo"},
        {"period": "day", "of": "2030-01-01"},
        {"period": "day", "at": "noon"},
        {"period": "day", "of": 20260301},
    ],
)
def test_what_is_no_period_that_has_begun_is_refused(command: dict[str, Any]) -> None:
    with pytest.raises(InvalidFields):
        read_period(command, APRIL_2.date())


def test_a_rerun_gives_the_same_bytes_under_the_same_keys(events: Events, reports: Reports) -> None:
    command = {"period": "day", "of": "2026-03-01"}
    _, first = publish(command, APRIL_2, events=events, reports=reports, draw=as_csv)
    before = dict(reports)
    _, second = publish(command, APRIL_2, events=events, reports=reports, draw=as_csv)
    assert (first, before) == (second, dict(reports))


def test_the_table_has_every_figure_and_no_formula(events: Events, reports: Reports) -> None:
    report = make_report(Period(DAY, date(2026, 3, 1)), APRIL_2, events=events, reports=reports)
    report.figures.counts["request_refused", "reason", "=cmd()"] = 1
    rows = list(csv.DictReader(io.StringIO(as_csv(report).decode("utf-8-sig"))))
    assert sum(int(row["count"]) for row in rows) == sum(report.figures.counts.values())
    assert not [cell for row in rows for cell in row.values() if cell.startswith("=")]


def test_every_word_of_the_log_has_its_words_in_spanish() -> None:
    assert set(wording.EVENTS) == set(wording.HAPPENED) == set(event_log.NAMES)


def test_periods_follow_each_other() -> None:
    assert Period(MONTH, date(2024, 3, 1)).before.days[-1] == date(2024, 2, 29)
    assert Period(DAY, date(2026, 1, 1)).before.name == "2025-12-31"
    assert wording.title(Period(DAY, date(2026, 3, 1))) == "Domingo 1 de marzo de 2026"
    assert wording.change(90, 100) == "–10\u00a0%"
    assert timedelta(days=len(MARCH.days)) == timedelta(31)
