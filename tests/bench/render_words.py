"""The words of a certificate as input for other tools: prose, and a table as lists of cells."""

from collections.abc import Iterator

from constancia import lima
from constancia.document import Document
from constancia_pdf import wording

SENTINEL = b"\x01"
"""The byte before an attestation that is written as a number, so that its own zeros are not lost."""


def rows(certificate: Document) -> Iterator[list[str]]:
    """Returns the table as lists of cells, headings included."""
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


def paragraphs(certificate: Document) -> Iterator[str]:
    """Returns the prose above the table."""
    transcript = certificate.transcript
    yield wording.ISSUER
    yield wording.OPENING
    yield transcript.student.full_name
    yield wording.identity(transcript.student.document_number)
    yield wording.statement(transcript.level, tuple(column.grade for column in transcript.columns))


def notes(certificate: Document) -> Iterator[str]:
    """Returns the prose below the table."""
    for column in certificate.transcript.columns:
        yield f"{column.school_code}-{column.school_annex} {column.school_name}"
    yield from certificate.transcript.observations
    yield wording.HOW_TO_VERIFY
    yield certificate.verify_url
    yield f"{wording.SERIAL_NUMBER} {certificate.printed_serial_number}"
    yield f"{wording.ISSUED_ON} {lima.written_day(certificate.issued_at)}"
    yield f"{wording.ISSUED_AT} {wording.hour_in_words(certificate.issued_at)}"
    yield wording.ADDRESS


def signed_data(certificate: Document) -> str:
    """Returns what the QR of the signed data says."""
    return f"{certificate.verify_url}#{int.from_bytes(SENTINEL + certificate.attestation, 'big')}"
