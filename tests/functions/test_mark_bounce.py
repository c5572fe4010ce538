"""An e-mail that came back is marked on its certificate, once, and a later sending of it is not."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from constancia import event_log, lima
from constancia.aws.dead_letters import DeadLetters
from constancia.aws.event_log import EventLog
from constancia.aws.mail_states import CertificateMail
from constancia.certifying import delivery
from constancia.errors import TemporarilyUnavailable
from moto.backends import get_backend

from infra.local import bus, service, storage
from infra.local.views import Views
from tests.conftest import PORTAL_URL
from tests.functions.conftest import Invoke, event

CODE = "C2CC652Z"


@pytest.fixture
def certificates(invoke: Invoke) -> CertificateMail:
    """The mail states, with the certificate of the sample events in the table."""
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    item = event("send_certificate", "issued")["Records"][0]["dynamodb"]["NewImage"]
    boto3.client("dynamodb").put_item(TableName=table, Item=item)
    return CertificateMail(EventLog())


def report(case: str) -> dict[str, Any]:
    """A named report of the mail service, of today: the view of the event log shows no other."""
    told = event("mark_bounce", case)
    told["detail"][told["detail"]["eventType"].lower()]["timestamp"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
    return told


def put(certificates: CertificateMail, state: str) -> None:
    """Begins to send the e-mail, and ends with a state unless it is `sending`."""
    assert certificates.claim_again(CODE)
    if state != delivery.SENDING:
        settle(certificates, state)


def settle(certificates: CertificateMail, state: str) -> None:
    certificates.settle(CODE, state, event_log.event(event_log.MAIL_SENT, lima.now(), CODE))


def state(certificates: CertificateMail) -> str | None:
    details = certificates.details(CODE)
    assert details
    return details.mail


@pytest.mark.parametrize(("case", "marked"), [("bounce", "bounced"), ("complaint", "complained")])
def test_what_becomes_of_an_e_mail_is_marked_on_its_certificate_once(
    invoke: Invoke, certificates: CertificateMail, case: str, marked: str
) -> None:
    put(certificates, delivery.SENT)
    for _ in range(2):
        invoke("mark_bounce", report(case))
    assert state(certificates) == marked
    failures = [entry for entry in Views("").event_log() if entry["name"] == "mail_failed"]
    assert [entry["reason"] for entry in failures] == (["bounced"] if marked == "bounced" else [])


@pytest.mark.parametrize("before", [delivery.REFUSED, delivery.LIMITED])
def test_what_never_left_cannot_come_back(invoke: Invoke, certificates: CertificateMail, before: str) -> None:
    put(certificates, before)
    invoke("mark_bounce", report("bounce"))
    assert state(certificates) == before


def test_a_report_that_is_faster_than_the_sender_comes_again(invoke: Invoke, certificates: CertificateMail) -> None:
    put(certificates, delivery.SENDING)
    with pytest.raises(TemporarilyUnavailable):
        invoke("mark_bounce", report("bounce"))
    settle(certificates, delivery.SENT)
    invoke("mark_bounce", report("bounce"))
    assert state(certificates) == delivery.BOUNCED


def test_a_report_of_a_certificate_that_is_gone_is_nothing_to_retry(invoke: Invoke) -> None:
    invoke("mark_bounce", report("bounce"))
    assert [entry["name"] for entry in Views("").event_log()] == []


def test_the_bus_brings_reports_of_our_certificates_and_of_no_other_e_mail(
    invoke: Invoke, certificates: CertificateMail
) -> None:
    put(certificates, delivery.SENT)
    ours, others = report("bounce"), report("bounce")
    del others["detail"]["mail"]["tags"]["virtual_code"]
    called: list[str] = []

    def call(name: str, given: dict[str, Any]) -> Any:
        called.append(name)
        return invoke(name, given)

    for each in (ours, others):
        bus.publish(each, call)
    assert called == ["mark_bounce"]
    assert state(certificates) == delivery.BOUNCED


def test_an_e_mail_carries_what_the_report_will_name(invoke: Invoke, certificates: CertificateMail) -> None:
    change = event("send_certificate", "issued")["Records"][0]
    invoke("send_certificate", {"Records": [change]})
    (mail,) = [message.raw_data for message in get_backend("ses")["123456789012"][storage.REGION].sent_messages]
    assert f"X-SES-MESSAGE-TAGS: virtual_code={CODE}, news=issued" in mail


def test_an_e_mail_that_is_sent_again_carries_the_same(invoke: Invoke, certificates: CertificateMail) -> None:
    put(certificates, delivery.BOUNCED)
    invoke("resend_certificate", {"virtual_code": CODE})
    put(certificates, delivery.REFUSED)
    DeadLetters().leave(CODE, delivery.REFUSED)
    invoke("resend_certificate", {"dead_letters": True})
    mails = [message.raw_data for message in get_backend("ses")["123456789012"][storage.REGION].sent_messages]
    assert [f"X-SES-MESSAGE-TAGS: virtual_code={CODE}, news=issued" in mail for mail in mails] == [True, True]
    invoke("mark_bounce", report("bounce"))
    assert state(certificates) == delivery.BOUNCED
