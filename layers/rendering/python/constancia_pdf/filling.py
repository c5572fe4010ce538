"""What one certificate brings to its form: the shape that it needs, and the words for the form's slots."""

from constancia.certificate import Certificate
from constancia.transcript import Transcript

from constancia_pdf import wording
from constancia_pdf.form import (
    CELL_PADDING,
    COLUMN_MAX,
    COLUMN_MIN,
    COLUMN_PADDING,
    CONTENT_WIDTH,
    NAME_WIDTH,
    NAMES_MIN,
    NAMES_WANTED,
    NOTE_WIDTH,
    VERIFICATION_WIDTH,
    Shape,
    Styles,
)
from constancia_pdf.typeface import Measure, Style, wrap


def fill(certificate: Certificate, measure: Measure) -> tuple[Shape, dict[str, str]]:
    """The certificate's shape, and its words by the name of their slot. Whatever `measure` raises passes through."""
    transcript = certificate.transcript
    student, level, columns = transcript.student, transcript.level, transcript.columns
    words = {
        "code": certificate.virtual_code,
        "serial": f"{wording.SERIAL_NUMBER} {certificate.printed_serial_number}",
        "date": wording.date_in_words(certificate.issued_at),
        "hour": wording.hour_in_words(certificate.issued_at),
        "identity": wording.identity(student.document_number),
    }

    def lines(slot: str, text: str, room: float, style: Style) -> int:
        """Puts a text into its lines and returns how many they are."""
        wrapped = wrap(" ".join(text.split()), room, style, measure)
        for number, line in enumerate(wrapped):
            words[f"{slot}.{number}"] = line
        return len(wrapped)

    column_width, abreast = _columns(transcript, measure)
    names_width = CONTENT_WIDTH - abreast * column_width - 2 * CELL_PADDING
    number = 0
    groups = []
    for group, rows in transcript.groups:
        counts = []
        for name, marks in rows:
            counts.append(lines(f"row.{number}", name, names_width, Styles.ROW))
            for column, mark in enumerate(marks):
                words[f"mark.{number}.{column}"] = wording.MISSING_MARK if mark is None else mark
            number += 1
        groups.append((group, tuple(counts)))
    for index, column in enumerate(columns):
        words[f"year.{index}"] = str(column.year)
        words[f"grade.{index}"] = wording.grade(level, column.grade)
        words[f"school.{index}"] = f"{column.school_code}-{column.school_annex}"
    statement = wording.statement(student.document_number, level, [column.grade for column in columns])
    schools = dict.fromkeys(f"{column.school_code}-{column.school_annex}  {column.school_name}" for column in columns)
    shape = Shape(
        level=level,
        name=lines("name", student.full_name, NAME_WIDTH, Styles.NAME),
        statement=lines("statement", statement, CONTENT_WIDTH, Styles.BODY),
        column_width=column_width,
        columns_abreast=abreast,
        status=tuple(
            lines(f"status.{index}", column.final_status, column_width - COLUMN_PADDING, Styles.STATUS)
            for index, column in enumerate(columns)
        ),
        groups=tuple(groups),
        schools=tuple(
            lines(f"school_name.{index}", school, NOTE_WIDTH, Styles.NOTE) for index, school in enumerate(schools)
        ),
        observations=tuple(
            lines(f"observation.{index}", text, NOTE_WIDTH, Styles.NOTE)
            for index, text in enumerate(transcript.observations)
        ),
        address=lines("address", certificate.verify_url, VERIFICATION_WIDTH, Styles.WEB_ADDRESS),
        exonerated=any(wording.EXONERATED in row.marks for group in transcript.groups for row in group.rows),
        earlier_years=transcript.earlier_years,
    )
    return shape, words


def _columns(transcript: Transcript, measure: Measure) -> tuple[float, int]:
    """How wide a column is, and how many stand beside each other; the others follow in a table of their own."""
    count = len(transcript.columns)
    longest_word = max(
        (measure(word, Styles.STATUS) for column in transcript.columns for word in column.final_status.split()),
        default=0.0,
    )
    column_width = max(
        COLUMN_MIN, longest_word + COLUMN_PADDING, min(COLUMN_MAX, (CONTENT_WIDTH - NAMES_WANTED) / count)
    )
    column_width = round(min(column_width, CONTENT_WIDTH - NAMES_MIN), 1)
    most = int((CONTENT_WIDTH - NAMES_MIN) / column_width)
    tables = -(-count // most)
    return column_width, -(-count // tables)
