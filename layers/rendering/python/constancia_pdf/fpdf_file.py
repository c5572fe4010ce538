"""fpdf2, made to write a certificate's file as `constancia_pdf.writer` does: fonts, structure tree, data and seal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from constancia.document import Document
from fpdf import FPDF
from fpdf.output import OutputProducer
from fpdf.structure_tree import StructureTreeBuilder
from fpdf.syntax import Name, PDFArray, PDFObject

from constancia_pdf import embedded, metadata, seal
from constancia_pdf.fonts import FONT_FILES
from constancia_pdf.form import PAGE_HEIGHT, PAGE_WIDTH, SEAL, Element
from constancia_pdf.syntax import parent_tree, pdf_object, structure_element
from constancia_pdf.typeface import REPERTOIRE, Style

FAMILY = "text"
PREPARED = frozenset(REPERTOIRE)
_CACHED_FONTS = 32


class Fonts:
    """Both fonts with the repertoire and some rare characters, and the objects that embed them.

    Loading and subsetting takes fpdf2 three quarters of the time of a document, so documents with the same rare
    characters share the result.
    """

    def __init__(self, rare: frozenset[str]) -> None:
        pdf = FPDF()
        for style, path in zip(("", "B"), FONT_FILES, strict=True):
            pdf.add_font(FAMILY, style, path)
        self.by_key = pdf.fonts
        for font in pdf.fonts.values():
            _forget_notdef(font)
            font.encode_text("".join(sorted(PREPARED | rare)))
        producer = OutputProducer(pdf)
        self.by_index = producer._add_fonts({}, {}, {})
        self.objects = [made for made in producer.pdf_objs if isinstance(made, PDFObject)]


fonts_with = lru_cache(maxsize=_CACHED_FONTS)(Fonts)


def _forget_notdef(font: Any) -> None:
    """Removes U+0000, which fpdf2 adds to every font and PDF/A-2a does not allow (ISO 19005-2, 6.2.11.7.2)."""
    characters = font.subset._char_id_per_glyph
    for glyph in [glyph for glyph in characters if glyph.unicode == (0,)]:
        del characters[glyph]


class File(FPDF):
    """A document with a fixed file identifier, so that the same certificate gives the same bytes."""

    def __init__(self, certificate: Document, fonts: Fonts, room: int) -> None:
        super().__init__(unit="pt", format=(PAGE_WIDTH, PAGE_HEIGHT))
        self.certificate = certificate
        self.room = room
        self.fonts.update(fonts.by_key)
        self.prepared_fonts = fonts
        self.style: Style | None = None
        """The style of the page's last line."""

    def file_id(self) -> str:
        """Returns the file identifier (ISO 32000-1, 14.4), the same for the first and the last version."""
        identifier = metadata.identifier(self.certificate).hex()
        return f"<{identifier}><{identifier}>"


class _Written(PDFObject):
    """An object that `constancia_pdf` writes itself, once its number is known."""

    a = dest = None  # fpdf2 asks every annotation where it leads

    def __init__(self, write: Callable[[int], bytes]) -> None:
        super().__init__()
        self.write = write

    def serialize(self, *_: Any, **__: Any) -> bytes:  # type: ignore[override]
        """Returns the indirect object."""
        return self.write(self.id)


class Producer(OutputProducer):
    """Embeds the shared fonts, the data and the seal, and ends streams as `constancia_pdf.syntax.pdf_object` does."""

    fpdf: File
    _file: _Written | None = None
    """The specification of the embedded file."""
    _field: _Written | None = None
    """The field of the seal."""

    def _add_fonts(self, *_: Any) -> dict[int, Any]:
        for made in self.fpdf.prepared_fonts.objects:
            self._add_pdf_obj(made, "fonts")
        return self.fpdf.prepared_fonts.by_index

    def _add_xmp_metadata(self) -> Any:
        """Adds the metadata, and before them the objects that fpdf2 does not know."""
        certificate, room = self.fpdf.certificate, self.fpdf.room
        moment = metadata.pdf_date(certificate).encode("ascii")
        if certificate.attestation:
            file = self._add_written(lambda number: embedded.stream(number, certificate.embedded, moment))
            self._file = self._add_written(lambda number: pdf_object(number, embedded.specification(file.id)))
        if room:
            page, key = self.fpdf.pages[1], len(self.fpdf.pages)
            signature = self._add_written(lambda number: seal.signature(number, room, moment))
            self._field = self._add_written(lambda number: pdf_object(number, seal.field(page.id, signature.id, key)))
            tree: Any = self.fpdf.struct_builder
            tree.seal.field = self._field
        return super()._add_xmp_metadata()

    def _add_written(self, write: Callable[[int], bytes]) -> _Written:
        written = _Written(write)
        self._add_pdf_obj(written)
        return written

    def _finalize_catalog(self, catalog_obj: Any, *, first_page_obj: Any, **others: Any) -> None:  # type: ignore[override]
        """Completes the catalogue and the first page with what leads to those objects."""
        super()._finalize_catalog(catalog_obj, first_page_obj=first_page_obj, **others)
        if self._file:
            catalog_obj.a_f = embedded.associated(self._file.id).decode("ascii")
            catalog_obj.names = embedded.names(self._file.id).decode("ascii")
        if self._field:
            catalog_obj.acro_form = seal.form(self._field.id).decode("ascii")
            first_page_obj.annots = PDFArray([self._field])
            first_page_obj.tabs = Name("S")

    def _out(self, data: bytes | bytearray | str) -> None:
        super()._out(data.replace("\nendstream", "\r\nendstream") if isinstance(data, str) else data)


class _StructureElement(PDFObject):
    """An element of the structure tree with attributes, which fpdf2's own class cannot hold."""

    def __init__(self, element: Element, parent: PDFObject) -> None:
        super().__init__()
        self.element = element
        self.parent = parent
        self.children: list[_StructureElement] = []
        self.pg: PDFObject
        """The object of its page; fpdf2 sets it."""
        self.field: PDFObject | None = None
        """The field that it stands for."""

    def page_number(self) -> int:
        """Returns fpdf2's number of the page, from 1."""
        return self.element.page + 1

    def serialize(self, *_: Any, **__: Any) -> str:
        """Returns the element as an indirect object."""
        children = [child.id for child in self.children]
        field = self.field.id if self.field else 0
        tag, content = self.element.tag, self.element.content
        written = structure_element(tag, self.parent.id, self.pg.id, content, children, field)
        return f"{self.id} 0 obj\n{written.decode('latin-1')}\nendobj"


class StructureTree(StructureTreeBuilder):
    """The structure tree of the form, in place of the flat one that fpdf2 builds."""

    def __init__(self, structure: list[Element]) -> None:
        super().__init__()
        root: Any = self.struct_tree_root
        self._elements: list[_StructureElement] = []
        owners: list[list[_StructureElement]] = [[] for _ in range(1 + max(element.page for element in structure))]
        for element in structure:
            above = self._elements[element.parent] if self._elements else None
            made = _StructureElement(element, above or root)
            if above:
                above.children.append(made)
            self._elements.append(made)
            owners[element.page] += [made] * len(element.content)
        self.seal = self._elements[-1] if structure[-1].tag is SEAL else None
        field = self.seal
        root.k[:] = self._elements[:1]
        root.parent_tree = _Written(
            lambda number: pdf_object(
                number, parent_tree([[made.id for made in page] for page in owners], field.id if field else 0)
            )
        )
        # fpdf2 sets the page of these elements; the tree that it would write of them is flat.
        self.doc_struct_elem.k.extend(self._elements)

    def __iter__(self) -> Iterator[PDFObject]:
        """Iterates over every object of the tree, the root first."""
        yield self.struct_tree_root
        yield self.struct_tree_root.parent_tree
        yield from self._elements
