"""Checkpoints are signed notes of C2SP, and entries are digests that only who has the salt can compute."""

import base64
import hashlib
import json

import pytest
from constancia.errors import InvalidCheckpoint
from constancia.public_log import ed25519, entries
from constancia.public_log.checkpoint import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    Verifier,
    cosignatures,
    origin_of,
    read_checkpoint,
    signature_line,
    split,
    verifier_of,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a key of the tests").digest())
LOG = verifier_of("example.com/log", KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
CHECKPOINT = Checkpoint("example.com/log", 7, bytes(range(32)))
NOTE = CHECKPOINT.sign(LOG, KEY.sign)

SPECIFICATION = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
"""The example of C2SP signed-note, and its note."""
SPECIFIED = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def test_the_example_of_the_specification_is_verified() -> None:
    verifier = Verifier.read(SPECIFICATION)
    assert str(verifier) == SPECIFICATION
    text, (line,) = split(SPECIFIED)
    assert verifier.signed(text, base64.b64decode(line.split(" ")[2])[4:])
    assert not verifier.signed(text + "!", base64.b64decode(line.split(" ")[2])[4:])


def test_a_signed_checkpoint_is_read_and_one_that_was_changed_is_not() -> None:
    assert read_checkpoint(NOTE, LOG) == CHECKPOINT
    other = Ed25519PrivateKey.generate()
    forged = [
        NOTE.replace("\n7\n", "\n8\n"),
        NOTE.replace("example.com/log", "example.com/gol"),
        CHECKPOINT.text + "\n" + signature_line(LOG, other.sign(CHECKPOINT.text.encode())),
        NOTE + signature_line(LOG, bytes(64)),
        CHECKPOINT.text,
        NOTE[:-1],
        CHECKPOINT._replace(origin="example.com/other").sign(LOG, KEY.sign),
        "\n",
        "",
    ]
    for note in forged:
        with pytest.raises(InvalidCheckpoint):
            read_checkpoint(note, LOG)


def test_signatures_of_unknown_keys_are_ignored() -> None:
    stranger = Verifier("example.com/log", ED25519, bytes(32))
    assert read_checkpoint(NOTE + signature_line(stranger, bytes(64)), LOG) == CHECKPOINT


def test_a_cosignature_of_a_known_witness_is_kept_and_nothing_else() -> None:
    witness = Verifier("witness.example/w1", COSIGNATURE, LOG.key)
    moment = 1679315147
    signed = KEY.sign(f"cosignature/v1\ntime {moment}\n{CHECKPOINT.text}".encode())
    good = signature_line(witness, moment.to_bytes(8, "big") + signed)
    late = signature_line(witness, (moment + 1).to_bytes(8, "big") + signed)
    stranger = signature_line(witness._replace(name="witness.example/w2"), moment.to_bytes(8, "big") + signed)
    assert cosignatures(CHECKPOINT, late + stranger + good + "rubbish\n", witness) == [good]


@pytest.mark.parametrize("broken", ["", "a+b", SPECIFICATION[:-1], SPECIFICATION.replace("530d903a", "530d903b")])
def test_a_damaged_verifier_key_is_refused(broken: str) -> None:
    with pytest.raises(InvalidCheckpoint):
        Verifier.read(broken)


def test_the_log_is_named_by_its_address_without_the_scheme() -> None:
    assert (
        origin_of("https://constancia.example/") == origin_of("https://constancia.example") == "constancia.example/log"
    )


@settings(deadline=None, max_examples=30)
@given(st.binary(max_size=100), st.integers(0, 511))
def test_ed25519_agrees_with_a_library_and_notices_any_bit(message: bytes, bit: int) -> None:
    signature = KEY.sign(message)
    assert ed25519.verify(LOG.key, message, signature)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not ed25519.verify(LOG.key, message, bytes(flipped))
    assert not ed25519.verify(LOG.key, message + b"!", signature)


def test_ed25519_refuses_what_is_no_key_or_no_signature() -> None:
    signature = KEY.sign(b"")
    assert not ed25519.verify(LOG.key[:-1], b"", signature)
    assert not ed25519.verify(b"\xff" * 32, b"", signature)
    assert not ed25519.verify(LOG.key, b"", signature[:-1])
    # The same signature with its scalar raised by the order of the group (RFC 8032, 8.4).
    raised = int.from_bytes(signature[32:], "little") + ed25519.ORDER
    assert not ed25519.verify(LOG.key, b"", signature[:32] + raised.to_bytes(32, "little"))


def test_an_entry_is_the_digest_of_its_salt_and_the_canonical_event() -> None:
    salt = "00112233445566778899aabbccddeeff"
    event = entries.annulled("C2CC6526", "2026-11-23T10:51:07-05:00", salt, reason='"Ñ" \\ \u0007')
    canonical = (
        '{"event":"annulled","moment":"2026-11-23T10:51:07-05:00","reason":"\\"Ñ\\" \\\\ \\u0007",'
        '"virtual_code":"C2CC6526"}'
    ).encode()
    assert event.canonical == canonical
    assert event.entry == hashlib.sha256(bytes.fromhex(salt) + canonical).digest()
    assert event.key == "C2CC6526#annulled"
    by = entries.superseded("C2CC6526", "2026-11-23T10:51:07-05:00", salt, by="7K9WQ4ZT")
    assert list(json.loads(by.canonical)) == ["by", "event", "moment", "virtual_code"]
    issue = entries.issued("C2CC6526", "m", salt, attestation="a", serial_number="00000001", sha256="b")
    assert list(json.loads(issue.canonical)) == [
        "attestation", "event", "moment", "serial_number", "sha256", "virtual_code",
    ]  # fmt: skip


def test_salts_are_drawn_of_sixteen_bytes_each_time_others() -> None:
    drawn = {entries.draw_salt() for _ in range(100)}
    assert len(drawn) == 100
    assert {len(bytes.fromhex(salt)) for salt in drawn} == {16}
