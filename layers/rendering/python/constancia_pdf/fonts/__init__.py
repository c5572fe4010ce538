"""The whole fonts, regular and bold: see the README beside this file."""

from pathlib import Path

FONT_FILES = tuple(Path(__file__).parent / f"NotoSans-SemiCondensed-{weight}.ttf" for weight in ("Regular", "SemiBold"))
