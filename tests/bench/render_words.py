"""The words of a certificate as other tools are given them: prose, and a table as lists of cells."""

from collections.abc import Iterator

from constancia.certificate import Certificate
from constancia_pdf import wording


def rows(certificate: Certificate) -> Iterator[list[str]]:
    """The table as lists of cells, headings included."""
    transcript = certificate.transcript
    columns = transcript.columns
    yield [wording.YEAR, *(str(column.year) for column in columns)]
    yield [wording.GRADE[transcript.level], *wording.grades(transcript.level, tuple(c.grade for c in columns))]
    yield [wording.SCHOOL_CODE, *(f"{column.school_code}-{column.school_annex}" for column in columns)]
    for group in transcript.groups:
        yield [wording.GROUP[group.group], *("" for _ in columns)]
        for row in group.rows:
            yield [row.name, *(mark or wording.MISSING_MARK for mark in row.marks)]
    yield [wording.FINAL_STATUS, *(column.final_status for column in columns)]


def paragraphs(certificate: Certificate) -> Iterator[str]:
    """The prose above the table."""
    transcript = certificate.transcript
    yield wording.ISSUER
    yield wording.OPENING
    yield transcript.student.full_name
    yield wording.identity(transcript.student.document_number)
    yield wording.statement(transcript.level, tuple(column.grade for column in transcript.columns))


def notes(certificate: Certificate) -> Iterator[str]:
    """The prose below the table."""
    for column in certificate.transcript.columns:
        yield f"{column.school_code}-{column.school_annex} {column.school_name}"
    yield from certificate.transcript.observations
    yield wording.HOW_TO_VERIFY
    yield certificate.verify_url
    yield f"{wording.SERIAL_NUMBER} {certificate.printed_serial_number}"
    yield f"{wording.ISSUED_ON} {wording.date_in_words(certificate.issued_at)}"
    yield f"{wording.ISSUED_AT} {wording.hour_in_words(certificate.issued_at)}"
    yield wording.ADDRESS
