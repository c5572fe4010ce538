"""An institution with a script: registered by an operator, it asks with its key."""

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


def ask(citizen: Citizen, key: str, questions: list[Any], answer: str = "status") -> Answer:
    """The answer to a list."""
    body = {"answer": answer, "questions": questions}
    return citizen.post("/api/verifications/batch", body, {"Authorization": f"Bearer {key}"})
