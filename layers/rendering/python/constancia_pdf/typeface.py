"""How text is set: styles, the repertoire of the prepared fonts, and the breaking of text into lines."""

from __future__ import annotations

from codecs import charmap_encode

from constancia.named_tuple import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Measure = Callable[[str, "Style"], float]
    """How wide a text is in a style, in points."""

CAP_HEIGHT = 0.714
"""The height of a capital, in parts of the type size."""

Colour = tuple[float, float, float]
"""Red, green and blue from 0 to 1."""


class Style:
    """How a text is set: weight, size in points, colour.

    Compared by identity: a style is one of the layout's few, and a key of what is remembered about texts.
    """

    def __init__(self, bold: bool, size: float, colour: Colour) -> None:
        self.bold = bold
        self.size = size
        self.colour = colour
        self.leading = round(size * 1.22, 2)
        """From one baseline to the next."""


REPERTOIRE = (
    " \"%&'()*+,-./0123456789:;=?_|°ºª–—“”«»ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    "ÁÉÍÓÚÜÑáéíóúüñÀÂÃÄÇÈÊËÌÎÏÒÔÕÖÙÛàâãäçèêëìîïòôõöùû"
)
"""What the fonts are prepared for: the writing of names, schools and resolutions in Peru, with the accents of its
neighbours; all of it WinAnsi. A text with any other character is for `constancia_pdf.reference`.
"""

_BEYOND_LATIN = dict(zip(map(ord, "–—“”"), b"\x96\x97\x93\x94", strict=True))
"""The bytes of the repertoire's characters that WinAnsi has and Latin-1 has not (ISO 32000-1, D.2)."""
_LATIN = bytes([code for code in map(ord, REPERTOIRE) if code not in _BEYOND_LATIN])
_WIN_ANSI = {code: code for code in _LATIN} | _BEYOND_LATIN


def encode(text: str) -> bytes:
    """The text in the bytes that the prepared fonts know; `UnicodeEncodeError` outside the repertoire."""
    # Five times as fast as by a table of our own; what Latin-1 has not becomes a backslash, and no text may have that.
    encoded = text.encode("latin-1", "backslashreplace")
    if not encoded.translate(None, _LATIN):
        return encoded
    return charmap_encode(text, "strict", _WIN_ANSI)[0]


def wrap(text: str, room: float, style: Style, measure: Measure) -> tuple[str, ...]:
    """The text in lines that are at most `room` wide; only a word wider than that is broken, nothing is cut.

    Every line but the last ends with a space, which parts the words for whoever hears the lines read.
    """
    text = " ".join(text.split())
    if measure(text, style) <= room:
        return (text,)
    lines: list[str] = []
    line, left, space = "", room, measure(" ", style)
    for word in text.split():
        width = measure(word, style)
        if line and space + width <= left:
            line, left = f"{line} {word}", left - space - width
            continue
        if line:
            lines.append(line + " ")
        *full, line = _pieces(word, room, style, measure)
        lines += full
        left = room - measure(line, style)
    return (*lines, line)


def _pieces(word: str, room: float, style: Style, measure: Measure) -> Iterator[str]:
    """A word in as few pieces as fit; a single character is never broken."""
    start = 0
    for end in range(1, len(word)) if measure(word, style) > room else ():
        if measure(word[start : end + 1], style) > room:
            yield word[start:end]
            start = end
    yield word[start:]
