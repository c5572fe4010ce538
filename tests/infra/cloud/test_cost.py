"""What it costs: the counted units are true, whatever the number of students, and the page says the same."""

import json

import pytest

from infra import cost, cost_of_loading
from tests import dynamodb_local
from tests.infra.cloud import units
from tests.infra.cloud.assembly import ROOT


def test_a_certificate_takes_what_was_counted_whatever_the_number_of_students(
    engine: dynamodb_local.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails a journey changed what it takes: `python -m tests.infra.cloud.units` counts anew."""
    for name, value in engine.environment.items():
        monkeypatch.setenv(name, value)
    few, more = (units.without_time(units.count(engine, students, rounds=1)) for students in (10, 1000))
    assert few == more
    assert few == units.without_time(json.loads(cost.UNITS.read_text()))


def test_the_page_of_the_docs_is_what_make_cost_prints() -> None:
    assert "\n".join(cost.report()) in (ROOT / "docs" / "cost.md").read_text()


def test_a_bill_grows_with_what_is_taken() -> None:
    runs, told = cost.counted()
    once, twice = (
        cost.bill(runs["certificate"], 1, told["pdf_bytes"]),
        cost.bill(runs["certificate"] * 2, 1, told["pdf_bytes"]),
    )
    assert twice["DynamoDB"] == 2 * once["DynamoDB"]
    assert twice["Lambda"] > once["Lambda"]
    assert sum(cost.bill([], 0, 0).values()) < 0.0001, "a visit that asks for nothing costs its pages only"


def test_what_gives_way_first_comes_first() -> None:
    runs, _ = cost.counted()
    rates = [limit.certificates_a_second for limit in cost.limits(runs["certificate"])]
    assert rates == sorted(rates)


def test_a_new_table_grows_while_it_is_loaded_and_a_warm_one_need_not() -> None:
    assert cost_of_loading.seconds_of(40_000 * 100, 40_000) == 100
    assert cost_of_loading.seconds_of(4_000 * 1800, 4_000) == 1800
    assert cost_of_loading.seconds_of(4_000 * 1800 + 8_000 * 60, 4_000) == 1860
    grown = 1800 * (4_000 + 8_000 + 16_000 + 32_000)
    assert cost_of_loading.seconds_of(grown + 40_000, 4_000) == 4 * 1800 + 1
