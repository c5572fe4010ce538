"""Virtual codes: the eight characters by which a certificate is verified (rules 6 and 8)."""

import re
import secrets
from typing import Any

from constancia.fields import INVALID, Fields

LENGTH = 8
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O or U."""

CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
HEXADECIMAL = re.compile(r"[0-9A-F]+")
MISREADINGS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})


def draw() -> str:
    """A virtual code that nobody can guess. It is never all hexadecimal digits, as codes of before 2026 are."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        if not HEXADECIMAL.fullmatch(code):
            return code


def read(written: str) -> str | None:
    """The virtual code that somebody typed or scanned, or None.

    Any case is accepted, with spaces and hyphens, and O read as 0, I and L as 1 (rule 8).
    """
    code = "".join(written.upper().split()).translate(MISREADINGS)
    return code if CODE.fullmatch(code) else None


def read_command(command: dict[str, Any]) -> str:
    """The virtual code of an operator's command or question that has nothing else to read.

    Raises:
        InvalidFields: there is none, or it has not the form of one.
    """
    fields = Fields(command)
    code = read_field(fields)
    fields.check()
    return code


def read_field(fields: Fields) -> str:
    """The virtual code in the field `virtual_code`; where there is none, a fault and an empty text."""
    written = fields.of_type("virtual_code", str)
    if written is None:
        return ""
    code = read(written)
    if code is None:
        fields.fault("virtual_code", INVALID)
    return code or ""
