"""What it costs: the counted units are true, whatever the number of students, and the page says the same."""

import json
import re

import pytest

from infra import wiring
from infra.costs import journeys, loading, prices
from infra.costs.limits import limits
from infra.costs.report import report
from tests import dynamodb_local
from tests.infra.cloud import units
from tests.infra.cloud.assembly import ROOT, Assembly
from tests.infra.counted import counted_by


def test_a_certificate_takes_what_was_counted_whatever_the_number_of_students(
    engine: dynamodb_local.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails a journey changed what it takes: `python -m tests.infra.cloud.units` counts anew."""
    for name, value in engine.environment.items():
        monkeypatch.setenv(name, value)
    few, more = (units.without_time(units.count(engine, students, rounds=1)) for students in (10, 1000))
    assert few == more
    assert few == units.without_time(json.loads(journeys.UNITS.read_text()))


def test_a_question_of_a_list_takes_what_was_counted_and_a_million_cost_less_than_5_dollars(
    engine: dynamodb_local.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted with few questions: each further one takes as much as one of a hundred."""
    for name, value in engine.environment.items():
        monkeypatch.setenv(name, value)
    two, four = (units.count_list(engine, questions)["list"][0] for questions in (2, 4))
    (run,), questions = journeys.counted_list()
    for unit in ("reads", "writes"):
        assert (four[unit] - two[unit]) / 2 == (getattr(run, unit) - two[unit]) / (questions - 2)
    assert sum(journeys.bill([run], 0, 0, visits=0).values()) / questions * 1_000_000 < 5


def test_the_page_of_the_docs_is_what_make_cost_prints() -> None:
    assert "\n".join(report()) in (ROOT / "docs" / "cost.md").read_text()


def test_what_is_paid_every_month_is_what_is_deployed(assembly: Assembly) -> None:
    (firewall,) = assembly.all_of("AWS::WAFv2::WebACL").values()
    deployed = {
        "KEYS": len(assembly.all_of("AWS::KMS::Key")),
        "FIREWALL_RULES": len(firewall["Rules"]),
        "SECRETS": len(assembly.all_of("AWS::SecretsManager::Secret")),
        "DASHBOARDS": len(assembly.all_of("AWS::CloudWatch::Dashboard")),
        "ALARMS": len(assembly.all_of("AWS::CloudWatch::Alarm")),
        "METRICS": sum(len(counted_by(function.name)) for function in wiring.FUNCTIONS),
    }
    assert {name: getattr(prices, name) for name in deployed} == deployed
    snapshots = [made for made in assembly.all_of("AWS::Lambda::Function").values() if "SnapStart" in made]
    assert 2 * sum(made["MemorySize"] for made in snapshots) / 1024 == prices.SNAPSHOTS_GB


def test_our_time_for_a_line_is_the_one_that_was_measured() -> None:
    decision = (ROOT / "docs" / "decisions" / "032-a-hundred-lines-a-transaction.md").read_text()
    assert re.findall(r"(\d+) are ours", decision) == [str(loading.OURS_US)]


def test_a_bill_grows_with_what_is_taken() -> None:
    runs, counted = journeys.counted()
    once, twice = (
        journeys.bill(runs["certificate"], 1, counted["pdf_bytes"]),
        journeys.bill(runs["certificate"] * 2, 1, counted["pdf_bytes"]),
    )
    assert twice["DynamoDB"] == 2 * once["DynamoDB"]
    assert twice["Lambda"] > once["Lambda"]
    assert sum(journeys.bill([], 0, 0).values()) < 0.0001, "a visit that asks for nothing costs its pages only"


def test_what_gives_way_first_comes_first() -> None:
    runs, _ = journeys.counted()
    rates = [limit.certificates_a_second for limit in limits(runs["certificate"])]
    assert rates == sorted(rates)


def test_a_new_table_grows_while_it_is_loaded_and_a_warm_one_need_not() -> None:
    assert loading.seconds_of(40_000 * 100, 40_000) == 100
    assert loading.seconds_of(4_000 * 1800, 4_000) == 1800
    assert loading.seconds_of(4_000 * 1800 + 8_000 * 60, 4_000) == 1860
    grown = 1800 * (4_000 + 8_000 + 16_000 + 32_000)
    assert loading.seconds_of(grown + 40_000, 4_000) == 4 * 1800 + 1
