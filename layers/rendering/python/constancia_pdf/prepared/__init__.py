"""What `python -m constancia_pdf.prepare` made ahead of the first certificate, as it is used for every one."""

from pathlib import Path

from constancia_pdf.typeface import Style, encode

_FOLDER = Path(__file__).parent

_WIDTHS = [int(width) for width in (_FOLDER / "widths.txt").read_text("ascii").split()]
_WIDTH_OF_CODE = (_WIDTHS[:256].__getitem__, _WIDTHS[256:].__getitem__)


def width(text: str, style: Style) -> float:
    """How wide a text is in a style, in points; `UnicodeEncodeError` outside the repertoire."""
    return sum(map(_WIDTH_OF_CODE[style.bold], encode(text))) * style.size / 1000
