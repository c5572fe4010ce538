"""What `python -m constancia_pdf.prepare` made ahead of the first certificate, as it is used for every one."""

from constancia_pdf.typeface import Style, encode


def _read(name: str) -> bytes:
    # Importing pathlib would take a fifth of the cold start.
    with open(f"{__file__.rpartition('/')[0]}/{name}", "rb") as file:  # noqa: PTH123
        return file.read()


FONTS = _read("fonts.txt").splitlines()
"""The dictionaries of regular and bold, each followed by its description."""

_BEFORE_THE_SPACE = (0,) * 32


def _widths(font: bytes) -> tuple[bytes, bytes]:
    """By the byte of a character, the high and the low byte of its width in thousandths of the type size."""
    widths = (*_BEFORE_THE_SPACE, *map(int, font.partition(b"/Widths[")[2].partition(b"]")[0].split()))
    return bytes([width >> 8 for width in widths]), bytes([width & 255 for width in widths])


_WIDTHS = [_widths(font) for font in FONTS[::2]]


def advance(encoded: bytes, bold: bool) -> int:
    """How wide an encoded text is, in thousandths of the type size."""
    high, low = _WIDTHS[bold]
    return 256 * sum(encoded.translate(high)) + sum(encoded.translate(low))


def width(text: str, style: Style) -> float:
    """The `Measure` of the prepared fonts, in points; `UnicodeEncodeError` outside the repertoire."""
    return advance(encode(text), style.bold) * style.size / 1000


SRGB = _read("srgb.icc")
QR_PARTS = _read("qr.bin")

HEAD = _read("head.pdf")
"""The beginning of every file: the colour profile, then the programs of both fonts."""
HEAD_OBJECTS = 3
FIRST_FONT = 6
"""The object number that the dictionaries in `FONTS` begin at."""
OUTPUT_INTENT = b"<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/DestOutputProfile 1 0 R>>"
FONT_RESOURCES = b"/Font<</R 6 0 R/B 8 0 R>>"


def _places() -> list[int]:
    """Where each object of the head begins."""
    places = [0]
    for number in range(1, HEAD_OBJECTS + 1):
        places.append(HEAD.index(b"\n%d 0 obj\n" % number, places[-1]) + 1)
    return places[1:]


HEAD_PLACES = _places()
