"""The same certificate by typst: the compiler is kept, and the QR comes ready as pixels."""

import json
from collections.abc import Iterator
from functools import cache

import typst
from constancia.certificate import Certificate
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
#image(bytes(it.qr), width: 80pt, format: (encoding: "luma8", width: it.modules, height: it.modules))
""".encode()


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(font_paths=[FONT_FILES[0].parent], ignore_system_fonts=True)


def by_typst(certificate: Certificate) -> bytes:
    """typst, its compiler reused."""
    it = {
        "title": wording.document_title(certificate.virtual_code),
        "code": certificate.virtual_code,
        "heading": wording.TITLE,
        "subtitle": wording.subtitle(certificate.transcript.level),
        "paragraphs": list(paragraphs(certificate)),
        "rows": list(rows(certificate)),
        "notes": list(notes(certificate)),
        "qr": [0 if dark == "1" else 255 for dark in _modules(certificate.verify_url)],
        "modules": qr.MODULES,
    }
    pdf = _compiler().compile(_TEMPLATE, format="pdf", sys_inputs={"it": json.dumps(it)})
    assert isinstance(pdf, bytes)
    return pdf


def _modules(address: str) -> Iterator[str]:
    """The prepared QR, one character a module."""
    picture = qr.picture(address)
    width = qr.PART // qr.MODULES
    for start in range(0, qr.PART, width):
        yield from f"{int.from_bytes(picture[start : start + width], 'big'):0{8 * width}b}"[: qr.MODULES]
