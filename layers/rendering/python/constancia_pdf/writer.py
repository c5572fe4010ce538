"""The prepared way of writing a certificate: no PDF library, no font library, no QR library.

The file is made of three parts. The *head* (fonts, colour profile) is the same for every certificate and was made with
the layer. The *sheet* (pages, structure tree, and the content of each page with gaps) is the same for every certificate
of one shape and is kept while the process lives. The rest is the certificate's own: the words in the gaps, the QR, the
metadata, and the table of where each object stands.
"""

from __future__ import annotations

from constancia.named_tuple import TYPE_CHECKING, NamedTuple

from constancia_pdf import metadata, prepared, qr, wording
from constancia_pdf.filling import fill
from constancia_pdf.form import PAGE_HEIGHT, PAGE_WIDTH, QrCode, Slot, Text, structure
from constancia_pdf.kept import Kept
from constancia_pdf.layout import lay_out
from constancia_pdf.syntax import (
    compressed_object,
    number,
    pdf_object,
    pdf_string,
    pdf_text,
    references,
    structure_element,
)
from constancia_pdf.typeface import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constancia.certificate import Certificate

    from constancia_pdf.form import Box, Form, Page
    from constancia_pdf.layout import Shape
    from constancia_pdf.typeface import Colour, Style

_SHEETS_KEPT = 256
"""Shapes in use at a time; one takes some 20 kB."""
_TEXTS_KEPT = 4096
_QUICKLY = 1
"""The level of compression for a certificate's own content: higher ones win little more."""
_THOROUGHLY = 9
"""The level for what many certificates share."""
_OWN_OBJECTS = 3
"""Besides the content of each page: metadata, information, QR."""


class _Gap(NamedTuple):
    """A place in a page's content for the line of a slot."""

    shown: Kept[str, bytes]
    """By its text, the operator that shows it there."""
    name: str
    item: int
    line: int


class _Sheet(NamedTuple):
    """What certificates of one shape share."""

    pages: tuple[tuple[bytes, tuple[_Gap, ...]], ...]
    """What is typed on each page, a format with gaps."""
    objects: bytes
    """What is drawn on each page, and an object stream: catalogue, pages, structure."""
    entries: bytes
    """The cross-reference entries of the head and of this sheet."""
    first_own: int
    """The number of the certificate's first own object."""


def write(certificate: Certificate) -> bytes:
    """The certificate as a PDF.

    `UnicodeEncodeError` for characters outside the repertoire and `qr.TooLong` for a long address: both are for
    `constancia_pdf.reference`.
    """
    shape, words = fill(certificate, prepared.width)
    shared = sheets[shape]
    own = shared.first_own
    objects = [
        pdf_object(own, b"/Type/Metadata/Subtype/XML", metadata.packet(metadata.xmp(certificate))),
        pdf_object(own + 1, _information(certificate)),
        pdf_object(
            own + 2,
            b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 1/ColorSpace/DeviceGray/Decode[1 0]"
            % (qr.MODULES, qr.MODULES),
            qr.picture(certificate.verify_url),
        ),
    ]
    for page, (content, gaps) in enumerate(shared.pages):
        filled = content % tuple([shown[words[name][item][line]] for shown, name, item, line in gaps])
        objects.append(compressed_object(own + _OWN_OBJECTS + page, b"", filled, _QUICKLY))
    entries = [shared.entries]
    place = len(prepared.HEAD) + len(shared.objects)
    for written in objects:
        entries.append(_entry(1, place))
        place += len(written)
    entries.append(_entry(1, place))
    last = own + len(objects)
    identifier = pdf_string(metadata.identifier(certificate))
    table = pdf_object(
        last,
        b"/Type/XRef/W[1 3 2]/Size %d/Root %d 0 R/Info %d 0 R/ID[%b%b]"
        % (last + 1, _CATALOGUE, own + 1, identifier, identifier),
        b"".join(entries),
    )
    return b"".join([prepared.HEAD, shared.objects, *objects, table, b"startxref\n%d\n%%%%EOF\n" % place])


def _information(certificate: Certificate) -> bytes:
    """The document information dictionary; it says what the XMP says, for older viewers."""
    title = wording.document_title(certificate.virtual_code)
    subject = wording.subject(certificate.virtual_code, certificate.printed_serial_number)
    moment = metadata.pdf_date(certificate).encode("ascii")
    return b"/Title%b/Author%b/Subject%b/Producer%b/CreationDate(%b)/ModDate(%b)" % (
        pdf_text(title),
        _AUTHOR,
        pdf_text(subject),
        _PRODUCER,
        moment,
        moment,
    )


_AUTHOR, _PRODUCER = pdf_text(wording.AUTHOR), pdf_text(wording.PRODUCER)


def _entry(kind: int, place: int, index: int = 0) -> bytes:
    """A cross-reference entry: of an object in the file (1) or in an object stream (2); ISO 32000-1, 7.5.8.3."""
    return b"%c%b%b" % (kind, place.to_bytes(3, "big"), index.to_bytes(2, "big"))


# --- what certificates of one shape share

_OBJECT_STREAM = prepared.HEAD_OBJECTS + 1
_CATALOGUE = _OBJECT_STREAM + 1
_PAGES = prepared.FIRST_FONT + len(prepared.FONTS)
_STRUCTURE = _PAGES + 1
_PARENTS = _STRUCTURE + 1
_FIRST_PAGE = _PARENTS + 1


def _sheet(shape: Shape) -> _Sheet:
    """What certificates of this shape share, made for the first of them."""
    form = lay_out(shape)
    dictionaries = list(_shared_objects(form))
    first_drawn = _CATALOGUE + len(dictionaries)
    places, place = [], 0
    for offset, dictionary in enumerate(dictionaries):
        places.append(b"%d %d" % (_CATALOGUE + offset, place))
        place += len(dictionary) + 1
    index = b" ".join(places) + b"\n"
    objects = compressed_object(
        _OBJECT_STREAM,
        b"/Type/ObjStm/N %d/First %d" % (len(dictionaries), len(index)),
        index + b"\n".join(dictionaries),
        _THOROUGHLY,
    )
    entries = [
        _entry(0, 0, 65535),
        *(_entry(1, place) for place in prepared.HEAD_PLACES),
        _entry(1, len(prepared.HEAD)),
        *(_entry(2, _OBJECT_STREAM, index) for index in range(len(dictionaries))),
    ]
    contents = list(map(_content, form))
    for number_of_drawn, (drawn, _, _) in enumerate(contents, first_drawn):
        entries.append(_entry(1, len(prepared.HEAD) + len(objects)))
        objects += compressed_object(number_of_drawn, b"", drawn, _THOROUGHLY)
    typed = tuple([(typed, gaps) for _, typed, gaps in contents])
    return _Sheet(typed, objects, b"".join(entries), first_drawn + len(form))


sheets = Kept(_sheet, _SHEETS_KEPT)


def _shared_objects(form: Form) -> Iterator[bytes]:
    """The dictionaries of catalogue, pages and structure tree, in the order of their numbers."""
    elements = structure(form)
    first_element = _FIRST_PAGE + len(form)
    first_drawn = first_element + len(elements)
    first_own = first_drawn + len(form)
    yield (
        b"<</Type/Catalog/Pages %d 0 R/StructTreeRoot %d 0 R/Metadata %d 0 R/Lang(%b)/MarkInfo<</Marked true>>"
        b"/ViewerPreferences<</DisplayDocTitle true>>/OutputIntents[%b]>>"
        % (_PAGES, _STRUCTURE, first_own, wording.LANGUAGE.encode("ascii"), prepared.OUTPUT_INTENT)
    )
    yield from prepared.FONTS
    pages = [_FIRST_PAGE + page for page in range(len(form))]
    yield b"<</Type/Pages/Count %d/Kids[%b]/MediaBox[0 0 %b %b]>>" % (
        len(form),
        references(pages),
        number(PAGE_WIDTH),
        number(PAGE_HEIGHT),
    )
    yield b"<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R>>" % (first_element, _PARENTS)
    yield b"<</Nums[%b]>>" % b"".join(
        b"%d[%b]"
        % (
            page,
            references(
                [
                    first_element + place
                    for _, place in sorted(
                        (content, place)
                        for place, element in enumerate(elements)
                        if element.page == page
                        for content in element.content
                    )
                ]
            ),
        )
        for page in range(len(form))
    )
    for page in range(len(form)):
        yield b"<</Type/Page/Parent %d 0 R/Contents[%b]/StructParents %d/Resources<<%b/XObject<</Q %d 0 R>>>>>>" % (
            _PAGES,
            references([first_drawn + page, first_own + _OWN_OBJECTS + page]),
            page,
            prepared.FONT_RESOURCES,
            first_own + 2,
        )
    for tag, parent, page, children, content in elements:
        above = _STRUCTURE if parent < 0 else first_element + parent
        kids = [first_element + child for child in children]
        yield structure_element(tag, above, _FIRST_PAGE + page, content, kids)


def _content(page: Page) -> tuple[bytes, bytes, tuple[_Gap, ...]]:
    """A page's content: the boxes and the QR; then one text object with all else in reading order, and its gaps."""
    pen = _Pen()
    drawn, typed = [b"/Artifact BMC", *map(pen.fill, page.boxes), b"EMC"], [b"BT"]
    marked = 0
    for block in page.blocks:
        begin = b"/Artifact BMC"
        if block.path:
            begin = b"/%b<</MCID %d>>BDC" % (block.path[-1].kind.encode("ascii"), marked)
            marked += 1
        for kind, target in ((QrCode, drawn), (Text, typed)):
            marks = [mark for mark in block.marks if isinstance(mark, kind)]
            if marks:
                target += [begin, *(pen.type(mark) if isinstance(mark, Text) else _qr(mark) for mark in marks), b"EMC"]
    return b"\n".join(drawn), b"\n".join([*typed, b"ET"]), tuple(pen.gaps)


def _qr(code: QrCode) -> bytes:
    side, x, y = code.inside(qr.MODULES, qr.QUIET_ZONE)
    return b"q %b 0 0 %b %b %b cm/Q Do Q" % (number(side), number(side), number(x), number(PAGE_HEIGHT - y - side))


def _show(bold_and_align: tuple[bool, float]) -> Kept[str, bytes]:
    """By its text, the operator that shows a line at the pen, moved left by the part of its width that `align` says."""
    bold, align = bold_and_align

    def show(text: str) -> bytes:
        encoded = encode(text)
        if not align:
            return b"%bTj" % pdf_string(encoded)
        return b"[%d%b]TJ" % (round(prepared.advance(encoded.rstrip(), bold) * align), pdf_string(encoded))

    return Kept(show, _TEXTS_KEPT)


_shown = Kept(_show, most=16)


class _Pen:
    """Draws mark after mark, saying only what changes: colour, font, and the way from the line before."""

    def __init__(self) -> None:
        self.gaps: list[_Gap] = []
        self._colour = self._font = b""
        self._x = self._y = 0.0

    def fill(self, box: Box) -> bytes:
        bottom = PAGE_HEIGHT - box.y - box.height
        sides = (box.x, bottom, box.width, box.height)
        return b"%b%b %b %b %b re f" % (self._ink(box.colour), *map(number, sides))

    def type(self, text: Text) -> bytes:
        style = text.style
        x, y = round(text.x, 2), round(PAGE_HEIGHT - text.y, 2)
        way = b"%b %b Td" % (number(x - self._x), number(y - self._y))
        self._x, self._y = x, y
        if isinstance(text.text, Slot):
            self.gaps.append(_Gap(_shown[style.bold, text.align], *text.text))
            shown = b"%b"
        else:
            shown = _shown[style.bold, text.align][text.text].replace(b"%", b"%%")
        return b"%b%b%b%b" % (self._set(style), self._ink(style.colour), way, shown)

    def _set(self, style: Style) -> bytes:
        font = b"/%b %b Tf " % (b"B" if style.bold else b"R", number(style.size))
        changed, self._font = font != self._font, font
        return font if changed else b""

    def _ink(self, colour: Colour) -> bytes:
        ink = b"%b %b %b rg " % tuple(map(number, colour))
        changed, self._colour = ink != self._colour, ink
        return ink if changed else b""
