"""Every grant is needed and every call is granted: the functions do all they can, and a ledger is kept."""

import json
from typing import Any

import pytest

from infra import wiring
from infra.local import storage
from infra.local.gateway import Gateway
from infra.local.inbox import Inbox
from infra.local.runtime import Runtime
from infra.local.stream import StreamPump
from infra.local.views import Views
from tests.conftest import SAMPLES
from tests.functions.conftest import event
from tests.infra.cloud.ledger import Call, Ledger
from tests.journeys.citizen import request_body
from tests.trust.world import URL, Client

AFTER_A_FAILURE = {
    (
        "ingest_records",
        "AbortMultipartUpload",
        "inbox",
    ): "gives up a half-written file; the loader's own tests fail one",
}
"""What is called only where something broke on the way."""


class Gatekeeper:
    """What a client of `tests.trust` needs to stand at: the gateway before the ledger's functions."""

    def __init__(self, ledger: Ledger) -> None:
        self.gateway = Gateway(ledger.invoke, Views(f"{URL}/_local/pdfs"))


def live(ledger: Ledger) -> None:
    """All that the functions do in a day: a certificate, another of the same, its mail, its checks, the operators."""
    citizen = Client(Gatekeeper(ledger))  # type: ignore[arg-type]
    assert citizen.transcript("A" * 32).status == 404
    first = citizen.obtain(request_body())
    ledger.runtime = Runtime()  # another copy of each function, which finds what the first one kept
    ledger.meet_another_store = True
    second = citizen.obtain(request_body())
    assert second["virtual_code"] != first["virtual_code"]
    assert citizen.call("GET", second["pdf_url"].removeprefix(URL)).status == 200
    assert citizen.verify(second["virtual_code"], "71705600").json["status"] == "valid"
    for function in wiring.FUNCTIONS:
        if function.stream:
            pump = StreamPump(function, ledger.invoke)
            pump.pump(pump.stream)
    for function in wiring.FUNCTIONS:
        for schedule in function.schedules:
            ledger.invoke(function.name, schedule.event)
        if function.files:
            arrive(Inbox(function, ledger.invoke), function.files)
    for name in ("show_certificate", "resend_certificate", "annul_certificate"):
        (case,) = (case for case in ("show", "resend", "annul") if name.startswith(case))
        answer = ledger.invoke(name, {**event(name, case), "virtual_code": second["virtual_code"]})
        assert "error" not in answer, answer


def arrive(inbox: Inbox, trigger: wiring.FileTrigger) -> None:
    """Files come in, each with a line that is refused, and each a second time."""
    for name in 2 * (storage.PEOPLE_FILE, storage.SCHOOL_RECORDS_FILE):
        key = trigger.prefix + name
        body = (SAMPLES / name).read_bytes() + b'{"not": "one of ours"}\n'
        inbox.s3.put_object(Bucket=inbox.bucket, Key=key, Body=body)
        inbox.work_off(key)
        inbox.call({"step": "progress", "name": name})


def covers(grant: wiring.Grant, call: Call) -> bool:
    return (
        grant.resource == call.resource
        and grant.index == call.index
        and call.action in grant.actions
        and (not grant.keys or not call.key or call.key.startswith(grant.keys))
    )


@pytest.fixture
def ledger(aws: None) -> Ledger:
    with Ledger().open() as ledger:
        live(ledger)
    return ledger


def test_nothing_is_called_that_is_not_granted_and_nothing_granted_that_is_never_called(ledger: Ledger) -> None:
    ungranted = {
        call for call in ledger.calls if not any(covers(grant, call) for grant in wiring.function(call.function).grants)
    }
    unused = {
        (function.name, action, grant.resource)
        for function in wiring.FUNCTIONS
        for grant in function.grants
        for action in grant.actions
        if not any(
            call.function == function.name and call.action == action and covers(grant, call) for call in ledger.calls
        )
    }
    assert (ungranted, unused - set(AFTER_A_FAILURE)) == (set(), set())


def test_no_function_scans(ledger: Ledger) -> None:
    """Every read is by key or index."""
    called: Any = {operation for _, operation in ledger.operations}
    assert "Scan" not in called
    assert {"GetItem", "Query", "BatchGetItem"} <= called, json.dumps(sorted(called))
