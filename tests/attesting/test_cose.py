"""The envelope: others' libraries check it, and nothing but what a known key has signed passes ours."""

import base64
import json
import os
from typing import Any

import cbor2
import cwt
import pytest
from constancia.attesting import claims, cose, p256
from constancia.attesting.cbor import Tagged, decode, encode
from constancia.attesting.claims import NotAttested, pack, unpack
from constancia.attesting.der import NotDer, read_integers, read_point
from constancia.attesting.keys import base64url, from_base64url, jwks, keys_by_id, kid_of, read_public_key
from constancia.document import LARGEST_ATTESTATION
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attesting.signing import SigningKey
from tests.attesting.test_claims import MOMENT, SIX_YEARS

KEY, OTHER = SigningKey(), SigningKey()
KEYS = {KEY.kid: KEY.public}
PAYLOAD = pack("7K9WQ4ZT", 16, MOMENT, SIX_YEARS)
ATTESTATION = cose.attest(KEY.kid, PAYLOAD, KEY.sign)


def test_an_attestation_is_checked_and_its_payload_given() -> None:
    assert cose.check(ATTESTATION, KEYS) == PAYLOAD
    assert unpack(cose.check(ATTESTATION, {OTHER.kid: OTHER.public, **KEYS})).virtual_code == "7K9WQ4ZT"


def test_it_takes_few_bytes() -> None:
    attestation = cose.attest(KEY.kid, pack("7K9WQ4ZT", 12_345_678, MOMENT, SIX_YEARS), KEY.sign)
    assert len(attestation) <= 225


def test_a_cwt_library_checks_it_with_the_published_key() -> None:
    """The library gets the attestation and the JWKS, and nothing of ours."""
    published: dict[str, Any] = json.loads(json.dumps(jwks(KEYS)))["keys"][0]
    kid, x, y = (base64.urlsafe_b64decode(published[name] + "==") for name in ("kid", "x", "y"))
    key = cwt.COSEKey.new({1: 2, 2: kid, 3: -7, -1: 1, -2: x, -3: y})
    read: Any = cwt.decode(ATTESTATION, key)
    assert read[6] == int(MOMENT.timestamp())
    assert read[-65537][1] == "7K9WQ4ZT"
    with pytest.raises(cwt.VerifyError):
        cwt.decode(ATTESTATION[:-1] + bytes((ATTESTATION[-1] ^ 1,)), key)
    assert base64url(x) == published["x"], "and it is a plain JWK"


def test_the_headers_are_those_of_the_design() -> None:
    read = cbor2.loads(ATTESTATION)
    protected, unprotected, payload, signature = read.value
    assert (read.tag, unprotected, payload, len(signature)) == (18, {}, PAYLOAD, 64)
    assert cbor2.loads(protected) == {1: -7, 4: KEY.kid}
    assert from_base64url(jwks(KEYS)["keys"][0]["kid"]) == KEY.kid


def signed_by(key: SigningKey, protected: bytes, payload: bytes = PAYLOAD) -> bytes:
    """The raw signature of any headers and payload."""
    r, s = read_integers(key.sign(encode(["Signature1", protected, b"", payload])))
    return r.to_bytes(32, "big") + p256.lower(s).to_bytes(32, "big")


def envelope(*parts: object) -> bytes:
    return encode(Tagged(18, list(parts)))


def by_hand(
    headers: dict[int, object], *, key: SigningKey = KEY, unprotected: object = None, payload: bytes = PAYLOAD
) -> bytes:
    protected = cbor2.dumps(headers)
    return envelope(protected, unprotected or {}, payload, signed_by(key, protected, payload))


GOOD: dict[int, object] = {1: -7, 4: KEY.kid}
HIGH_S = ATTESTATION[:-32] + (p256.N - int.from_bytes(ATTESTATION[-32:], "big")).to_bytes(32, "big")
FORGED = {
    "another's key under its own id": cose.attest(OTHER.kid, PAYLOAD, OTHER.sign),
    "another's key under our id": cose.attest(KEY.kid, PAYLOAD, OTHER.sign),
    "our key under another id": cose.attest(OTHER.kid, PAYLOAD, KEY.sign),
    "no key's id": by_hand({1: -7}),
    "the key's id unprotected": by_hand({1: -7}, unprotected={4: KEY.kid}),
    "the key's id as a text": by_hand({1: -7, 4: "kid"}),
    "ES384": by_hand({1: -35, 4: KEY.kid}),
    "HMAC with the public key as its key": by_hand({1: 5, 4: KEY.kid}),
    "EdDSA": by_hand({1: -8, 4: KEY.kid}),
    "no algorithm": by_hand({4: KEY.kid}),
    "the algorithm unprotected": by_hand({4: KEY.kid}, unprotected={1: -7}),
    "a header more": by_hand({**GOOD, 2: [7]}),
    "a header more, unprotected": by_hand(GOOD, unprotected={33: b"certificate"}),
    "headers in another order": by_hand({4: KEY.kid, 1: -7}),
    "another payload": by_hand(GOOD)[:-2] + b"\0\0",
    "no tag": encode(decode(ATTESTATION).item),
    "a COSE_Mac0": encode(Tagged(17, decode(ATTESTATION).item)),
    "a COSE_Sign": encode(Tagged(98, decode(ATTESTATION).item)),
    "a CWT's tag before it": encode(Tagged(61, decode(ATTESTATION))),
    "a part more": envelope(*decode(ATTESTATION).item, b""),
    "no signature": envelope(*decode(ATTESTATION).item[:3], b""),
    "a signature of zeros": envelope(*decode(ATTESTATION).item[:3], bytes(64)),
    "a signature in ASN.1": envelope(*decode(ATTESTATION).item[:3], KEY.sign(cose.to_be_signed(KEY.kid, PAYLOAD))),
    "the same signature in its other form": HIGH_S,
    "its payload apart": cbor2.dumps(
        cbor2.CBORTag(18, [decode(ATTESTATION).item[0], {}, None, decode(ATTESTATION).item[3]])
    ),
    "bytes after it": ATTESTATION + b"\0",
    "twice": ATTESTATION * 2,
    "cut off": ATTESTATION[:-1],
    "nothing": b"",
    "a length in more bytes than it needs": ATTESTATION.replace(b"\x58\x40", b"\x59\x00\x40"),
    "a list without end": b"\xd2\x9f" + ATTESTATION[2:] + b"\xff",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_what_is_made_by_hand_is_not_trusted(forged: bytes) -> None:
    assert cose.check(by_hand(GOOD), KEYS) == PAYLOAD, "the hand itself is right"
    assert forged != ATTESTATION
    with pytest.raises(NotAttested):
        cose.check(forged, KEYS)


@given(st.integers(0, len(ATTESTATION) - 1), st.integers(1, 255))
def test_no_byte_of_an_attestation_can_be_changed(place: int, change: int) -> None:
    changed = bytearray(ATTESTATION)
    changed[place] ^= change
    with pytest.raises(NotAttested):
        cose.check(bytes(changed), KEYS)


@given(st.binary(max_size=200))
def test_bytes_without_meaning_are_refused(data: bytes) -> None:
    with pytest.raises(NotAttested):
        cose.check(data, KEYS)


@given(st.integers(1, p256.N - 1), st.binary(max_size=100))
@settings(max_examples=60)
def test_our_arithmetic_agrees_with_a_library_on_any_key_and_message(number: int, message: bytes) -> None:
    key = SigningKey(number)
    r, s = read_integers(key.sign(message))
    signature = r.to_bytes(32, "big") + p256.lower(s).to_bytes(32, "big")
    assert p256.verify(key.public, message, signature)
    assert not p256.verify(key.public, message + b"\0", signature)
    p256._multiples.cache_clear()


@given(st.data())
@settings(max_examples=100)
def test_our_arithmetic_agrees_with_a_library_on_any_signature(data: st.DataObject) -> None:
    """Small and large halves, where sums of points meet each other or vanish, beside those next to a right one."""
    edge = st.integers(0, 5) | st.integers(p256.N - 3, p256.N + 3) | st.integers(0, 2**256 - 1)
    r, s = data.draw(edge), data.draw(edge)
    try:
        KEY.private.public_key().verify(utils.encode_dss_signature(r, s), b"message", ec.ECDSA(SHA256()))
        right = True
    except InvalidSignature:
        right = False
    found = p256.verify(KEY.public, b"message", r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    assert found == (right and s <= p256.N // 2)


@pytest.mark.parametrize("number", [1, 2, 3, p256.N - 1, p256.N - 2, (p256.N + 1) // 2])
def test_keys_that_are_small_multiples_of_the_base_point_are_added_rightly(number: int) -> None:
    """Their multiples meet those of the base point, where adding is doubling, or is nothing."""
    key = SigningKey(number)
    for message in (os.urandom(20) for _ in range(8)):
        r, s = read_integers(key.sign(message))
        assert p256.verify(key.public, message, r.to_bytes(32, "big") + p256.lower(s).to_bytes(32, "big"))


def test_adding_a_point_to_itself_or_to_its_opposite_is_right() -> None:
    x, y = p256.BASE
    assert p256._affine([p256._add((x, y, 1), (x, y))]) == p256._affine([p256._double((x, y, 1))])
    assert p256._add((x, y, 1), (x, p256.P - y))[2] == 0
    assert p256._affine([p256._double((x, y, 1))])[0] == SigningKey(2).public


def test_a_key_of_another_kind_or_off_the_curve_is_none() -> None:
    info = rsa.generate_private_key(65537, 2048).public_key()
    with pytest.raises(NotDer):
        read_point(info.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(NotDer):
        read_point(KEY.info + b"\0")
    with pytest.raises(ValueError, match="not a point"):
        read_public_key(KEY.info[:-1] + bytes((KEY.info[-1] ^ 1,)))
    assert keys_by_id([KEY.info, OTHER.info]) == {**KEYS, OTHER.kid: OTHER.public}
    assert kid_of(KEY.info) == KEY.kid


@pytest.mark.parametrize(
    "wrong", ["", "30", "3003020101ff", "300302018f", "3081030201 01", "30820003020101", "3003040101"]
)
def test_a_signature_of_another_form_is_none(wrong: str) -> None:
    with pytest.raises(NotDer):
        read_integers(bytes.fromhex(wrong))


@given(st.binary(max_size=40))
def test_base64url_goes_both_ways(data: bytes) -> None:
    assert from_base64url(base64url(data)) == data


def test_the_page_has_room_for_the_largest_attestation() -> None:
    largest = cose.attest(KEY.kid, bytes(claims.LARGEST), KEY.sign)
    assert len(largest) == LARGEST_ATTESTATION
