"""The whole fonts, regular and bold; the README in this folder names their source."""

from pathlib import Path

FONT_FILES = tuple(Path(__file__).parent / f"NotoSans-SemiCondensed-{weight}.ttf" for weight in ("Regular", "SemiBold"))
