"""How text is set: styles, the repertoire of the prepared fonts, and the breaking of text into lines."""

from codecs import charmap_encode
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

CAP_HEIGHT = 0.714
"""The height of a capital, as a fraction of the type size."""

Colour = tuple[float, float, float]
"""Red, green and blue from 0 to 1."""


class Style(NamedTuple):
    """How a text is set: weight, type size in points, colour."""

    bold: bool
    size: float
    colour: Colour

    @property
    def leading(self) -> float:
        """The distance from one baseline to the next, in points."""
        return round(self.size * 1.22, 2)


Measure = Callable[[str, Style], float]
"""A function that returns the width of a text in a style, in points."""

REPERTOIRE = (
    " \"%&'()*+,-./0123456789:;=?_|°ºª–—“”«»ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    "ÁÉÍÓÚÜÑáéíóúüñÀÂÃÄÇÈÊËÌÎÏÒÔÕÖÙÛàâãäçèêëìîïòôõöùû"
)
"""The characters of the prepared fonts: those that names, schools and resolutions in Peru are written with, and the
accents of neighbouring languages. All are in WinAnsi. `constancia_pdf.reference` sets a text with any other character.
"""

_BEYOND_LATIN = dict(zip(map(ord, "–—“”"), b"\x96\x97\x93\x94", strict=True))
"""The bytes of the repertoire's characters that WinAnsi has and Latin-1 has not (ISO 32000-1, D.2)."""
_LATIN = bytes([code for code in map(ord, REPERTOIRE) if code not in _BEYOND_LATIN])
_WIN_ANSI = {code: code for code in _LATIN} | _BEYOND_LATIN


def encode(text: str) -> bytes:
    """Encodes a text in WinAnsi, the encoding of the prepared fonts.

    Raises:
        UnicodeEncodeError: a character is outside the repertoire.
    """
    # Five times as fast as by a table of our own. Latin-1 replaces what it lacks by a backslash, which is not in the
    # repertoire.
    encoded = text.encode("latin-1", "backslashreplace")
    if not encoded.translate(None, _LATIN):
        return encoded
    return charmap_encode(text, "strict", _WIN_ANSI)[0]


def wrap(text: str, width: float, style: Style, measure: Measure) -> tuple[str, ...]:
    """Breaks a text into lines of at most `width` points; breaks a word only if it is wider than that.

    Every line but the last ends with a space, so that a screen reader does not join words across lines.
    """
    return wrap_words(text.split(), width, style, measure)


def wrap_words(words: Sequence[str], width: float, style: Style, measure: Measure) -> tuple[str, ...]:
    """Breaks a text into lines as `wrap` does, only between these words."""
    text = " ".join(words)
    if measure(text, style) <= width:
        return (text,)
    lines: list[str] = []
    line, left, space = "", width, measure(" ", style)
    for word in words:
        word_width = measure(word, style)
        if line and space + word_width <= left:
            line, left = f"{line} {word}", left - space - word_width
            continue
        if line:
            lines.append(line + " ")
        *full, line = _pieces(word, width, style, measure)
        lines += full
        left = width - measure(line, style)
    return (*lines, line)


def _pieces(word: str, width: float, style: Style, measure: Measure) -> Iterator[str]:
    """Breaks a word into as few pieces as fit; a piece has at least one character."""
    start = 0
    for end in range(1, len(word)) if measure(word, style) > width else ():
        if measure(word[start : end + 1], style) > width:
            yield word[start:end]
            start = end
    yield word[start:]
