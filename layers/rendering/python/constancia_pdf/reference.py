"""The reference way of drawing: fpdf2 and segno, with every Latin character that the whole fonts hold.

It sets what the prepared way cannot, and the tests hold the prepared way against it.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import segno
from constancia.certificate import Certificate
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fpdf import FPDF
from fpdf.enums import OutputIntentSubType
from fpdf.output import OutputProducer, PDFICCProfile
from fpdf.prefs import ViewerPreferences
from fpdf.structure_tree import StructureTreeBuilder
from fpdf.syntax import PDFObject
from PIL import Image

from constancia_pdf import metadata, prepared, qr, wording
from constancia_pdf.filling import fill
from constancia_pdf.fonts import FONT_FILES
from constancia_pdf.form import PAGE_HEIGHT, PAGE_WIDTH, Element, Form, Slot, Text, structure
from constancia_pdf.layout import Shape, lay_out
from constancia_pdf.syntax import structure_element
from constancia_pdf.typeface import REPERTOIRE, Colour, Style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constancia_pdf.filling import Words


class UnprintableText(ValueError):
    """The certificate holds characters that no font of ours has: better none than a wrong one."""

    def __init__(self, characters: str) -> None:
        super().__init__("no glyph for " + ", ".join(f"U+{ord(character):04X}" for character in characters))
        self.characters = characters


def draw(certificate: Certificate) -> bytes:
    """The certificate as a PDF; `UnprintableText` where a character is in no font."""
    shape, words = fill(_composed(certificate), width)
    form, elements = _form(shape)
    fonts = _fonts(frozenset("".join(chain.from_iterable(chain.from_iterable(words.values())))) - _REPERTOIRE)
    pdf = _document(certificate, fonts)
    pdf.struct_builder = _StructureTree(elements)
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
                    picture = _picture(certificate.verify_url)
                    side, x, y = mark.inside(picture.width, qr.QUIET_ZONE)
                    pdf.image(picture, x, y, side, side)
            pdf._out("EMC")
    return bytes(pdf.output(output_producer_class=_Producer))


def width(text: str, style: Style) -> float:
    """The `Measure` of the whole fonts."""
    advances = _advances(style.bold)
    try:
        return sum(advances[character] for character in text) * style.size / 1000
    except KeyError:
        raise UnprintableText("".join(sorted(set(text) - advances.keys()))) from None


@lru_cache
def _form(shape: Shape) -> tuple[Form, list[Element]]:
    """The form of a shape, and its structure."""
    form = lay_out(shape)
    return form, structure(form)


def _document(certificate: Certificate, fonts: _Fonts) -> _Document:
    """An empty document with the metadata, the colour profile and both fonts."""
    pdf = _Document(certificate, fonts)
    pdf.alias_nb_pages("")
    pdf.set_margin(0)
    pdf.set_auto_page_break(False)
    pdf.set_lang(wording.LANGUAGE)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.set_title(wording.document_title(certificate.virtual_code))
    pdf.set_subject(wording.subject(certificate.virtual_code, certificate.printed_serial_number))
    pdf.set_author(wording.AUTHOR)
    pdf.set_producer(wording.PRODUCER)
    pdf.set_creation_date(certificate.issued_at.replace(tzinfo=metadata.LIMA))
    pdf.set_xmp_metadata(metadata.xmp(certificate).decode())
    profile = PDFICCProfile(prepared.SRGB, 3, "DeviceRGB")
    pdf.add_output_intent(OutputIntentSubType.PDFA, "sRGB", dest_output_profile=profile)
    return pdf


_FAMILY = "text"
_REPERTOIRE = frozenset(REPERTOIRE)
_FONTS_KEPT = 32


class _Fonts:
    """Both fonts with the repertoire and some rare characters, and the objects that embed them.

    Loading and cutting them down takes fpdf2 three quarters of a document's time; documents with the same rare
    characters share the result.
    """

    def __init__(self, rare: frozenset[str]) -> None:
        pdf = FPDF()
        for style, path in zip(("", "B"), FONT_FILES, strict=True):
            pdf.add_font(_FAMILY, style, path)
        self.by_key = pdf.fonts
        for font in pdf.fonts.values():
            _forget_notdef(font)
            font.encode_text("".join(sorted(_REPERTOIRE | rare)))
        producer = OutputProducer(pdf)
        self.by_index = producer._add_fonts({}, {}, {})
        self.objects = [made for made in producer.pdf_objs if isinstance(made, PDFObject)]


_fonts = lru_cache(maxsize=_FONTS_KEPT)(_Fonts)


def _forget_notdef(font: Any) -> None:
    """fpdf2 gives every font a first character U+0000, which PDF/A-2a does not allow (ISO 19005-2, 6.2.11.7.2)."""
    characters = font.subset._char_id_per_glyph
    for glyph in [glyph for glyph in characters if glyph.unicode == (0,)]:
        del characters[glyph]


class _Document(FPDF):
    """A document that is called the same in every copy: same certificate, same bytes."""

    def __init__(self, certificate: Certificate, fonts: _Fonts) -> None:
        super().__init__(unit="pt", format=(PAGE_WIDTH, PAGE_HEIGHT))
        self.fonts.update(fonts.by_key)
        self.prepared_fonts = fonts
        self.style: Style | None = None
        """In which the page's last line was set."""
        self._identifier = metadata.identifier(certificate).hex()

    def file_id(self) -> str:
        """The identifier of the first and of the last version."""
        return f"<{self._identifier}><{self._identifier}>"


class _Producer(OutputProducer):
    """Takes the fonts as they are, and ends streams as `constancia_pdf.syntax.pdf_object` does."""

    fpdf: _Document

    def _add_fonts(self, *_: Any) -> dict[int, Any]:
        for made in self.fpdf.prepared_fonts.objects:
            self._add_pdf_obj(made, "fonts")
        return self.fpdf.prepared_fonts.by_index

    def _out(self, data: bytes | bytearray | str) -> None:
        super()._out(data.replace("\nendstream", "\r\nendstream") if isinstance(data, str) else data)


class _StructureElement(PDFObject):
    """An element of the structure tree, with the attributes that fpdf2's own has no place for."""

    def __init__(self, element: Element, parent: PDFObject) -> None:
        super().__init__()
        self.element = element
        self.parent = parent
        self.children: list[_StructureElement] = []
        self.pg: PDFObject
        """Its page, which fpdf2 gives it."""

    def page_number(self) -> int:
        """The number by which fpdf2 knows its page."""
        return self.element.page + 1

    def serialize(self, *_: Any, **__: Any) -> str:
        """The element as an object."""
        children = [child.id for child in self.children]
        written = structure_element(self.element.tag, self.parent.id, self.pg.id, self.element.content, children)
        return f"{self.id} 0 obj\n{written.decode('latin-1')}\nendobj"


class _StructureTree(StructureTreeBuilder):
    """The form's structure in place of the flat one that fpdf2 builds."""

    def __init__(self, structure: list[Element]) -> None:
        super().__init__()
        root = self.struct_tree_root
        self._elements: list[_StructureElement] = []
        for element in structure:
            above = self._elements[element.parent] if self._elements else None
            made = _StructureElement(element, above or root)
            if above:
                above.children.append(made)
            self._elements.append(made)
            for _ in element.content:
                root.parent_tree.nums[element.page].append(made)
        root.k[:] = self._elements[:1]
        # fpdf2 gives these their page; it would write a flat tree of them.
        self.doc_struct_elem.k.extend(self._elements)

    def __iter__(self) -> Iterator[PDFObject]:
        """Every object of the tree, the root first."""
        yield self.struct_tree_root
        yield self.struct_tree_root.parent_tree
        yield from self._elements


def _set(pdf: _Document, text: Text, words: Words) -> None:
    """One line of type."""
    style = text.style
    if style is not pdf.style:
        pdf.style = style
        pdf.set_font(_FAMILY, "B" if style.bold else "", style.size)
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


def symbol(address: bytes | str) -> segno.QRCode:
    """The QR as the prepared way draws it, or a larger one for an address that it cannot hold."""
    version = qr.VERSION if len(address) <= qr.LONGEST else None
    return segno.make_qr(address, version=version, error=qr.ERROR_LEVEL, mask=qr.MASK, mode="byte", boost_error=False)


def _picture(address: str) -> Image.Image:
    """The QR without quiet zone, one pixel a module."""
    rows = symbol(address).matrix
    return Image.frombytes("L", (len(rows), len(rows)), bytes(0 if dark else 255 for row in rows for dark in row))


def _composed(value: Any) -> Any:
    """A value with the letters of its texts composed and without characters that have no shape (control, format)."""
    if isinstance(value, str):
        return "".join(
            character
            for character in unicodedata.normalize("NFC", value)
            if character.isspace() or unicodedata.category(character) not in _SHAPELESS
        )
    if isinstance(value, tuple):
        parts = map(_composed, value)
        return type(value)._make(parts) if hasattr(value, "_make") else tuple(parts)
    return value


_SHAPELESS = ("Cc", "Cf")
