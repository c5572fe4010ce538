"""The shape of a certificate: the counts and widths that decide where everything stands, whatever its words are.

Widths are in points (1/72 inch).
"""

from typing import NamedTuple

from constancia_pdf.form import PAGE_WIDTH

MARGIN = 36.0
CONTENT_WIDTH = PAGE_WIDTH - 2 * MARGIN
NAME_WIDTH = 470.0
"""The lines of the student's name."""

COLUMN_MAX, COLUMN_MIN, COLUMN_PADDING = 64.0, 45.0, 4.0
"""A column of the table is as wide as its longest word needs, within these limits."""
NAMES_WANTED, NAMES_MIN = 190.0, 103.0
"""The column with the names of areas has the width that the other columns leave, and no less than the minimum."""
INDENT = 4.0
"""The distance of the names from the left edge of the table."""

LINK_SIZE, DATA_SIZE = 80.0, 35 / 25.4 * 72
"""The sides of the QR of the address and of that of the signed data (35 millimetres), quiet zones included."""
LINK_OUTDENT, DATA_OUTDENT = 7.0, 5.0
"""How far their quiet zones stand out to the left and to the right, so that the symbols themselves do not."""
VERIFICATION_X = MARGIN + LINK_SIZE
VERIFICATION_WIDTH = PAGE_WIDTH - MARGIN + DATA_OUTDENT - DATA_SIZE - 4 - VERIFICATION_X
"""The left edge and the lines of the text between the two."""


class Shape(NamedTuple):
    """The counts and widths of a certificate; certificates of one shape have the same `constancia_pdf.form.Form`."""

    level: str
    name: int
    """Lines of the student's name."""
    statement: int
    """Lines of the statement under the name."""
    column_width: float
    """Width of a column of the table, in points."""
    columns_abreast: int
    """Columns that stand beside each other; the others follow in a table of their own."""
    status: tuple[int, ...]
    """Lines of each column's final status."""
    groups: tuple[tuple[str, tuple[int, ...]], ...]
    """The kind of each group, and the lines of each of its rows' names."""
    schools: tuple[int, ...]
    """Lines of each school's name."""
    observations: tuple[int, ...]
    """Lines of each observation."""
    address: int
    """Lines of the verification address."""
    key: int
    """Lines of the footnote on what the marks mean."""
    earlier_years: bool
    """The footnote on years before 2013 is printed."""
    attested: bool
    """The QR of the signed data is printed."""

    @property
    def names_width(self) -> float:
        """The width of the column with the names of areas, in points."""
        return CONTENT_WIDTH - self.columns_abreast * self.column_width
