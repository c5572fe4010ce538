"""Certificates as PDF documents: `render` turns a `Certificate` into the bytes that people carry.

Every document is PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1).
"""

from constancia.certificate import Certificate
from constancia.named_tuple import NamedTuple

from constancia_pdf import qr, writer


class Rendering(NamedTuple):
    """A certificate drawn."""

    pdf: bytes
    by_reference: bool
    """The prepared way could not set it, so the slower one did: worth counting."""


def render(certificate: Certificate) -> Rendering:
    """The certificate as PDF; the same certificate always gives the same bytes.

    A text or an address that the prepared way cannot set goes to the reference way, which raises `UnprintableText` for
    a character that no font of ours has.
    """
    try:
        return Rendering(writer.write(certificate), by_reference=False)
    except (UnicodeEncodeError, qr.TooLong):
        from constancia_pdf import reference  # noqa: PLC0415  fpdf2 and its company take longer to load than all else

        return Rendering(reference.draw(certificate), by_reference=True)
