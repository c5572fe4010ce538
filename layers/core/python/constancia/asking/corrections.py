"""Corrections (rule 14): who sees a wrong mark in the preview says so there, and gets a ticket."""

from datetime import datetime
from typing import NamedTuple, Protocol

from constancia import event_log, virtual_code
from constancia.asking.request import AcceptedRequest, RequestKey
from constancia.correction import Cell, Correction
from constancia.curriculum import GROUPS
from constancia.errors import RequestNotFound, TemporarilyUnavailable
from constancia.event_log import Event
from constancia.fields import NOT_A_CHOICE, Fields, composed, read_body
from constancia.school_records import LONGEST_TEXT, YEARS
from constancia.transcript import Column, Row, Transcript

LONGEST_MARK, LONGEST_COMMENT = 40, 250
"""Characters of what should stand in a cell (a mark, or a few words where no mark says it), and of the reason."""
MOST = 20
"""Corrections that one request may open: what somebody who is no family can write at most before the next proof."""
ROUNDS = 8
"""How often a call is judged anew because another one opened or closed the same cell meanwhile."""


class CorrectionRepository(Protocol):
    """The accepted requests, the corrections and the event log."""

    def request(self, key: RequestKey) -> AcceptedRequest | None:
        """A request that has not ended, or None."""
        ...

    def correction(self, cell: Cell) -> Correction | None:
        """The open correction of a cell, as the last write left it, or None."""
        ...

    def open(self, request: AcceptedRequest, correction: Correction, most: int, event: Event) -> bool:
        """Keeps a correction, counts it with its request and writes the event, all or nothing.

        It takes the place of a closed one of the same cell; False, and nothing is kept, if there is an open one.

        Raises:
            TooManyCorrections: the request has opened `most` of them.
        """
        ...


class _Asked(NamedTuple):
    """What the body says."""

    fields: Fields
    year: int
    group: str
    name: str
    should_be: str
    comment: str | None


def ask_correction(
    key: RequestKey, body: bytes, moment: datetime, *, corrections: CorrectionRepository
) -> tuple[Correction, bool]:
    """The open correction of a cell of the transcript that was shown, and whether this call opened it.

    Args:
        key: what the caller has of the request.
        body: the JSON of `POST /api/requests/{request_id}/corrections`.
        moment: Lima time.
        corrections: the stores.

    Raises:
        MalformedRequest: the body is no JSON object.
        InvalidFields: some fields are missing or wrong, with all of them, or the transcript has no such cell.
        RequestNotFound: the request is unknown, has ended, or has another token.
        ConfirmationNeeded: it waits for its code.
        TranscriptNotConfirmed: its transcript was not shown yet.
        TooManyCorrections: the request has opened as many as one may.
        TemporarilyUnavailable: other calls kept changing the same cell.
    """
    asked = _read(body)
    request = corrections.request(key)
    if request is None:
        raise RequestNotFound
    column, row, mark = _find(asked, request.shown_transcript())
    cell = Cell(request.student.document_number, request.level, asked.year, asked.group, row.name)
    event = event_log.event(event_log.CORRECTION_OPENED, moment, level=request.level)
    opened = Correction(
        ticket=virtual_code.draw(),
        cell=cell,
        grade=column.grade,
        school_code=column.school_code,
        school_annex=column.school_annex,
        school_name=column.school_name,
        mark=mark,
        should_be=asked.should_be,
        comment=asked.comment,
        opened_at=moment.isoformat(timespec="seconds"),
        email=request.email,
    )
    for _ in range(ROUNDS):
        if kept := corrections.correction(cell):
            # After a lost answer, the one that is kept may be the one that this call drew.
            return kept, kept.ticket == opened.ticket
        if corrections.open(request, opened, MOST, event):
            return opened, True
    raise TemporarilyUnavailable


def _read(body: bytes) -> _Asked:
    fields = read_body(body)
    asked = _Asked(
        fields,
        year=fields.number("year", *YEARS),
        group=fields.choice("group", GROUPS),
        name=fields.text("name", LONGEST_TEXT),
        should_be=fields.text("should_be", LONGEST_MARK),
        comment=fields.optional_text("comment", LONGEST_COMMENT),
    )
    fields.check()
    return asked


def _find(asked: _Asked, transcript: Transcript) -> tuple[Column, Row, str | None]:
    """The year and the row of the cell that is meant, and the mark in it.

    Raises:
        InvalidFields: the transcript has no such year or row.
    """
    years = {column.year: place for place, column in enumerate(transcript.columns)}
    # Names that were loaded before they were composed are kept as they were.
    rows = {(group.group, composed(row.name)): row for group in transcript.groups for row in group.rows}
    if asked.year not in years:
        asked.fields.fault("year", NOT_A_CHOICE)
    if (asked.group, asked.name) not in rows:
        asked.fields.fault("name", NOT_A_CHOICE)
    asked.fields.check()
    place, row = years[asked.year], rows[asked.group, asked.name]
    return transcript.columns[place], row, row.marks[place]
