"""Operators may start, watch and cancel a load; its steps are the workflow's alone (rule 10)."""

import urllib.error
import urllib.request

import pytest

from infra import wiring
from infra.local import service

STEP = b'{"step": "batch", "load": {}, "batch": {}}'


def test_operators_may_watch_a_load_and_call_none_of_its_steps() -> None:
    assert wiring.function("watch_loads").operators
    writers = [
        function
        for function in wiring.FUNCTIONS
        for grant in function.grants
        if grant.resource in ("people", "school_records") and "PutItem" in grant.actions
    ]
    assert [(function.name, function.operators) for function in writers] == [("ingest_records", False)] * 2


def test_the_service_on_one_machine_refuses_a_step_to_operators_too() -> None:
    headers = {"X-Constancia-Console": "1", "Content-Type": "application/json"}
    with service.running(0) as started:
        address = f"{started.url}/_local/invoke/ingest_records"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(address, STEP, headers), timeout=30)  # noqa: S310 loopback
    assert refused.value.code == 404
