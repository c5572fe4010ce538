"""Virtual codes: the eight characters by which a certificate is verified (rules 6 and 8)."""

import re
import secrets

LENGTH = 8
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O or U."""

CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
HEXADECIMAL = re.compile(r"[0-9A-F]+")
MISREADINGS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})


def draw() -> str:
    """A code nobody can guess. Never all hexadecimal digits: the codes issued before 2026 (`C2CC6526`) are."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        if not HEXADECIMAL.fullmatch(code):
            return code


def read(written: str) -> str | None:
    """The code that somebody typed or scanned: any case, spaces, hyphens, O for 0, I or L for 1; None if it is none."""
    code = "".join(written.upper().split()).translate(MISREADINGS)
    return code if CODE.fullmatch(code) else None
