"""The few words of PDF syntax that are written by hand (ISO 32000-1, 7.3)."""

from __future__ import annotations

from constancia.named_tuple import TYPE_CHECKING
from deflate import zlib_compress

from constancia_pdf.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constancia_pdf.form import Tag


def pdf_object(number: int, entries: bytes, stream: bytes | None = None) -> bytes:
    """An indirect object: a dictionary, with its stream if it has one.

    A stream ends with both CR and LF: after a last byte 0D, a mere LF would make a reader take both for the line's end
    (PDF/A-2, 6.1.7.1).
    """
    if stream is None:
        return b"%d 0 obj\n<<%b>>\nendobj\n" % (number, entries)
    return b"%d 0 obj\n<<%b/Length %d>>stream\n%b\r\nendstream\nendobj\n" % (number, entries, len(stream), stream)


def compressed_object(number: int, entries: bytes, content: bytes, level: int) -> bytes:
    """A stream object whose content is compressed, at a level of 1 (quickly) to 12 (as small as can be).

    libdeflate gives the same bytes on every machine: see docs/decisions/011-libdeflate.md.
    """
    return pdf_object(number, entries + b"/Filter/FlateDecode", bytes(zlib_compress(content, level)))


def pdf_string(encoded: bytes) -> bytes:
    """A string, its delimiters escaped."""
    return b"(%b)" % encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def pdf_text(text: str) -> bytes:
    """A text outside the page: titles, alternative texts. PDFDocEncoding is Latin-1 for all that is said there."""
    return pdf_string(text.encode("latin-1"))


def references(numbers: Iterable[int]) -> bytes:
    """What points to objects."""
    return b" ".join(b"%d 0 R" % object_number for object_number in numbers)


def structure_element(tag: Tag, parent: int, page: int, content: Iterable[int], children: Iterable[int]) -> bytes:
    """An element of the structure tree: its marked content on the page, or else its children; objects by number."""
    return b"<</S/%b/P %d 0 R/Pg %d 0 R/K[%b]%b%b>>" % (
        tag.kind.encode("ascii"),
        parent,
        page,
        b" ".join(b"%d" % mark for mark in content) or references(children),
        b"/A" + tag.attributes.encode("ascii") if tag.attributes else b"",
        b"/Alt" + pdf_text(tag.alternative) if tag.alternative else b"",
    )


def number(value: float) -> bytes:
    """A number with two decimals at most: a coordinate in points, a part of a colour."""
    return _numbers[value]


_numbers: Kept[float, bytes] = Kept(lambda value: (b"%.2f" % value).rstrip(b"0").rstrip(b"."), most=1024)
