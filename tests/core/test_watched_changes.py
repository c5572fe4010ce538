"""What a load changes that somebody should look at is counted, and a line cannot come from the future."""

from datetime import timedelta
from typing import Any

import pytest
from constancia.errors import FileRefused
from constancia.loading.items import read_item
from constancia.loading.lines import Batch, Line
from constancia.loading.load import Load
from constancia.reporting import notices

from tests import nation
from tests.core.test_loading import NOON, TODAY, Ministry, marked

WATCHED = ("guardians_changed", "closed_changed", "changed_back")


@pytest.fixture
def ministry() -> Ministry:
    return Ministry()


def watched(summary: dict[str, Any]) -> tuple[int, ...]:
    return tuple(summary[name] for name in WATCHED)


def person(**changes: Any) -> bytes:
    return nation.as_line({**nation.person(0), **changes})


def load(ministry: Ministry, content: bytes, day: int) -> dict[str, Any]:
    moment = NOON + timedelta(days=day)
    # The same bytes again would be the same file, whose lines keep their first order.
    content += b"\n" * day
    return ministry.load(ministry.drop(content, f"{day}.jsonl", moment), moment)


def test_changed_guardians_and_closed_years_are_counted_and_said_in_the_notice(ministry: Ministry) -> None:
    assert watched(load(ministry, person() + marked("A"), 0)) == (0, 0, 0), "new ones change nothing"
    assert watched(load(ministry, person(given_names="ROSA") + marked("A"), 1)) == (0, 0, 0)
    summary = load(ministry, person(given_names="ROSA", legal_guardians=["40000009"]) + marked("B"), 2)
    assert watched(summary) == (1, 1, 0)
    assert summary["read"] == 2
    _, text = notices.of_load(summary)
    assert "Cambian los padres o apoderados de 1 personas ya registradas." in text
    assert "Cambian 1 actas que la institución ya había cerrado." in text
    assert "devuelven" not in text


@pytest.mark.parametrize(("days", "back"), [((1, 2), 1), ((1, 31), 1), ((1, 32), 0)])
def test_what_is_changed_and_changed_back_within_30_days_is_told_to_operators(
    ministry: Ministry, days: tuple[int, int], back: int
) -> None:
    load(ministry, marked("A"), 0)
    assert watched(load(ministry, marked("AD"), days[0])) == (0, 1, 0)
    summary = load(ministry, marked("A"), days[1])
    assert watched(summary) == (0, 1, back)
    assert ("Revisa por qué se cambió" in notices.of_load(summary)[1]) == bool(back)


def test_a_detour_on_the_way_back_hides_nothing(ministry: Ministry) -> None:
    for day, mark in enumerate(("A", "AD", "B", "C")):
        assert watched(load(ministry, marked(mark), day)) == (0, min(day, 1), 0)
    assert watched(load(ministry, marked("A"), 9)) == (0, 1, 1)


def test_a_repeated_try_counts_a_watched_change_again_and_not_twice(ministry: Ministry) -> None:
    load(ministry, marked("A"), 0)
    moment = NOON + timedelta(days=1)
    planned = ministry.loader.plan(ministry.drop(marked("B"), "b.jsonl", moment), moment)
    passed = Load.from_json(planned["load"])
    (batch,) = ministry.inbox.json[planned["plan"]]
    for _ in range(2):
        # The first try dies after it wrote the record and before it wrote its result.
        tally = ministry.loader.batch(passed, Batch(**batch), TODAY)
        assert (tally["replaced"], tally["closed_changed"]) == (1, 1)
        for key in [key for key in ministry.inbox.json if key.startswith(f"work/{passed.run}/")]:
            del ministry.inbox.json[key]


def test_a_file_from_the_future_is_refused_whole(ministry: Ministry) -> None:
    key = ministry.drop(marked("A"), moment=NOON + timedelta(hours=1))
    summary = ministry.load(key, NOON)
    assert (summary["refused"], summary["read"]) == ("future", 0)
    assert ministry.replicas.items == {}


def test_an_order_in_the_future_is_refused_by_the_step_that_loads() -> None:
    load = Load("a", "incoming/a", "tag", "run-1", f"{(NOON + timedelta(minutes=6)).isoformat()}#abc", again=False)
    load.check_order(NOON + timedelta(minutes=2))
    with pytest.raises(FileRefused):
        load.check_order(NOON)


def test_a_line_of_the_samples_is_read() -> None:
    assert read_item(Line(1, person()), TODAY) is not None
