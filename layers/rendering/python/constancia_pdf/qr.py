"""The QR of an address, from parts that were drawn ahead.

Once version, error level and mask are fixed, a QR is linear: flipping a bit of the text flips a fixed set of modules,
whatever the other bits are (the error correction is a Reed-Solomon code, the mask a constant; ISO/IEC 18004). So segno
draws one symbol for every length, of zero bits only, and one difference for every bit of the text; the symbol of any
address is the first exclusive-or the differences of the bits that are set.
"""

from functools import lru_cache, reduce

from constancia_pdf.prepared import QR_PARTS

VERSION = 5
ERROR_LEVEL = "m"
"""A sixth of the symbol may be dirty, creased or missing."""
MASK = 2
LONGEST = 84
"""Bytes that this version and level hold."""
MODULES = 17 + 4 * VERSION
QUIET_ZONE = 4
"""Modules of white that a reader needs on every side."""

PART = MODULES * -(-MODULES // 8)
"""Bytes of one symbol: each row fills whole bytes, as a PDF image wants them."""


_CODE = 8
"""Characters at the end of an address that differ from certificate to certificate."""


class TooLong(ValueError):
    """The address does not fit the prepared symbols."""


def picture(address: str) -> bytes:
    """The symbol as an image of one bit a module, 1 for dark, without the quiet zone.

    `UnicodeEncodeError` for an address that is not ASCII, `TooLong` for one of more than 84 characters.
    """
    text = address.encode("ascii")
    if len(text) > LONGEST:
        raise TooLong(address)
    stem = max(0, len(text) - _CODE)
    differences = map(_difference, range(stem, len(text)), text[stem:])
    return reduce(int.__xor__, differences, _stem(len(text), text[:stem])).to_bytes(PART, "big")


@lru_cache
def _stem(length: int, text: bytes) -> int:
    """The symbol of an address of this length that begins like this and goes on with zero bits."""
    return reduce(int.__xor__, map(_difference, range(len(text)), text), _part(length))


@lru_cache(maxsize=4096)
def _difference(position: int, byte: int) -> int:
    """What a byte of the text changes in the symbol."""
    first = LONGEST + 1 + 8 * position
    return reduce(int.__xor__, (_part(first + bit) for bit in range(8) if byte >> bit & 1), 0)


def _part(number: int) -> int:
    """The parts in order: the empty symbols of 0 to 84 bytes, then the differences of the bits, low bit first."""
    return int.from_bytes(QR_PARTS[number * PART : (number + 1) * PART], "big")
