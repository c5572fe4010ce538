"""QR codes (ISO/IEC 18004:2015): an address, and after it where wanted a number, whose digits take less than letters.

A symbol is put together by few operations on whole strings and integers: segno, whose symbols the tests compare with
these, takes fifty times as long. `constancia_pdf.qr_symbol` says where the bits of the codewords go.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from constancia_pdf.qr_symbol import LARGEST, Symbol, data_codewords, symbol

SMALLEST = 5
"""The version of an address of up to 84 characters at level M."""

_BYTES, _NUMBER = 0b0100, 0b0001
"""How the two kinds of segment begin (table 2)."""
_END = 4
"""Bits after the last segment."""
_DIGITS = 4000
_MANY = 10**_DIGITS
_PAD = b"\xec\x11"
_POLYNOMIAL = 0x11D
"""The field of 256 elements over which the error correction counts (7.5.2)."""


class Picture(NamedTuple):
    """A symbol as an image of one bit a module, 1 for dark, column by column, each padded to whole bytes."""

    size: int
    """Modules on a side, quiet zone included."""
    bits: bytes


class TooLong(ValueError):
    """There is more to say than the largest symbol holds."""


def link(address: str) -> Picture:
    """Returns the QR of an address at level M, which recovers about 15 % of the symbol.

    Raises:
        UnicodeEncodeError: the address is not ASCII.
        TooLong: the address has more than 400 characters.
    """
    text = address.encode("ascii")
    start = max(0, len(text) - _CODE_LENGTH)
    beginning, code = text[:start], text[start:]
    size, bits = _link(beginning + bytes(len(code)))
    for place, character in enumerate(code):
        bits ^= _difference(beginning, place, len(code), character)
    return Picture(size, _in_columns(size, bits))


def signed_data(address: str, attestation: bytes, largest: int = LARGEST) -> Picture:
    """Returns the QR of the page's signed data: the address, `#`, and a byte 01 and the attestation as decimal number.

    It has level L, which recovers about 7 %: at the same size its modules are larger, and a phone reads it better.

    Raises:
        UnicodeEncodeError: the address is not ASCII.
        TooLong: there is more than version `largest` holds; for 16 see `constancia.document.LARGEST_ATTESTATION`.
    """
    number = int.from_bytes(b"\x01" + attestation, "big")
    size, bits = _drawn(f"{address}#".encode("ascii"), _decimal(number), "l", 1, largest)
    return Picture(size, _in_columns(size, bits))


def _decimal(number: int) -> str:
    """A number in decimal digits, of which Python by itself writes no more than 4,300."""
    higher, lower = divmod(number, _MANY)
    return f"{_decimal(higher)}{lower:0{_DIGITS}d}" if higher else str(lower)


def prepare() -> None:
    """Makes what all symbols of a version have in common, before the first certificate needs it: 5 ms a version."""
    for version, level in ((SMALLEST, "m"), *((version, "l") for version in range(9, LARGEST + 1))):
        made = _symbol(version, level)
        _contributions(made.data, made.blocks, made.correction)


_symbol = cache(symbol)


# A QR is linear: flipping a bit of the text flips the same modules, whatever the other bits are. Addresses differ in
# their codes alone, so the symbol of an address is that of its beginning, changed by what each character of the code
# changes.

_CODE_LENGTH = 8


@lru_cache(maxsize=128)
def _link(text: bytes) -> tuple[int, int]:
    return _drawn(text, "", "m", SMALLEST)


@lru_cache(maxsize=1024)
def _difference(beginning: bytes, place: int, length: int, character: int) -> int:
    """The modules that a character flips at a place of a code of so many characters, beside zero bits there."""
    code = bytearray(length)
    code[place] = character
    return _link(beginning + bytes(length))[1] ^ _drawn(beginning + bytes(code), "", "m", SMALLEST)[1]


def _in_columns(size: int, bits: int) -> bytes:
    return bits.to_bytes(size * -(-size // 8), "big")


def _drawn(text: bytes, digits: str, level: str, smallest: int, largest: int = LARGEST) -> tuple[int, int]:
    """A symbol: modules on a side, quiet zone included, and the modules as bits of a number."""
    version = _version(len(text), len(digits), level, smallest, largest)
    made = _symbol(version, level)
    codewords = _with_correction(_padded(*_segments(text, digits, version), made.data), made)
    stream = f"{int.from_bytes(codewords, 'big'):0{8 * made.codewords}b}{made.noughts}"
    return made.size, int("".join(made.path(stream)), 2) ^ made.base


@cache
def _version(characters: int, digits: int, level: str, smallest: int, largest: int) -> int:
    """The smallest version from `smallest` to `largest` that holds so much."""
    for version in range(smallest, largest + 1):
        for_bytes, for_number = _lengths(version)
        size = 4 + for_bytes + 8 * characters
        if digits:
            size += 4 + for_number + (10 * digits + 2) // 3
        if size <= 8 * data_codewords(version, level):
            return version
    raise TooLong(f"{characters} characters and {digits} digits")


def _lengths(version: int) -> tuple[int, int]:
    """The bits in which a segment of bytes, and one of digits, writes its length (table 3)."""
    return (8, 10) if version < 10 else (16, 12 if version < 27 else 14)


def _segments(text: bytes, digits: str, version: int) -> tuple[int, int]:
    """The bits of a segment of bytes and of one of digits, if there are any, and their number (7.4)."""
    for_bytes, for_number = _lengths(version)
    size = 4 + for_bytes + 8 * len(text)
    bits = (_BYTES << for_bytes | len(text)) << 8 * len(text) | int.from_bytes(text, "big")
    if digits:
        threes, rest = divmod(len(digits), 3)
        written = digits[: 3 * threes].encode("ascii")
        hundreds, tens, ones = (_in_tens_of_bits(written[place::3]) for place in range(3))
        bits = (bits << 4 | _NUMBER) << for_number | len(digits)
        bits = bits << 10 * threes | 100 * hundreds + 10 * tens + ones
        size += 4 + for_number + 10 * threes
        if rest:
            bits = bits << 3 * rest + 1 | int(digits[-rest:])
            size += 3 * rest + 1
    return bits, size


def _in_tens_of_bits(digits: bytes) -> int:
    """The number in whose bits each digit takes ten: as digits of base 32 with noughts between them."""
    written = bytearray(b"0" * (2 * len(digits)))
    written[1::2] = digits
    return int(written, 32)


def _padded(bits: int, size: int, codewords: int) -> bytes:
    """The bits, their end and the padding as so many codewords (7.4.9 and 7.4.10)."""
    end = min(size + _END, 8 * codewords)
    whole = -(-end // 8)
    data = (bits << 8 * whole - size).to_bytes(whole, "big")
    return (data + _PAD * (codewords - whole))[:codewords]


# --- error correction (7.5): Reed-Solomon codes over the field of 256 elements


def _with_correction(data: bytes, made: Symbol) -> bytes:
    """The data codewords in blocks with their error correction codewords, interleaved (7.6)."""
    blocks, size = made.blocks, made.correction
    short, longer = divmod(made.data, blocks)
    codewords = bytearray(made.codewords)
    start = 0
    for number in range(blocks):
        end = start + short
        codewords[number : short * blocks : blocks] = data[start:end]
        if number >= blocks - longer:
            codewords[made.data - blocks + number] = data[end]
            end += 1
        start = end
    # The error correction of a block is the sum of what each of its codewords contributes: products of constants.
    products = list(
        map(bytes.translate, _contributions(made.data, blocks, size), map(_multiples().__getitem__, codewords))
    )
    every, some = products[: short * blocks], products[short * blocks :]
    total = int.from_bytes(b"".join(some + every), "big")
    rounds, width = short + bool(longer), 8 * blocks * size
    while rounds > 1:  # one for each place in the blocks, halved until all are added up
        rounds = (rounds + 1) // 2
        total = total >> rounds * width ^ total & (1 << rounds * width) - 1
    corrections = total.to_bytes(blocks * size, "big")
    for number in range(blocks):
        codewords[made.data + number :: blocks] = corrections[number * size : (number + 1) * size]
    return bytes(codewords)


@cache
def _contributions(data: int, blocks: int, size: int) -> Sequence[bytes]:
    """For each data codeword, interleaved, what a one there contributes to the error correction of its block."""
    multiples = _multiples()
    generator, root = b"\x01", 1
    for _ in range(size):
        generator = _sum(generator + b"\x00", b"\x00" + generator.translate(multiples[root]))
        root = multiples[2][root]
    generator = generator[1:]
    short, longer = divmod(data, blocks)
    from_the_last = [generator]
    for _ in range(short):
        first, *others = from_the_last[-1]
        from_the_last.append(_sum(bytes(others) + b"\x00", generator.translate(multiples[first])))
    made_of = [
        from_the_last[short - 1 - place + (number >= blocks - longer)]
        for place in range(short)
        for number in range(blocks)
    ]
    return (*made_of, *(generator for _ in range(longer)))


@cache
def _multiples() -> Sequence[bytes]:
    """For each element of the field, the products with all elements: a table for `bytes.translate`."""
    double = bytes([2 * element ^ (_POLYNOMIAL if element & 128 else 0) for element in range(256)])
    tables = [bytes(256), bytes(range(256))]
    for factor in range(2, 256):
        table = tables[factor // 2].translate(double)
        tables.append(_sum(table, tables[1]) if factor % 2 else table)
    return tuple(tables)


def _sum(one: bytes, other: bytes) -> bytes:
    """The sums, element by element, of two rows of the same length."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")
