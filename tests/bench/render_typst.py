"""The same certificate by typst, with a compiler that is reused and a QR that Constancia prepared as pixels."""

import json
from functools import cache

import typst
from constancia.document import Document
from constancia_pdf import qr, wording
from constancia_pdf.fonts import FONT_FILES

from tests.bench.render_words import notes, paragraphs, rows

_TEMPLATE = """
#let it = json(bytes(sys.inputs.it))
#set page(paper: "a4", margin: 1.27cm)
#set text(font: "Noto Sans", stretch: 87.5%, size: 8pt, lang: "es")
#set document(title: it.title)
#grid(columns: (62pt, 92pt, 1fr), fill: (red, gray, silver), inset: 6pt,
  text(white, size: 14pt, weight: "semibold")[PERÚ], text(white)[Ministerio de Educación],
  align(right, strong(it.code)))
#align(center, text(size: 15pt, weight: "semibold", it.heading))
#align(center, it.subtitle)
#for line in it.paragraphs { par(line) }
#table(columns: (1fr, ..it.rows.at(0).slice(1).map(_ => 48pt)), stroke: (bottom: 0.4pt + gray), inset: 3pt,
  ..it.rows.enumerate().map(((y, row)) => row.enumerate().map(((x, cell)) =>
    table.cell(align: if x == 0 { left } else { center }, cell))).flatten())
#for line in it.notes { par(line) }
#for code in it.codes { image(bytes(code), width: 80pt,
  format: (encoding: "luma8", width: int(calc.sqrt(code.len())), height: int(calc.sqrt(code.len())))) }
""".encode()


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(font_paths=[FONT_FILES[0].parent], ignore_system_fonts=True)


def by_typst(certificate: Document) -> bytes:
    """Draws a certificate with typst, reusing its compiler."""
    it = {
        "title": wording.document_title(certificate.virtual_code),
        "code": certificate.virtual_code,
        "heading": wording.TITLE,
        "subtitle": wording.subtitle(certificate.transcript.level),
        "paragraphs": list(paragraphs(certificate)),
        "rows": list(rows(certificate)),
        "notes": list(notes(certificate)),
        "codes": [
            _pixels(qr.link(certificate.verify_url)),
            _pixels(qr.signed_data(certificate.verify_url, certificate.attestation)),
        ],
    }
    pdf = _compiler().compile(_TEMPLATE, format="pdf", sys_inputs={"it": json.dumps(it)})
    assert isinstance(pdf, bytes)
    return pdf


def _pixels(code: qr.Picture) -> list[int]:
    """A QR that Constancia drew, one number a module."""
    row = -(-code.size // 8)
    rows = (code.bits[start : start + row] for start in range(0, len(code.bits), row))
    return [0 if dark == "1" else 255 for bits in rows for dark in f"{int.from_bytes(bits):0{8 * row}b}"[: code.size]]
