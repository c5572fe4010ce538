"""The layout of a certificate: turns its shape into the pages that both writers draw.

The shape alone decides the form: boxes, labels, and slots for the words of the certificate.
"""

from collections.abc import Iterator, Sequence
from functools import cache

from constancia_pdf import prepared, wording
from constancia_pdf.form import PAGE_HEIGHT, PAGE_WIDTH, Block, Box, Form, Page, QrCode, Slot, Tag, Text
from constancia_pdf.shape import (
    CONTENT_WIDTH,
    DATA_OUTDENT,
    DATA_SIZE,
    INDENT,
    LINK_OUTDENT,
    LINK_SIZE,
    MARGIN,
    VERIFICATION_WIDTH,
    VERIFICATION_X,
    Shape,
)
from constancia_pdf.styles import GREY, HAIRLINE, INK, RED, TINT, Styles
from constancia_pdf.typeface import CAP_HEIGHT, Colour, Style, wrap

Lines = Sequence[str | Slot]

RIGHT = PAGE_WIDTH - MARGIN
CENTRE = PAGE_WIDTH / 2

THIN, THICK = 0.4, 0.9
"""Rules between rows, and rules that close a part."""

BAND_TOP, BAND_HEIGHT, BAND_GAP = 24.0, 28.0, 2.0
COUNTRY_WIDTH, MINISTRY_WIDTH = 62.0, 92.0

CELL_PADDING = 2.3
HEADING_HEIGHT, GROUP_HEIGHT = 43.0, 14.0

IMPRINT_TOP = PAGE_HEIGHT - 27
FOOT_TOP = IMPRINT_TOP - DATA_SIZE - 6
"""Where the foot begins if the address takes one line."""
ISSUED_AT_X = 190.0
"""Where the hour of issue stands, from the left edge of the foot's text."""
FLOW_GAP = 12.0
"""From the end of what flows to the foot; on a page that continues it says so there."""

_ROW_HEADER = "<</O/Table/Scope/Row>>"
_COLUMN_HEADER = "<</O/Table/Scope/Column>>"


def lay_out(shape: Shape) -> Form:
    """Returns the form of every certificate of this shape."""
    return _Layout(shape).form()


def _lines(name: str, count: int, item: int = 0) -> Lines:
    """The slots for all lines of a text."""
    return [Slot(name, item, line) for line in range(count)]


@cache
def _wrapped(text: str, width: float, style: Style) -> tuple[str, ...]:
    """The lines of a text that every certificate has."""
    return wrap(text, width, style, prepared.width)


class _Layout:
    """Fills page after page from the top; content that no longer fits opens the next page, which repeats the head."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.pages: list[tuple[list[Box], list[Block]]] = []
        self.y = 0.0
        self.tags = 0
        self.foot_top = FOOT_TOP - (shape.address - 1) * Styles.WEB_ADDRESS.leading
        self.bottom = self.foot_top - FLOW_GAP

    def form(self) -> Form:
        self._open_page()
        self._statement()
        columns = range(len(self.shape.status))
        for first in range(0, len(columns), self.shape.columns_abreast):
            self._table(columns[first : first + self.shape.columns_abreast])
        self._notes()
        for number, (boxes, blocks) in enumerate(self.pages, 1):
            boxes.append(Box(MARGIN, self.foot_top - THICK / 2, CONTENT_WIDTH, THICK, INK))
            blocks.extend(self._foot(number))
        return tuple(Page(tuple(boxes), tuple(blocks)) for boxes, blocks in self.pages)

    # --- pieces

    def _open_page(self) -> None:
        self.pages.append(([], []))
        self._head(first=len(self.pages) == 1)

    def _fits(self, height: float) -> bool:
        return self.y + height <= self.bottom

    def _paint(self, *boxes: Box) -> None:
        self.pages[-1][0].extend(boxes)

    def _add(self, path: tuple[Tag, ...], marks: Sequence[Text]) -> None:
        self.pages[-1][1].append(Block(path, tuple(marks)))

    def _flow(self, path: tuple[Tag, ...], x: float, lines: Lines, style: Style, align: float = 0.0) -> None:
        """Adds lines at the current height and moves below them."""
        self._add(path, _stacked(x, self.y, lines, style, align))
        self.y += len(lines) * style.leading

    def _tag(self, kind: str, attributes: str = "", alternative: str = "") -> Tag:
        """A structure element that no other tag belongs to."""
        self.tags += 1
        return Tag(kind, self.tags, attributes, alternative)

    # --- head

    def _head(self, first: bool) -> None:
        """Band, code and title; later pages repeat them with the student's name, as artifacts for a screen reader."""

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
        self._flow(paragraph, MARGIN, _wrapped(wording.OPENING, CONTENT_WIDTH, Styles.BODY), Styles.BODY)
        self.y += 8
        self._flow(paragraph, CENTRE, _lines("name", self.shape.name), Styles.NAME, 0.5)
        self.y += 1
        self._flow(paragraph, CENTRE, [Slot("identity")], Styles.BODY, 0.5)
        self.y += 7
        self._flow(paragraph, MARGIN, _lines("statement", self.shape.statement), Styles.BODY)
        self.y += 12

    # --- table

    def _table(self, columns: range) -> None:
        """The marks of columns that stand beside each other; a page that continues the table repeats its heading."""
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
        """The heading of a group of rows."""
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
        """A label and one cell a column, centred on the height of the row; without a table the row is an artifact.

        With `header`, the attributes of header cells, the cells are header cells.
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
        """Schools, observations and footnotes, if the certificate has any."""
        for title, name, counts in (
            (wording.SCHOOLS, "school_name", self.shape.schools),
            (wording.OBSERVATIONS, "observation", self.shape.observations),
        ):
            if counts:
                if not self._fits(Styles.NOTE_HEAD.leading + Styles.NOTE.leading):
                    self._open_page()
                self._flow((self._tag("H2"),), MARGIN, [title], Styles.NOTE_HEAD)
                for index, count in enumerate(counts):
                    self._paragraph(_lines(name, count, index), Styles.NOTE, title)
                self.y += 6
        if self.shape.key:
            self._paragraph(_lines("key", self.shape.key), Styles.SMALL)
        if self.shape.earlier_years:
            self._paragraph([wording.EARLIER_YEARS], Styles.SMALL)

    def _paragraph(self, lines: Lines, style: Style, title: str = "") -> None:
        """Lines that continue on the next page if this one ends, under their title once more."""
        while lines:
            fitting = int((self.bottom - self.y) / style.leading)
            if not fitting:
                self._open_page()
                if title:
                    self._flow((), MARGIN, [wording.CONTINUED.format(title)], Styles.NOTE_HEAD)
                continue
            self._flow((self._tag("P"),), MARGIN, lines[:fitting], style)
            lines = lines[fitting:]
        self.y += 1

    # --- foot

    def _foot(self, number: int) -> Iterator[Block]:
        """QRs, how to verify, number and moment of issue: on every page, for a screen reader only on the last."""
        last, top = number == len(self.pages), self.foot_top

        def block(kind: str, *marks: Text | QrCode, attributes: str = "", alternative: str = "") -> Block:
            return Block((self._tag(kind, attributes, alternative),) if last else (), marks)

        def figure(code: QrCode, alternative: str) -> Block:
            bottom = PAGE_HEIGHT - code.y - code.size
            box = f"{code.x:.2f} {bottom:.2f} {code.x + code.size:.2f} {bottom + code.size:.2f}"
            return block("Figure", code, attributes=f"<</O/Layout/BBox[{box}]>>", alternative=alternative)

        if not last:
            yield Block((), tuple(_stacked(RIGHT, top - 9, [wording.CONTINUES], Styles.SMALL, 1)))
        link = QrCode(MARGIN - LINK_OUTDENT, top + 1, LINK_SIZE, signed_data=False)
        yield figure(link, wording.QR)
        yield block("P", *_stacked(link.x + LINK_SIZE / 2, top + LINK_SIZE + 2, [Slot("serial")], Styles.SERIAL, 0.5))
        small, width = Styles.SMALL, VERIFICATION_WIDTH
        texts: list[tuple[str, Lines, Style, float]] = [
            ("H2", [wording.VERIFICATION], Styles.NOTE_HEAD, 0.5),
            ("P", _wrapped(wording.HOW_TO_VERIFY, width, small), small, 1.5),
            ("P", _lines("address", self.shape.address), Styles.WEB_ADDRESS, 5.0),
        ]
        if self.shape.attested:
            texts += [
                ("H2", [wording.SIGNED_DATA], Styles.NOTE_HEAD, 0.5),
                ("P", [Slot("signed")], small, 0.0),
                ("P", _wrapped(wording.NO_SIGNATURE, width, small), small, 5.0),
            ]
        y = top + 8
        for kind, lines, style, after in texts:
            yield block(kind, *_stacked(VERIFICATION_X, y, lines, style))
            y += len(lines) * style.leading + after
        for label, name, x in ((wording.ISSUED_ON, "date", 0.0), (wording.ISSUED_AT, "hour", ISSUED_AT_X)):
            labelled = _stacked(VERIFICATION_X + x, y, [label], Styles.HEAD_LABEL)
            value = VERIFICATION_X + x + prepared.width(f"{label} ", Styles.HEAD_LABEL)
            yield block("P", *labelled, *_stacked(value, y, [Slot(name)], Styles.HEAD))
        if self.shape.attested:
            x = RIGHT + DATA_OUTDENT - DATA_SIZE
            yield figure(QrCode(x, top + 1, DATA_SIZE, signed_data=True), wording.SIGNED_DATA_QR)
        yield block("P", *_stacked(MARGIN, IMPRINT_TOP, [wording.ADDRESS], Styles.SMALL))
        page = wording.page_of(number, len(self.pages))
        yield Block((), tuple(_stacked(RIGHT, IMPRINT_TOP, [page], Styles.SMALL, 1)))


def _stacked(x: float, top: float, lines: Lines, style: Style, align: float = 0.0) -> list[Text]:
    """Lines under each other; the capitals of the first begin at `top`."""
    baseline = top + style.size * CAP_HEIGHT
    return [Text(x, baseline + number * style.leading, line, style, align) for number, line in enumerate(lines)]


def _centred(x: float, middle: float, lines: Lines, style: Style, align: float = 0.0) -> list[Text]:
    """Lines under each other whose capitals reach as far above the middle as below it."""
    height = (len(lines) - 1) * style.leading + style.size * CAP_HEIGHT
    return _stacked(x, middle - height / 2, lines, style, align)
