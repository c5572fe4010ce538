"""The reference way of drawing: fpdf2 and segno, at leisure, with every Latin character that the whole fonts hold."""

import unicodedata
from collections.abc import Iterator
from datetime import timedelta, timezone
from functools import cache

import segno
from constancia.certificate import Certificate
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import OutputIntentSubType
from fpdf.output import OutputProducer
from fpdf.structure_tree import StructElem, StructureTreeBuilder
from fpdf.syntax import PDFObject
from PIL import Image

from constancia_pdf import wording
from constancia_pdf.filling import fill
from constancia_pdf.form import PAGE_HEIGHT, PAGE_WIDTH, Block, Box, Form, QrCode, Slot, Tag, Text, lay_out
from constancia_pdf.typeface import FONT_FILES, Style


def draw(certificate: Certificate) -> bytes:
    """The certificate as a PDF."""
    shape, words = fill(certificate, _width)
    pdf = _Document(unit="pt", format=(PAGE_WIDTH, PAGE_HEIGHT))
    pdf.set_creation_date(certificate.issued_at)
    for bold, path in enumerate(FONT_FILES):
        pdf.add_font("text", "B" if bold else "", path)
    for page in lay_out(shape).pages:
        pdf.add_page()
        for block in page:
            for mark in block.marks:
                if isinstance(mark, Box):
                    pdf.set_fill_color(*(round(c * 255) for c in mark.colour))
                    pdf.rect(mark.x, mark.y, mark.width, mark.height, "F")
                elif isinstance(mark, Text):
                    text = words[mark.text] if isinstance(mark.text, Slot) else mark.text
                    pdf.set_font("text", "B" if mark.style.bold else "", mark.style.size)
                    pdf.set_text_color(*(round(c * 255) for c in mark.style.colour))
                    pdf.text(mark.x - mark.align * _width(text.rstrip(), mark.style), mark.y, text)
                else:
                    pdf.image(_qr(certificate.verify_url), mark.x, mark.y, mark.size, mark.size)
    return bytes(pdf.output())


def _qr(url):
    qr = segno.make_qr(url, error="m", version=5)
    rows = [bytes(m) for m in qr.matrix_iter(border=4)]
    return Image.frombytes("L", (len(rows), len(rows)), b"".join(rows)).point(lambda v: 0 if v else 255)


@cache
def _advances(bold: bool) -> dict[int, int]:
    font = TTFont(FONT_FILES[bold])
    return {code: font["hmtx"][name][0] for code, name in font.getBestCmap().items()}


def _width(text: str, style: Style) -> float:
    return sum(_advances(style.bold)[ord(character)] for character in text) * style.size / 1000


class _Document(FPDF):
    pass
