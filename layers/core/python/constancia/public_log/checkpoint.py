"""Checkpoints: size and root of the log's tree, as a signed note (C2SP `tlog-checkpoint` and `signed-note`)."""

import base64
import hashlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

from constancia.errors import InvalidCheckpoint
from constancia.public_log import ed25519

ED25519, COSIGNATURE = b"\x01", b"\x04"
"""The types of a signature: the log's own, and a witness's with its time."""
SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410)."""
MOST_SIGNATURES = 16
TIME = 8
"""Bytes of the time in a cosignature."""


class Verifier(NamedTuple):
    """Whose signatures are believed: a name, a type of signature, and a public key of 32 bytes."""

    name: str
    kind: bytes
    key: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before its signatures."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.key).digest()[:4]

    def __str__(self) -> str:
        """The verifier key as C2SP writes it (`vkey`)."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.kind + self.key).decode()}"

    @classmethod
    def read(cls, vkey: str) -> "Verifier":
        """The verifier of a verifier key.

        Raises:
            InvalidCheckpoint: it is none, or of a kind that this service does not know.
        """
        try:
            name, key_id, key = vkey.strip().split("+", 2)
            raw = base64.b64decode(key, validate=True)
        except ValueError as error:
            raise InvalidCheckpoint("no verifier key") from error
        found = cls(name, raw[:1], raw[1:])
        if found.kind not in (ED25519, COSIGNATURE) or len(found.key) != ed25519.KEY or not name:
            raise InvalidCheckpoint("no verifier key")
        if found.key_id.hex() != key_id:
            raise InvalidCheckpoint("the verifier key is damaged")
        return found

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether it signed a text; a cosignature begins with its time."""
        if self.kind == ED25519:
            return ed25519.verify(self.key, text.encode(), signature)
        moment = int.from_bytes(signature[:TIME], "big")
        message = f"cosignature/v1\ntime {moment}\n{text}".encode()
        return ed25519.verify(self.key, message, signature[TIME:])


def verifier_of(origin: str, public_key: bytes) -> Verifier:
    """The verifier of the log itself, from the SubjectPublicKeyInfo of its key.

    Raises:
        InvalidCheckpoint: it is no Ed25519 key.
    """
    if not public_key.startswith(SPKI_PREFIX):
        raise InvalidCheckpoint("the log's key is not of Ed25519")
    return Verifier(origin, ED25519, public_key[len(SPKI_PREFIX) :])


def origin_of(portal_url: str) -> str:
    """The name of the log: the address of its portal without the scheme, and `/log`."""
    return f"{portal_url.partition('://')[2].rstrip('/')}/log"


class Checkpoint(NamedTuple):
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def sign(self, verifier: Verifier, sign: Callable[[bytes], bytes]) -> str:
        """The signed note; `sign` signs with the key of the verifier."""
        return self.text + "\n" + signature_line(verifier, sign(self.text.encode()))


def signature_line(verifier: Verifier, signature: bytes) -> str:
    """A signature as a line of a note."""
    return f"— {verifier.name} {base64.b64encode(verifier.key_id + signature).decode()}\n"


def read_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint of a note that the verifier signed.

    Raises:
        InvalidCheckpoint: it is no checkpoint of that log, or a signature with the verifier's name is wrong or missing.
    """
    text, signatures = split(note)
    if not any(line_is_by(line, verifier) for line in signatures):
        raise InvalidCheckpoint("the log did not sign it")
    for line in signatures:
        if line_is_by(line, verifier) and not verifier.signed(text, _signature(line)):
            raise InvalidCheckpoint("the signature is wrong")
    try:
        origin, size, root, *_ = text.split("\n")
        found = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    except ValueError as error:
        raise InvalidCheckpoint("it is no checkpoint") from error
    if found.text != text or origin != verifier.name:
        raise InvalidCheckpoint("it is no checkpoint of this log")
    return found


def believed(note: str, verifiers: Iterable[Verifier]) -> Checkpoint | None:
    """The checkpoint of a note that one of the verifiers signed, or None."""
    for verifier in verifiers:
        try:
            return read_checkpoint(note, verifier)
        except InvalidCheckpoint:
            continue
    return None


def split(note: str) -> tuple[str, list[str]]:
    """The text of a note and its signature lines.

    Raises:
        InvalidCheckpoint: it is no note.
    """
    text, parted, signatures = note.rpartition("\n\n")
    lines = signatures.splitlines(keepends=True)
    if not parted or not 0 < len(lines) <= MOST_SIGNATURES or not note.endswith("\n"):
        raise InvalidCheckpoint("it is no signed note")
    return text + "\n", lines


def line_is_by(line: str, verifier: Verifier) -> bool:
    """Whether a signature line bears the name and the id of a verifier; its signature may still be wrong."""
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or parts[1] != verifier.name:
        return False
    try:
        return base64.b64decode(parts[2].removesuffix("\n"), validate=True)[:4] == verifier.key_id
    except ValueError:
        return False


def _signature(line: str) -> bytes:
    return base64.b64decode(line.split(" ")[2].strip())[4:]


def cosignatures(checkpoint: Checkpoint, answer: str, witness: Verifier) -> list[str]:
    """The lines of a witness's answer that are its cosignatures of a checkpoint; all other lines are left out."""
    return [
        line
        for line in answer.splitlines(keepends=True)
        if line.endswith("\n") and line_is_by(line, witness) and witness.signed(checkpoint.text, _signature(line))
    ]
