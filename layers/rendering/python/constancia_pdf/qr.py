"""The QR of an address, from parts that were drawn ahead.

Once version, error level and mask are fixed, a QR is linear: flipping a bit of the text flips a fixed set of modules,
whatever the other bits are (the error correction is a Reed-Solomon code, the mask a constant; ISO/IEC 18004). So segno
draws one symbol for every length, of zero bits only, and one difference for every bit of the text; the symbol of any
address is the first exclusive-or the differences of the bits that are set.
"""

from constancia_pdf.kept import Kept
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
    return _written(text[stem:], stem, _stems[text[:stem], len(text)]).to_bytes(PART, "big")


def _written(text: bytes, position: int, symbol: int) -> int:
    """The symbol with a text in place of zero bits, from a position on."""
    for place in enumerate(text, position):
        symbol ^= _differences[place]
    return symbol


def _difference(place: tuple[int, int]) -> int:
    """What a byte of the text, at its position, changes in the symbol."""
    position, byte = place
    first = LONGEST + 1 + 8 * position
    changed = 0
    for bit in range(8):
        if byte >> bit & 1:
            changed ^= _part(first + bit)
    return changed


def _part(number: int) -> int:
    """The parts in order: the empty symbols of 0 to 84 bytes, then the differences of the bits, low bit first."""
    return int.from_bytes(QR_PARTS[number * PART : (number + 1) * PART], "big")


_differences = Kept(_difference, most=4096)
_stems: Kept[tuple[bytes, int], int] = Kept(lambda stem: _written(stem[0], 0, _part(stem[1])), most=128)
"""The symbols of addresses that begin like this, have this length, and go on with zero bits."""
