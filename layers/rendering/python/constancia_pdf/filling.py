"""What one certificate puts into its form: its shape, and the words for the form's slots."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, islice

from constancia import lima
from constancia.document import Document

from constancia_pdf import wording
from constancia_pdf.shape import (
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
)
from constancia_pdf.styles import Styles
from constancia_pdf.typeface import Measure, Style, wrap, wrap_words

Words = dict[str, Sequence[Sequence[str]]]
"""By the name of a slot, the texts of that kind in their lines, or the table rows in their cells."""
Lines = tuple[str, ...]


def fill(certificate: Document, measure: Measure) -> tuple[Shape, Words]:
    """Returns the certificate's shape and its words. Any exception of `measure` passes through."""
    student, _, level, columns, groups, observations, earlier_years = certificate.transcript
    years, grades, codes, annexes, school_names, statuses = zip(*columns, strict=True)
    rows = [row for group in groups for row in group.rows]
    school_codes = list(map("{}-{}".format, codes, annexes))
    schools = dict.fromkeys(map("{} {}".format, school_codes, school_names))
    column_width, abreast = _column_widths(statuses, measure)
    names_width = CONTENT_WIDTH - abreast * column_width - 2 * INDENT
    heads, stated = _grades_in_words(level, grades)
    words: Words = {
        "code": [[certificate.virtual_code]],
        "serial": [[f"{wording.SERIAL_NUMBER} {certificate.printed_serial_number}"]],
        "date": [[lima.written_day(certificate.issued_at)]],
        "hour": [[wording.hour_in_words(certificate.issued_at)]],
        "identity": [[wording.identity(student.document_number)]],
        "year": [list(map(str, years))],
        "grade": [heads],
        "school": [school_codes],
        "mark": [_printed(row.marks) for row in rows],
        "signed": [[wording.signed(certificate.marks_by_digest)]],
    }

    def lines(name: str, text: str, width: float, style: Style) -> int:
        """Adds a text, broken into lines, and returns their number."""
        words[name] = wrapped = [_lines(text, width, style, measure)]
        return len(wrapped[0])

    def lines_of_each(name: str, texts: Iterable[str], width: float, style: Style) -> tuple[int, ...]:
        """Adds several texts of a kind and returns the number of lines of each."""
        words[name], counts = _lines_of_each(tuple(texts), width, style, measure)
        return counts

    words["name"] = [wrap_words(wording.parts_of_name(student.full_name), NAME_WIDTH, Styles.NAME, measure)]
    statement = lines("statement", stated, CONTENT_WIDTH, Styles.BODY)
    status = lines_of_each("status", statuses, column_width - COLUMN_PADDING, Styles.STATUS)
    row = iter(lines_of_each("row", [row.name for row in rows], names_width, Styles.ROW))
    group = tuple([(kind, tuple(islice(row, len(members)))) for kind, members in groups])
    school = lines_of_each("school_name", schools, CONTENT_WIDTH, Styles.NOTE)
    observation = lines_of_each("observation", observations, CONTENT_WIDTH, Styles.NOTE)
    address = lines("address", certificate.verify_url, VERIFICATION_WIDTH, Styles.WEB_ADDRESS)
    key = _key(frozenset(chain.from_iterable(words["mark"])).intersection(wording.KEY))
    explained = lines("key", key, CONTENT_WIDTH, Styles.SMALL) if key else 0
    shape = Shape(
        level,
        len(words["name"][0]),
        statement,
        column_width,
        abreast,
        status,
        group,
        school,
        observation,
        address,
        explained,
        earlier_years,
        bool(certificate.attestation),
    )
    return shape, words


def _printed(marks: tuple[str | None, ...]) -> Sequence[str]:
    return [wording.MISSING_MARK if mark is None else mark for mark in marks]


# Certificates of a school share most of their texts: the functions below remember their latest results.


_key = lru_cache(maxsize=128)(wording.key)


@lru_cache(maxsize=512)
def _grades_in_words(level: str, grades: tuple[int, ...]) -> tuple[Lines, str]:
    """The heads of the columns, and the statement under the student's name."""
    return wording.grades(level, grades), wording.statement(level, grades)


@lru_cache(maxsize=128)
def _column_widths(statuses: Lines, measure: Measure) -> tuple[float, int]:
    """The width of a column, and how many columns stand beside each other."""
    count = len(statuses)
    longest_word = max((measure(word, Styles.STATUS) for status in statuses for word in status.split()), default=0.0)
    wanted = min(COLUMN_MAX, (CONTENT_WIDTH - NAMES_WANTED) / count)
    width = round(max(COLUMN_MIN, wanted, longest_word + COLUMN_PADDING) + 0.1, 1)  # upwards: the word fits for certain
    width = min(width, CONTENT_WIDTH - NAMES_MIN)  # beyond, the word itself is broken
    most = int((CONTENT_WIDTH - NAMES_MIN) / width)
    tables = -(-count // most)
    return width, -(-count // tables)


_lines = lru_cache(maxsize=1024)(wrap)


@lru_cache(maxsize=512)
def _lines_of_each(
    texts: Lines, width: float, style: Style, measure: Measure
) -> tuple[tuple[Lines, ...], tuple[int, ...]]:
    """The lines of each text, and their numbers."""
    wrapped = tuple([_lines(text, width, style, measure) for text in texts])
    return wrapped, tuple(map(len, wrapped))
