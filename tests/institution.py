"""An institution with a script: registered by an operator, it asks with its key."""

import json
from collections.abc import Callable
from typing import Any

from tests.functions.conftest import event
from tests.journeys.citizen import Answer, Citizen

Invoke = Callable[[str, dict[str, Any]], Any]


def register(invoke: Invoke, quota: int = 1000) -> dict[str, Any]:
    """A new institution: the answer to the operator, with its key."""
    made: dict[str, Any] = invoke("keep_institutions", {**event("keep_institutions", "add"), "quota": quota})
    assert "problem" not in made, made
    return made


def question(code: str, number: str, reference: str | None = None) -> dict[str, Any]:
    """One question."""
    return {"virtual_code": code, "document_number": number, "reference": reference}


def authorized(key: str) -> dict[str, str]:
    """The header by which an institution is known."""
    return {"Authorization": f"Bearer {key}"}


def lines_of(questions: list[Any]) -> bytes:
    """A file of questions."""
    return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in questions)


def hand_in(citizen: Citizen, key: str, content: bytes, answer: str = "status") -> str:
    """Opens a file and puts it into the inbox; gives its id."""
    opened = citizen.post("/api/verifications/files", {"answer": answer, "bytes": len(content)}, authorized(key))
    assert opened.status == 201, opened.body
    sent = citizen.call("PUT", opened.json["upload_url"], content, "", opened.json["upload_headers"])
    assert sent.status == 200, sent.body
    file_id: str = opened.json["file_id"]
    return file_id


def state_of(citizen: Citizen, key: str, file_id: str) -> Answer:
    """What becomes of a file."""
    return citizen.call("GET", f"/api/verifications/files/{file_id}", headers=authorized(key))


def answers_of(citizen: Citizen, state: Answer) -> list[dict[str, Any]]:
    """The answers of a file that is answered, by its link."""
    assert state.json["state"] == "answered", state.body
    fetched = citizen.call("GET", state.json["answers_url"])
    assert fetched.status == 200, fetched.body
    return [json.loads(line) for line in fetched.body.splitlines()]


def ask(citizen: Citizen, key: str, questions: list[Any], answer: str = "status") -> Answer:
    """The answer to a list."""
    body = {"answer": answer, "questions": questions}
    return citizen.post("/api/verifications/batch", body, authorized(key))
