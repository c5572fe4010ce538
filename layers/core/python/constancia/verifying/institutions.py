"""Institutions (rule 13): who verifies many certificates with a key of its own, and how a key is recognised."""

import hashlib
import hmac
import re
import secrets
from typing import NamedTuple, Protocol

from constancia.errors import InstitutionUnknown

ID_BYTES, SECRET_BYTES = 4, 32
"""Random bytes of an id, which is no secret, and of a key's secret, which nobody can guess."""
ID = re.compile(r"[0-9a-f]{8}")
KEY = re.compile(rf"constancia-({ID.pattern})-([0-9a-f]{{64}})")
"""A key: the id of its institution, by which it is looked up, and its secret. Scanners of texts can find one."""
NOBODY = hashlib.sha256(b"").hexdigest()
"""A hash that is no key's: what is compared where there is no institution."""


class Institution(NamedTuple):
    """An institution. Its key is kept as a hash: it has 256 random bits, so that a slow hash would protect nothing."""

    institution_id: str
    name: str
    """Shown to the holder of each certificate that it verifies."""
    purpose: str
    """What it verifies for."""
    quota: int
    """Questions a Lima day."""
    key_hash: str
    since: str
    """Lima time, ISO 8601."""
    by: str
    """Which operator registered it, as their console states it; the proof is the trail of operators' calls."""
    key_since: str
    """When its key was made: Lima time, ISO 8601."""
    revoked_at: str | None = None
    """Lima time, ISO 8601; None while its key is good."""
    revoked_by: str | None = None


class InstitutionReader(Protocol):
    """The institutions, by id."""

    def institution(self, institution_id: str) -> Institution | None:
        """An institution, revoked or not, as the last write left it, or None."""
        ...


def draw_id() -> str:
    """An id for an institution."""
    return secrets.token_hex(ID_BYTES)


def draw_key(institution_id: str) -> str:
    """A new key for an institution."""
    return f"constancia-{institution_id}-{secrets.token_hex(SECRET_BYTES)}"


def hash_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def recognise(key: str, institutions: InstitutionReader) -> Institution:
    """The institution whose key this is.

    Raises:
        InstitutionUnknown: it is no key, nobody's, an earlier one, or that of an institution that was revoked.
    """
    read = KEY.fullmatch(key)
    found = institutions.institution(read[1]) if read else None
    same = hmac.compare_digest(hash_of(key), found.key_hash if found else NOBODY)
    if found is None or not same or found.revoked_at:
        raise InstitutionUnknown
    return found
