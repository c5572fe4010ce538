"""The fields of a JSON object from outside: every field is read, every fault is collected, none stops the others."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from constancia.errors import FieldError, InvalidFields, MalformedRequest
from constancia.json_text import decode_object

LARGEST_BODY = 16 * 1024
"""Bytes of a request body."""

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


class Fields:
    """The fields of one JSON object, read one by one into a shared list of faults."""

    def __init__(self, values: Mapping[str, Any], errors: list[FieldError] | None = None, path: str = "") -> None:
        self.values = values
        self.errors: list[FieldError] = [] if errors is None else errors
        self.path = path

    def check(self) -> None:
        """Ends the reading.

        Raises:
            InvalidFields: some fields are missing or wrong; with all of them.
        """
        if self.errors:
            raise InvalidFields(tuple(self.errors))

    def fault(self, name: str, code: str) -> None:
        """Records a fault of the field `name`."""
        self.errors.append(FieldError(self.path + name, code))

    def has(self, name: str) -> bool:
        """Whether the field is present and not null."""
        return self.values.get(name) is not None

    def of_type(self, name: str, kind: type) -> Any:
        """The value of a field of that type; None and a fault where it is absent, null or of another type."""
        value = self.values.get(name)
        if value is None:
            self.fault(name, REQUIRED)
        elif not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fault(name, WRONG_TYPE)
        else:
            return value
        return None

    def object(self, name: str) -> "Fields":
        """The fields of a nested object. An absent one reads as empty, so that each of its missing fields is named."""
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
        """Printable text of 1 to `longest` characters, as `composed` gives it; else a fault and an empty text."""
        value = self.of_type(name, str)
        if value is None:
            return ""
        cleaned = composed(value)
        if not cleaned:
            self.fault(name, REQUIRED)
        elif len(cleaned) > longest:
            self.fault(name, TOO_LONG)
        elif not PRINTABLE.fullmatch(cleaned):
            self.fault(name, UNKNOWN_CHARACTERS)
        else:
            return cleaned
        return ""

    def texts(self, name: str, longest: int, pattern: re.Pattern[str] | None = None) -> tuple[str, ...]:
        """A list of printable texts of at most `longest` characters, each wholly of a form where one is given."""
        found = []
        for place, value in enumerate(self.of_type(name, list) or []):
            if not isinstance(value, str):
                self.fault(f"{name}.{place}", WRONG_TYPE)
            elif pattern and not pattern.fullmatch(value):
                self.fault(f"{name}.{place}", INVALID)
            elif len(cleaned := composed(value)) > longest:
                self.fault(f"{name}.{place}", TOO_LONG)
            elif not PRINTABLE.fullmatch(cleaned):
                self.fault(f"{name}.{place}", UNKNOWN_CHARACTERS)
            else:
                found.append(cleaned)
        return tuple(found)

    def optional_text(self, name: str, longest: int) -> str | None:
        """Text as `text` reads it, or None where the field is absent, null or blank."""
        value = self.values.get(name)
        return None if value is None or (isinstance(value, str) and not value.strip()) else self.text(name, longest)

    def name_or_null(self, name: str, longest: int) -> str | None:
        """A name as `text` reads it, with a letter in it, or None for an explicit null.

        An absent field is a fault: silence is not "none". So is a hyphen, which many write for "none".
        """
        if name in self.values and self.values[name] is None:
            return None
        read = self.text(name, longest)
        if read and not has_letter(read):
            self.fault(name, INVALID)
            return ""
        return read

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        """Text that matches the pattern as a whole; anything else leaves a fault and an empty text."""
        value = self.of_type(name, str)
        if value is None:
            return ""
        if not pattern.fullmatch(value):
            self.fault(name, INVALID)
            return ""
        return str(value)

    def choice(self, name: str, choices: Collection[str]) -> str:
        """One of the choices; anything else leaves a fault and an empty text."""
        value = self.of_type(name, str)
        if value is not None and value not in choices:
            self.fault(name, NOT_A_CHOICE)
            return ""
        return value or ""

    def number(self, name: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`; anything else leaves a fault and `least`."""
        value = self.of_type(name, int)
        if value is not None and not least <= value <= most:
            self.fault(name, OUT_OF_RANGE)
            return least
        return least if value is None else value

    def flag(self, name: str) -> bool:
        """A boolean; anything else leaves a fault and False."""
        return bool(self.of_type(name, bool))

    def birth_date(self, name: str, today: date) -> date:
        """An ISO date (`2010-02-28`) from 1900 to today; anything else leaves a fault and the earliest date."""
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


def composed(text: str) -> str:
    """A text with single spaces and in one form (NFC): a letter and its accents are one character where there is one.

    So the same name is the same text however it was written, and what is judged to be printable is what is drawn.
    """
    return unicodedata.normalize("NFC", " ".join(text.split()))


def has_letter(text: str) -> bool:
    """Whether a text has a letter, as every name does."""
    return any(character.isalpha() for character in text)


def read_body(body: bytes, largest: int = LARGEST_BODY) -> Fields:
    """The fields of the JSON object in a request body of at most `largest` bytes.

    Raises:
        MalformedRequest: not JSON, not an object, or larger.
    """
    if len(body) > largest:
        raise MalformedRequest
    try:
        return Fields(decode_object(body))
    except ValueError as error:
        raise MalformedRequest from error
