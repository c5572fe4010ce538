"""Institutions verify by files: answered as by lists, charged whole or not at all, and once whatever fails."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from constancia import lima

from infra import wiring
from infra.local.inbox import Inbox
from tests.functions.conftest import event
from tests.institution import answers_of, ask, authorized, hand_in, lines_of, question, register, state_of
from tests.journeys.citizen import STUDENT, request_body, student_body
from tests.trust.audit import items_of
from tests.trust.failing import Fault, whatever_call_fails
from tests.trust.world import Client, World

NUMBER = str(STUDENT["document_number"])
NOBODY = "7K9WQ4ZT"
ANSWER_FILE = wiring.function("answer_file")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MOST_CALLS = 40
FEWEST_CALLS = 20
"""Calls of the three steps together, for one part: a file, its key, its day, the counters, the events, the answers."""


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


@pytest.fixture
def inbox(world: World) -> Inbox:
    return Inbox(ANSWER_FILE, world.invoke)


def work_off(inbox: Inbox) -> None:
    """Works off the file that has arrived."""
    (key,) = inbox.arrived()
    inbox.work_off(key)


def used_of(institution: dict[str, Any]) -> int:
    """How many questions an institution has asked today."""
    name = f"quota#{institution['institution']['institution_id']}"
    return sum(item.get("questions", 0) for item in items_of("ATTEMPTS_TABLE") if item["subject"].startswith(name))


def test_a_file_is_answered_as_a_list_is_and_only_what_was_asked_for_leaves(
    world: World, client: Client, inbox: Inbox
) -> None:
    certificate = client.obtain(request_body())
    code = certificate["virtual_code"]
    annulled = client.obtain(student_body(level="secondary"))["virtual_code"]
    world.invoke("annul_certificate", {**event("annul_certificate", "annul"), "virtual_code": annulled})
    key = register(world.invoke)["key"]
    questions = [
        question(NOBODY, NUMBER, "uno"),
        question(f"{code[:4].lower()}-{code[4:]}", NUMBER, "ñandú"),
        question(code, "00000000"),
        question("?", "1", "cuatro"),
        question(annulled, NUMBER),
        "no question",
    ]
    secret = ("DEL ROSAL", NUMBER, "MATEMÁTICA", "SAN JOSÉ", certificate["sha256"], certificate["attestation"])
    for wanted in ("status", "predicates", "transcript"):
        file_id = hand_in(client, key, lines_of(questions), wanted)
        assert state_of(client, key, file_id).json["state"] == "received"
        work_off(inbox)
        state = state_of(client, key, file_id)
        answers = answers_of(client, state)
        assert answers == ask(client, key, questions, wanted).json["answers"]
        assert (state.json["questions"], state.json["answered"], state.json["answer"]) == (6, 6, wanted)
        if wanted != "transcript":
            assert [word for word in secret if word in str(answers)] == []
    assert answers[1]["transcript"] == client.verify(code, NUMBER).json["transcript"]


def test_the_log_the_holder_and_the_day_know_a_file_as_they_know_a_list(
    world: World, client: Client, inbox: Inbox
) -> None:
    code = client.obtain(request_body())["virtual_code"]
    made = register(world.invoke)
    hand_in(client, made["key"], lines_of([question(code, NUMBER), question(NOBODY, NUMBER), question("?", "")]))
    work_off(inbox)
    logged = [item for item in items_of("EVENTS_TABLE") if "institution" in item]
    assert {item["institution"] for item in logged} == {made["institution"]["institution_id"]}
    assert sorted((item["name"], item.get("outcome") or item["reason"]) for item in logged) == [
        ("certificate_verified", "valid"),
        ("verification_refused", "certificate_not_found"),
    ]
    assert used_of(made) == 3
    assert ask(client, made["key"], [question(code, NUMBER)]).json["quota_left"] == 996
    body = {"virtual_code": code, "document_number": NUMBER, "captcha": client.prove_human("verification")}
    history = client.post("/api/verifications/history", body).json["verifications"]
    assert [each["institution"] for each in history] == ["Universidad Nacional de Ejemplo"] * 2


def test_a_file_that_a_quota_does_not_cover_is_not_answered_at_all(world: World, client: Client, inbox: Inbox) -> None:
    made = register(world.invoke, quota=3)
    assert ask(client, made["key"], [question(NOBODY, NUMBER)]).json["quota_left"] == 2
    file_id = hand_in(client, made["key"], lines_of([question(NOBODY, NUMBER)] * 3))
    work_off(inbox)
    state = state_of(client, made["key"], file_id).json
    assert (state["state"], state["questions"], state["answered"], state["answers_url"]) == ("refused", 3, 0, None)
    assert (state["refused"]["code"], state["refused"]["quota_left"]) == ("quota_exceeded", 2)
    assert "le quedan hoy 2 consultas" in state["refused"]["detail"]
    assert used_of(made) == 1
    file_id = hand_in(client, made["key"], lines_of([question(NOBODY, NUMBER)] * 2))
    work_off(inbox)
    assert len(answers_of(client, state_of(client, made["key"], file_id))) == 2
    assert used_of(made) == 3


def test_a_file_of_wrong_numbers_meets_the_limits_of_a_code(world: World, client: Client, inbox: Inbox) -> None:
    code = client.obtain(request_body())["virtual_code"]
    key = register(world.invoke)["key"]
    file_id = hand_in(client, key, lines_of([question(code, f"{n:08d}") for n in range(150)]))
    work_off(inbox)
    statuses = [each["status"] for each in answers_of(client, state_of(client, key, file_id))]
    assert statuses == ["not_found"] * 15 + ["too_many_attempts"] * 135
    assert client.verify(code, NUMBER).status == 200, "one institution closes no code to anybody else"


@pytest.mark.parametrize("case", ["revoke", "rotate"])
def test_a_key_that_ends_stops_the_files_that_it_opened(
    world: World, client: Client, inbox: Inbox, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    code = client.obtain(request_body())["virtual_code"]
    made = register(world.invoke)
    institution_id = made["institution"]["institution_id"]
    file_id = hand_in(client, made["key"], lines_of([question(code, NUMBER)]))
    (key,) = inbox.arrived()
    planned = inbox.call({"step": "plan", "key": key})
    later = lima.now() + timedelta(minutes=1)
    monkeypatch.setattr(lima, "now", lambda: later)
    changed = world.invoke("keep_institutions", {**event("keep_institutions", case), "institution_id": institution_id})
    inbox.work_off(key)
    assert planned["batches"] == 1
    assert [item for item in items_of("EVENTS_TABLE") if "institution" in item] == []
    assert state_of(client, made["key"], file_id).status == 401
    if case == "rotate":
        state = state_of(client, changed["key"], file_id).json
        assert (state["state"], state["refused"]["code"]) == ("refused", "institution_unknown")
        other = hand_in(client, changed["key"], lines_of([question(code, NUMBER)]))
        work_off(inbox)
        assert answers_of(client, state_of(client, changed["key"], other))[0]["status"] == "valid"


def test_nobody_sees_the_file_of_another_and_a_link_takes_one_file_once_as_it_was_announced(
    world: World, client: Client, inbox: Inbox
) -> None:
    key, other = register(world.invoke)["key"], register(world.invoke)["key"]
    content = lines_of([question(NOBODY, NUMBER)])
    asked = {"answer": "status", "bytes": len(content)}
    assert client.post("/api/verifications/files", asked).json["code"] == "institution_unknown"
    opened = client.post("/api/verifications/files", asked, authorized(key)).json
    assert NUMBER not in str(opened)
    for stranger in (state_of(client, other, opened["file_id"]), state_of(client, key, "0123456789abcdef")):
        assert (stranger.status, stranger.json["code"]) == (404, "file_not_found")
    assert state_of(client, key, "../x").status == 404
    assert state_of(client, key, opened["file_id"]).json["state"] == "waiting"

    def put(body: bytes, url: str = opened["upload_url"], **headers: str) -> int:
        return client.call("PUT", url, body, "", headers or opened["upload_headers"]).status

    assert put(content, **{"Content-Length": str(len(content))}) == 403, "it would replace another one"
    assert put(content + b"x", **{**opened["upload_headers"], "Content-Length": str(len(content) + 1)}) == 403
    assert put(content, opened["upload_url"].replace(opened["file_id"], "0123456789abcdef")) == 403
    assert put(content, opened["upload_url"].replace("/inbox/", "/reports/")) == 403
    assert client.call("GET", opened["upload_url"]).status == 403
    assert put(content) == 200
    assert put(content) == 412, "what is worked off cannot be replaced"
    for body, field in (({"answer": "all", "bytes": 1}, "answer"), ({"answer": "status", "bytes": 2**40}, "bytes")):
        refused = client.post("/api/verifications/files", body, authorized(key)).json
        assert [error["field"] for error in refused["errors"]] == [field]


def lifetime(link: str) -> int:
    """Seconds for which a link is good."""
    return int(parse_qs(urlsplit(link).query)["X-Amz-Expires"][0])


def test_answers_are_given_for_24_hours(
    world: World, client: Client, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = register(world.invoke)["key"]
    file_id = hand_in(client, key, lines_of([question(NOBODY, NUMBER)]))
    work_off(inbox)
    first = state_of(client, key, file_id).json
    now = lima.now()
    assert 24 * 3600 - 60 < lifetime(first["answers_url"]) <= 24 * 3600
    monkeypatch.setattr(lima, "now", lambda: now + timedelta(hours=23, minutes=59))
    last = state_of(client, key, file_id)
    assert len(answers_of(client, last)) == 1
    assert last.json["answers_until"] == first["answers_until"]
    assert 0 < lifetime(last.json["answers_url"]) <= 60, "no link outlives the answers"
    monkeypatch.setattr(lima, "now", lambda: now + timedelta(hours=24))
    assert state_of(client, key, file_id).json["code"] == "file_not_found"


def test_a_file_that_is_told_of_twice_is_charged_and_answered_once(world: World, client: Client, inbox: Inbox) -> None:
    made = register(world.invoke)
    file_id = hand_in(client, made["key"], lines_of([question(NOBODY, NUMBER)]))
    (key,) = inbox.arrived()
    inbox.work_off(key)
    first = state_of(client, made["key"], file_id).json
    inbox.work_off(key)
    again = state_of(client, made["key"], file_id).json
    assert (used_of(made), again["answers_until"]) == (1, first["answers_until"])
    assert len([item for item in items_of("EVENTS_TABLE") if "institution" in item]) == 1


@whatever_call_fails
def test_every_question_of_a_file_is_answered_logged_counted_and_charged_once_whatever_call_fails(
    world: World, client: Client, inbox: Inbox, fault: Fault
) -> None:
    code = client.obtain(request_body())["virtual_code"]
    made = register(world.invoke, quota=10_000)
    right = None
    for call in range(MOST_CALLS):
        unknown = f"7K9WQ4{CROCKFORD[call // 32]}{CROCKFORD[call % 32]}"
        questions = [question(code, NUMBER), question(unknown, NUMBER), question("?", "")]
        file_id = hand_in(client, made["key"], lines_of(questions), "predicates")
        world.failing.plan(fault, lambda number, call=call: number == call)  # type: ignore[misc]
        work_off(inbox)
        struck, made_calls = world.failing.struck, len(world.failing.calls)
        world.failing.plan(None)
        answers = answers_of(client, state_of(client, made["key"], file_id))
        right = right or answers
        assert [each["status"] for each in answers] == ["valid", "not_found", "invalid"]
        assert [answers[0], answers[2]] == [right[0], right[2]]
        assert used_of(made) == 3 * (call + 1), f"call {call}"
        logged = [item for item in items_of("EVENTS_TABLE") if "institution" in item]
        assert len(logged) == 2 * (call + 1), f"call {call}"
        counters = [item for item in items_of("ATTEMPTS_TABLE") if item["subject"].startswith("target#")]
        assert sum(counter["failures"] for counter in counters) == call + 1, f"call {call}"
        if not struck:
            break
    else:
        pytest.fail("more calls than were struck")
    assert call == made_calls >= FEWEST_CALLS
