"""The same certificate by reportlab and by fpdf2, each used as its manual describes.

Both print the same words, table and QR; neither tags its table or claims an archival profile, as ours does.
"""

import io
from functools import cache

import segno
from constancia.document import Document
from constancia_pdf import wording
from constancia_pdf.fonts import FONT_FILES
from fpdf import FPDF
from reportlab.graphics.barcode.qr import QrCodeWidget  # type: ignore[import-untyped]
from reportlab.graphics.shapes import Drawing  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle  # type: ignore[import-untyped]

from tests.bench.render_words import notes, paragraphs, rows, signed_data

# --- reportlab: platypus, with its own QR


@cache
def _register_fonts() -> None:
    for name, path in zip(("text", "bold"), FONT_FILES, strict=True):
        pdfmetrics.registerFont(TTFont(name, path))


def by_reportlab(certificate: Document) -> bytes:
    """Draws a certificate with reportlab, its fonts registered once."""
    _register_fonts()
    text = ParagraphStyle("text", fontName="text", fontSize=8, leading=10)
    head = ParagraphStyle("head", fontName="bold", fontSize=15, leading=20, alignment=1)
    code = Drawing(80, 80)
    code.add(QrCodeWidget(certificate.verify_url, barWidth=80, barHeight=80, barLevel="M"))
    style = TableStyle(
        [
            ("FONT", (0, 0), (0, -1), "text", 8),
            ("FONT", (1, 0), (-1, -1), "bold", 7),
            ("ALIGN", (1, 0), (-1, -1), "CENTER"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#b8babf"),
        ]
    )
    lines = list(rows(certificate))
    widths = [None, *(48 for _ in lines[0][1:])]
    table = Table([[Paragraph(line[0], text), *line[1:]] for line in lines], colWidths=widths, style=style)
    story = [Paragraph(certificate.virtual_code, text), Paragraph(wording.TITLE, head)]
    story += [Paragraph(line, text) for line in paragraphs(certificate)]
    data = Drawing(100, 100)
    data.add(QrCodeWidget(signed_data(certificate), barWidth=100, barHeight=100, barLevel="L"))
    story += [table, *(Paragraph(line, text) for line in notes(certificate)), code, data]
    made = io.BytesIO()
    SimpleDocTemplate(made, pagesize=A4, leftMargin=36, rightMargin=36, topMargin=36, bottomMargin=36).build(story)
    return made.getvalue()


# --- fpdf2 and segno, as in their tutorials


def by_plain_fpdf2(certificate: Document) -> bytes:
    """Draws a certificate with fpdf2: its own table, fonts added to each document, the QR as a PNG."""
    pdf = FPDF()
    pdf.add_font("text", "", FONT_FILES[0])
    pdf.add_font("text", "B", FONT_FILES[1])
    pdf.add_page()
    pdf.set_font("text", "B", 15)
    pdf.cell(0, 10, wording.TITLE, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("text", "", 8)
    for line in (certificate.virtual_code, *paragraphs(certificate)):
        pdf.multi_cell(0, 4, line, new_x="LMARGIN", new_y="NEXT")
    lines = list(rows(certificate))
    with pdf.table(col_widths=(55, *(17 for _ in lines[0][1:])), line_height=4, text_align="CENTER") as table:
        for cells in lines:
            row = table.row()
            for cell in cells:
                row.cell(cell)
    for line in notes(certificate):
        pdf.multi_cell(0, 4, line, new_x="LMARGIN", new_y="NEXT")
    for code, width in ((certificate.verify_url, 28), (signed_data(certificate), 35)):
        picture = io.BytesIO()
        segno.make_qr(code).save(picture, kind="png", scale=4)
        pdf.image(picture, w=width)
    return bytes(pdf.output())
