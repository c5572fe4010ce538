"""Certificates as PDF documents: `render` draws one, `constancia_pdf.seal` seals it.

Every document is PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1).
"""

from typing import NamedTuple

from constancia.document import Document

from constancia_pdf import qr, writer


class Rendering(NamedTuple):
    """A drawn certificate."""

    pdf: bytes
    by_reference: bool
    """`constancia_pdf.reference` drew it, some forty times slower; worth a metric."""


def render(certificate: Document, room: int = 0) -> Rendering:
    """Draws a certificate as PDF; the same certificate and room always give the same bytes.

    `constancia_pdf.writer` draws it, or `constancia_pdf.reference` if a text or the address does not fit the prepared
    fonts and symbols. `room` is the number of bytes to leave for the seal (`constancia_pdf.seal.Seal.room`); with 0 the
    file is one that cannot be sealed.

    Raises:
        constancia_pdf.reference.UnprintableText: a character is in none of the fonts.
    """
    try:
        return Rendering(writer.write(certificate, room), by_reference=False)
    except (UnicodeEncodeError, qr.TooLong):
        from constancia_pdf import reference  # noqa: PLC0415  its import takes 0.6 s of processor time, as thousands of drawings do

        return Rendering(reference.draw(certificate, room), by_reference=True)
