"""Made once, not for every certificate: `python -m constancia_pdf.prepare` writes what the layer carries in `prepared/`.

Run it after a change of the repertoire, the fonts or this module; a test says when it was forgotten.
"""

import io
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from constancia_pdf.typeface import FONT_FILES, REPERTOIRE, encode

PREPARED = Path(__file__).parent / "prepared"


def main() -> None:
    """Writes every prepared file anew."""
    PREPARED.mkdir(exist_ok=True)
    for name, content in prepared_files().items():
        (PREPARED / name).write_bytes(content)
        sys.stdout.write(f"{PREPARED / name}: {len(content)} bytes\n")


def prepared_files() -> dict[str, bytes]:
    """The name and content of every prepared file."""
    fonts = [TTFont(path) for path in FONT_FILES]
    return {"widths.txt": " ".join(str(width) for font in fonts for width in _widths(font)).encode("ascii")}


def _widths(font: TTFont) -> list[int]:
    """The advance widths of the 256 codes in thousandths of the type size; 0 where there is no character."""
    scale = 1000 / font["head"].unitsPerEm
    advance = {encode(c)[0]: round(font["hmtx"][font.getBestCmap()[ord(c)]][0] * scale) for c in REPERTOIRE}
    return [advance.get(code, 0) for code in range(256)]


if __name__ == "__main__":
    main()
