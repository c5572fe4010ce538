"""Reading JSON from outside: every field checked, every fault collected, none of them fatal to the others."""

import json
import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from constancia.errors import FieldError

EARLIEST_BIRTH = date(1900, 1, 1)
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

PRINTABLE = re.compile(
    r"[ -~\u00a1-\u00ac\u00ae-\u024f\u0300-\u036f\u1e00-\u1eff"
    r"\u2010-\u2015\u2018-\u201f\u2020-\u2022\u2026\u20ac\u2116]*"
)
"""Latin letters with all their accents, and their punctuation: what the certificate's typeface holds. A name with
anything else could be confirmed and shown, and never drawn."""

REQUIRED, WRONG_TYPE, INVALID = "required", "wrong_type", "invalid"
TOO_LONG, OUT_OF_RANGE, NOT_A_CHOICE = "too_long", "out_of_range", "not_a_choice"
UNKNOWN_CHARACTERS, DUPLICATE, BEFORE_THE_SERVICE = "characters", "duplicate", "before_the_service"


class DuplicateName(ValueError):
    """A JSON object gives a name twice, and nobody knows which value is meant."""


def refuse_constant(name: str) -> Any:
    """JSON has no NaN and no Infinity (RFC 8259, 6); Python's reader would take them."""
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DuplicateName("duplicate name")
    return found


# Made once: a load reads a hundred million lines.
_DECODER = json.JSONDecoder(parse_constant=refuse_constant, object_pairs_hook=_unique)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def decode_object(text: bytes | str) -> dict[str, Any]:
    """The JSON object in `text`.

    Raises:
        ValueError: not UTF-8, not JSON, nested too deep, a name given twice, or not an object.
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
    """JSON as it is stored and answered: without needless spaces, Spanish letters as they are."""
    return _ENCODER.encode(value)


class Fields:
    """The fields of one JSON object, read one by one into a shared list of faults."""

    def __init__(self, values: Mapping[str, Any], errors: list[FieldError] | None = None, path: str = "") -> None:
        self.values = values
        self.errors: list[FieldError] = [] if errors is None else errors
        self.path = path

    def fault(self, name: str, code: str) -> None:
        """Notes what is wrong with the field `name`."""
        self.errors.append(FieldError(self.path + name, code))

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.values.get(name) is not None

    def of_type(self, name: str, kind: type) -> Any:
        """The field's value if it is there and of that type, else a fault and None."""
        value = self.values.get(name)
        if value is None:
            self.fault(name, REQUIRED)
        elif not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fault(name, WRONG_TYPE)
        else:
            return value
        return None

    def object(self, name: str) -> "Fields":
        """A nested object; what is missing in it is named field by field, so an absent one reads as empty."""
        nested = self.values.get(name)
        if nested is not None and not isinstance(nested, dict):
            self.fault(name, WRONG_TYPE)
            return Fields({}, [], f"{self.path}{name}.")
        return Fields(nested or {}, self.errors, f"{self.path}{name}.")

    def items(self, name: str) -> list["Fields"]:
        """The objects of a list, each under its own path (`marks.0.name`)."""
        listed = self.of_type(name, list) or []
        found = []
        for place, item in enumerate(listed):
            if isinstance(item, dict):
                found.append(Fields(item, self.errors, f"{self.path}{name}.{place}."))
            else:
                self.fault(f"{name}.{place}", WRONG_TYPE)
        return found

    def text(self, name: str, longest: int) -> str:
        """Printable text of 1 to `longest` characters, its spaces made single; what it is not leaves a fault."""
        value = self.of_type(name, str)
        if value is None:
            return ""
        cleaned = " ".join(value.split())
        if not cleaned:
            self.fault(name, REQUIRED)
        elif len(cleaned) > longest:
            self.fault(name, TOO_LONG)
        elif not PRINTABLE.fullmatch(cleaned):
            self.fault(name, UNKNOWN_CHARACTERS)
        else:
            return cleaned
        return ""

    def optional_text(self, name: str, longest: int) -> str | None:
        """Text, or None where the field is absent, null or blank."""
        value = self.values.get(name)
        return None if value is None or (isinstance(value, str) and not value.strip()) else self.text(name, longest)

    def text_or_null(self, name: str, longest: int) -> str | None:
        """Text, or an explicit null. Leaving the field out is a fault: silence is not "none"."""
        if name in self.values and self.values[name] is None:
            return None
        return self.text(name, longest)

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        """Text that is wholly of that form."""
        value = self.of_type(name, str)
        if value is None:
            return ""
        if not pattern.fullmatch(value):
            self.fault(name, INVALID)
            return ""
        return str(value)

    def choice(self, name: str, choices: Collection[str]) -> str:
        """One of a few words."""
        value = self.of_type(name, str)
        if value is not None and value not in choices:
            self.fault(name, NOT_A_CHOICE)
            return ""
        return value or ""

    def number(self, name: str, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.of_type(name, int)
        if value is not None and not least <= value <= most:
            self.fault(name, OUT_OF_RANGE)
            return least
        return least if value is None else value

    def flag(self, name: str) -> bool:
        """True or false."""
        return bool(self.of_type(name, bool))

    def birth_date(self, name: str, today: date) -> date:
        """An ISO date (`2010-02-28`) between 1900 and today."""
        value = self.of_type(name, str)
        if value is None:
            return EARLIEST_BIRTH
        try:
            read = date.fromisoformat(value) if ISO_DATE.fullmatch(value) else None
        except ValueError:
            read = None
        if read is None:
            self.fault(name, INVALID)
        elif not EARLIEST_BIRTH <= read <= today:
            self.fault(name, OUT_OF_RANGE)
        else:
            return read
        return EARLIEST_BIRTH
