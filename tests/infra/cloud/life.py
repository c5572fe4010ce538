"""A day in the life of the service, under a ledger: every function does all that it can."""

import json
from datetime import UTC, datetime

import boto3
from constancia.aws.dead_letters import DeadLetters
from constancia.milestones import NAMES, partition_of

from infra import parts, wiring
from infra.local import service, storage
from infra.local.inbox import Inbox
from infra.local.schedule import event_at
from infra.local.stream import StreamPoller
from tests.conftest import SAMPLES
from tests.functions.conftest import event
from tests.infra.cloud.ledger import Exchange, Ledger
from tests.institution import answers_of, ask, hand_in, lines_of, question, register, state_of
from tests.journeys.citizen import Citizen, request_body, student_body
from tests.trust.world import URL, Client

BY_SMS = student_body(
    applicant={
        "kind": "student",
        "document_number": "75000005",
        "birth_date": "2004-08-01",
        "father_given_names": "MANUEL JESÚS",
        "mother_given_names": "NORMA",
    },
    level="secondary",
)
BY_EMAIL = student_body(
    applicant={
        "kind": "student",
        "document_number": "78000008",
        "birth_date": "2009-12-31",
        "father_given_names": "RENÉ ÉTIENNE",
        "mother_given_names": "ZOË ANNE-MARIE",
    },
)
"""Sample students with a contact on record."""
NO_CERTIFICATE = "DYNGXN2B"


def confirm(citizen: Citizen) -> None:
    """Codes are sent by SMS and by e-mail, one is asked for again, one is wrong, and one is given back."""
    by_sms = citizen.ask(BY_SMS).json["request_id"]
    assert citizen.confirm(by_sms).status == 200
    by_email = citizen.ask(BY_EMAIL).json["request_id"]
    assert citizen.transcript(by_email).json["code"] == "confirmation_needed"
    assert citizen.confirm(by_email, "000000").status == 403
    assert citizen.send_code(by_email).status == 201
    assert citizen.confirm(by_email).status == 200


def guess(citizen: Citizen) -> None:
    """Somebody guesses an identity and a virtual code more often than a network may."""
    applicant = {**BY_EMAIL["applicant"], "mother_given_names": "OLGA"}
    with service.environment({"IDENTITY_FAILURES_HERE": "1", "VERIFICATION_FAILURES_HERE": "1"}):
        asked = [citizen.ask({**BY_EMAIL, "applicant": applicant}).json["code"] for _ in range(2)]
        verified = [citizen.verify(NO_CERTIFICATE, "71705600").json["code"] for _ in range(2)]
    assert (asked, verified) == (
        ["identity_not_confirmed", "too_many_attempts"],
        ["certificate_not_found", "too_many_attempts"],
    )


def live(ledger: Ledger) -> None:
    """All that the functions do in a day: a certificate, another of the same, its mail, its checks, the operators."""
    citizen = Client(ledger)  # type: ignore[arg-type]
    assert citizen.transcript("A" * 32).status == 404
    without_records = citizen.ask(student_body(level="initial")).json["request_id"]
    assert citizen.transcript(without_records).json["code"] == "no_records"
    first = citizen.obtain(request_body())
    ledger.meet_another_store = True
    citizen.obtain(request_body())
    ledger.restart()
    complain(ledger, citizen)
    second = citizen.obtain(request_body())
    assert second["virtual_code"] != first["virtual_code"]
    assert citizen.call("GET", second["pdf_url"].removeprefix(URL)).status == 200
    assert citizen.verify(second["virtual_code"], "71705600").json["status"] == "valid"
    holder = {"virtual_code": second["virtual_code"], "document_number": "71705600"}
    asking = {**holder, "captcha": citizen.prove_human("verification")}
    assert citizen.post("/api/verifications/history", asking).status == 200
    confirm(citizen)
    guess(citizen)
    for path in (
        "/.well-known/jwks.json",
        "/.well-known/sello.pem",
        "/.well-known/log.vkey",
        "/.well-known/states-jwks.json",
    ):
        assert citizen.call("GET", path).status == 200
    for command in ("list", "request"):
        assert "problem" not in ledger.invoke("keep_keys", event("keep_keys", command))
    chain = citizen.call("GET", "/.well-known/sello.pem").body.decode()
    assert "problem" not in ledger.invoke("keep_keys", {**event("keep_keys", "install"), "chain": chain})
    for function in wiring.FUNCTIONS:
        if function.stream:
            poller = StreamPoller(function, ledger.invoke)
            poller.poll(poller.stream)
    for function in wiring.FUNCTIONS:
        for schedule in function.schedules:
            ledger.invoke(function.name, event_at(schedule, datetime.now(UTC)))
        if function.files and not function.files.by_link:
            arrive(Inbox(function, ledger.invoke), function.files)
    assert citizen.verify(second["virtual_code"], "71705600").json["records_changed_on"]
    verify_by_list(ledger, citizen, second["virtual_code"])
    asking = {**holder, "captcha": citizen.prove_human("verification")}
    assert citizen.post("/api/verifications/history", asking).json["verifications"][0]["institution"]
    for case in ("bounce", "complaint"):
        report = event("mark_bounce", case)
        report["detail"]["mail"]["tags"]["virtual_code"] = [first["virtual_code"]]
        ledger.invoke("mark_bounce", report)
    assert (
        ledger.invoke("render_certificate", {"virtual_code": before(second["virtual_code"])})["outcome"] == "attested"
    )
    assert ledger.invoke("log_certificates", {"virtual_code": second["virtual_code"]})["outcome"] == "already"
    DeadLetters().leave(second["virtual_code"], "unknown")
    assert ledger.invoke("resend_certificate", event("resend_certificate", "dead_letters"))["needless"]
    # A change that nobody can read.
    broken = event("send_certificate", "issued")
    broken["Records"][0]["dynamodb"]["NewImage"] = {}
    ledger.invoke("send_certificate", broken)
    for case in ("show", "resend", "annul"):
        name = f"{case}_certificate"
        answer = ledger.invoke(name, {**event(name, case), "virtual_code": second["virtual_code"]})
        assert "problem" not in answer, answer
    assert ledger.invoke("publish_status_list", {})["annulled"] == 1
    erased = ledger.invoke("erase_email", {**event("erase_email", "erase"), "virtual_code": second["virtual_code"]})
    assert erased["erased_now"]
    for case in ("add", "ask", "list", "remove"):
        assert "problem" not in ledger.invoke("protect_student", event("protect_student", case))


def first_runs() -> dict[str, Exchange]:
    """One run of every function, by a copy that was just started."""
    with service.moto(), Ledger().open() as ledger:
        storage.create_tables(boto3.client("dynamodb", region_name=storage.REGION))
        storage.load(boto3.client("dynamodb", region_name=storage.REGION), SAMPLES)
        storage.create_rest()
        live(ledger)
    return {exchange.function: exchange for exchange in reversed(ledger.exchanges[ledger.restarted_at :])}


def complain(ledger: Ledger, citizen: Citizen) -> None:
    """Two marks are said to be wrong; one of them becomes another one, and who asked is told. It was hard."""
    request_id = citizen.ask(request_body(level="secondary")).json["request_id"]
    shown = citizen.transcript(request_id).json
    for row in shown["groups"][0]["rows"][:2]:
        wrong = {"year": shown["columns"][0]["year"], "group": "area", "name": row["name"], "should_be": "AD"}
        path = f"/api/requests/{request_id}/corrections"
        for status in (201, 200):
            assert citizen.post(path, wrong, citizen.authorization(request_id)).status == status
    path = f"/api/requests/{request_id}/opinion"
    for _ in range(2):
        assert citizen.post(path, {"answer": "hard"}, citizen.authorization(request_id)).status == 200
    assert ledger.invoke("keep_corrections", event("keep_corrections", "list"))["found"] == 0
    key = {"student": {"S": "71705600"}, "level_year": {"S": f"secondary#{shown['columns'][0]['year']}"}}
    table = storage.names()["SCHOOL_RECORDS_TABLE"]
    dynamodb = boto3.client("dynamodb", region_name=storage.REGION)
    record = json.loads(dynamodb.get_item(TableName=table, Key=key)["Item"]["record"]["S"])
    record["marks"][0]["mark"] = "C"
    dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET #record = :record",
        ExpressionAttributeNames={"#record": "record"},
        ExpressionAttributeValues={":record": {"S": json.dumps(record)}},
    )
    assert ledger.invoke("keep_corrections", event("keep_corrections", "follow_up")) == {
        "schools": 1,
        "sent": 1,
        "left": 0,
    }


def verify_by_list(ledger: Ledger, citizen: Citizen, code: str) -> None:
    """An institution is registered, asks rightly and wrongly, by list and file, gets another key and is revoked."""
    made = register(ledger.invoke)
    questions = [question(code, "71705600"), question(NO_CERTIFICATE, "71705600"), question(code, "00000000")]
    assert ask(citizen, made["key"], questions, "transcript").status == 200
    file_id = hand_in(citizen, made["key"], lines_of(questions))
    assert state_of(citizen, made["key"], file_id).json["state"] == "received"
    (key,) = (inbox := Inbox(wiring.function("answer_file"), ledger.invoke)).arrived()
    inbox.work_off(key)
    assert len(answers_of(citizen, state_of(citizen, made["key"], file_id))) == len(questions)
    refused = hand_in(citizen, made["key"], lines_of(questions * 500))
    inbox.work_off(inbox.arrived()[0])
    assert state_of(citizen, made["key"], refused).json["refused"]["code"] == "quota_exceeded"
    for case in ("list", "rotate", "revoke"):
        command = {**event("keep_institutions", case), "institution_id": made["institution"]["institution_id"]}
        assert "problem" not in ledger.invoke("keep_institutions", command)


def before(code: str) -> str:
    """Makes a certificate like one that was issued before there were attestations; gives its code."""
    dynamodb = boto3.client("dynamodb", region_name=storage.REGION)
    dynamodb.update_item(
        TableName=storage.names()["CERTIFICATES_TABLE"],
        Key={"virtual_code": {"S": code}},
        UpdateExpression="REMOVE attestation, salt",
    )
    for name in NAMES:
        key = {"day_shard": {"S": partition_of(code)}, "time": {"S": name}}
        dynamodb.delete_item(TableName=storage.names()["EVENTS_TABLE"], Key=key)
    return code


def arrive(inbox: Inbox, trigger: parts.FileTrigger) -> None:
    """Files come in, each with a line that is refused, and each a second time."""
    inbox.s3.put_object(Bucket=inbox.bucket, Key=f"{trigger.prefix}waiting.jsonl", Body=b"{}")
    assert inbox.invoke("watch_loads", {"command": "cancel", "name": "waiting.jsonl"})["lines"] is None
    files = {name: (SAMPLES / name).read_bytes() for name in (storage.PEOPLE_FILE, storage.SCHOOL_RECORDS_FILE)}
    sample = json.loads(files[storage.SCHOOL_RECORDS_FILE].splitlines()[0])
    files["corrected.jsonl"] = json.dumps({**sample, "final_status": "RETIRADO"}).encode() + b"\n"
    for name in 2 * tuple(files):
        key = trigger.prefix + name
        body = files[name] + b'{"not": "one of ours"}\n'
        inbox.s3.put_object(Bucket=inbox.bucket, Key=key, Body=body)
        inbox.work_off(key)
        for command in ("address", "progress", "cancel"):
            inbox.invoke("watch_loads", {"command": command, "name": name})
