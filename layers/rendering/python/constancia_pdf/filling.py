"""What one certificate brings to its form: the shape that it needs, and the words for the form's slots."""

from __future__ import annotations

from itertools import islice

from constancia.named_tuple import TYPE_CHECKING

from constancia_pdf import wording
from constancia_pdf.kept import Kept
from constancia_pdf.layout import (
    COLUMN_MAX,
    COLUMN_MIN,
    COLUMN_PADDING,
    CONTENT_WIDTH,
    INDENT,
    NAME_WIDTH,
    NAMES_MIN,
    NAMES_WANTED,
    VERIFICATION_WIDTH,
    Shape,
    Styles,
)
from constancia_pdf.typeface import wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from constancia.certificate import Certificate

    from constancia_pdf.typeface import Measure, Style

    Words = dict[str, Sequence[Sequence[str]]]
    """By the name that the form's slots know them by, the texts of a kind in their lines, or rows in their cells."""
    Lines = tuple[str, ...]


def fill(certificate: Certificate, measure: Measure) -> tuple[Shape, Words]:
    """The certificate's shape and its words. Whatever `measure` raises passes through."""
    student, _, level, columns, groups, observations, earlier_years = certificate.transcript
    years, grades, codes, annexes, school_names, statuses = zip(*columns, strict=True)
    rows = [row for group in groups for row in group.rows]
    school_codes = list(map("{}-{}".format, codes, annexes))
    schools = dict.fromkeys(map("{} {}".format, school_codes, school_names))
    column_width, abreast = _columns[statuses, measure]
    names_width = CONTENT_WIDTH - abreast * column_width - 2 * INDENT
    heads, stated = _graded[level, grades]
    words: Words = {
        "code": [[certificate.virtual_code]],
        "serial": [[f"{wording.SERIAL_NUMBER} {certificate.printed_serial_number}"]],
        "date": [[wording.date_in_words(certificate.issued_at)]],
        "hour": [[wording.hour_in_words(certificate.issued_at)]],
        "identity": [[wording.identity(student.document_number)]],
        "year": [list(map(str, years))],
        "grade": [heads],
        "school": [school_codes],
        "mark": [_printed(row.marks) for row in rows],
    }

    def lines(name: str, text: str, room: float, style: Style) -> int:
        """Puts a text into as many lines as it takes and returns how many they are."""
        words[name] = wrapped = [_lines[text, room, style, measure]]
        return len(wrapped[0])

    def each(name: str, texts: Iterable[str], room: float, style: Style) -> tuple[int, ...]:
        """The same for several texts of a kind."""
        words[name], counts = _lines_of_each[tuple(texts), room, style, measure]
        return counts

    name = lines("name", student.full_name, NAME_WIDTH, Styles.NAME)
    statement = lines("statement", stated, CONTENT_WIDTH, Styles.BODY)
    status = each("status", statuses, column_width - COLUMN_PADDING, Styles.STATUS)
    row = iter(each("row", [row.name for row in rows], names_width, Styles.ROW))
    group = tuple([(kind, tuple(islice(row, len(members)))) for kind, members in groups])
    school = each("school_name", schools, CONTENT_WIDTH, Styles.NOTE)
    observation = each("observation", observations, CONTENT_WIDTH, Styles.NOTE)
    address = lines("address", certificate.verify_url, VERIFICATION_WIDTH, Styles.WEB_ADDRESS)
    exonerated = any(wording.EXONERATED in row.marks for row in rows)
    shape = Shape(
        level,
        name,
        statement,
        column_width,
        abreast,
        status,
        group,
        school,
        observation,
        address,
        exonerated,
        earlier_years,
    )
    return shape, words


def _printed(marks: tuple[str | None, ...]) -> Sequence[str]:
    return [wording.MISSING_MARK if mark is None else mark for mark in marks]


def _widths(statuses: tuple[str, ...], measure: Measure) -> tuple[float, int]:
    """How wide a column is, and how many stand beside each other; the others follow in a table of their own."""
    count = len(statuses)
    longest_word = max((measure(word, Styles.STATUS) for status in statuses for word in status.split()), default=0.0)
    wanted = min(COLUMN_MAX, (CONTENT_WIDTH - NAMES_WANTED) / count)
    width = min(max(COLUMN_MIN, wanted, longest_word + COLUMN_PADDING), CONTENT_WIDTH - NAMES_MIN)
    width = round(width + 0.1, 1)  # upwards, so that the longest word fits for certain
    most = int((CONTENT_WIDTH - NAMES_MIN) / width)
    tables = -(-count // most)
    return width, -(-count // tables)


_graded: Kept[tuple[str, tuple[int, ...]], tuple[Lines, str]] = Kept(
    lambda key: (wording.grades(*key), wording.statement(*key)), most=512
)
_columns: Kept[tuple[Lines, Measure], tuple[float, int]] = Kept(lambda key: _widths(*key), most=128)
_lines: Kept[tuple[str, float, Style, Measure], Lines] = Kept(lambda key: wrap(*key), most=2048)


def _wrapped(texts: Lines, room: float, style: Style, measure: Measure) -> tuple[tuple[Lines, ...], tuple[int, ...]]:
    """The lines of each text, and how many they are."""
    wrapped = tuple([_lines[text, room, style, measure] for text in texts])
    return wrapped, tuple(map(len, wrapped))


_lines_of_each: Kept[tuple[Lines, float, Style, Measure], tuple[tuple[Lines, ...], tuple[int, ...]]] = Kept(
    lambda key: _wrapped(*key), most=512
)
