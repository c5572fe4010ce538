"""The elements of a page, which both writers read: boxes, lines of text, the QR, and the tags of the structure tree.

Coordinates are in points (1/72 inch) from the top left corner of an A4 page; a text stands on its baseline.
"""

from typing import NamedTuple

from constancia_pdf.typeface import Colour, Style

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89


class Slot(NamedTuple):
    """A place for text that differs from certificate to certificate: a line of a text, or a cell of a table row."""

    name: str
    """The kind of text, for example `school_name`."""
    item: int = 0
    """The text's number among those of its kind, from 0."""
    line: int = 0
    """The line's number in its text, or the cell's in its row, from 0."""


class Text(NamedTuple):
    """A line of text. `align` is the fraction of its width left of `x`: 0 starts at `x`, 0.5 centres, 1 ends there."""

    x: float
    y: float
    text: str | Slot
    style: Style
    align: float = 0.0


class Box(NamedTuple):
    """A filled rectangle; a rule is a thin one."""

    x: float
    y: float
    width: float
    height: float
    colour: Colour


class QrCode(NamedTuple):
    """The square of a QR, quiet zone included."""

    x: float
    y: float
    size: float
    signed_data: bool
    """It is the QR of the signed data, and not that of the address."""


class Tag(NamedTuple):
    """A structure element for screen readers (ISO 32000-1, 14.8), with its attributes as a PDF dictionary.

    Blocks whose paths hold the same tag, key included, belong to the same element.
    """

    kind: str
    key: int = 0
    attributes: str = ""
    alternative: str = ""


class Block(NamedTuple):
    """Marks that are read as a unit, and the path of their structure elements from the outermost to the innermost.

    A block with an empty path is an artifact, which a screen reader skips: a repeated heading, for example.
    """

    path: tuple[Tag, ...]
    marks: tuple[Text | QrCode, ...]


class Page(NamedTuple):
    """A page: its boxes, drawn first, and its blocks in reading order."""

    boxes: tuple[Box, ...]
    blocks: tuple[Block, ...]


Form = tuple[Page, ...]


class Element(NamedTuple):
    """A node of the structure tree. An element with marked content has no child elements."""

    tag: Tag
    parent: int
    """The parent's position in the list of elements; -1 for the document."""
    page: int
    """The page on which the element begins, from 0."""
    children: list[int]
    """The children's positions in the list of elements."""
    content: list[int]
    """The marked-content numbers of the element's blocks on that page."""


SEAL = Tag("Form")
"""The element of the seal's field, which has no content on a page."""


def structure(form: Form, sealed: bool) -> list[Element]:
    """Returns the elements of a form's structure tree in reading order, parents before children, the document first.

    The blocks of a page that have a path are numbered from 0 as its marked content. That of the seal is the last.
    """
    elements = [Element(Tag("Document"), -1, 0, [], [])]
    known: dict[tuple[Tag, ...], int] = {(): 0}
    for number, page in enumerate(form):
        for content, block in enumerate(block for block in page.blocks if block.path):
            for depth in range(1, len(block.path) + 1):
                path = block.path[:depth]
                if path not in known:
                    known[path] = len(elements)
                    parent = known[path[:-1]]
                    elements[parent].children.append(len(elements))
                    elements.append(Element(path[-1], parent, number, [], []))
            elements[known[block.path]].content.append(content)
    if sealed:
        elements[0].children.append(len(elements))
        elements.append(Element(SEAL, 0, 0, [], []))
    return elements
