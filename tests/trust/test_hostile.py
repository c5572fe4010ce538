"""Whatever is sent, to whichever trigger: a documented answer, soon, that shows nothing of the inside."""

import base64
import gzip
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import boto3
import pikepdf
import pypdfium2
import pytest
import schemathesis
from constancia import lima
from constancia.aws.keys import SealKeys
from constancia.aws.seals import SealChains
from constancia.errors import InvalidFields
from constancia.fields import PRINTABLE
from constancia.people import read_person
from constancia.verifying.institution_keeping import LARGEST_QUOTA
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as effort
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from infra import wiring
from infra.local import events, service, storage
from infra.local.events import download_event
from infra.local.inbox import Inbox
from tests.institution import register
from tests.journeys.citizen import request_body as guardians_request
from tests.trust import population
from tests.trust.audit import audit, dead_letters, items_of
from tests.trust.guessing import UNLIMITED
from tests.trust.hostile import STUDENTS, Attacker, faults_of
from tests.trust.journey import Journey
from tests.trust.world import NETWORK, Client, World

FONTS = Path(__file__).parents[2] / "layers" / "rendering" / "python" / "constancia_pdf" / "fonts"
SEED = 20261123
CASES = 150
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_bent_requests_get_documented_answers_that_show_nothing_of_the_inside(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in UNLIMITED.items():
        monkeypatch.setenv(name, value)
    population.write(tmp_path, STUDENTS)
    storage.load(boto3.client("dynamodb", region_name=storage.REGION), tmp_path)
    attacker = Attacker(world, SEED)
    for _ in range(1500):
        attacker.attack()
    assert attacker.wrong == []
    assert set(attacker.met) >= {"200", "201", "400", "403", "404", "409", "422"}, "it goes deep enough for each"


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_what_the_openapi_document_allows_and_what_it_forbids_is_answered_as_it_says(
    world: World, mode: GenerationMode
) -> None:
    client = Client(world)
    # Where nothing was ever sealed there is no chain to publish yet, which is a 503 of its own.
    SealChains(SealKeys()).current()
    key = register(world.invoke, quota=LARGEST_QUOTA)["key"]
    # Werkzeug's client, which stands in for the network here, has no address of its own.
    schema = schemathesis.openapi.from_wsgi(
        "/api/openapi.json", lambda environ, start: world.gateway({"REMOTE_ADDR": NETWORK, **environ}, start)
    )
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == len([route for function in wiring.FUNCTIONS for route in function.routes])

    @effort(max_examples=CASES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(data=strategies.data())
    def ask(data: Any) -> None:
        operation = data.draw(strategies.sampled_from(operations))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if isinstance(case.body, dict) and isinstance(case.body.get("captcha"), str):
            case.body["captcha"] = client.prove_human(
                "request" if operation.path.endswith("requests") else "verification"
            )
        if operation.path.endswith(("batch", "files", "{file_id}")) and mode is GenerationMode.POSITIVE:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {key}"}
        answer = case.call()
        assert answer.status_code != 503, "AWS is well"
        case.validate_response(answer, checks=CHECKS)

    ask()


NASTY_NAMES = (
    "ROSA) Tj ET endstream endobj %%EOF",
    "</rdf:li></rdf:RDF><x>&amp;",
    "]]>--><!--A",
    '=HYPERLINK("http://example.com")',
    "<script>alert(1)</script>",
    "\\(\\)\\\\123A",
    "{0.__class__} %s ${x}",
    "Ñ" * 120,
    "W" * 120,
    "e\u0301\u0302\u0303\u0304 ZOË",
    "O'HIGGINS-D’ONOFRIO",
)


@pytest.mark.parametrize("name", NASTY_NAMES)
def test_a_name_that_the_registry_holds_breaks_neither_the_pdf_nor_the_mail(
    world: World, name: str, tmp_path: Path
) -> None:
    person = {**population.person(0), "given_names": name}
    (tmp_path / "people.jsonl").write_text(json.dumps(person) + "\n")
    (tmp_path / "school_records.jsonl").write_text(
        "".join(json.dumps(record) + "\n" for record in population.school_records(0))
    )
    storage.load(boto3.client("dynamodb", region_name=storage.REGION), tmp_path)
    journey = Journey(world, population.request_body(0))
    certificate = journey.go()
    assert audit([certificate], world.views.outbox()) == []

    (key,) = (key for key in keys_of_pdfs() if key.startswith(certificate["virtual_code"]))
    stored = world.views.stored("pdfs", key)
    assert stored is not None
    _, pdf, _ = stored
    assert pypdfium2.PdfDocument(pdf)[0].render(scale=0.5).to_pil().size[0] > 0
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        ElementTree.fromstring(opened.Root.Metadata.read_bytes().strip(b"\0 \n"))  # noqa: S314 our own document
        assert len(opened.pages) >= 1
    (mail,) = world.views.outbox()
    assert "\n" not in mail["subject"]
    assert "<script" not in mail["html"]


def keys_of_pdfs() -> list[str]:
    s3 = boto3.client("s3", region_name=storage.REGION)
    return [item["Key"] for item in s3.list_objects_v2(Bucket=storage.names()["PDFS_BUCKET"])["Contents"]]


@pytest.mark.parametrize(
    "name",
    ["\u202eASOR", "ROSA\x00", "ROSA\u200b", "\ud800", "R" * 121, " ", "ROSA\x1b[31m", "王", "אבג", "ЖАННА", "ROSA 🌹"],
)
def test_a_name_that_cannot_be_drawn_is_refused_when_it_is_loaded(name: str) -> None:
    """Else its owner would be told to try again for ever: the certificate's typeface has no such letters."""
    with pytest.raises(InvalidFields):
        read_person({**population.person(0), "given_names": name}, lima.now().date())


def test_every_character_that_a_text_may_have_is_in_the_typeface_of_the_certificate() -> None:
    fonts = [TTFont(file).getBestCmap() for file in FONTS.glob("*.ttf")]
    assert len(fonts) == 2
    allowed = [number for number in range(0x110000) if PRINTABLE.fullmatch(chr(number))]
    assert len(allowed) > 900
    assert [chr(number) for number in allowed if not all(number in font for font in fonts)] == []


@pytest.mark.parametrize(
    "address",
    [
        "a@b.pe\r\nBcc: c@d.pe",
        "a@b.pe, c@d.pe",
        "<a@b.pe>",
        "a@[127.0.0.1]",
        "a@b",
        '"a b"@c.pe',
        "a@b.pe\x00",
        "ñ@b.pe",
        "=?utf-8?q?a?=@b.pe",
        "a=?utf-8?q?=2Cc?=@b.pe",
    ],
)
def test_an_address_that_could_bend_a_mail_header_is_refused_by_name(world: World, address: str) -> None:
    answer = Client(world).ask(guardians_request(contact={"email": address}))
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == ["contact.email"]


@pytest.mark.parametrize("address", ["a=b?c@b.pe", "a?=b@b.pe", "#!%&'*+/=^_`{|}~-@b.pe", ".a..b@b.pe"])
def test_an_odd_address_that_is_accepted_is_the_one_that_the_mail_goes_to(world: World, address: str) -> None:
    Client(world).obtain(guardians_request(contact={"email": address}))
    world.deliver_mail()
    assert [mail["to"] for mail in world.views.outbox()] == [address]


def test_a_proof_once_used_stays_used_however_it_is_written(world: World) -> None:
    client = Client(world)
    proof = client.prove_human("verification")
    question = {"virtual_code": "ZZZZZZZZ", "document_number": "71705600"}
    assert client.post("/api/verifications", {**question, "captcha": proof}).status == 404
    opened = json.loads(base64.b64decode(proof))
    louder = json.loads(json.dumps(opened))
    louder["challenge"]["signature"] = louder["challenge"]["signature"].upper()
    for again in (opened, {"x": 1, **opened}, dict(reversed(opened.items())), louder):
        written = json.dumps(again, indent=3).encode()
        for captcha in (base64.b64encode(written).decode(), base64.encodebytes(written).decode()):
            answer = client.post("/api/verifications", {**question, "captcha": captcha})
            assert (answer.status, answer.json["code"]) == (403, "captcha_failed")


def test_a_change_that_makes_no_sense_is_left_to_operators_by_its_code_and_the_mails_beside_it_leave(
    world: World,
) -> None:
    journey = Journey(world)
    journey.obtain()
    streams = world.poller.streams
    shard = streams.describe_stream(StreamArn=world.stream)["StreamDescription"]["Shards"][0]["ShardId"]
    place = streams.get_shard_iterator(StreamArn=world.stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    changes = streams.get_records(ShardIterator=place["ShardIterator"])["Records"]
    (issued,) = [change for change in changes if events.matches(world.poller.trigger.patterns[0], change)]
    change = {**issued["dynamodb"], "ApproximateCreationDateTime": lima.now().timestamp()}
    poisons: list[dict[str, Any]] = [
        {
            "eventName": "MODIFY",
            "dynamodb": {**change, "Keys": {"virtual_code": {"S": f"P{number}"}}, "NewImage": image},
        }
        for number, image in enumerate(({}, {"state": {"S": "issued"}}, {"virtual_code": {"N": "1"}}))
    ]
    answer = world.invoke("send_certificate", {"Records": [*poisons, {**issued, "dynamodb": change}]})
    assert answer == {"batchItemFailures": []}
    assert sorted((letter["virtual_code"], letter["reason"]) for letter in dead_letters()) == [
        ("P0", "unreadable"),
        ("P1", "unreadable"),
        ("P2", "unreadable"),
    ]
    assert len(world.views.outbox()) == 1


def test_a_command_of_an_operator_that_makes_no_sense_is_refused_without_an_exception(world: World) -> None:
    commands: list[dict[str, Any]] = [
        {},
        {"virtual_code": None, "reason": [], "operator": {}},
        {"virtual_code": "C2CC6526", "reason": "\x00", "operator": "a"},
        {"virtual_code": "holder#1", "reason": "a" * 5000, "operator": "\u202e"},
        {"virtual_code": 10**30, "reason": 1, "operator": True},
    ]
    for name in (
        "annul_certificate",
        "erase_email",
        "keep_institutions",
        "keep_keys",
        "protect_student",
        "resend_certificate",
        "show_certificate",
        "watch_loads",
    ):
        for command in commands:
            answer = world.invoke(name, command)
            assert set(answer) == {"problem"}, (name, command, answer)
    for command in ({"audit": 5}, {"audit": "../x"}, {"seen": 5}, {"seen": {}}):
        assert set(world.invoke("audit_log", command)) == {"problem"}, command
    for command in ({"command": "progress"}, {"command": [], "name": "a"}, {"command": "cancel", "name": 5}):
        assert set(world.invoke("watch_loads", command)) == {"problem"}, command


@pytest.mark.parametrize(
    "command",
    [
        {},
        {"period": "week"},
        {"period": ["day"], "at": "2026-03-02T08:00:00Z"},
        {"period": "day", "at": "tomorrow"},
        {"period": "day", "at": "0001-01-01T00:00:00Z"},
        {"period": "day", "at": "9999-12-31T23:59:59-12:00"},
        {"period": "day", "at": {"$gt": ""}},
        {"period": "day", "of": "0001-01-01"},
        {"period": "month", "of": "0001-01"},
        {"period": "day", "of": "9999-12-31"},
        {"period": "month", "of": "2026-13"},
        {"period": "month", "of": 10**30},
        {"period": "day", "of": "\u0662\u0660\u0662\u0666-03-01"},
        {"period": "day", "of": "2026-03-01\n"},
        {"period": "day", "of": "../../x"},
    ],
    ids=str,
)
def test_a_period_that_makes_no_sense_is_refused_without_an_exception(world: World, command: dict[str, Any]) -> None:
    """The schedule and operators ask for reports; neither a day before there was time nor one to come is one."""
    answer = world.invoke("report_issuance", command)
    assert answer["problem"]["code"] == "invalid_fields", answer


@pytest.mark.parametrize(
    "name",
    [
        "",
        "año 2026.jsonl",
        "a b+c%20d.jsonl",
        "../../pdfs/x.jsonl",
        "a//b/.jsonl",
        "a\r\nBcc: todos@example.com\n.jsonl",
        "<script>alert(1)</script>.jsonl",
        "\u202eslnosj.jsonl",
        "a" * 900,
    ],
)
def test_a_file_of_any_name_is_loaded_and_told_and_nothing_beside_it_is_written(world: World, name: str) -> None:
    inbox = Inbox(wiring.function("ingest_records"), world.invoke)
    inbox.s3.put_object(Bucket=inbox.bucket, Key=f"incoming/{name}", Body=json.dumps(population.person(0)).encode())
    assert inbox.work_off(f"incoming/{name}")["loaded"] == 1
    written = [item["Key"] for item in inbox.s3.list_objects_v2(Bucket=inbox.bucket)["Contents"]]
    assert {key.partition("/")[0] for key in written} == {"incoming", "work", "rejects"}
    assert [key for key in written if key.startswith("incoming/")] == [f"incoming/{name}"]
    (mail,) = world.views.outbox()
    assert mail["to"] == service.OPERATORS
    assert "\n" not in mail["subject"]


@pytest.mark.parametrize(
    "content",
    [
        b"\x1f\x8b" + b"x" * 100,
        gzip.compress(b"[" * 30_000_000),
        b"{" * 100_000,
        b"\x00" * 1000,
        "\ufeff".encode() * 1000,
        b'{"student":"71705600","student":"71705601"}\n' * 50,
        b'{"year":1e999}\n{"year":NaN}\n{"year":' + b"9" * 5000 + b"}",
        b"PK\x03\x04" + bytes(range(256)) * 10,
        "\u2028".join(["{}"] * 50).encode(),
    ],
    ids=["no gzip", "gzip bomb", "brackets", "zeros", "marks", "twice", "numbers", "zip", "separators"],
)
def test_a_file_that_is_no_file_of_records_loads_nothing_and_stops_nothing(world: World, content: bytes) -> None:
    inbox = Inbox(wiring.function("ingest_records"), world.invoke)
    before = items_of("PEOPLE_TABLE"), items_of("SCHOOL_RECORDS_TABLE")
    inbox.s3.put_object(Bucket=inbox.bucket, Key="incoming/x.jsonl", Body=content)
    summary = inbox.work_off("incoming/x.jsonl")
    assert summary["refused"] or summary["rejected"] == summary["read"]
    assert (items_of("PEOPLE_TABLE"), items_of("SCHOOL_RECORDS_TABLE")) == before


@pytest.mark.parametrize("key", ["", "/", "x", "../C2CC652Z/0.pdf", "C2CC652Z", "a\u202e/0.pdf", "a" * 900])
def test_a_read_of_an_odd_key_counts_an_odd_code_or_goes_to_the_dead_letters(world: World, key: str) -> None:
    failed = False
    try:
        world.invoke("count_download", download_event("pdfs", key))
    except Exception as failure:
        assert not isinstance(failure, AssertionError)
        failed = True
    assert len(items_of("EVENTS_TABLE")) == (0 if failed else 1), "Lambda brings what failed to the dead letters"
    assert all(set(entry) <= {"day_shard", "time", "name", "virtual_code"} for entry in items_of("EVENTS_TABLE"))


def test_an_address_of_the_client_cannot_be_claimed_by_a_header(world: World) -> None:
    """Rule 3: from one network, so many failures and no more, whatever its headers claim."""
    client = Client(world)
    wrong = guardians_request()
    wrong["student"]["father_given_names"] = "OTRO"
    statuses = []
    for number in range(17):
        proof = client.prove_human("request")
        claims = {
            "X-Forwarded-For": f"10.0.0.{number}",
            "CloudFront-Viewer-Address": f"10.0.0.{number}:443",
            "X-Origin-Secret": "guess",
        }
        body = json.dumps({**wrong, "captcha": proof}).encode()
        statuses.append(client.call("POST", "/api/requests", body, headers=claims).status)
    assert statuses == [403] * 15 + [429] * 2


def test_the_judge_of_answers_sees_each_kind_of_fault(world: World) -> None:
    good = Client(world).call("POST", "/api/requests", b"x")
    assert faults_of(good, 0.01) == []
    assert faults_of(good, 6)
    assert faults_of(good._replace(status=500), 0.01)
    assert faults_of(good._replace(body=good.body.replace(b"malformed_request", b"odd")), 0.01)
    assert faults_of(good._replace(body=good.body[:-1] + b',"x":"botocore"}'), 0.01)
    assert faults_of(good._replace(headers={"Content-Type": good.headers["Content-Type"]}), 0.01)
