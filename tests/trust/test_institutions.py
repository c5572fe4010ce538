"""Institutions verify by lists: as truly as everybody, within their quota, and no more leaves than they asked for."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from constancia.aws.event_log import EventLog
from constancia.verifying.institutions import draw_key

from infra.local.runtime import Runtime
from tests.functions.conftest import event
from tests.institution import ask, question, register
from tests.journeys.citizen import STUDENT, request_body, student_body
from tests.trust.audit import items_of
from tests.trust.failing import Fault, whatever_call_fails
from tests.trust.world import Client, World

NUMBER = str(STUDENT["document_number"])
NOBODY = "7K9WQ4ZT"
MOST_CALLS = 12
SETTLING = 6
"""The call of a list that ends it, after its key, its quota, the counters, the certificates, a failure, the events."""
TRIES = 6


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


def statuses(answer: Any) -> list[str]:
    assert answer.status == 200, answer.body
    return [each["status"] for each in answer.json["answers"]]


def test_an_institution_learns_the_state_of_each_certificate_in_the_order_of_its_questions(
    world: World, client: Client
) -> None:
    code = client.obtain(request_body())["virtual_code"]
    annulled = client.obtain(student_body(level="secondary"))["virtual_code"]
    world.invoke("annul_certificate", {**event("annul_certificate", "annul"), "virtual_code": annulled})
    key = register(world.invoke)["key"]
    answer = ask(
        client,
        key,
        [
            question(NOBODY, NUMBER, "uno"),
            question(f"{code[:4].lower()}-{code[4:]}", NUMBER, "dos"),
            question(code, "00000000"),
            question("?", "1", "cuatro"),
            question(annulled, NUMBER, "ñandú 5"),
            "no question",
        ],
    )
    assert statuses(answer) == ["not_found", "valid", "not_found", "invalid", "annulled", "invalid"]
    answers = answer.json["answers"]
    assert [each["reference"] for each in answers] == ["uno", "dos", None, "cuatro", "ñandú 5", None]
    assert [each["virtual_code"] for each in answers] == [NOBODY, code, code, None, annulled, None]
    assert [error["field"] for error in answers[3]["errors"]] == ["virtual_code", "document_number"]
    assert answers[4]["annulment_reason"] == "Emitida con el acta de otro estudiante"
    assert answer.json["quota_left"] == 994
    single = client.verify(code, NUMBER).json
    days = ("superseded_on", "successor_status", "newer_copy_on", "annulled_on", "annulment_reason")
    assert {name: answers[1][name] for name in (*days, "records_changed_on")} == {
        name: single[name] for name in (*days, "records_changed_on")
    }


def test_only_what_was_asked_for_leaves(world: World, client: Client) -> None:
    certificate = client.obtain(request_body())
    key = register(world.invoke)["key"]
    asked = {
        wanted: ask(client, key, [question(certificate["virtual_code"], NUMBER)], wanted)
        for wanted in ("status", "predicates", "transcript")
    }
    secret = ("DEL ROSAL", NUMBER, "MATEMÁTICA", "SAN JOSÉ", certificate["sha256"], certificate["attestation"])
    for wanted in ("status", "predicates"):
        assert [word for word in secret if word in asked[wanted].body.decode()] == []
    (status,), (predicates,), (transcript,) = (asked[wanted].json["answers"] for wanted in asked)
    assert not {"predicates", "transcript"} & status.keys()
    assert set(predicates) - set(status) == {"predicates"}
    assert set(predicates["predicates"]) == {"level_concluded", "last_two_grades_approved", "years", "rules"}
    assert set(transcript) - set(status) == {"transcript"}
    assert transcript["transcript"] == client.verify(certificate["virtual_code"], NUMBER).json["transcript"]


def test_an_annulled_certificate_has_neither_predicates_nor_marks(world: World, client: Client) -> None:
    code = client.obtain(request_body())["virtual_code"]
    world.invoke("annul_certificate", {**event("annul_certificate", "annul"), "virtual_code": code})
    key = register(world.invoke)["key"]
    for wanted in ("predicates", "transcript"):
        (answer,) = ask(client, key, [question(code, NUMBER)], wanted).json["answers"]
        assert answer["status"] == "annulled"
        assert not {"predicates", "transcript"} & answer.keys()


def test_no_key_a_wrong_one_an_earlier_one_and_a_revoked_one_have_one_answer(world: World, client: Client) -> None:
    made = register(world.invoke)
    institution = made["institution"]["institution_id"]
    rotated = world.invoke("keep_institutions", {**event("keep_institutions", "rotate"), "institution_id": institution})
    assert ask(client, rotated["key"], [question(NOBODY, NUMBER)]).status == 200
    revoke = {**event("keep_institutions", "revoke"), "institution_id": institution}
    assert world.invoke("keep_institutions", revoke)["changed"]
    assert not world.invoke("keep_institutions", revoke)["changed"]
    refused = [
        ask(client, key, [question(NOBODY, NUMBER)])
        for key in ("", "x", made["key"], rotated["key"], draw_key(institution), draw_key("00000000"))
    ]
    refused.append(client.post("/api/verifications/batch", {}))
    assert {answer.status for answer in refused} == {401}
    assert {answer.headers["WWW-Authenticate"] for answer in refused} == {"Bearer"}
    assert len({answer.body for answer in refused}) == 1
    assert refused[0].json["code"] == "institution_unknown"
    again = {**event("keep_institutions", "rotate"), "institution_id": institution}
    assert world.invoke("keep_institutions", again)["problem"]["code"] == "institution_not_found"


@pytest.mark.parametrize("institution", ["", "a" * 3000, "\ud800", "0A1B2C3D"])
def test_an_id_that_none_can_have_is_nobodys(world: World, institution: str) -> None:
    for case in ("rotate", "revoke"):
        command = {**event("keep_institutions", case), "institution_id": institution}
        assert world.invoke("keep_institutions", command)["problem"]["code"] == "institution_not_found"


def test_no_key_is_kept_and_no_answer_but_the_first_holds_one(world: World) -> None:
    made = register(world.invoke)
    listed = world.invoke("keep_institutions", event("keep_institutions", "list"))
    stored = json.dumps([listed, *items_of("INSTITUTIONS_TABLE")], default=str)
    assert made["institution"]["institution_id"] in stored
    assert made["key"].rpartition("-")[2] not in stored
    assert "key_hash" not in json.dumps(listed)


def test_what_a_quota_does_not_cover_is_not_answered_at_all(world: World, client: Client) -> None:
    code = client.obtain(request_body())["virtual_code"]
    key = register(world.invoke, quota=3)["key"]
    assert ask(client, key, [question(code, NUMBER)] * 2).json["quota_left"] == 1
    refused = ask(client, key, [question(code, NUMBER)] * 2)
    assert (refused.status, refused.json["code"], refused.json["quota_left"]) == (429, "quota_exceeded", 1)
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600
    assert "answers" not in refused.json
    assert ask(client, key, [question(code, NUMBER)]).json["quota_left"] == 0
    larger = register(world.invoke, quota=1)["key"]
    assert ask(client, larger, [question(code, NUMBER)] * 2).json["code"] == "quota_exceeded"


def test_lists_at_once_never_pass_the_quota(world: World, client: Client) -> None:
    key = register(world.invoke, quota=10)["key"]
    copies = [Runtime() for _ in range(4)]
    clients = []
    for runtime in copies:
        copy = World.__new__(World)
        copy.__dict__.update(world.__dict__)
        copy.gateway = type(world.gateway)(runtime.invoke, world.views)
        clients.append(Client(copy))
    lists = [[question("?", "", f"{n}")] * 3 for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: ask(clients[n % 4], key, lists[n]), range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 3 + [429] * 5


def test_failures_at_one_code_are_bounded_in_a_list_and_over_lists_and_for_a_right_number_too(
    world: World, client: Client
) -> None:
    code, other = client.obtain(request_body())["virtual_code"], NOBODY
    key = register(world.invoke)["key"]
    wrong = [question(code, f"{n:08d}") for n in range(20)]
    assert statuses(ask(client, key, wrong)) == ["not_found"] * 15 + ["too_many_attempts"] * 5
    assert statuses(ask(client, key, [question(code, NUMBER), question(other, NUMBER)])) == [
        "too_many_attempts",
        "not_found",
    ]
    assert client.verify(code, NUMBER).status == 200, "one institution closes no code to anybody else"
    for _ in range(3):
        ask(client, register(world.invoke)["key"], wrong)
    assert client.verify(code, NUMBER).json["code"] == "too_many_attempts", "sixty failures close a code, as ever"


def test_who_is_right_leaves_no_failure_behind_however_often_they_ask(world: World, client: Client) -> None:
    code = client.obtain(request_body())["virtual_code"]
    key = register(world.invoke)["key"]
    asked = [question(code, NUMBER)] * 30
    assert statuses(ask(client, key, asked)) == ["valid"] * 30
    mixed = [*asked, question(code, "00000000"), *asked]
    assert statuses(ask(client, key, mixed)) == ["valid"] * 30 + ["not_found"] + ["valid"] * 30
    assert statuses(ask(client, key, asked)) == ["valid"] * 30, "somebody failed at it today"
    counters = [item for item in items_of("ATTEMPTS_TABLE") if item["subject"].startswith("target#")]
    assert sum(counter["failures"] for counter in counters) == 1


def test_the_same_wrong_question_counts_each_time(world: World, client: Client) -> None:
    code = client.obtain(request_body())["virtual_code"]
    key = register(world.invoke)["key"]
    asked = [question(code, "00000000")] * 20
    assert statuses(ask(client, key, asked)) == ["not_found"] * 15 + ["too_many_attempts"] * 5


def test_the_log_has_the_institution_by_its_id_and_the_holder_sees_its_name(world: World, client: Client) -> None:
    code = client.obtain(request_body())["virtual_code"]
    made = register(world.invoke)
    ask(client, made["key"], [question(code, NUMBER), question(NOBODY, NUMBER), question("?", "")])
    client.verify(code, NUMBER)
    logged = [event for event in items_of("EVENTS_TABLE") if "institution" in event]
    assert {item["institution"] for item in logged} == {made["institution"]["institution_id"]}
    assert sorted((item["name"], item.get("outcome") or item["reason"]) for item in logged) == [
        ("certificate_verified", "valid"),
        ("verification_refused", "certificate_not_found"),
    ]
    body = {"virtual_code": code, "document_number": NUMBER, "captcha": client.prove_human("verification")}
    history = client.post("/api/verifications/history", body).json["verifications"]
    assert [each["institution"] for each in history] == [None, "Universidad Nacional de Ejemplo"]
    assert len(EventLog().verifications(code, 10)) == 2


@whatever_call_fails
def test_a_list_is_answered_logged_and_charged_once_whatever_call_fails(
    world: World, client: Client, fault: Fault
) -> None:
    """Only a list that was answered, and whose answer then got lost, is charged again when it is sent again."""
    code = client.obtain(request_body())["virtual_code"]
    made = register(world.invoke, quota=10_000)
    used = struck = 0
    for call in range(MOST_CALLS):
        questions = [question(code, NUMBER, f"{call}"), question(f"7K9WQ4Z{call}", NUMBER)]
        world.failing.plan(fault, lambda number, call=call: number == call)  # type: ignore[misc]
        for _ in range(TRIES):
            answer = ask(client, made["key"], questions)
            if answer.status == 200:
                break
            assert answer.status == 500 or answer.json["code"] == "temporarily_unavailable", answer
        struck = world.failing.struck
        world.failing.plan(None)
        assert statuses(answer) == ["valid", "not_found"]
        charged = 10_000 - answer.json["quota_left"] - used
        used += charged
        counters = [item for item in items_of("ATTEMPTS_TABLE") if item["subject"].startswith("quota#")]
        assert [name for counter in counters for name in counter if name.startswith("list ")] == []
        assert charged in ((2, 4) if call == SETTLING else (2,)), f"call {call}"
        if not struck:
            break
    else:
        pytest.fail("more calls than were struck")
    assert call > SETTLING
    logged = [item for item in items_of("EVENTS_TABLE") if item.get("virtual_code") == code and "institution" in item]
    assert len(logged) >= call + 1, "whatever was answered is logged"
