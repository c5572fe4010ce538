"""A day in the life of the service, under a ledger: every function does all that it can."""

from datetime import UTC, datetime

from infra import wiring
from infra.local import storage
from infra.local.gateway import Gateway
from infra.local.inbox import Inbox
from infra.local.schedule import event_at
from infra.local.stream import StreamPump
from infra.local.views import Views
from tests.conftest import SAMPLES
from tests.functions.conftest import event
from tests.infra.cloud.ledger import Ledger
from tests.journeys.citizen import request_body
from tests.trust.world import URL, Client


class Gatekeeper:
    """What a client of `tests.trust` needs to stand at: the gateway before the ledger's functions."""

    def __init__(self, ledger: Ledger) -> None:
        self.gateway = Gateway(ledger.invoke, Views(f"{URL}/_local/pdfs"))


def live(ledger: Ledger) -> None:
    """All that the functions do in a day: a certificate, another of the same, its mail, its checks, the operators."""
    citizen = Client(Gatekeeper(ledger))  # type: ignore[arg-type]
    assert citizen.transcript("A" * 32).status == 404
    first = citizen.obtain(request_body())
    ledger.meet_another_store = True
    citizen.obtain(request_body())
    ledger.restart()
    second = citizen.obtain(request_body())
    assert second["virtual_code"] != first["virtual_code"]
    assert citizen.call("GET", second["pdf_url"].removeprefix(URL)).status == 200
    assert citizen.verify(second["virtual_code"], "71705600").json["status"] == "valid"
    holder = {"virtual_code": second["virtual_code"], "document_number": "71705600"}
    asking = {**holder, "captcha": citizen.prove_human("verification")}
    assert citizen.post("/api/verifications/history", asking).status == 200
    for function in wiring.FUNCTIONS:
        if function.stream:
            pump = StreamPump(function, ledger.invoke)
            pump.pump(pump.stream)
    for function in wiring.FUNCTIONS:
        for schedule in function.schedules:
            ledger.invoke(function.name, event_at(schedule, datetime.now(UTC)))
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
        for step in ("progress", "cancel"):
            inbox.call({"step": step, "name": name})
