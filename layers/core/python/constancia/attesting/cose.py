"""The envelope of an attestation: a COSE_Sign1 (RFC 9052) by ES256 (RFC 9053), with the key's id in what is signed."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from constancia.attesting import p256
from constancia.attesting.cbor import NotCbor, Tagged, decode, encode
from constancia.attesting.claims import NotAttested
from constancia.attesting.der import read_integers

SIGN1 = 18
"""The tag of a COSE_Sign1."""
ALGORITHM, KEY_ID = 1, 4
"""Headers."""
ES256 = -7


class Attestation(NamedTuple):
    """The parts of a COSE_Sign1; nothing is known of its signature yet."""

    kid: bytes
    payload: bytes
    signature: bytes
    """r and s, 32 bytes each."""


def _protected(kid: bytes) -> bytes:
    return encode({ALGORITHM: ES256, KEY_ID: kid})


def to_be_signed(kid: bytes, payload: bytes) -> bytes:
    """What the signature is over: the Sig_structure of RFC 9052, 4.4."""
    return encode(["Signature1", _protected(kid), b"", payload])


def attest(kid: bytes, payload: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """The COSE_Sign1 of a payload.

    Args:
        kid: the id of the key.
        payload: the claims, see `constancia.attesting.claims`.
        sign: signs a message by ECDSA with SHA-256 and gives the signature as ASN.1, as KMS does.
    """
    r, s = read_integers(sign(to_be_signed(kid, payload)))
    signature = b"".join(half.to_bytes(p256.COORDINATE, "big") for half in (r, p256.lower(s)))
    return _write(Attestation(kid, payload, signature))


def _write(attestation: Attestation) -> bytes:
    return encode(Tagged(SIGN1, [_protected(attestation.kid), {}, attestation.payload, attestation.signature]))


def read(attestation: bytes) -> Attestation:
    """The parts of a COSE_Sign1 in exactly the form in which `attest` writes it; its signature is not checked.

    Raises:
        NotAttested: it is none, or has another algorithm, other headers, another form or bytes beside it.
    """
    try:
        protected, _, payload, signature = decode(attestation).item
        read_ = Attestation(decode(protected)[KEY_ID], payload, signature)
        if _write(read_) != attestation or not all(isinstance(part, bytes) for part in read_):
            raise NotAttested("not in the form that is written")
    except (NotCbor, ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise NotAttested("no COSE_Sign1 by ES256") from error
    return read_


def payload_of(attestation: bytes) -> bytes:
    """The payload of an attestation that this service wrote itself; nothing is checked."""
    payload: bytes = decode(attestation).item[2]
    return payload


def check(attestation: bytes, keys: Mapping[bytes, p256.PublicKey]) -> bytes:
    """The payload of an attestation that one of the keys has signed.

    Args:
        attestation: a COSE_Sign1.
        keys: the public keys that are trusted, by their ids.

    Raises:
        NotAttested: it is none, or by none of these keys.
    """
    parts = read(attestation)
    key = keys.get(parts.kid)
    if key is None or not p256.verify(key, to_be_signed(parts.kid, parts.payload), parts.signature):
        raise NotAttested("not signed by a key that is trusted")
    return parts.payload
