"""The public keys of attestations: how they are named, and the set that everybody may fetch (JWKS, RFC 7517)."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from constancia.attesting.der import read_point
from constancia.attesting.p256 import COORDINATE, PublicKey, public_key

KID = 8
"""Bytes of a key's id."""


def kid_of(key: bytes) -> bytes:
    """The id of a key: the beginning of the SHA-256 of its SubjectPublicKeyInfo (DER), as KMS gives it."""
    return hashlib.sha256(key).digest()[:KID]


def read_public_key(key: bytes) -> PublicKey:
    """The P-256 key in a SubjectPublicKeyInfo.

    Raises:
        ValueError: it is of another kind, or no point of the curve.
    """
    return public_key(*read_point(key))


def keys_by_id(keys: Iterable[bytes]) -> dict[bytes, PublicKey]:
    """Public keys by their ids, from their SubjectPublicKeyInfo."""
    return {kid_of(key): read_public_key(key) for key in keys}


def jwks(keys: Mapping[bytes, PublicKey]) -> dict[str, Any]:
    """The keys as a JSON Web Key Set, in their order."""
    return {
        "keys": [
            {
                "kty": "EC",
                "crv": "P-256",
                "x": base64url(key.x.to_bytes(COORDINATE, "big")),
                "y": base64url(key.y.to_bytes(COORDINATE, "big")),
                "use": "sig",
                "alg": "ES256",
                "kid": base64url(kid),
            }
            for kid, key in keys.items()
        ]
    }


def base64url(data: bytes) -> str:
    """Bytes in base64url without padding (RFC 4648, 5), as JSON Web Keys and the API write them."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes of a text in base64url without padding.

    Raises:
        ValueError: it is none.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
