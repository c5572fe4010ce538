"""The Spanish words of the portal's modules: the texts in their source, `{}` in place of what is put in."""

from collections.abc import Iterator
from pathlib import Path

BEFORE_AN_EXPRESSION = "(,=:[!&|?{};+>"


def texts_of(module: Path) -> set[str]:
    """The texts of a module: quoted ones, and templates."""
    source = module.read_text(encoding="utf-8")
    found: set[str] = set()
    _read(source, 0, "", found)
    return {text.replace("\\u00a0", "\u00a0") for text in found}


def _read(source: str, at: int, closing: str, found: set[str]) -> int:
    """Reads code up to the bracket that closes it, or to the end; where it stopped."""
    depth, before = 0, "("
    while at < len(source):
        letter = source[at]
        if closing and letter == closing and depth == 0:
            return at
        if source.startswith("//", at):
            at = source.index("\n", at)
        elif source.startswith("/*", at):
            at = source.index("*/", at) + 2
        elif letter in "\"'":
            end = _end(source, at, letter)
            found.add(source[at + 1 : end])
            at, before = end + 1, letter
        elif letter == "`":
            at, before = _read_template(source, at + 1, found), letter
        elif letter == "/" and before in BEFORE_AN_EXPRESSION:
            at, before = _end(source, at, "/") + 1, letter
        else:
            depth += (letter == "{") - (letter == "}")
            before = before if letter.isspace() else letter
            at += 1
    return at


def _end(source: str, at: int, closing: str) -> int:
    """Where what begins at `at` is closed; in a pattern not within brackets."""
    brackets = False
    for place, letter in _letters(source, at + 1):
        if letter == closing and not brackets:
            return place
        if closing == "/":
            brackets = (brackets or letter == "[") and letter != "]"
    raise ValueError(source[at : at + 40])


def _letters(source: str, at: int) -> Iterator[tuple[int, str]]:
    """The letters from a place on that no backslash escapes."""
    while at < len(source):
        if source[at] != "\\":
            yield at, source[at]
            at += 1
        else:
            at += 2


def _read_template(source: str, at: int, found: set[str]) -> int:
    text = ""
    while source[at] != "`":
        if source.startswith("${", at):
            text += "{}"
            at = _read(source, at + 2, "}", found) + 1
        else:
            step = 2 if source[at] == "\\" else 1
            text += source[at : at + step]
            at += step
    found.add(text)
    return at + 1
