"""The few parts of DER (X.690) in which keys, signatures and certificates are: read strictly, and written."""

from collections.abc import Iterator

INTEGER, BIT_STRING, SEQUENCE = 0x02, 0x03, 0x30
"""Tags."""
P256_KEY = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""How the SubjectPublicKeyInfo of a point of P-256 begins (RFC 5480); the two coordinates follow."""


class NotDer(ValueError):
    """Bytes that are not what they should be in DER."""


def values_in(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The tags and contents of the values that stand one after the other.

    Raises:
        NotDer: they are cut off, or a length is not in its shortest form.
    """
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise NotDer("cut off")
        length, start = data[at + 1], at + 2
        if length >= 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[at + 2 : start], "big")
            if length < 0x80 or not data[at + 2]:
                raise NotDer("a length that is longer than it need be")
        if start + length > len(data):
            raise NotDer("cut off")
        yield data[at], data[start : start + length]
        at = start + length


def value_of(tag: int, data: bytes) -> bytes:
    """The content of the one value that all of the bytes are.

    Raises:
        NotDer: they are none with that tag, or there is more.
    """
    found = list(values_in(data))
    if [each for each, _ in found] != [tag]:
        raise NotDer("another value")
    return found[0][1]


def read_integers(data: bytes) -> list[int]:
    """The whole numbers of a SEQUENCE of positive INTEGERs: an ECDSA signature (RFC 3279), or an RSA public key.

    Raises:
        NotDer: it is none.
    """
    found = []
    for tag, content in values_in(value_of(SEQUENCE, data)):
        if tag != INTEGER or not content or content[0] & 0x80:
            raise NotDer("no positive number")
        found.append(int.from_bytes(content, "big"))
    return found


def read_point(key: bytes) -> tuple[int, int]:
    """The coordinates in the SubjectPublicKeyInfo of a P-256 key.

    Raises:
        NotDer: it is a key of another kind.
    """
    point = key.removeprefix(P256_KEY)
    if len(key) != len(P256_KEY) + 64 or len(point) != 64:
        raise NotDer("no P-256 key")
    return int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")


def write(tag: int, *contents: bytes) -> bytes:
    """A value with that tag and these contents."""
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + content
