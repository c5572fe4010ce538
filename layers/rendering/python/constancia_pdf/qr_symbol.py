"""Where the bits of a QR go: blocks and error correction sizes, function patterns, and the path of the codewords.

All numbers of paragraphs and tables are those of ISO/IEC 18004:2015. `constancia_pdf.qr` makes the codewords.
"""

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import NamedTuple

QUIET_ZONE = 4
"""Modules of white that a QR reader needs on every side of the symbol (6.3.8)."""
MASK = 2
"""One mask for all: a symbol whose bits look like noise gains nothing from choosing among the eight (7.8)."""

LARGEST = 16
"""The largest version that is drawn where there is a choice: at 35 millimetres a phone reads larger ones badly."""
DENSEST = 40
"""The largest version that there is, at level L; at level M the tables end with `LARGEST`."""
_LEVELS = {"l": 1, "m": 0}
"""How the format information writes an error correction level (table 12)."""
_CORRECTION = {
    "l": (
        *(7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24),
        *(28, 30, 28, 28, 28, 28, 30, 30, 26, 28, *[30] * 14),
    ),
    "m": (10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28),
}
"""Error correction codewords of each block, by version from 1 on (table 9)."""
_BLOCKS = {
    "l": (
        *(1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6),
        *(6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25),
    ),
    "m": (1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10),
}
"""The number of blocks, by version from 1 on (table 9)."""

Module = tuple[int, int]
"""Row and column, from the top left."""


class Symbol(NamedTuple):
    """Everything about a QR of one version and level that does not depend on what it says."""

    size: int
    """Modules on a side, quiet zone included."""
    blocks: int
    data: int
    """Data codewords in all."""
    correction: int
    """Error correction codewords of each block."""
    codewords: int
    """Codewords in all."""
    path: Callable[[str], tuple[str, ...]]
    """Takes of the bits of the codewords, followed by `noughts`, what makes the picture column by column."""
    noughts: str
    """As many as the longest stretch of the path outside the codewords."""
    base: int
    """The picture of a symbol without codewords, masked."""


def codewords(version: int) -> int:
    """Returns how many codewords a version has: its data modules by eight."""
    side, alignments = 17 + 4 * version, version // 7 + 2
    modules = side * side - 3 * 64 - 2 * 15 - 1 - 2 * (side - 16)
    if version > 1:
        modules -= 25 * (alignments**2 - 3) - 2 * 5 * (alignments - 2)
    if version >= 7:
        modules -= 36
    return modules // 8


def data_codewords(version: int, level: str) -> int:
    """Returns how many codewords of a version hold what it says."""
    return codewords(version) - _BLOCKS[level][version - 1] * _CORRECTION[level][version - 1]


def symbol(version: int, level: str) -> Symbol:
    """Returns what the QRs of a version and level have in common."""
    side = 17 + 4 * version
    function = dict(_function_modules(version, _LEVELS[level]))
    order = {module: place for place, module in enumerate(_data_modules(side, function))}
    size = side + 2 * QUIET_ZONE
    padded = size + -size % 8
    places: list[int | None] = []
    base = 0
    for column in range(-QUIET_ZONE, side + QUIET_ZONE):
        for row in range(-QUIET_ZONE, padded - QUIET_ZONE):
            place = order.get((row, column))
            places.append(place)
            dark = function.get((row, column), False) if place is None else column % 3 == 0  # mask 2 (table 10)
            base = base << 1 | dark
    path = tuple(_path(places, 8 * codewords(version)))
    return Symbol(
        size,
        _BLOCKS[level][version - 1],
        data_codewords(version, level),
        _CORRECTION[level][version - 1],
        codewords(version),
        itemgetter(*path),
        "0" * max(piece.stop - piece.start for piece in path if piece.step is None),
        base,
    )


def _path(places: list[int | None], end: int) -> Iterator[slice]:
    """A picture's modules as slices: of the bits where their places follow in even steps, elsewhere of the noughts."""
    start = 0
    while start < len(places):
        first, stop = places[start], start + 1
        if first is None or first >= end:
            while stop < len(places) and ((place := places[stop]) is None or place >= end):
                stop += 1
            yield slice(end, end + stop - start)
        else:
            last, step = first, 0
            while stop < len(places) and (place := places[stop]) is not None and place < end:
                if step and place - last != step:
                    break
                last, step = place, place - last
                stop += 1
            past = last + (step or 1)
            yield slice(first, past if past >= 0 else None, step or 1)
        start = stop


def _data_modules(side: int, function: dict[Module, bool]) -> Iterator[Module]:
    """The modules for codewords in their order: two columns at a time from the right, upwards and downwards (7.7.3)."""
    upwards = True
    for right in (*range(side - 1, 6, -2), 5, 3, 1):
        for row in range(side - 1, -1, -1) if upwards else range(side):
            for column in (right, right - 1):
                if (row, column) not in function:
                    yield row, column
        upwards = not upwards


def _function_modules(version: int, level: int) -> Iterator[tuple[Module, bool]]:
    """Every module that holds no codeword, and whether it is dark (6.3)."""
    side = 17 + 4 * version
    for place in range(side):
        yield (6, place), place % 2 == 0
        yield (place, 6), place % 2 == 0
    centres = _alignment_centres(version)
    for y in centres:
        for x in centres:
            if (y, x) not in ((6, 6), (6, side - 7), (side - 7, 6)):
                yield from _rings(y, x, 2, side, (0, 2))
    for y, x in ((3, 3), (3, side - 4), (side - 4, 3)):
        yield from _rings(y, x, 4, side, (0, 1, 3))
    yield from _format_information(side, level)
    if version >= 7:
        bits = version << 12 | _remainder(version << 12, 0x1F25)  # annex D
        for place in range(18):
            a, b = side - 11 + place % 3, place // 3
            yield (a, b), bool(bits >> place & 1)
            yield (b, a), bool(bits >> place & 1)


def _rings(y: int, x: int, radius: int, side: int, dark: tuple[int, ...]) -> Iterator[tuple[Module, bool]]:
    """A finder or alignment pattern: squares around a centre, dark at these distances from it."""
    for row in range(max(0, y - radius), min(side, y + radius + 1)):
        for column in range(max(0, x - radius), min(side, x + radius + 1)):
            yield (row, column), max(abs(row - y), abs(column - x)) in dark


def _alignment_centres(version: int) -> list[int]:
    """The rows and columns in which alignment patterns are centred (annex E; version 32 is the only exception)."""
    if version == 1:
        return []
    count, last = version // 7 + 2, 4 * version + 10
    step = 26 if version == 32 else -(-(last - 6) // (2 * (count - 1))) * 2
    return [6, *(last - step * place for place in range(count - 2, -1, -1))]


def _format_information(side: int, level: int) -> Iterator[tuple[Module, bool]]:
    """The format information, written twice, and the dark module beside it (7.9)."""
    data = (level << 3 | MASK) << 10
    bits = (data | _remainder(data, 0x537)) ^ 0x5412
    for place in range(15):
        dark = bool(bits >> place & 1)
        near = place if place < 6 else place + 1 if place < 8 else 14 - place
        yield ((near, 8) if place < 8 else (8, near if place > 8 else 7)), dark
        yield ((8, side - 1 - place) if place < 8 else (side - 15 + place, 8)), dark
    yield (side - 8, 8), True


def _remainder(bits: int, generator: int) -> int:
    """The remainder of a division of polynomials over bits (annex C)."""
    while bits.bit_length() >= generator.bit_length():
        bits ^= generator << (bits.bit_length() - generator.bit_length())
    return bits
