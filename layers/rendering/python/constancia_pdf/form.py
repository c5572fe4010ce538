"""Where everything stands on the page: the one description of the layout that both ways of drawing read.

A certificate has a *shape*: how many columns and rows, and how many lines each text takes. The shape alone decides the
form: boxes, labels and *slots* for what the certificate brings. Certificates of one shape share one form.

Measures are in points (1/72 inch) from the top left corner of an A4 page; a text stands on its baseline.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from constancia_pdf import prepared, wording
from constancia_pdf.typeface import Style, wrap

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89
MARGIN = 36.0
CONTENT_WIDTH = PAGE_WIDTH - 2 * MARGIN
RIGHT = PAGE_WIDTH - MARGIN
CENTRE = PAGE_WIDTH / 2

INK = (0.1, 0.1, 0.12)
GREY = (0.34, 0.35, 0.37)
WHITE = (1.0, 1.0, 1.0)
RED = (0.8, 0.06, 0.12)
HAIRLINE = (0.72, 0.73, 0.75)
TINT = (0.93, 0.93, 0.94)


class Styles:
    """Every way a text is set; none smaller than 6.5 points."""

    COUNTRY = Style(True, 15, WHITE)
    MINISTRY = Style(True, 9, WHITE)
    TITLE = Style(True, 15, INK)
    SUBTITLE = Style(True, 10, GREY)
    LABEL = Style(False, 7, GREY)
    CODE = Style(True, 14, INK)
    ISSUER = Style(True, 10, INK)
    BODY = Style(False, 9.5, INK)
    NAME = Style(True, 14, INK)
    NAME_AGAIN = Style(True, 10, INK)
    HEAD = Style(True, 8, INK)
    HEAD_LABEL = Style(False, 8, GREY)
    SCHOOL = Style(False, 7, INK)
    GROUP = Style(True, 7.5, GREY)
    ROW = Style(False, 8, INK)
    MARK = Style(True, 8.5, INK)
    STATUS_LABEL = Style(True, 8, INK)
    STATUS = Style(False, 6.5, INK)
    NOTE_HEAD = Style(True, 7.5, GREY)
    NOTE = Style(False, 7.5, INK)
    SMALL = Style(False, 7, GREY)
    WEB_ADDRESS = Style(True, 7.5, INK)
    SERIAL = Style(True, 12, INK)


# The table: the names take what the columns leave, and a column is as wide as its longest word needs.
COLUMN_MAX = 64.0
COLUMN_MIN = 45.0
COLUMN_PADDING = 2.4
NAMES_WANTED = 190.0
NAMES_MIN = 118.0
CELL_PADDING = 4.0
ROW_PADDING = 2.3

NAME_WIDTH = 470.0
NOTE_WIDTH = CONTENT_WIDTH
QR_SIZE = 80.0
VERIFICATION_X = MARGIN + QR_SIZE + 12
VERIFICATION_WIDTH = 288.0
FOOT_TOP = 724.0
FLOW_BOTTOM = FOOT_TOP - 8


class Slot(NamedTuple):
    """A text that the certificate brings: one of its lines, or of the cells of a row."""

    name: str
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
    colour: tuple[float, float, float]


class QrCode(NamedTuple):
    """Where the square QR stands, quiet zone included."""

    x: float
    y: float
    size: float

    def inside(self, modules: int, quiet_zone: int) -> tuple[float, float, float]:
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


class Shape(NamedTuple):
    """All that decides where things stand: counts of lines, mostly."""

    level: str
    name: int
    statement: int
    column_width: float
    columns_abreast: int
    status: tuple[int, ...]
    """One a column."""
    groups: tuple[tuple[str, tuple[int, ...]], ...]
    """The kind of each group and the lines of each row's name."""
    schools: tuple[int, ...]
    observations: tuple[int, ...]
    address: int
    exonerated: bool
    earlier_years: bool

    @property
    def names_width(self) -> float:
        """The width of the column of areas."""
        return CONTENT_WIDTH - self.columns_abreast * self.column_width


_OPENING = wrap(wording.OPENING, CONTENT_WIDTH, Styles.BODY, prepared.width)
_HOW_TO_VERIFY = wrap(wording.HOW_TO_VERIFY, VERIFICATION_WIDTH, Styles.SMALL, prepared.width)
_ROW_HEADER = "<</O/Table/Scope/Row>>"
_COLUMN_HEADER = "<</O/Table/Scope/Column>>"


def lay_out(shape: Shape) -> Form:
    """The form for every certificate of this shape."""
    return _Layout(shape).form()


@cache
def numbered(name: str, count: int) -> tuple[str, ...]:
    """The names of several texts of a kind: `row.0`, `row.1`, …"""
    return tuple(f"{name}.{number}" for number in range(count))


def _lines(name: str, count: int) -> list[str | Slot]:
    """All the lines of a text."""
    return [Slot(name, line) for line in range(count)]


class _Layout:
    """Fills page after page from the top; what no longer fits opens the next page with the head repeated."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.pages: list[tuple[list[Box], list[Block]]] = []
        self.y = 0.0
        self.keys = 0

    def form(self) -> Form:
        self._open_page()
        self._statement()
        columns = range(len(self.shape.status))
        step = self.shape.columns_abreast
        for first in range(0, len(columns), step):
            self._table(columns[first : first + step])
        self._notes()
        for number, (boxes, blocks) in enumerate(self.pages, 1):
            boxes.append(Box(MARGIN, FOOT_TOP, CONTENT_WIDTH, 0.9, INK))
            blocks.extend(self._foot(number))
        return tuple(Page(tuple(boxes), tuple(blocks)) for boxes, blocks in self.pages)

    # --- pieces

    def _open_page(self) -> None:
        self.pages.append(([], []))
        self._head(first=len(self.pages) == 1)

    def _add(self, path: tuple[Tag, ...], *marks: Text) -> None:
        self.pages[-1][1].append(Block(path, marks))

    def _paint(self, *boxes: Box) -> None:
        self.pages[-1][0].extend(boxes)

    def _tag(self, kind: str, attributes: str = "", alternative: str = "") -> Tag:
        """An element of its own."""
        self.keys += 1
        return Tag(kind, self.keys, attributes, alternative)

    def _fits(self, height: float) -> bool:
        return self.y + height <= FLOW_BOTTOM

    def _stack(self, x: float, top: float, texts: Sequence[str | Slot], style: Style, align: float = 0.0) -> list[Text]:
        """Lines under each other, the first one's type beginning at `top`."""
        baseline = top + style.size * 0.86
        return [Text(x, baseline + i * style.leading, text, style, align) for i, text in enumerate(texts)]

    # --- head

    def _head(self, first: bool) -> None:
        def path(kind: str) -> tuple[Tag, ...]:
            return (self._tag(kind),) if first else ()

        band, country, gap, ministry = 28.0, 62.0, 2.0, 92.0
        top = 24.0
        left = MARGIN + country + gap
        self._paint(
            Box(MARGIN, top, country, band, RED),
            Box(left, top, ministry, band, GREY),
            Box(left + ministry + gap, top, RIGHT - left - ministry - gap, band, TINT),
        )
        self._add(
            path("P"),
            Text(MARGIN + country / 2, top + 19.4, wording.COUNTRY, Styles.COUNTRY, 0.5),
            *self._stack(left + 8, top + 4, wording.MINISTRY, Styles.MINISTRY),
        )
        self._add(
            path("P"),
            Text(RIGHT - 8, top + 10, wording.VIRTUAL_CODE, Styles.LABEL, 1),
            Text(RIGHT - 8, top + 23.4, Slot("code"), Styles.CODE, 1),
        )
        self.y = top + band + (22 if first else 16)
        self._add(path("H1"), *self._stack(CENTRE, self.y, [wording.TITLE], Styles.TITLE, 0.5))
        self.y += Styles.TITLE.leading + 1
        subtitle = f"{wording.MODALITY} — {wording.LEVEL[self.shape.level]}"
        self._add(path("P"), *self._stack(CENTRE, self.y, [subtitle], Styles.SUBTITLE, 0.5))
        self.y += Styles.SUBTITLE.leading + (14 if first else 8)
        if not first:
            again = _lines("name", self.shape.name)
            self._add((), *self._stack(CENTRE, self.y, again, Styles.NAME_AGAIN, 0.5))
            self.y += len(again) * Styles.NAME_AGAIN.leading
            self._add((), *self._stack(CENTRE, self.y, [Slot("identity")], Styles.SMALL, 0.5))
            self.y += Styles.SMALL.leading + 8

    def _statement(self) -> None:
        self._add((self._tag("P"),), *self._stack(MARGIN, self.y, [wording.ISSUER], Styles.ISSUER))
        self.y += Styles.ISSUER.leading + 3
        paragraph = (self._tag("P"),)
        for slots, style, x, align, after in (
            (_OPENING, Styles.BODY, MARGIN, 0.0, 7.0),
            (_lines("name", self.shape.name), Styles.NAME, CENTRE, 0.5, 1.0),
            ([Slot("identity")], Styles.BODY, CENTRE, 0.5, 7.0),
            (_lines("statement", self.shape.statement), Styles.BODY, MARGIN, 0.0, 12.0),
        ):
            self._add(paragraph, *self._stack(x, self.y, slots, style, align))
            self.y += len(slots) * style.leading + after

    # --- table

    def _table(self, columns: range) -> None:
        table = self._tag("Table")
        status_height = self._status_height(columns)
        first_row = self._row_height(self.shape.groups[0][1][0]) if self.shape.groups else 0.0
        if not self._fits(self._heading_height() + self._group_height() + first_row):
            self._open_page()
        self._heading(columns, table)
        row_number = 0
        for position, (group, rows) in enumerate(self.shape.groups):
            for index, count in enumerate(rows):
                height = self._row_height(count)
                label = self._group_height() if index == 0 else 0.0
                last = position == len(self.shape.groups) - 1 and index == len(rows) - 1
                if not self._fits(label + height + (status_height if last else 0.0)):
                    self._open_page()
                    self._heading(columns)
                if index == 0:
                    self._group(table, group, len(columns))
                self._row(table, columns, row_number, count)
                row_number += 1
        self._status(table, columns, status_height)
        self.y += 10

    def _row_height(self, count: int) -> float:
        return count * Styles.ROW.leading + 2 * ROW_PADDING

    def _group_height(self) -> float:
        return Styles.GROUP.leading + 2 * ROW_PADDING

    def _heading_height(self) -> float:
        return 3 * self._row_height(1)

    def _status_height(self, columns: range) -> float:
        tallest = max(self.shape.status[column] for column in columns)
        return max(tallest, 1) * Styles.STATUS.leading + 3 * ROW_PADDING

    def _table_width(self, columns: range) -> float:
        return self.shape.names_width + len(columns) * self.shape.column_width

    def _centres(self, columns: range) -> Iterator[tuple[int, float]]:
        """Each column with the middle of its width."""
        left = MARGIN + self.shape.names_width
        for place, column in enumerate(columns):
            yield column, round(left + (place + 0.5) * self.shape.column_width, 2)

    def _rule(self, columns: range, thickness: float = 0.4, colour: tuple[float, float, float] = HAIRLINE) -> None:
        self._paint(Box(MARGIN, self.y - thickness / 2, self._table_width(columns), thickness, colour))

    def _heading(self, columns: range, table: Tag | None = None) -> None:
        """Year, grade and school of every column; without a table it repeats an earlier heading."""
        height = self._row_height(1)
        self._paint(Box(MARGIN, self.y, self._table_width(columns), 3 * height, TINT))
        for label, slot, style in (
            (wording.YEAR, "year", Styles.HEAD),
            (wording.GRADE[self.shape.level], "grade", Styles.HEAD),
            (wording.SCHOOL_CODE, "school", Styles.SCHOOL),
        ):
            row = (table, self._tag("TR")) if table else ()
            baseline = self.y + height / 2 + Styles.HEAD.size * 0.36
            self._cell(row, Text(MARGIN + CELL_PADDING, baseline, label, Styles.HEAD_LABEL), _ROW_HEADER)
            for column, centre in self._centres(columns):
                self._cell(row, Text(centre, baseline, Slot(slot, column), style, 0.5), _COLUMN_HEADER)
            self.y += height
        self._rule(columns, 0.9, INK)

    def _cell(self, row: tuple[Tag, ...], text: Text, attributes: str = "") -> None:
        """One cell of one line: a header cell if it has attributes, outside any row an artifact."""
        self._add((*row, self._tag("TH" if attributes else "TD", attributes)) if row else (), text)

    def _group(self, table: Tag, group: str, columns: int) -> None:
        height = self._group_height()
        baseline = self.y + height / 2 + Styles.GROUP.size * 0.42
        header = self._tag("TH", f"<</O/Table/ColSpan {columns + 1}/Scope/Column>>")
        label = Text(MARGIN + CELL_PADDING, baseline, wording.GROUP[group], Styles.GROUP)
        self._add((table, self._tag("TR"), header), label)
        self.y += height

    def _row(self, table: Tag, columns: range, number: int, count: int) -> None:
        row = (table, self._tag("TR"))
        height = self._row_height(count)
        names = self._stack(MARGIN + CELL_PADDING, self.y + ROW_PADDING, _lines(f"row.{number}", count), Styles.ROW)
        self._add((*row, self._tag("TH", _ROW_HEADER)), *names)
        baseline = self.y + height / 2 + Styles.MARK.size * 0.357
        for column, centre in self._centres(columns):
            self._cell(row, Text(centre, baseline, Slot(f"mark.{number}", column), Styles.MARK, 0.5))
        self.y += height
        self._rule(columns)

    def _status(self, table: Tag, columns: range, height: float) -> None:
        self._rule(columns, 0.9, INK)
        row = (table, self._tag("TR"))
        baseline = self.y + height / 2 + Styles.STATUS_LABEL.size * 0.36
        self._cell(row, Text(MARGIN + CELL_PADDING, baseline, wording.FINAL_STATUS, Styles.STATUS_LABEL), _ROW_HEADER)
        for column, centre in self._centres(columns):
            count = self.shape.status[column]
            top = self.y + (height - count * Styles.STATUS.leading) / 2
            words = self._stack(centre, top, _lines(f"status.{column}", count), Styles.STATUS, 0.5)
            self._add((*row, self._tag("TD")), *words)
        self.y += height
        self._rule(columns, 0.9, INK)

    # --- notes under the table

    def _notes(self) -> None:
        for title, slot, counts in (
            (wording.SCHOOLS, "school_name", self.shape.schools),
            (wording.OBSERVATIONS, "observation", self.shape.observations),
        ):
            if not counts:
                continue
            head = Styles.NOTE_HEAD
            if not self._fits(head.leading + 2 + Styles.NOTE.leading):
                self._open_page()
            self._add((self._tag("H2"),), *self._stack(MARGIN, self.y, [title], head))
            self.y += head.leading + 1
            for index, count in enumerate(counts):
                self._paragraph(_lines(f"{slot}.{index}", count), Styles.NOTE)
            self.y += 6
        for shown, sentence in (
            (self.shape.exonerated, wording.EXONERATION),
            (self.shape.earlier_years, wording.EARLIER_YEARS),
        ):
            if shown:
                self._paragraph([sentence], Styles.SMALL)

    def _paragraph(self, texts: Sequence[str | Slot], style: Style) -> None:
        """Lines that may go on on the next page."""
        for text in texts:
            if not self._fits(style.leading):
                self._open_page()
            self._add((self._tag("P"),), *self._stack(MARGIN, self.y, [text], style))
            self.y += style.leading
        self.y += 1.5

    # --- foot

    def _foot(self, number: int) -> Iterator[Block]:
        """QR, how to verify, number and moment of issue: read aloud once, printed on every page."""

        def path(kind: str, attributes: str = "", alternative: str = "") -> tuple[Tag, ...]:
            return (self._tag(kind, attributes, alternative),) if number == len(self.pages) else ()

        top = FOOT_TOP
        left, bottom = MARGIN - 4, PAGE_HEIGHT - top - 4 - QR_SIZE
        bounds = f"<</O/Layout/BBox[{left:g} {bottom:.2f} {left + QR_SIZE:g} {bottom + QR_SIZE:.2f}]>>"
        yield Block(path("Figure", bounds, wording.QR), (QrCode(left, top + 4, QR_SIZE),))
        y = top + 10
        yield Block(path("H2"), tuple(self._stack(VERIFICATION_X, y, [wording.VERIFICATION], Styles.NOTE_HEAD)))
        y += Styles.NOTE_HEAD.leading + 2
        yield Block(path("P"), tuple(self._stack(VERIFICATION_X, y, _HOW_TO_VERIFY, Styles.SMALL)))
        y += len(_HOW_TO_VERIFY) * Styles.SMALL.leading + 4
        address = _lines("address", self.shape.address)
        yield Block(path("P"), tuple(self._stack(VERIFICATION_X, y, address, Styles.WEB_ADDRESS)))
        yield Block(path("P"), (Text(RIGHT, top + 22, Slot("serial"), Styles.SERIAL, 1),))
        for label, slot, y in ((wording.ISSUED_ON, "date", top + 38), (wording.ISSUED_AT, "hour", top + 61)):
            yield Block(
                path("P"),
                (
                    Text(RIGHT, y, label, Styles.SMALL, 1),
                    Text(RIGHT, y + Styles.NOTE.leading, Slot(slot), Styles.NOTE, 1),
                ),
            )
        yield Block(path("P"), (Text(MARGIN, PAGE_HEIGHT - 22, wording.ADDRESS, Styles.SMALL),))
        page = wording.page_of(number, len(self.pages))
        yield Block((), (Text(RIGHT, PAGE_HEIGHT - 22, page, Styles.SMALL, 1),))
