"""Answers to operators: what a call gives, or a problem in Spanish."""

from collections.abc import Callable
from typing import Any

from constancia import wording
from constancia.errors import InvalidFields, Refusal

Command = dict[str, Any]
"""What an operator's console sends, as a JSON object."""


def answering(call: Callable[[Command], dict[str, Any]], command: Command) -> dict[str, Any]:
    """What a call answers; a refusal becomes `{"problem": …}` in Spanish. What a store raises passes through."""
    try:
        return call(command)
    except Refusal as refusal:
        faults = refusal.errors if isinstance(refusal, InvalidFields) else ()
        return {
            "problem": {
                "code": refusal.code,
                "detail": wording.for_operators(refusal.code),
                "errors": wording.faults(faults),
            }
        }
