"""Writes a certificate as PDF from prepared parts, without a PDF, font or QR library.

The file has three parts. The *head* (fonts, colour profile) is the same for every certificate; it is prepared when the
layer is built. The *common part* (pages, structure tree, and the content of each page with gaps) is the same for every
certificate of one shape; a process makes it once and caches it. The rest is the certificate's own: the words in the
gaps, the QR, the metadata, and the cross-reference table.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from constancia.document import Document

from constancia_pdf import embedded, metadata, prepared, qr, seal, wording
from constancia_pdf.filling import fill
from constancia_pdf.form import PAGE_HEIGHT, PAGE_WIDTH, SEAL, Box, Form, Page, QrCode, Slot, Text, structure
from constancia_pdf.layout import lay_out
from constancia_pdf.shape import Shape
from constancia_pdf.syntax import (
    compressed_object,
    number,
    parent_tree,
    pdf_object,
    pdf_string,
    pdf_text,
    references,
    structure_element,
)
from constancia_pdf.typeface import Colour, Style, encode

_CACHED_SHAPES = 256
"""The common part of a shape takes some 20 kB."""
_CACHED_TEXTS = 1024
_FAST = 1
"""The compression level for a certificate's own content; higher levels save few bytes."""
_SMALL = 9
"""The compression level for the common part."""
_OWN_OBJECTS = 3
"""The certificate's own objects of which every file has one: metadata, information, QR of the address. The content of
each page follows, then QR of the signed data, embedded file and signature of a file that has them."""


class _Gap(NamedTuple):
    """A place in a page's content for the line of a slot."""

    show: Callable[[str], bytes]
    """Returns the operator that shows a text there."""
    name: str
    item: int
    line: int


class CommonPart(NamedTuple):
    """The part of the file that is the same for all certificates of one shape."""

    pages: tuple[tuple[bytes, tuple[_Gap, ...]], ...]
    """The text of each page, as a format for `bytes % tuple`, and its gaps."""
    objects: bytes
    """The graphics of each page, and an object stream with catalogue, pages and structure tree."""
    entries: bytes
    """The cross-reference entries of the head and of `objects`."""
    first_own: int
    """The number of the certificate's first own object."""


def write(certificate: Document, room: int = 0) -> bytes:
    """Returns the certificate as a PDF file with room for a seal of so many bytes, or for none.

    Raises:
        UnicodeEncodeError: a character is outside the prepared repertoire, or the address is not ASCII.
        constancia_pdf.qr.TooLong: the address does not fit the prepared symbols.
    """
    shape, words = fill(certificate, prepared.width)
    common = common_part(shape, bool(room))
    own = common.first_own
    moment = metadata.pdf_date(certificate).encode("ascii")
    objects = [
        pdf_object(own, b"/Type/Metadata/Subtype/XML", metadata.packet(metadata.xmp(certificate))),
        pdf_object(own + 1, _information(certificate, moment)),
        _image(own + 2, qr.link(certificate.verify_url)),
    ]
    for page, (content, gaps) in enumerate(common.pages):
        filled = content % tuple([show(words[name][item][line]) for show, name, item, line in gaps])
        objects.append(compressed_object(own + _OWN_OBJECTS + page, b"", filled, _FAST))
    if certificate.attestation:
        code = qr.signed_data(certificate.verify_url, certificate.attestation)
        objects.append(_image(own + len(objects), code))
        objects.append(embedded.stream(own + len(objects), certificate.embedded, moment))
    if room:
        objects.append(seal.signature(own + len(objects), room, moment))
    head = prepared.head()
    entries = [common.entries]
    place = len(head) + len(common.objects)
    for written in objects:
        entries.append(_entry(1, place))
        place += len(written)
    entries.append(_entry(1, place))
    last = own + len(objects)
    identifier = pdf_string(metadata.identifier(certificate))
    table = compressed_object(
        last,
        b"/Type/XRef/W[1 3 2]/Size %d/Root %d 0 R/Info %d 0 R/ID[%b%b]"
        % (last + 1, _CATALOGUE, own + 1, identifier, identifier),
        b"".join(entries),
        _FAST,
    )
    pdf = b"".join([head, common.objects, *objects, table, b"startxref\n%d\n%%%%EOF\n" % place])
    return seal.close(pdf) if room else pdf


def _image(number: int, code: qr.Picture) -> bytes:
    """A QR as an object; `_qr` turns its columns into rows."""
    entries = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 1/ColorSpace/DeviceGray/Decode[1 0]"
    return pdf_object(number, entries % (code.size, code.size), code.bits)


def _information(certificate: Document, moment: bytes) -> bytes:
    """The entries of the document information dictionary, which repeat the XMP for older viewers."""
    title = wording.document_title(certificate.virtual_code)
    subject = wording.subject(certificate.virtual_code, certificate.printed_serial_number)
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
    """A cross-reference entry, of an object in the file (kind 1) or an object stream (2): ISO 32000-1, 7.5.8.3."""
    return b"%c%b%b" % (kind, place.to_bytes(3, "big"), index.to_bytes(2, "big"))


# --- the common part of a shape

_OBJECT_STREAM = prepared.HEAD_OBJECTS + 1
_CATALOGUE = _OBJECT_STREAM + 1
_PAGES = prepared.FIRST_FONT + prepared.FONT_OBJECTS
_STRUCTURE = _PAGES + 1
_PARENTS = _STRUCTURE + 1
_FIRST_PAGE = _PARENTS + 1


@lru_cache(maxsize=_CACHED_SHAPES)
def common_part(shape: Shape, sealed: bool) -> CommonPart:
    """Returns the common part of all certificates of a shape, with or without room for a seal."""
    form, head_size = lay_out(shape), len(prepared.head())
    dictionaries = list(_dictionaries(form, shape.attested, sealed))
    first_graphics = _CATALOGUE + len(dictionaries)
    places, place = [], 0
    for offset, dictionary in enumerate(dictionaries):
        places.append(b"%d %d" % (_CATALOGUE + offset, place))
        place += len(dictionary) + 1
    index = b" ".join(places) + b"\n"
    objects = compressed_object(
        _OBJECT_STREAM,
        b"/Type/ObjStm/N %d/First %d" % (len(dictionaries), len(index)),
        index + b"\n".join(dictionaries),
        _SMALL,
    )
    entries = [
        _entry(0, 0, 65535),
        *(_entry(1, place) for place in prepared.head_places()),
        _entry(1, head_size),
        *(_entry(2, _OBJECT_STREAM, index) for index in range(len(dictionaries))),
    ]
    contents = list(map(_content, form))
    for object_number, (graphics, _, _) in enumerate(contents, first_graphics):
        entries.append(_entry(1, head_size + len(objects)))
        objects += compressed_object(object_number, b"", graphics, _SMALL)
    pages = tuple([(text, gaps) for _, text, gaps in contents])
    return CommonPart(pages, objects, b"".join(entries), first_graphics + len(form))


def _dictionaries(form: Form, attested: bool, sealed: bool) -> Iterator[bytes]:
    """The dictionaries of catalogue, pages, structure tree, embedded file and field, in the order of their numbers."""
    elements = structure(form, sealed)
    first_element = _FIRST_PAGE + len(form)
    specification = first_element + len(elements)
    field = specification + attested
    first_graphics = field + sealed
    first_own = first_graphics + len(form)
    code = first_own + _OWN_OBJECTS + len(form)
    content = code + attested
    yield (
        b"<</Type/Catalog/Pages %d 0 R/StructTreeRoot %d 0 R/Metadata %d 0 R/Lang(%b)/MarkInfo<</Marked true>>"
        b"/ViewerPreferences<</DisplayDocTitle true>>/OutputIntents[%b]%b%b>>"
        % (
            _PAGES,
            _STRUCTURE,
            first_own,
            wording.LANGUAGE.encode("ascii"),
            prepared.OUTPUT_INTENT,
            embedded.catalogue(specification) if attested else b"",
            b"/AcroForm%b" % seal.form(field) if sealed else b"",
        )
    )
    yield from prepared.font_dictionaries()
    pages = [_FIRST_PAGE + page for page in range(len(form))]
    yield b"<</Type/Pages/Count %d/Kids[%b]/MediaBox[0 0 %b %b]>>" % (
        len(form),
        references(pages),
        number(PAGE_WIDTH),
        number(PAGE_HEIGHT),
    )
    yield b"<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R>>" % (first_element, _PARENTS)
    owners = [
        [
            first_element + place
            for _, place in sorted(
                (content, place)
                for place, element in enumerate(elements)
                if element.page == page
                for content in element.content
            )
        ]
        for page in range(len(form))
    ]
    yield b"<<%b>>" % parent_tree(owners, specification - 1 if sealed else 0)
    for page in range(len(form)):
        yield b"<</Type/Page/Parent %d 0 R/Contents[%b]/StructParents %d/Resources<<%b/XObject<</Q %d 0 R%b>>>>%b>>" % (
            _PAGES,
            references([first_graphics + page, first_own + _OWN_OBJECTS + page]),
            page,
            prepared.FONT_RESOURCES,
            first_own + 2,
            b"/D %d 0 R" % code if attested else b"",
            b"/Annots[%d 0 R]/Tabs/S" % field if sealed and page == 0 else b"",
        )
    for tag, parent, page, children, marked in elements:
        above = _STRUCTURE if parent < 0 else first_element + parent
        kids = [first_element + child for child in children]
        yield structure_element(tag, above, _FIRST_PAGE + page, marked, kids, field if tag is SEAL else 0)
    if attested:
        yield b"<<%b>>" % embedded.specification(content)
    if sealed:
        yield b"<<%b>>" % seal.field(_FIRST_PAGE, content + attested, len(form))


def _content(page: Page) -> tuple[bytes, bytes, tuple[_Gap, ...]]:
    """A page's graphics (boxes and QRs); its text, one text object in reading order; and the gaps in the text."""
    stream = _ContentStream()
    graphics, text = [b"/Artifact BMC", *map(stream.fill, page.boxes), b"EMC"], [b"BT"]
    marked = 0
    for block in page.blocks:
        begin = b"/Artifact BMC"
        if block.path:
            begin = b"/%b<</MCID %d>>BDC" % (block.path[-1].kind.encode("ascii"), marked)
            marked += 1
        for kind, target in ((QrCode, graphics), (Text, text)):
            marks = [mark for mark in block.marks if isinstance(mark, kind)]
            if marks:
                drawn = [stream.show(mark) if isinstance(mark, Text) else _qr(mark) for mark in marks]
                target += [begin, *drawn, b"EMC"]
    return b"\n".join(graphics), b"\n".join([*text, b"ET"]), tuple(stream.gaps)


def _qr(code: QrCode) -> bytes:
    """Draws a QR, whose image is its mirror at the diagonal."""
    side, right, top = number(code.size), number(code.x + code.size), number(PAGE_HEIGHT - code.y)
    return b"q 0 -%b -%b 0 %b %b cm/%b Do Q" % (side, side, right, top, b"D" if code.signed_data else b"Q")


@cache
def _show(bold: bool, align: float) -> Callable[[str], bytes]:
    """A function that returns the operator for a line at the current position, moved left by `align` of its width."""

    @lru_cache(maxsize=_CACHED_TEXTS)
    def show(text: str) -> bytes:
        encoded = encode(text)
        if not align:
            return b"%bTj" % pdf_string(encoded)
        return b"[%d%b]TJ" % (round(prepared.advance(encoded.rstrip(), bold) * align), pdf_string(encoded))

    return show


class _ContentStream:
    """The operators of a page; colour, font and position are written only when they change."""

    def __init__(self) -> None:
        self.gaps: list[_Gap] = []
        self._last_colour = self._last_font = b""
        self._x = self._y = 0.0

    def fill(self, box: Box) -> bytes:
        bottom = PAGE_HEIGHT - box.y - box.height
        sides = (box.x, bottom, box.width, box.height)
        return b"%b%b %b %b %b re f" % (self._colour(box.colour), *map(number, sides))

    def show(self, text: Text) -> bytes:
        style = text.style
        x, y = round(text.x, 2), round(PAGE_HEIGHT - text.y, 2)
        move = b"%b %b Td" % (number(x - self._x), number(y - self._y))
        self._x, self._y = x, y
        show = _show(style.bold, text.align)
        if isinstance(text.text, Slot):
            self.gaps.append(_Gap(show, *text.text))
            shown = b"%b"
        else:
            shown = show(text.text).replace(b"%", b"%%")
        return b"%b%b%b%b" % (self._font(style), self._colour(style.colour), move, shown)

    def _font(self, style: Style) -> bytes:
        font = b"/%b %b Tf " % (b"B" if style.bold else b"R", number(style.size))
        changed, self._last_font = font != self._last_font, font
        return font if changed else b""

    def _colour(self, colour: Colour) -> bytes:
        operator = b"%b %b %b rg " % tuple(map(number, colour))
        changed, self._last_colour = operator != self._last_colour, operator
        return operator if changed else b""
