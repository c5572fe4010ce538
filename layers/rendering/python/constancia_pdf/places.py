"""Where each text of a certificate stands on its page, for whoever compares a page with its data."""

from collections.abc import Iterator
from typing import NamedTuple

from constancia.document import Document

from constancia_pdf import prepared
from constancia_pdf.filling import fill
from constancia_pdf.form import PAGE_HEIGHT, Slot, Text
from constancia_pdf.layout import lay_out
from constancia_pdf.typeface import CAP_HEIGHT, Measure


class Place(NamedTuple):
    """A line of text that differs from certificate to certificate, and the box of its capitals.

    The box is in points (1/72 inch) from the bottom left corner of its page.
    """

    page: int
    """The number of the page, from 0."""
    slot: Slot
    text: str
    left: float
    bottom: float
    right: float
    top: float


def places(certificate: Document, measure: Measure = prepared.width) -> Iterator[Place]:
    """Returns the place of every text. Any exception of `measure`, the widths of the letters, passes through."""
    shape, words = fill(certificate, measure)
    for number, page in enumerate(lay_out(shape)):
        for block in page.blocks:
            for mark in block.marks:
                if isinstance(mark, Text) and isinstance(mark.text, Slot):
                    slot, style = mark.text, mark.style
                    text = words[slot.name][slot.item][slot.line].rstrip()
                    width = measure(text, style)
                    left, baseline = mark.x - mark.align * width, PAGE_HEIGHT - mark.y
                    yield Place(number, slot, text, left, baseline, left + width, baseline + style.size * CAP_HEIGHT)
