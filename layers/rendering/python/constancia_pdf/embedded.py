"""The file `constancia.json` inside a certificate's PDF: the data of the page for programs (ISO 19005-3, 6.8)."""

from constancia_pdf import wording
from constancia_pdf.syntax import compressed_object, pdf_text

NAME = "constancia.json"

_NAME = pdf_text(NAME)
_FAST = 1
"""The compression level; higher ones save few bytes."""


def stream(number: int, content: bytes, moment: bytes) -> bytes:
    """Writes the file's content as an object; `moment` is when it was made, as a PDF date."""
    entries = b"/Type/EmbeddedFile/Subtype/application#2Fjson/Params<</Size %d/ModDate(%b)>>" % (len(content), moment)
    return compressed_object(number, entries, content, _FAST)


def specification(content: int) -> bytes:
    """Returns the entries of the file's specification (ISO 32000-1, 7.11.3): the page was made from these data."""
    return b"/Type/Filespec/F%b/UF%b/AFRelationship/Data/Desc%b/EF<</F %d 0 R/UF %d 0 R>>" % (
        _NAME,
        _NAME,
        pdf_text(wording.EMBEDDED),
        content,
        content,
    )


def catalogue(number: int) -> bytes:
    """Returns the catalogue's entries for a file whose specification has this number."""
    return b"/AF%b/Names%b" % (associated(number), names(number))


def associated(number: int) -> bytes:
    """Returns the catalogue's list of associated files."""
    return b"[%d 0 R]" % number


def names(number: int) -> bytes:
    """Returns the catalogue's dictionary of names."""
    return b"<</EmbeddedFiles<</Names[%b %d 0 R]>>>>" % (_NAME, number)
