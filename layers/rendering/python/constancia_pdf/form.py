"""What a page is made of, for both ways of drawing it: boxes, lines of type, the QR, and the tags around them.

Measures are in points (1/72 inch) from the top left corner of an A4 page; a text stands on its baseline.
"""

from __future__ import annotations

from constancia.named_tuple import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from constancia_pdf.typeface import Colour, Style

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89


class Slot(NamedTuple):
    """A line of a text that the certificate brings, or a cell of a row of them."""

    name: str
    """What kind of text."""
    item: int = 0
    """Which one of its kind."""
    line: int = 0


class Text(NamedTuple):
    """One line of type; `align` is the part of its width left of `x`: 0 starts there, 0.5 centres, 1 ends there."""

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
    """Where the square QR stands, quiet zone included."""

    x: float
    y: float
    size: float

    def inside(self, modules: int, quiet_zone: int) -> Colour:
        """The symbol within its quiet zone, both counted in modules: its side, and its left and upper edge."""
        module = self.size / (modules + 2 * quiet_zone)
        return modules * module, self.x + quiet_zone * module, self.y + quiet_zone * module


class Tag(NamedTuple):
    """A structure element for screen readers (ISO 32000-1, 14.8); `attributes` as a PDF dictionary.

    The same kind and key in neighbouring blocks is the same element.
    """

    kind: str
    key: int = 0
    attributes: str = ""
    alternative: str = ""


class Block(NamedTuple):
    """What belongs together for a reader: the path of its structure elements from the outside in, and its marks.

    An empty path is an artifact: a repetition that a screen reader skips.
    """

    path: tuple[Tag, ...]
    marks: tuple[Text | QrCode, ...]


class Page(NamedTuple):
    """A page: decoration beneath, and what is read, in reading order."""

    boxes: tuple[Box, ...]
    blocks: tuple[Block, ...]


Form = tuple[Page, ...]


class Element(NamedTuple):
    """A node of the structure tree; an element with marked content has no child elements."""

    tag: Tag
    parent: int
    page: int
    """Where it begins, from 0."""
    children: list[int]
    content: list[int]
    """The marked-content numbers of its blocks on that page."""


def structure(form: Form) -> list[Element]:
    """The structure tree of a form in reading order, parents before children; the first is the document.

    A page's blocks with a path are its marked content, numbered from 0.
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
    return elements
