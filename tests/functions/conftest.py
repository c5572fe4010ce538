"""Functions called as Lambda calls them, on the named events of `events/`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.local.citizen import solve
from infra.local.runtime import Runtime

EVENTS = Path(__file__).parents[2] / "events"

Invoke = Callable[[str, dict[str, Any]], Any]


def event(function: str, case: str) -> dict[str, Any]:
    """A named event of a function."""
    read: dict[str, Any] = json.loads((EVENTS / function / f"{case}.json").read_text())
    return read


def with_body(asked: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The event with some members of its JSON body changed."""
    return {**asked, "body": json.dumps({**json.loads(asked["body"]), **changes})}


@pytest.fixture
def invoke(aws: None) -> Invoke:
    """Calls a function by name; each test has fresh functions and fresh storage."""
    return Runtime().invoke


def prove_human(invoke: Invoke, action: str = "request") -> str:
    """A solved challenge."""
    asked = event("validate_request", "challenge")
    asked.update(rawQueryString=f"for={action}", queryStringParameters={"for": action})
    return solve(json.loads(invoke("validate_request", asked)["body"]))
