"""The files that `python -m constancia_pdf.prepare` writes, read when they are first needed.

They are not read on import, so that `constancia_pdf.prepare` can run before they exist.
"""

from functools import cache
from pathlib import Path

from constancia_pdf import qr
from constancia_pdf.typeface import Style, encode

FOLDER = Path(__file__).parent

HEAD_OBJECTS = 3
"""Objects in `head()`."""
FIRST_FONT = 6
"""The object number of the first of `font_dictionaries()`."""
FONT_OBJECTS = 4
"""The number of `font_dictionaries()`."""
OUTPUT_INTENT = b"<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/DestOutputProfile 1 0 R>>"
FONT_RESOURCES = b"/Font<</R 6 0 R/B 8 0 R>>"

_CODES_BEFORE_THE_SPACE = (0,) * 32


@cache
def head() -> bytes:
    """Returns the beginning of every file: the colour profile, then the programs of both fonts."""
    return (FOLDER / "head.pdf").read_bytes()


@cache
def head_places() -> tuple[int, ...]:
    """Returns the byte offset of each object in `head()`."""
    places = [0]
    for number in range(1, HEAD_OBJECTS + 1):
        places.append(head().index(b"\n%d 0 obj\n" % number, places[-1]) + 1)
    return tuple(places[1:])


@cache
def font_dictionaries() -> tuple[bytes, ...]:
    """Returns the dictionaries of the regular and the bold font, each followed by its descriptor."""
    return tuple((FOLDER / "fonts.txt").read_bytes().splitlines())


@cache
def srgb_profile() -> bytes:
    """Returns the ICC profile of the output intent."""
    return (FOLDER / "srgb.icc").read_bytes()


def advance(encoded: bytes, bold: bool) -> int:
    """Returns the width of an encoded text in thousandths of the type size."""
    high, low = _width_tables(bold)
    return 256 * sum(encoded.translate(high)) + sum(encoded.translate(low))


def width(text: str, style: Style) -> float:
    """Returns the width of a text in points; a `Measure` for the prepared fonts.

    Raises:
        UnicodeEncodeError: a character is outside the repertoire.
    """
    return advance(encode(text), style.bold) * style.size / 1000


@cache
def _width_tables(bold: bool) -> tuple[bytes, bytes]:
    """The high and the low bytes of the character widths, two tables for `bytes.translate`.

    Summing translated bytes is faster than looking up each character.
    """
    dictionary = font_dictionaries()[2 * bold]
    widths = (
        *_CODES_BEFORE_THE_SPACE,
        *map(int, dictionary.partition(b"/Widths[")[2].partition(b"]")[0].split()),
    )
    return bytes([width >> 8 for width in widths]), bytes([width & 255 for width in widths])


def read() -> None:
    """Reads all of the files and makes the parts of QRs that repeat, before the first certificate needs them."""
    qr.prepare()
    head_places()
    for bold in (False, True):
        _width_tables(bold)
