"""PDF syntax: objects, strings and numbers as bytes (ISO 32000-1, 7.3)."""

from collections.abc import Iterable
from functools import lru_cache

from deflate import zlib_compress

from constancia_pdf.form import Tag


def pdf_object(number: int, entries: bytes, stream: bytes | None = None) -> bytes:
    """Writes an indirect object: a dictionary with these entries, and its stream if it has one.

    A stream ends with CR and LF. After a stream whose last byte is 0D, a reader would take that byte and a single LF
    for the end of the line (PDF/A-2, 6.1.7.1).
    """
    if stream is None:
        return b"%d 0 obj\n<<%b>>\nendobj\n" % (number, entries)
    return b"%d 0 obj\n<<%b/Length %d>>stream\n%b\r\nendstream\nendobj\n" % (number, entries, len(stream), stream)


def compressed_object(number: int, entries: bytes, content: bytes, level: int) -> bytes:
    """Writes a stream object with compressed content; the level goes from 1 (fastest) to 12 (smallest).

    libdeflate gives the same bytes on every machine: see docs/decisions/011-libdeflate.md.
    """
    return pdf_object(number, entries + b"/Filter/FlateDecode", bytes(zlib_compress(content, level)))


def pdf_string(encoded: bytes) -> bytes:
    """Writes a string, its delimiters escaped."""
    return b"(%b)" % encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def pdf_text(text: str) -> bytes:
    """Writes a text that is not page content, such as a title, in PDFDocEncoding.

    For the characters of these texts PDFDocEncoding equals Latin-1.

    Raises:
        UnicodeEncodeError: a character is not in Latin-1.
    """
    return pdf_string(text.encode("latin-1"))


def references(numbers: Iterable[int]) -> bytes:
    """Writes indirect references to the objects with these numbers."""
    return b" ".join(b"%d 0 R" % object_number for object_number in numbers)


def structure_element(
    tag: Tag, parent: int, page: int, content: Iterable[int], children: Iterable[int], field: int = 0
) -> bytes:
    """Writes the dictionary of a structure element.

    Args:
        tag: its kind, attributes and alternative text.
        parent: the object number of its parent.
        page: the object number of its page.
        content: the numbers of its marked content on that page; if there is none, `children` are its kids.
        children: the object numbers of its child elements.
        field: the object number of the field that it stands for, if it stands for one.
    """
    kind = tag.kind.encode("ascii")
    if field:
        return b"<</S/%b/P %d 0 R/Pg %d 0 R/K<</Type/OBJR/Obj %d 0 R>>>>" % (kind, parent, page, field)
    return b"<</S/%b/P %d 0 R/Pg %d 0 R/K[%b]%b%b>>" % (
        kind,
        parent,
        page,
        b" ".join(b"%d" % mark for mark in content) or references(children),
        b"/A" + tag.attributes.encode("ascii") if tag.attributes else b"",
        b"/Alt" + pdf_text(tag.alternative) if tag.alternative else b"",
    )


def parent_tree(pages: Iterable[Iterable[int]], field: int = 0) -> bytes:
    """Writes the entries of the tree that leads from content to structure elements (ISO 32000-1, 14.7.4.4).

    Args:
        pages: for each page, the object numbers of the elements of its marked content, in the order of that content.
        field: the object number of the element of the only field, if there is one; it comes after the pages.
    """
    entries = [b"%d[%b]" % (page, references(elements)) for page, elements in enumerate(pages)]
    return b"/Nums[%b%b]" % (b"".join(entries), b"%d %d 0 R" % (len(entries), field) if field else b"")


@lru_cache(maxsize=1024)
def number(value: float) -> bytes:
    """Writes a number with at most two decimals: a coordinate in points, or a colour component."""
    return (b"%.2f" % value).rstrip(b"0").rstrip(b".")
