"""Where everything stands on the page: the one description of the layout that both ways of drawing read.

A certificate has a *shape*: how many columns and rows, and how many lines each text takes. The shape alone decides the
form: boxes, labels, and slots for what the certificate brings. Certificates of one shape share one form.
"""

from __future__ import annotations

from constancia.named_tuple import TYPE_CHECKING, NamedTuple

from constancia_pdf import prepared, wording
from constancia_pdf.form import PAGE_HEIGHT, PAGE_WIDTH, Block, Box, Form, Page, QrCode, Slot, Tag, Text
from constancia_pdf.typeface import CAP_HEIGHT, Colour, Style, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Lines = Sequence[str | Slot]

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


THIN, THICK = 0.4, 0.9
"""Rules between rows, and rules that close a part."""

BAND_TOP, BAND_HEIGHT, BAND_GAP = 24.0, 28.0, 2.0
COUNTRY_WIDTH, MINISTRY_WIDTH = 62.0, 92.0
NAME_WIDTH = 470.0

# The table: a column is as wide as its longest word needs, and the names take what the columns leave.
COLUMN_MAX, COLUMN_MIN, COLUMN_PADDING = 64.0, 45.0, 4.0
NAMES_WANTED, NAMES_MIN = 190.0, 103.0
INDENT, CELL_PADDING = 4.0, 2.3
HEADING_HEIGHT, GROUP_HEIGHT = 43.0, 14.0

FOOT_TOP = 724.0
FLOW_BOTTOM = FOOT_TOP - 8
QR_SIZE = 80.0
QR_OUTDENT = 7.0
"""How far the quiet zone stands out to the left, so that the symbol itself begins at the margin."""
VERIFICATION_X, VERIFICATION_WIDTH = MARGIN + QR_SIZE + 8, 290.0
IMPRINT_TOP = PAGE_HEIGHT - 27


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


def _lines(name: str, count: int, item: int = 0) -> Lines:
    """All the lines of a text."""
    return [Slot(name, item, line) for line in range(count)]


class _Layout:
    """Fills page after page from the top; what no longer fits opens the next page with the head repeated."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.pages: list[tuple[list[Box], list[Block]]] = []
        self.y = 0.0
        self.tags = 0

    def form(self) -> Form:
        self._open_page()
        self._statement()
        columns = range(len(self.shape.status))
        for first in range(0, len(columns), self.shape.columns_abreast):
            self._table(columns[first : first + self.shape.columns_abreast])
        self._notes()
        for number, (boxes, blocks) in enumerate(self.pages, 1):
            boxes.append(Box(MARGIN, FOOT_TOP - THICK / 2, CONTENT_WIDTH, THICK, INK))
            blocks.extend(self._foot(number))
        return tuple(Page(tuple(boxes), tuple(blocks)) for boxes, blocks in self.pages)

    # --- pieces

    def _open_page(self) -> None:
        self.pages.append(([], []))
        self._head(first=len(self.pages) == 1)

    def _fits(self, height: float) -> bool:
        return self.y + height <= FLOW_BOTTOM

    def _paint(self, *boxes: Box) -> None:
        self.pages[-1][0].extend(boxes)

    def _add(self, path: tuple[Tag, ...], marks: Sequence[Text]) -> None:
        self.pages[-1][1].append(Block(path, tuple(marks)))

    def _flow(self, path: tuple[Tag, ...], x: float, lines: Lines, style: Style, align: float = 0.0) -> None:
        """Lines from here downwards."""
        self._add(path, _stacked(x, self.y, lines, style, align))
        self.y += len(lines) * style.leading

    def _tag(self, kind: str, attributes: str = "", alternative: str = "") -> Tag:
        """A structure element of its own."""
        self.tags += 1
        return Tag(kind, self.tags, attributes, alternative)

    # --- head

    def _head(self, first: bool) -> None:
        """Band, code and title; on the pages that follow the student again, and for a screen reader nothing new."""

        def path(kind: str) -> tuple[Tag, ...]:
            return (self._tag(kind),) if first else ()

        ministry = MARGIN + COUNTRY_WIDTH + BAND_GAP
        rest = ministry + MINISTRY_WIDTH + BAND_GAP
        self._paint(
            Box(MARGIN, BAND_TOP, COUNTRY_WIDTH, BAND_HEIGHT, RED),
            Box(ministry, BAND_TOP, MINISTRY_WIDTH, BAND_HEIGHT, GREY),
            Box(rest, BAND_TOP, RIGHT - rest, BAND_HEIGHT, TINT),
        )
        middle = BAND_TOP + BAND_HEIGHT / 2
        self._add(
            path("P"),
            [
                *_centred(MARGIN + COUNTRY_WIDTH / 2, middle, [wording.COUNTRY], Styles.COUNTRY, 0.5),
                *_centred(ministry + 8, middle, wording.MINISTRY, Styles.MINISTRY),
            ],
        )
        self._add(
            path("P"),
            [
                *_centred(RIGHT - 8, BAND_TOP + 7.5, [wording.VIRTUAL_CODE], Styles.LABEL, 1),
                *_centred(RIGHT - 8, BAND_TOP + 18.5, [Slot("code")], Styles.CODE, 1),
            ],
        )
        self.y = BAND_TOP + BAND_HEIGHT + (22 if first else 16)
        self._flow(path("H1"), CENTRE, [wording.TITLE], Styles.TITLE, 0.5)
        self._flow(path("P"), CENTRE, [wording.subtitle(self.shape.level)], Styles.SUBTITLE, 0.5)
        self.y += 14 if first else 8
        if not first:
            self._flow((), CENTRE, _lines("name", self.shape.name), Styles.NAME_AGAIN, 0.5)
            self._flow((), CENTRE, [Slot("identity")], Styles.SMALL, 0.5)
            self.y += 10

    def _statement(self) -> None:
        self._flow((self._tag("P"),), MARGIN, [wording.ISSUER], Styles.ISSUER)
        self.y += 3
        paragraph = (self._tag("P"),)
        self._flow(paragraph, MARGIN, _OPENING, Styles.BODY)
        self.y += 8
        self._flow(paragraph, CENTRE, _lines("name", self.shape.name), Styles.NAME, 0.5)
        self.y += 1
        self._flow(paragraph, CENTRE, [Slot("identity")], Styles.BODY, 0.5)
        self.y += 7
        self._flow(paragraph, MARGIN, _lines("statement", self.shape.statement), Styles.BODY)
        self.y += 12

    # --- table

    def _table(self, columns: range) -> None:
        """The marks of columns that stand beside each other; a page that continues it repeats the heading."""
        table = (self._tag("Table"),)
        statuses = [_lines("status", self.shape.status[column], column) for column in columns]
        status_height = max(map(len, statuses)) * Styles.STATUS.leading + 3 * CELL_PADDING
        rows = [(group, place, count) for group, counts in self.shape.groups for place, count in enumerate(counts)]
        heights = [count * Styles.ROW.leading + 2 * CELL_PADDING for _, _, count in rows]
        if not self._fits(HEADING_HEIGHT + GROUP_HEIGHT + sum(heights[:1]) + status_height):
            self._open_page()
        self._heading(table, columns)
        for number, (group, place, count) in enumerate(rows):
            height, begins_group, last = heights[number], place == 0, number == len(rows) - 1
            if not self._fits(height + begins_group * GROUP_HEIGHT + last * status_height):
                self._open_page()
                self._heading((), columns)
            if begins_group:
                self._group(table, group, len(columns))
            marks = [[Slot("mark", number, column)] for column in columns]
            self._row(table, height, (_lines("row", count, number), Styles.ROW), (marks, Styles.MARK))
            self._rule(columns)
        self._rule(columns, THICK, INK)
        self._row(table, status_height, ([wording.FINAL_STATUS], Styles.STATUS_LABEL), (statuses, Styles.STATUS))
        self._rule(columns, THICK, INK)
        self.y += 10

    def _heading(self, table: tuple[Tag, ...], columns: range) -> None:
        """Year, grade and school of every column."""
        self._paint(Box(MARGIN, self.y, self._table_width(columns), HEADING_HEIGHT, TINT))
        for label, name, style in (
            (wording.YEAR, "year", Styles.HEAD),
            (wording.GRADE[self.shape.level], "grade", Styles.HEAD),
            (wording.SCHOOL_CODE, "school", Styles.SCHOOL),
        ):
            cells = [[Slot(name, 0, column)] for column in columns]
            self._row(table, HEADING_HEIGHT / 3, ([label], Styles.HEAD_LABEL), (cells, style), _COLUMN_HEADER)
        self._rule(columns, THICK, INK)

    def _group(self, table: tuple[Tag, ...], group: str, columns: int) -> None:
        """The line that names a group of rows."""
        header = self._tag("TH", f"<</O/Table/ColSpan {columns + 1}/Scope/Column>>")
        middle = self.y + GROUP_HEIGHT * 0.56
        label = _centred(MARGIN + INDENT, middle, [wording.GROUP[group]], Styles.GROUP)
        self._add((*table, self._tag("TR"), header), label)
        self.y += GROUP_HEIGHT

    def _row(
        self,
        table: tuple[Tag, ...],
        height: float,
        label: tuple[Lines, Style],
        cells: tuple[Sequence[Lines], Style],
        header: str = "",
    ) -> None:
        """A label and one cell a column, all centred on the height of the row; outside a table an artifact.

        With `header`, the attributes of header cells, the cells are those.
        """
        row = (*table, self._tag("TR"))
        middle = self.y + height / 2

        def add(attributes: str, marks: Sequence[Text]) -> None:
            self._add((*row, self._tag("TH" if attributes else "TD", attributes)) if table else (), marks)

        add(_ROW_HEADER, _centred(MARGIN + INDENT, middle, *label))
        texts, style = cells
        for place, lines in enumerate(texts):
            centre = MARGIN + self.shape.names_width + (place + 0.5) * self.shape.column_width
            add(header, _centred(centre, middle, lines, style, 0.5))
        self.y += height

    def _table_width(self, columns: range) -> float:
        return self.shape.names_width + len(columns) * self.shape.column_width

    def _rule(self, columns: range, thickness: float = THIN, colour: Colour = HAIRLINE) -> None:
        self._paint(Box(MARGIN, self.y - thickness / 2, self._table_width(columns), thickness, colour))

    # --- notes under the table

    def _notes(self) -> None:
        """Schools, observations and footnotes, where the certificate has them."""
        for title, name, counts in (
            (wording.SCHOOLS, "school_name", self.shape.schools),
            (wording.OBSERVATIONS, "observation", self.shape.observations),
        ):
            if counts:
                if not self._fits(Styles.NOTE_HEAD.leading + Styles.NOTE.leading):
                    self._open_page()
                self._flow((self._tag("H2"),), MARGIN, [title], Styles.NOTE_HEAD)
                for index, count in enumerate(counts):
                    self._paragraph(_lines(name, count, index), Styles.NOTE)
                self.y += 6
        if self.shape.exonerated:
            self._paragraph([wording.EXONERATION], Styles.SMALL)
        if self.shape.earlier_years:
            self._paragraph([wording.EARLIER_YEARS], Styles.SMALL)

    def _paragraph(self, lines: Lines, style: Style) -> None:
        """Lines that go on on the next page where this one ends."""
        while lines:
            room = int((FLOW_BOTTOM - self.y) / style.leading)
            if not room:
                self._open_page()
                continue
            self._flow((self._tag("P"),), MARGIN, lines[:room], style)
            lines = lines[room:]
        self.y += 1

    # --- foot

    def _foot(self, number: int) -> Iterator[Block]:
        """QR, how to verify, number and moment of issue: printed on every page, read aloud on the last."""

        def block(kind: str, *marks: Text | QrCode, attributes: str = "", alternative: str = "") -> Block:
            last = number == len(self.pages)
            return Block((self._tag(kind, attributes, alternative),) if last else (), marks)

        left, top = MARGIN - QR_OUTDENT, FOOT_TOP + 4
        bottom = PAGE_HEIGHT - top - QR_SIZE
        bounds = f"<</O/Layout/BBox[{left:.2f} {bottom:.2f} {left + QR_SIZE:.2f} {bottom + QR_SIZE:.2f}]>>"
        yield block("Figure", QrCode(left, top, QR_SIZE), attributes=bounds, alternative=wording.QR)
        y = FOOT_TOP + 10
        for kind, lines, style, after in (
            ("H2", [wording.VERIFICATION], Styles.NOTE_HEAD, 1.0),
            ("P", _HOW_TO_VERIFY, Styles.SMALL, 4.0),
            ("P", _lines("address", self.shape.address), Styles.WEB_ADDRESS, 0.0),
        ):
            yield block(kind, *_stacked(VERIFICATION_X, y, lines, style))
            y += len(lines) * style.leading + after
        yield block("P", *_stacked(RIGHT, FOOT_TOP + 10, [Slot("serial")], Styles.SERIAL, 1))
        for y, label, name in ((FOOT_TOP + 33, wording.ISSUED_ON, "date"), (FOOT_TOP + 56, wording.ISSUED_AT, "hour")):
            said = _stacked(RIGHT, y, [label], Styles.SMALL, 1)
            yield block("P", *said, *_stacked(RIGHT, y + Styles.SMALL.leading, [Slot(name)], Styles.NOTE, 1))
        yield block("P", *_stacked(MARGIN, IMPRINT_TOP, [wording.ADDRESS], Styles.SMALL))
        page = wording.page_of(number, len(self.pages))
        yield Block((), tuple(_stacked(RIGHT, IMPRINT_TOP, [page], Styles.SMALL, 1)))


def _stacked(x: float, top: float, lines: Lines, style: Style, align: float = 0.0) -> list[Text]:
    """Lines under each other, the first one's capitals beginning at `top`."""
    baseline = top + style.size * CAP_HEIGHT
    return [Text(x, baseline + number * style.leading, line, style, align) for number, line in enumerate(lines)]


def _centred(x: float, middle: float, lines: Lines, style: Style, align: float = 0.0) -> list[Text]:
    """Lines under each other, their capitals as far above the middle as below it."""
    height = (len(lines) - 1) * style.leading + style.size * CAP_HEIGHT
    return _stacked(x, middle - height / 2, lines, style, align)
