"""How text is set: styles, the repertoire of the prepared fonts, and the breaking of text into lines."""

import codecs
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FONT_FILES = tuple(
    Path(__file__).parent / "fonts" / f"NotoSans-SemiCondensed-{weight}.ttf" for weight in ("Regular", "SemiBold")
)
"""The whole fonts, regular and bold."""


class Style(NamedTuple):
    """How a text is set: weight, size in points, colour in red, green and blue from 0 to 1."""

    bold: bool
    size: float
    colour: tuple[float, float, float]

    @property
    def leading(self) -> float:
        """From one baseline to the next."""
        return round(self.size * 1.22, 2)


Measure = Callable[[str, Style], float]
"""How wide a text is in a style, in points."""

REPERTOIRE = (
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]_abcdefghijklmnopqrstuvwxyz|"
    "ÁÉÍÓÚÜÑáéíóúüñ¿¡°ºª«»·–—‘’“”"
    "ÀÂÃÄÇÈÊËÌÎÏÒÔÕÖÙÛàâãäçèêëìîïòôõöùû"
)
"""What names, schools and resolutions are written with in Peru, neighbours' accents included; all of it WinAnsi.

`python -m constancia_pdf.prepare` cuts both weights down to it. A text with any other character is for
`constancia_pdf.reference`.
"""

_HOLE = "\ufffe"
"""Python's mark for a byte that stands for no character."""
_ENCODING = codecs.charmap_build(
    "".join(
        character if character in REPERTOIRE else _HOLE
        for character in bytes(range(256)).decode("cp1252", errors="replace").replace("\ufffd", _HOLE)
    )
)


def encode(text: str) -> bytes:
    """The text in the bytes that the prepared fonts know (WinAnsi); `UnicodeEncodeError` outside the repertoire."""
    return codecs.charmap_encode(text, "strict", _ENCODING)[0]


@lru_cache(maxsize=2048)
def wrap(text: str, room: float, style: Style, measure: Measure) -> tuple[str, ...]:
    """The text in lines that are at most `room` wide; only a word wider than that is broken, nothing is cut.

    Every line but the last ends with a space, which parts the words for whoever hears the lines read.
    """
    if measure(text, style) <= room:
        return (text,)
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if measure(longer, style) <= room:
            line = longer
            continue
        if line:
            lines.append(line + " ")
        while measure(word, style) > room:
            head = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or measure(word[:n], style) <= room)
            lines.append(word[:head])
            word = word[head:]
        line = word
    return (*lines, line)
