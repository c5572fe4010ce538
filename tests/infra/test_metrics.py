"""Alarms watch metrics that are counted, and every metric that has a name is counted."""

import pytest
from constancia import metric_names

from infra import parts, signals, wiring
from tests.infra.counted import NAMES, ROOT, counted_by

COUNTED = {function.name: counted_by(function.name) for function in wiring.FUNCTIONS}


@pytest.mark.parametrize("signal", signals.SIGNALS, ids=lambda signal: signal.name)
def test_a_signal_watches_what_its_function_counts(signal: parts.Signal) -> None:
    assert {signal.metric, *signal.among} <= COUNTED[signal.function]


def test_every_name_of_a_metric_is_counted_by_a_function() -> None:
    assert set(NAMES.values()) <= frozenset().union(*COUNTED.values())
    assert len(set(NAMES.values())) == len(NAMES)


def test_a_function_that_counts_publishes_its_metrics() -> None:
    """Powertools sends what was added only where the handler is decorated."""
    counting = [name for name, metrics in COUNTED.items() if metrics]
    silent = [
        name for name in counting if "@metrics.log_metrics" not in (ROOT / "functions" / f"{name}.py").read_text()
    ]
    assert silent == []


def test_a_refused_notice_raises_an_alarm_wherever_notices_are_sent() -> None:
    watched = {signal.function for signal in signals.SIGNALS if signal.metric == metric_names.NOTICE_REFUSED}
    assert watched == {function.name for function in wiring.FUNCTIONS if "OPERATORS_MAIL" in function.settings}
    assert {"ingest_records", "report_issuance"} <= watched
