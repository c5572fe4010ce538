"""The report as the schedule asks for it: counted from the table by its partitions, kept, told."""

from collections import Counter
from datetime import date, datetime, timedelta

import boto3
import pypdfium2
import pytest
from constancia import lima
from constancia.aws import event_log
from constancia.aws.event_log import EventLog
from constancia.aws.reports import ReportBucket
from constancia.lima import LIMA
from constancia.reporting.reporting import FROM_7_TO_30, MONTH, OVER_30, UNDER_7, Period, ages_key, make_report

from infra import wiring
from infra.local import schedule, storage
from infra.local.views import Views
from tests import dynamodb_local
from tests.bench import reporting
from tests.events_of_a_month import busyness, events_of
from tests.functions.conftest import Invoke, event

DAY = date(2026, 3, 1)


@pytest.fixture
def log(invoke: Invoke) -> list[str]:
    """The names of the entries of a day that are in the table."""
    events, names = EventLog(), []
    for place, entry in enumerate(events_of(DAY, 120)):
        events.record(entry, unique=str(place))
        names.append(entry.name)
    return names


def stored(key: str) -> bytes:
    content: bytes = boto3.client("s3").get_object(Bucket=storage.names()["REPORTS_BUCKET"], Key=key)["Body"].read()
    return content


def test_the_schedule_makes_a_report_of_the_day_before_and_tells_operators(invoke: Invoke, log: list[str]) -> None:
    answer = invoke("report_issuance", event("report_issuance", "daily"))
    assert answer["period"] == "2026-03-01"
    assert {name: figures["now"] for name, figures in answer["totals"].items() if figures["now"]} == {
        name: log.count(name) for name in set(log)
    }
    (mail,) = Views("").outbox()
    assert answer["links"]["pdf"] in mail["text"]
    assert f"Constancias emitidas: {log.count('certificate_issued')}" in mail["text"]
    assert stored(answer["csv"]).startswith(b"\xef\xbb\xbfperiod,")
    pages = pypdfium2.PdfDocument(stored(answer["pdf"]))
    said = pages[0].get_textpage().get_text_bounded()
    assert len(pages) == 1
    assert "Domingo 1 de marzo de 2026" in said
    assert "Cifras completas" in said


def test_the_report_of_a_busy_day_says_how_long_corrections_have_been_open(invoke: Invoke) -> None:
    reports, events = ReportBucket(), EventLog()
    for place, entry in enumerate(events_of(DAY, 1_000)):
        events.record(entry, unique=str(place))
    reports.put(ages_key(DAY), {UNDER_7: 12, FROM_7_TO_30: 5, OVER_30: 1})
    reports.put(ages_key(DAY - timedelta(1)), {UNDER_7: 10, FROM_7_TO_30: 4, OVER_30: 0})
    answer = invoke("report_issuance", event("report_issuance", "daily"))
    pages = pypdfium2.PdfDocument(stored(answer["pdf"]))
    assert len(pages) == 1
    page = pages[0].get_textpage()
    said = " ".join(page.get_text_bounded().split())
    for words in ("menos de 7 días 12 67 %", "de 7 a 30 días 5 28 %", "más de 30 días 1 6 %"):
        assert words in said
    foot = page.get_charbox(page.get_text_range().index("Cada cifra cuenta"))[3]
    last = page.get_charbox(page.get_text_range().index("Les fue fácil"))[1]
    assert last > foot, "the table ends above the footing"


def test_an_operators_call_tells_nobody_else(invoke: Invoke, log: list[str]) -> None:
    answer = invoke("report_issuance", event("report_issuance", "month"))
    assert answer["period"] == "2026-03"
    assert Views("").outbox() == []


def test_a_month_is_told_by_day_and_by_hour_on_one_page(invoke: Invoke, log: list[str]) -> None:
    answer = invoke("report_issuance", event("report_issuance", "month"))
    pages = pypdfium2.PdfDocument(stored(answer["pdf"]))
    said = pages[0].get_textpage().get_text_bounded()
    assert len(pages) == 1
    for words in ("Constancias emitidas por día", "Por hora del día", "Se compara con febrero de 2026.", "Cambio"):
        assert words in said
    asked = sum("institution" in dict(entry.facts) for entry in events_of(DAY, 120))
    assert f"Consultas de instituciones {asked} 0" in " ".join(said.split())
    assert asked > 0
    refused = log.count("verification_refused")
    assert " ".join(said.split()).count(f"Verificaciones rechazadas {refused} 0") == 1


def test_a_months_figures_equal_a_recount_of_the_whole_table(
    engine: dynamodb_local.Engine, real_aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another way: the table scanned from end to end, every entry placed by its moment and not by its partition."""
    monkeypatch.setattr(event_log, "PAGE", 7)  # so that the entries of a shard take more than one
    march = Period(MONTH, date(2026, 3, 1))
    for day in [*march.before.days, *march.days, date(2026, 4, 1)]:
        reporting.fill(engine, day, int(60 * busyness(day)))
    pages = engine.client().get_paginator("scan").paginate(TableName=storage.names()["EVENTS_TABLE"])
    recount: Counter[tuple[str, ...]] = Counter()
    for entry in (item for page in pages for item in page["Items"]):
        moment = datetime.fromisoformat(entry["time"]["S"].partition("#")[0]).astimezone(LIMA)
        facts = {by: entry[by]["S"] for by in entry.keys() - {"day_shard", "time", "name", "virtual_code"}}
        for by, value in {"total": "", "hour": f"{moment:%H}", **facts}.items():
            recount[f"{moment:%Y-%m}", entry["name"]["S"], by, value] += 1
    report = make_report(march, datetime(2026, 4, 2, 3, tzinfo=LIMA), events=EventLog(), reports=reporting.Memory())
    for figures, month in ((report.figures, "2026-03"), (report.before, "2026-02")):
        assert figures.whole
        assert figures.counts == {tuple(key): n for (of, *key), n in recount.items() if of == month}
    assert sum(n for (of, _, by, _), n in recount.items() if (of, by) == ("2026-03", "total")) > 2_000


def test_what_is_no_period_is_refused_in_spanish(invoke: Invoke) -> None:
    answer = invoke("report_issuance", {"period": "day", "of": "2026-02-30"})
    assert answer["problem"]["errors"][0]["field"] == "of"


def test_schedules_here_are_due_when_the_cloud_would_call() -> None:
    daily, monthly = wiring.function("report_issuance").schedules
    moment = lima.now().replace(2026, 3, 1, 3, 0)
    assert schedule.is_due(daily.expression, moment)
    assert not schedule.is_due(daily.expression, moment.replace(minute=1))
    assert schedule.is_due(monthly.expression, moment.replace(minute=30))
    assert not schedule.is_due(monthly.expression, moment.replace(day=2, minute=30))
    assert schedule.event_at(daily, moment.replace(second=0))["at"] == "2026-03-01T08:00:00Z"
