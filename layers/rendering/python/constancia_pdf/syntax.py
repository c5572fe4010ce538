"""The few words of PDF syntax that are written by hand (ISO 32000-1, 7.3)."""


def pdf_object(number: int, entries: bytes, stream: bytes | None = None) -> bytes:
    """An indirect object: a dictionary, with its stream if it has one.

    A stream ends with both CR and LF: after a last byte 0D, a mere LF would make a reader take both for the line's end
    (PDF/A-2, 6.1.7.1).
    """
    if stream is None:
        return b"%d 0 obj\n<<%b>>\nendobj\n" % (number, entries)
    return b"%d 0 obj\n<<%b/Length %d>>stream\n%b\r\nendstream\nendobj\n" % (number, entries, len(stream), stream)


def pdf_string(encoded: bytes) -> bytes:
    """A string, its delimiters escaped."""
    return b"(%b)" % encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def pdf_text(text: str) -> bytes:
    """A text outside the page: titles, alternative texts. PDFDocEncoding is Latin-1 for all that is said there."""
    return pdf_string(text.encode("latin-1"))


def number(value: float) -> bytes:
    """A number with two decimals at most: a coordinate in points, a part of a colour."""
    return (b"%.2f" % value).rstrip(b"0").rstrip(b".")
