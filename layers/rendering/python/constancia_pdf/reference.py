"""Draws a certificate with fpdf2, with every Latin character of the whole fonts.

It draws what `constancia_pdf.writer` cannot, and the tests compare the two.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from itertools import chain
from typing import Any

from constancia import lima
from constancia.document import Document
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fpdf.enums import OutputIntentSubType
from fpdf.output import PDFICCProfile
from fpdf.prefs import ViewerPreferences
from PIL import Image

from constancia_pdf import metadata, prepared, qr, seal, wording
from constancia_pdf.filling import Words, fill
from constancia_pdf.fonts import FONT_FILES
from constancia_pdf.form import Element, Form, Slot, Text, structure
from constancia_pdf.fpdf_file import FAMILY, PREPARED, File, Fonts, Producer, StructureTree, fonts_with
from constancia_pdf.layout import lay_out
from constancia_pdf.qr_symbol import DENSEST
from constancia_pdf.shape import Shape
from constancia_pdf.typeface import Colour, Style


class UnprintableText(ValueError):
    """The certificate has characters that are in none of the fonts, so it is not drawn."""

    def __init__(self, characters: str) -> None:
        super().__init__("no glyph for " + ", ".join(f"U+{ord(character):04X}" for character in characters))
        self.characters = characters


def draw(certificate: Document, room: int = 0) -> bytes:
    """Returns the certificate as a PDF file with room for a seal of so many bytes, or for none.

    Raises:
        UnprintableText: a character is in none of the fonts.
    """
    shape, words = fill(_composed(certificate), width)
    form, elements = _form(shape, bool(room))
    fonts = fonts_with(frozenset("".join(chain.from_iterable(chain.from_iterable(words.values())))) - PREPARED)
    pdf = _document(certificate, fonts, room)
    pdf.struct_builder = StructureTree(elements)
    for number, page in enumerate(form):
        pdf.add_page()
        pdf.pages[number + 1].struct_parents = number
        pdf._out("/Artifact BMC")
        for box in page.boxes:
            pdf.set_fill_color(*_rgb(box.colour))
            pdf.rect(box.x, box.y, box.width, box.height, "F")
        pdf._out("EMC")
        pdf.style = None
        content = 0
        for block in page.blocks:
            if block.path:
                pdf._out(f"/{block.path[-1].kind} <</MCID {content}>> BDC")
                content += 1
            else:
                pdf._out("/Artifact BMC")
            for mark in block.marks:
                if isinstance(mark, Text):
                    _set(pdf, mark, words)
                else:
                    pdf.image(_picture(certificate, mark.signed_data), mark.x, mark.y, mark.size, mark.size)
            pdf._out("EMC")
    written = bytes(pdf.output(output_producer_class=Producer))
    return seal.close(written) if room else written


def width(text: str, style: Style) -> float:
    """Returns the width of a text in points; a `Measure` for the whole fonts.

    Raises:
        UnprintableText: a character is in none of the fonts.
    """
    advances = _advances(style.bold)
    try:
        return sum(advances[character] for character in text) * style.size / 1000
    except KeyError:
        raise UnprintableText("".join(sorted(set(text) - advances.keys()))) from None


@lru_cache
def _form(shape: Shape, sealed: bool) -> tuple[Form, list[Element]]:
    """The form of a shape, and its structure."""
    form = lay_out(shape)
    return form, structure(form, sealed)


def _document(certificate: Document, fonts: Fonts, room: int) -> File:
    """An empty document with the metadata, the colour profile and both fonts."""
    pdf = File(certificate, fonts, room)
    pdf.alias_nb_pages("")
    pdf.set_margin(0)
    pdf.set_auto_page_break(False)
    pdf.set_lang(wording.LANGUAGE)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.set_title(wording.document_title(certificate.virtual_code))
    pdf.set_subject(wording.subject(certificate.virtual_code, certificate.printed_serial_number))
    pdf.set_author(wording.AUTHOR)
    pdf.set_producer(wording.PRODUCER)
    pdf.set_creation_date(certificate.issued_at.replace(tzinfo=lima.LIMA))
    pdf.set_xmp_metadata(metadata.xmp(certificate).decode())
    profile = PDFICCProfile(prepared.srgb_profile(), 3, "DeviceRGB")
    pdf.add_output_intent(OutputIntentSubType.PDFA, "sRGB", dest_output_profile=profile)
    return pdf


def _set(pdf: File, text: Text, words: Words) -> None:
    """Draws one line of text."""
    style = text.style
    if style is not pdf.style:
        pdf.style = style
        pdf.set_font(FAMILY, "B" if style.bold else "", style.size)
        pdf.set_text_color(*_rgb(style.colour))
        pdf.set_fill_color(*_rgb(style.colour))  # where the two differ, fpdf2 sets them anew for every line
    line = text.text
    if isinstance(line, Slot):
        line = words[line.name][line.item][line.line]
    pdf.text(text.x - text.align * width(line.rstrip(), style), text.y, line)


def _rgb(colour: Colour) -> tuple[int, ...]:
    return tuple(round(255 * part) for part in colour)


@cache
def _advances(bold: bool) -> dict[str, float]:
    """The width of every character of a font, in thousandths of the type size."""
    font = TTFont(FONT_FILES[bold])
    advances, scale = font["hmtx"].metrics, 1000 / font["head"].unitsPerEm
    return {chr(code): advances[glyph][0] * scale for code, glyph in font.getBestCmap().items()}


def _picture(certificate: Document, signed_data: bool) -> Image.Image:
    """A QR of the page, one pixel a module."""
    address, attestation = certificate.verify_url, certificate.attestation
    code = qr.signed_data(address, attestation, DENSEST) if signed_data else qr.link(address)
    columns = Image.frombytes("1", (code.size, code.size), bytes(255 - byte for byte in code.bits))
    return columns.transpose(Image.Transpose.TRANSPOSE)


def _composed(value: Any) -> Any:
    """A value whose texts are composed (NFC) and have no control or format characters."""
    if isinstance(value, str):
        return "".join(
            character
            for character in unicodedata.normalize("NFC", value)
            if character.isspace() or unicodedata.category(character) not in _WITHOUT_GLYPH
        )
    if isinstance(value, tuple):
        parts = map(_composed, value)
        return type(value)._make(parts) if hasattr(value, "_make") else tuple(parts)
    return value


_WITHOUT_GLYPH = ("Cc", "Cf")
"""Unicode categories: control and format."""
