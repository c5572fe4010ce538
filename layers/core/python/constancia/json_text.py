"""JSON as this service reads and writes it: strict when reading, compact and readable when writing."""

import json
from typing import Any


class DuplicateName(ValueError):
    """A JSON object gives the same name twice, so that nobody knows which value is meant."""


def _refuse_constant(name: str) -> Any:
    # JSON has no NaN and no Infinity (RFC 8259, 6); Python's reader would take them.
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DuplicateName("duplicate name")
    return found


# Made once: a load reads a hundred million lines.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_unique)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def decode_object(text: bytes | str) -> dict[str, Any]:
    """The JSON object in a text.

    Raises:
        DuplicateName: an object gives the same name twice.
        ValueError: not UTF-8, not JSON, nested too deep, or not an object.
    """
    if isinstance(text, bytes):
        text = text.decode()
    try:
        decoded = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(decoded, dict):
        raise ValueError("not an object")
    return decoded


def encode(value: Any) -> str:
    """A value as JSON without needless spaces, with Spanish letters as they are."""
    return _ENCODER.encode(value)
