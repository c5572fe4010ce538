"""Logs, metrics, events, counters, dead letters, addresses and refusals hold nothing about a person."""

import copy
import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pypdfium2
import pytest
from constancia import lima

from infra import parts, wiring
from infra.local import service, storage
from infra.local.inbox import Inbox
from tests.journeys.citizen import Answer
from tests.trust import population
from tests.trust.audit import dead_letters, items_of
from tests.trust.failing import FAULTS, Fault
from tests.trust.journey import Journey
from tests.trust.world import Client, World

STUDENT = 0
NETWORK = "190.117.203.45"
PHONE = "+51987605432"
EMAIL = "waraqapu.quilla@example.com"
RECORDED_EMAIL, RECORDED_PHONE = "sumaqllaqta.inti@example.org", "+51976401238"
"""The contact on record, which is not what the form says."""
DETAIL = "Trámite de pensión por orfandad"
GIVEN_NAMES, FATHER, MOTHER = "WARAQAPU ILLARIY", "QAPAQNIYUQ", "ÑUSTAQORI"
SURNAMES = "CHOQUEHUAYTA", "YUPANQUICHA"


def person() -> dict[str, Any]:
    """Somebody whose every word is unlike any other in the service, so that it cannot be there by chance."""
    return {
        **population.person(STUDENT),
        "given_names": GIVEN_NAMES,
        "paternal_surname": SURNAMES[0],
        "maternal_surname": SURNAMES[1],
        "father": {"given_names": FATHER, "document_number": None},
        "mother": {"given_names": MOTHER, "document_number": None},
        "contact": {"email": RECORDED_EMAIL, "phone": RECORDED_PHONE},
    }


def body() -> dict[str, Any]:
    asked = population.request_body(STUDENT)
    asked["applicant"] |= {"father_given_names": FATHER.title(), "mother_given_names": MOTHER.lower()}
    asked["contact"] = {"email": EMAIL, "phone": PHONE}
    asked["purpose"] = {"code": "other", "detail": DETAIL}
    return asked


SECRETS = {
    word.casefold()
    for word in (
        *GIVEN_NAMES.split(),
        *SURNAMES,
        FATHER,
        MOTHER,
        person()["document_number"],
        person()["birth_date"],
        EMAIL.partition("@")[0],
        RECORDED_EMAIL.partition("@")[0],
        RECORDED_PHONE.removeprefix("+51"),
        PHONE,
        PHONE.removeprefix("+51"),
        DETAIL,
        NETWORK,
    )
}


def found_in(text: str) -> set[str]:
    """The personal words in a text, however JSON wrote them."""
    written = text.casefold()
    return {word for word in SECRETS if word in written or json.dumps(word).strip('"') in written}


class Listener(Client):
    """A citizen whose refusals are kept, and all addresses that they were told."""

    def __init__(self, world: World) -> None:
        super().__init__(world, NETWORK)
        self.refusals: list[Answer] = []
        self.addresses: list[str] = []

    def call(self, method: str, path: str, *more: Any, **named: Any) -> Answer:
        answer = super().call(method, path, *more, **named)
        self.addresses.append(path)
        if answer.status >= 400:
            self.refusals.append(answer)
        elif answer.headers["Content-Type"] == "application/json":
            content = answer.json
            self.addresses += [str(content[name]) for name in ("pdf_url", "verify_url") if name in content]
        return answer


def refused_in_every_way(client: Listener) -> set[str]:
    """Asks and verifies wrongly in each way there is; the codes of the refusals."""
    wrong_names = copy.deepcopy(body())
    wrong_names["applicant"]["father_given_names"] = MOTHER
    wrong_fields = {**copy.deepcopy(body()), "level": DETAIL, "modality": GIVEN_NAMES}
    wrong_fields["contact"] = {"email": f"{EMAIL}\n{EMAIL}", "phone": GIVEN_NAMES}
    young = copy.deepcopy(body())
    young["applicant"]["birth_date"] = (lima.now().date() - timedelta(days=3650)).isoformat()
    for asked in (wrong_names, wrong_fields, young, {**body(), "modality": "EBA"}):
        client.ask(asked)
    other_level = client.ask({**body(), "level": "secondary"})
    other_id = other_level.json["request_id"]
    client.transcript(other_id)
    client.confirm(other_id, "000000")
    client.send_code(other_id)
    client.confirm(other_id)
    client.transcript(other_id)
    client.accept(other_id)
    unsent = client.ask(body()).json["request_id"]
    for _ in range(3):
        client.send_code(unsent)
    client.call("POST", "/api/requests", json.dumps(body()).encode(), "text/plain")
    client.call("POST", "/api/requests", json.dumps(body()).encode(), headers={"Sec-Fetch-Site": "cross-site"})
    client.transcript("unknown")
    client.post("/api/requests", body())
    client.call("POST", "/api/requests", json.dumps(body())[:-3].encode())
    client.verify("ZZZZZZZZ", person()["document_number"])
    for _ in range(16):
        client.ask(wrong_names)
    return {answer.json["code"] for answer in client.refusals if "code" in answer.json}


def operate_in_every_way(world: World, certificates: list[dict[str, Any]]) -> list[Any]:
    """What operators do and see: looks, annulments, mails, reports, a load with wrong lines, dead letters."""
    code = certificates[-1]["virtual_code"]
    answers = [
        world.invoke("show_certificate", {"virtual_code": code}),
        world.invoke("resend_certificate", {"virtual_code": code}),
        world.invoke("annul_certificate", {"virtual_code": code, "reason": "Emitida por error", "operator": "mrojas"}),
        world.invoke("erase_email", {"virtual_code": code, "operator": "mrojas"}),
        world.invoke("protect_student", {"command": "add", "document_number": FATHER, "operator": "mrojas"}),
        world.invoke("annul_certificate", {"virtual_code": "ZZZZZZZZ", "reason": "Por error", "operator": "mrojas"}),
        world.invoke("report_issuance", {"period": "day", "of": lima.now().date().isoformat(), "tell": True}),
    ]
    inbox = Inbox(wiring.function("ingest_records"), world.invoke)
    wrong = [{**person(), "birth_date": GIVEN_NAMES}, {**person(), "document_number": FATHER, MOTHER: EMAIL}]
    content = "".join(json.dumps(line) + "\n" for line in (person(), *wrong)) + json.dumps(person())[:-5]
    inbox.s3.put_object(Bucket=inbox.bucket, Key="incoming/personas.jsonl", Body=content.encode())
    summary = inbox.work_off("incoming/personas.jsonl")
    assert summary["rejected"] == 3
    answers += [summary, inbox.s3.get_object(Bucket=inbox.bucket, Key=summary["rejects"])["Body"].read().decode()]
    change = {
        "ApproximateCreationDateTime": lima.now().timestamp(),
        "SequenceNumber": "1",
        "Keys": {"virtual_code": {"S": code}},
        "NewImage": {"x": {"S": EMAIL}},
    }
    world.poller.deliver([{"eventName": "MODIFY", "dynamodb": change}])
    letters = dead_letters()
    assert {letter["reason"] for letter in letters} > {"unreadable"}
    return [*answers, *letters, world.invoke("resend_certificate", {"dead_letters": True})]


def strike_third_call(world: World, fault: Fault, step: str) -> None:
    """Lets something fail in every step of a journey; of the mail what follows its sending, so that each leaves once.

    Nothing fails where a code is asked for and given once more.
    """
    struck = 3 if step == "mail" else 2
    world.failing.plan(None if step.endswith("again") else fault, lambda number: number == struck)


def public_log(world: World) -> str:
    """All that everybody may read of the log, and the table behind it."""
    world.deliver_log()
    s3, bucket = boto3.client("s3", region_name=storage.REGION), storage.names()["PUBLIC_LOG_BUCKET"]
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert "log/checkpoint" in keys
    contents = [s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode("latin-1") for key in keys]
    return " ".join([*keys, *contents, json.dumps(items_of("LOG_ENTRIES_TABLE"))])


def reports() -> list[str]:
    """The reports and what is kept of loads, as text; of the PDF what is read in it."""
    s3, bucket = boto3.client("s3", region_name=storage.REGION), storage.names()["REPORTS_BUCKET"]
    found = []
    for item in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        content = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
        if item["Key"].endswith(".pdf"):
            found += [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content)]
        else:
            found.append(content.decode())
    return found


@pytest.fixture
def person_in_the_registry(world: World, tmp_path: Path) -> World:
    files = {"people": [person()], "school_records": list(population.school_records(STUDENT))}
    for name, lines in files.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    storage.load(boto3.client("dynamodb", region_name=storage.REGION), tmp_path)
    return world


def test_nothing_that_is_written_down_about_the_service_tells_of_a_person(
    person_in_the_registry: World,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = person_in_the_registry
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    monkeypatch.setenv("CODES_TO_CONTACT", "1000")
    caplog.set_level("DEBUG", "infra")
    client = Listener(world)
    certificates = []
    for fault in FAULTS:
        journey = Journey(world, body(), before=partial(strike_third_call, world, fault))
        journey.client = client
        certificates.append(journey.go())
    world.failing.plan(None)
    codes = refused_in_every_way(client)
    operated = operate_in_every_way(world, certificates)
    assert codes >= {
        "identity_not_confirmed",
        "invalid_fields",
        "guardian_required",
        "modality_not_covered",
        "no_records",
        "transcript_not_confirmed",
        "confirmation_needed",
        "code_wrong",
        "too_many_codes",
        "unsupported_media_type",
        "cross_site_request",
        "request_not_found",
        "captcha_failed",
        "malformed_request",
        "certificate_not_found",
        "too_many_attempts",
        "temporarily_unavailable",
    }
    logs = capfd.readouterr()
    assert '"CertificateIssued"' in logs.out, "metrics are on"
    mails = world.views.outbox()
    notices = [mail for mail in mails if mail["to"] == service.OPERATORS]
    codes_sent = [mail for mail in mails if mail["to"] == RECORDED_EMAIL]
    assert len(codes_sent) > len(certificates)
    again = 1 + len(operated[-1]["sent"])
    assert len(mails) - len(notices) - len(codes_sent) == len(certificates) + again, (
        "one each, and those that were ordered again"
    )
    assert len(notices) == 2, "of the load and of the report"
    written = {
        "logs and metrics": logs.out + logs.err + caplog.text,
        "event log": json.dumps(items_of("EVENTS_TABLE")),
        "counters": json.dumps(items_of("ATTEMPTS_TABLE")),
        "addresses": " ".join(client.addresses),
        "refusals": " ".join(answer.body.decode() for answer in client.refusals),
        "mails": " ".join(mail["subject"] + mail["text"] + mail["html"] for mail in mails),
        "operators' answers, rejects and dead letters": json.dumps(operated),
        "reports": " ".join(reports()),
        "public log": public_log(world),
        "keys of PDFs": " ".join(item["pdf_key"] for item in items_of("CERTIFICATES_TABLE") if "pdf_key" in item),
    }
    assert all(written.values())
    assert {where: found_in(text) for where, text in written.items()} == {where: set() for where in written}


def test_the_search_finds_what_it_looks_for() -> None:
    assert found_in(json.dumps({"name": f"x {MOTHER.lower()}", "phone": PHONE})) >= {MOTHER.casefold(), PHONE}


DATA_MAP = (Path(__file__).parents[2] / "docs" / "data-map.md").read_text()


@pytest.mark.parametrize("stored", [*wiring.TABLES, *wiring.BUCKETS], ids=lambda stored: stored.name)
def test_the_data_map_names_every_store_and_its_time_limit(stored: Any) -> None:
    row = next(line for line in DATA_MAP.splitlines() if line.startswith(f"| `{stored.name}`"))
    if isinstance(stored, parts.Table) and stored.expiry:
        assert f"`{stored.expiry}`" in row
    if isinstance(stored, parts.Bucket) and stored.expires_after_days:
        assert f"{stored.expires_after_days} days" in row
