"""Makes the files that every certificate shares: `python -m constancia_pdf.prepare` writes them to `prepared/`.

An argument names another folder. Run it after a change of the repertoire, the fonts or this module; a test fails if
the files are not up to date.
"""

import io
import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from PIL import ImageCms

from constancia_pdf import prepared
from constancia_pdf.fonts import FONT_FILES
from constancia_pdf.syntax import compressed_object
from constancia_pdf.typeface import REPERTOIRE, encode

_SUBSET_TAG = "CLAPDF"
"""Six letters mark a font as a subset (ISO 32000-1, 9.6.4)."""
_NONSYMBOLIC = 32
"""The flag of a font with Latin letters (ISO 32000-1, 9.8.2)."""
_STEM = (80, 120)
"""The thickness of the stems of regular and bold, in thousandths of the type size."""
_SMALLEST = 12
"""The highest level of compression."""
_PROFILE_MOMENT = slice(24, 36)
"""The bytes of year, month, day, hour, minute and second in a profile (ICC.1, 7.2)."""


def main() -> None:
    """Writes every prepared file to the folder in the first argument, or to `prepared/`."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else prepared.FOLDER
    for name, content in prepared_files().items():
        (folder / name).write_bytes(content)
        sys.stdout.write(f"{name}: {len(content)} bytes\n")


def prepared_files() -> dict[str, bytes]:
    """Returns the content of every prepared file by its name."""
    profile = _srgb_profile()
    programs = [_subset(path) for path in FONT_FILES]
    head = [
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        compressed_object(1, b"/N 3/Alternate/DeviceRGB", profile, _SMALLEST),
        *(
            compressed_object(2 + bold, b"/Length1 %d" % len(program), program, _SMALLEST)
            for bold, program in enumerate(programs)
        ),
    ]
    return {
        "srgb.icc": profile,
        "head.pdf": b"".join(head),
        "fonts.txt": b"\n".join(dictionary for bold in (False, True) for dictionary in _font(bold)),
    }


def _font(bold: bool) -> list[bytes]:
    """The dictionary of a font and its descriptor (ISO 32000-1, 9.6.3 and 9.8)."""
    font = TTFont(FONT_FILES[bold])
    head, hhea = font["head"], font["hhea"]
    scale = 1000 / head.unitsPerEm
    name = f"{_SUBSET_TAG}+{font['name'].getDebugName(6)}".encode("ascii")
    box = [round(side * scale) for side in (head.xMin, head.yMin, head.xMax, head.yMax)]
    return [
        b"<</Type/Font/Subtype/TrueType/BaseFont/%b/Encoding/WinAnsiEncoding/FirstChar 32/LastChar 255"
        b"/FontDescriptor %d 0 R/Widths[%b]>>" % (name, prepared.FIRST_FONT + 2 * bold + 1, _numbers(_widths(font))),
        b"<</Type/FontDescriptor/FontName/%b/Flags %d/FontBBox[%b]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d"
        b"/StemV %d/FontFile2 %d 0 R>>"
        % (
            name,
            _NONSYMBOLIC,
            _numbers(box),
            round(hhea.ascent * scale),
            round(hhea.descent * scale),
            round(font["OS/2"].sCapHeight * scale),
            _STEM[bold],
            2 + bold,
        ),
    ]


def _numbers(values: Iterable[int]) -> bytes:
    return b" ".join(b"%d" % value for value in values)


def _subset(path: Path) -> bytes:
    """The font program with only the repertoire's glyphs and the tables that a PDF needs."""
    font = TTFont(path, recalcTimestamp=False)
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, glyph_names=False)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "DSIG", "STAT", "OS/2", "name", "gasp", "cvt ", "prep", "fpgm"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=REPERTOIRE)
    subsetter.subset(font)
    program = io.BytesIO()
    font.save(program)
    return program.getvalue()


def _srgb_profile() -> bytes:
    """The profile of the output intent, with a fixed moment of creation."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_PROFILE_MOMENT] = bytes.fromhex("07d0 0001 0001 0000 0000 0000")
    return bytes(profile)


def _widths(font: TTFont) -> list[int]:
    """The advance widths of codes 32 to 255 in thousandths of the type size; 0 where there is no character."""
    scale, glyphs, advances = 1000 / font["head"].unitsPerEm, font.getBestCmap(), font["hmtx"].metrics
    width = {encode(char)[0]: round(advances[glyphs[ord(char)]][0] * scale) for char in REPERTOIRE}
    return [width.get(code, 0) for code in range(32, 256)]


if __name__ == "__main__":
    main()
