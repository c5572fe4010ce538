"""Rule 14: a wrong mark of the transcript that was shown gets one ticket, which closes when the mark changes."""

import csv
import io
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from constancia import virtual_code
from constancia.asking.assembly import assemble
from constancia.asking.codes import Confirmation
from constancia.asking.corrections import LONGEST_COMMENT, LONGEST_MARK, MOST, ask_correction
from constancia.asking.request import BY_NAMES, AcceptedRequest, RequestKey, token_digest
from constancia.certifying.delivery import LIMITED, REFUSED, SENDING, SENT, UNKNOWN
from constancia.contact import Destination
from constancia.correcting.closing import MailResult, Year, close_changed, tell_all
from constancia.correcting.lists import ages_of, as_csv, list_for_operators, publish_lists, shown
from constancia.correction import CLOSED_KEPT, OPEN_KEPT, Cell, Correction, end_of_closed, end_of_open
from constancia.errors import (
    ConfirmationNeeded,
    InvalidFields,
    MailDeferred,
    MailRejected,
    MalformedRequest,
    RequestNotFound,
    TemporarilyUnavailable,
    TooManyCorrections,
    TranscriptNotConfirmed,
)
from constancia.event_log import Event
from constancia.guarding.attempts import Attempt, Counter
from constancia.guarding.human_proof import Proof
from constancia.lima import LIMA
from constancia.reporting import reporting, wording
from constancia.reporting.reporting import DAY, FROM_7_TO_30, OVER_30, UNDER_7, Period, make_report
from constancia.school_records import Mark, SchoolRecord
from constancia.transcript import Student
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 3, 2, 10, 51, 7, 999, LIMA)
KEY = RequestKey("A" * 32, "token")
STUDENT = Student("71705600", "ROSA CECILIA DEL ROSAL")
EMAIL = "ana@example.com"
ASKED = {"year": 2019, "group": "area", "name": "MATEMÁTICA", "should_be": "AD", "comment": None}
CELL = Cell("71705600", "primary", 2019, "area", "MATEMÁTICA")
WAITING = Confirmation(
    Destination("email", EMAIL),
    "digest",
    2_000_000_000,
    5,
    3,
    Attempt(Proof("p", 2_000_000_000), Counter("t", 60, 2_000_000_000), Counter("n", 600, 2_000_000_000)),
)


def record(year: int, **marks: str | None) -> SchoolRecord:
    listed = tuple(Mark("area", name, mark) for name, mark in marks.items())
    school = ("0110101", "0", "I.E. 1101 SAN JOSÉ")
    return SchoolRecord("71705600", year, "EBR", "primary", year - 2015, *school, "closed", "PROMOVIDO", (), listed)


RECORDS = [record(2018, ARTE="B"), record(2019, MATEMÁTICA="A", ARTE=None)]


class Books:
    """One request, the corrections, the mail service and the bucket, in memory."""

    def __init__(self) -> None:
        self.held: AcceptedRequest | None = AcceptedRequest(
            request_id=KEY.request_id,
            expires_at=NOW + timedelta(days=1),
            student=STUDENT,
            modality="EBR",
            level="primary",
            applicant="guardian",
            email=EMAIL,
            phone=None,
            purpose="job",
            purpose_detail=None,
            assurance=BY_NAMES,
            token_digest=token_digest(KEY.access_token),
            transcript=assemble(STUDENT, "EBR", "primary", RECORDS),
        )
        self.kept: dict[str, Correction] = {}
        self.events: list[str] = []
        self.records = {("71705600", "primary", each.year): each for each in RECORDS}
        self.mails: list[EmailMessage] = []
        self.trouble: Exception | None = None
        self.mails_left = 100
        self.meanwhile = 0
        self.files: dict[str, Any] = {}

    # What asking needs

    def request(self, key: RequestKey) -> AcceptedRequest | None:
        right = self.held is not None and token_digest(key.access_token) == self.held.token_digest
        return self.held if right else None

    def correction(self, cell: Cell) -> Correction | None:
        kept = self.kept.get(cell.key)
        return kept if kept and kept.closed_at is None else None

    def open(self, request: AcceptedRequest, correction: Correction, most: int, event: Event) -> bool:
        self.meanwhile -= 1
        if self.meanwhile >= 0 or self.correction(correction.cell):
            return False
        if self.events.count("correction_opened") >= most:
            raise TooManyCorrections
        self.kept[correction.cell.key] = correction
        self.events.append(event.name)
        return True

    def ask(self, key: RequestKey = KEY, **changes: Any) -> tuple[Correction, bool]:
        return ask_correction(key, json.dumps({**ASKED, **changes}).encode(), NOW, corrections=self)

    # What closing needs

    def of_years(self, years: Iterable[Year]) -> dict[Year, SchoolRecord]:
        return {year: self.records[year] for year in years if year in self.records}

    def _change(self, correction: Correction, event: Event | None = None, **changes: str | None) -> bool:
        self.kept[correction.cell.key] = self.kept[correction.cell.key]._replace(**changes)  # type: ignore[arg-type]
        if event:
            self.events.append(" ".join(filter(None, (event.name, event.fact("reason")))))
        return True

    def close(self, correction: Correction, moment: datetime, event: Event) -> bool:
        return self._change(correction, event, closed_at=moment.isoformat(timespec="seconds"))

    def claim(self, correction: Correction, moment: datetime) -> bool:
        return self.kept[correction.cell.key].mail is None and self._change(correction, mail=SENDING)

    def give_up(self, correction: Correction, moment: datetime, event: Event) -> bool:
        return self._change(correction, event, mail=UNKNOWN, email=None)

    def release(self, correction: Correction) -> None:
        self._change(correction, mail=None)

    def settle(self, correction: Correction, state: str, event: Event) -> None:
        self._change(correction, event, mail=state, email=None)

    def may_send(self, address: str) -> bool:
        self.mails_left -= 1
        return self.mails_left >= 0

    def give_back(self, address: str) -> None:
        self.mails_left += 1

    def send(self, message: EmailMessage) -> None:
        if self.trouble:
            raise self.trouble
        self.mails.append(message)

    def follow_up(self) -> MailResult:
        listed = close_changed(list(self.kept.values()), NOW, corrections=self, school_records=self)
        portal = {"portal_url": "https://constancia.example", "sender": "x@example.com"}
        return tell_all(listed, NOW, corrections=self, limit=self, mailer=self, **portal)

    # The bucket

    def get(self, key: str) -> Any:
        return self.files.get(key)

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        self.files[key] = value
        return True

    def put_file(self, key: str, content: bytes, content_type: str) -> None:
        self.files[key] = content

    def events_in(self, partition: str) -> list[dict[str, str]]:
        return []


def faults(books: Books, **changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFields) as refused:
        books.ask(**changes)
    return [(error.field, error.code) for error in refused.value.errors]


def test_a_wrong_mark_gets_a_ticket_with_what_its_school_needs_to_know() -> None:
    books = Books()
    correction, first = books.ask(comment="En la libreta dice AD")
    assert first
    assert virtual_code.CODE.fullmatch(correction.ticket)
    assert correction == Correction(
        correction.ticket, CELL, 4, "0110101", "0", "I.E. 1101 SAN JOSÉ", "A", "AD", "En la libreta dice AD",
        "2026-03-02T10:51:07-05:00", EMAIL,
    )  # fmt: skip
    assert books.events == ["correction_opened"]


def test_the_same_mark_again_has_the_same_ticket_whatever_else_is_said() -> None:
    books = Books()
    correction, _ = books.ask()
    assert books.ask(should_be="20", comment="otra vez") == (correction, False)
    assert books.events == ["correction_opened"]


def test_marks_of_other_years_and_rows_have_tickets_of_their_own_and_a_missing_one_too() -> None:
    books = Books()
    asked = [books.ask(), books.ask(name="ARTE"), books.ask(name="ARTE", year=2018)]
    assert [(first, correction.mark) for correction, first in asked] == [(True, "A"), (True, None), (True, "B")]
    assert len({correction.ticket for correction, _ in asked}) == 3


def test_a_row_whose_accents_were_loaded_apart_can_be_pointed_out_and_stays_as_it_is() -> None:
    books, apart = Books(), unicodedata.normalize("NFD", "MATEMÁTICA")
    assert books.held
    frozen = assemble(STUDENT, "EBR", "primary", [record(2019, **{apart: "A"})])
    books.held = replace(books.held, transcript=frozen)
    for written in (apart, "MATEMÁTICA"):
        correction, _ = books.ask(name=written)
        assert (correction.cell.name, correction.mark) == (apart, "A")


def test_every_fault_of_the_body_is_told_at_once() -> None:
    found = faults(Books(), year="2019", group="areas", name=" ", should_be="A" * (LONGEST_MARK + 1), comment="x" * 251)
    assert found == [
        ("year", "wrong_type"),
        ("group", "not_a_choice"),
        ("name", "required"),
        ("should_be", "too_long"),
        ("comment", "too_long"),
    ]
    assert LONGEST_COMMENT == 250


def test_only_a_cell_of_the_transcript_that_was_shown_can_be_wrong() -> None:
    assert faults(Books(), year=2017) == [("year", "not_a_choice")]
    assert faults(Books(), name="QUECHUA") == [("name", "not_a_choice")]
    assert faults(Books(), year=2021, group="workshop") == [("year", "not_a_choice"), ("name", "not_a_choice")]
    # What is in the records and was not shown is no cell: the transcript is frozen.
    books = Books()
    books.records["71705600", "primary", 2020] = record(2020, MATEMÁTICA="C")
    assert faults(books, year=2020) == [("year", "not_a_choice")]


def test_nothing_is_opened_without_the_token_the_code_or_the_preview() -> None:
    books = Books()
    assert books.held
    with pytest.raises(RequestNotFound):
        books.ask(RequestKey(KEY.request_id, "other"))
    with pytest.raises(MalformedRequest):
        ask_correction(KEY, b"[]", NOW, corrections=books)
    books.held = replace(books.held, confirmation=WAITING)
    with pytest.raises(ConfirmationNeeded):
        books.ask()
    books.held = replace(books.held, confirmation=None, transcript=None)
    with pytest.raises(TranscriptNotConfirmed):
        books.ask()
    assert books.kept == {}


def test_a_request_opens_twenty_corrections_and_no_more() -> None:
    assert MOST == 20
    books = Books()
    names = [f"ÁREA {n}" for n in range(MOST + 1)]
    assert books.held
    many = assemble(STUDENT, "EBR", "primary", [record(2019, **dict.fromkeys(names, "B"))])
    books.held = replace(books.held, transcript=many)
    for name in names[:MOST]:
        assert books.ask(name=name)[1]
    with pytest.raises(TooManyCorrections):
        books.ask(name=names[MOST])
    assert books.ask(name=names[0])[1] is False, "what is open already is answered all the same"


def test_a_cell_that_others_keep_changing_is_tried_again_and_then_given_up() -> None:
    books = Books()
    books.meanwhile = 3
    assert books.ask()[1]
    books = Books()
    books.meanwhile = 100
    with pytest.raises(TemporarilyUnavailable):
        books.ask()


@given(st.text(max_size=20), st.text(max_size=20), st.integers(2013, 2100), st.integers(2013, 2100))
def test_no_two_cells_share_a_key(name: str, other: str, year: int, another: int) -> None:
    cells = CELL._replace(name=name, year=year), CELL._replace(name=other, year=another)
    assert (cells[0].key == cells[1].key) == (cells[0] == cells[1])


def test_a_correction_closes_when_its_mark_changes_and_who_asked_is_told_once_without_names_and_marks() -> None:
    books = Books()
    correction, _ = books.ask(comment="En la libreta dice AD")
    other, _ = books.ask(name="ARTE")
    assert (books.follow_up(), books.mails) == (MailResult(0, 0), [])
    books.records["71705600", "primary", 2019] = record(2019, MATEMÁTICA="AD", ARTE=None)
    assert books.follow_up() == MailResult(1, 0)
    assert books.follow_up() == MailResult(0, 0)
    (message,) = books.mails
    assert (message["To"], message["Subject"].endswith(correction.ticket)) == (EMAIL, True)
    part = message.get_body(("plain",))
    assert part
    text = part.get_content()
    assert correction.ticket in text
    assert "https://constancia.example/solicitar/" in text
    for word in ("ROSA", "71705600", "MATEMÁTICA", "libreta", EMAIL):
        assert word not in text
    closed = books.kept[CELL.key]
    assert (closed.closed_at, closed.mail, closed.email) == ("2026-03-02T10:51:07-05:00", SENT, None)
    assert books.kept[other.cell.key].closed_at is None
    assert books.events == ["correction_opened", "correction_opened", "correction_closed", "mail_sent"]


@pytest.mark.parametrize(
    ("today", "closes"),
    [
        (record(2019, MATEMÁTICA="A", ARTE="C"), False),
        (replace(record(2019, MATEMÁTICA="A"), final_status="RETIRADO", school_name="OTRA"), False),
        (record(2019, MATEMÁTICA=None), True),
        (record(2019, ARTE="A"), True),
        (None, False),
    ],
)
def test_only_another_mark_in_the_cell_closes_a_correction(today: SchoolRecord | None, closes: bool) -> None:
    books = Books()
    books.ask()
    books.records = {("71705600", "primary", 2019): today} if today else {}
    books.follow_up()
    assert (books.kept[CELL.key].closed_at is not None) == closes


def changed() -> Books:
    """A correction whose mark has changed and that is not closed yet."""
    books = Books()
    books.ask()
    books.records["71705600", "primary", 2019] = record(2019, MATEMÁTICA="AD")
    return books


def test_what_the_mail_service_takes_not_now_is_sent_by_a_later_run() -> None:
    books = changed()
    books.trouble = MailDeferred()
    assert books.follow_up() == MailResult(0, 1)
    assert books.kept[CELL.key].email == EMAIL
    books.trouble = None
    assert books.follow_up() == MailResult(1, 0)
    assert len(books.mails) == 1


def test_a_rejected_e_mail_and_one_beyond_the_limit_of_its_address_are_not_tried_again() -> None:
    for trouble, left, state in ((MailRejected(), 100, REFUSED), (None, 0, LIMITED)):
        books = changed()
        books.trouble, books.mails_left = trouble, left
        assert books.follow_up() == books.follow_up() == MailResult(0, 0)
        assert (books.kept[CELL.key].mail, books.kept[CELL.key].email, books.mails) == (state, None, [])
        assert books.events[-1] == f"mail_failed {state}"


def test_a_rejected_e_mail_does_not_count_towards_the_limit_of_its_address() -> None:
    books = changed()
    books.trouble, before = MailRejected(), books.mails_left
    books.follow_up()
    assert books.mails_left == before


def test_what_may_have_left_is_not_sent_again() -> None:
    books = changed()
    books.kept[CELL.key] = books.kept[CELL.key]._replace(closed_at=NOW.isoformat(), mail=SENDING)
    assert books.follow_up() == MailResult(0, 0)
    assert (books.mails, books.kept[CELL.key].mail) == ([], UNKNOWN)


def test_who_left_no_address_is_told_nothing() -> None:
    books = Books()
    assert books.held
    books.held = replace(books.held, email=None)
    books.ask()
    books.records["71705600", "primary", 2019] = record(2019, MATEMÁTICA="AD")
    assert books.follow_up() == MailResult(0, 0)
    assert (books.mails, books.kept[CELL.key].mail) == ([], None)


def test_each_school_has_its_list_and_the_day_its_ages() -> None:
    books = Books()
    books.ask(comment='=HYPERLINK("http://example.com")')
    books.ask(name="ARTE")
    books.kept["x"] = books.kept[CELL.key]._replace(school_code="0219872", opened_at="2026-01-01T10:00:00-05:00")
    books.kept["y"] = books.kept[CELL.key]._replace(closed_at=NOW.isoformat())
    assert publish_lists(list(books.kept.values()), date(2026, 3, 2), reports=books) == 2
    files = [key for key in books.files if key.endswith(".csv")]
    assert files == ["corrections/2026-03-02/0110101.csv", "corrections/2026-03-02/0219872.csv"]
    first, second = csv.DictReader(io.StringIO(books.files[files[0]].decode("utf-8-sig")))
    assert {first["nota"], second["nota"]} == {"A", ""}
    marked = first if first["nota"] else second
    said = [marked[column] for column in ("DNI", "nivel", "grupo", "debería ser")]
    assert said == ["71705600", "Primaria", "Área", "AD"]
    assert marked["por qué"].startswith("'=")
    assert books.files["figures/corrections-2026-03-02.json"] == {UNDER_7: 2, FROM_7_TO_30: 0, OVER_30: 1}


@pytest.mark.parametrize(
    ("days", "age"), [(0, UNDER_7), (6, UNDER_7), (7, FROM_7_TO_30), (30, FROM_7_TO_30), (31, OVER_30)]
)
def test_the_age_of_a_correction_is_counted_in_lima_days(days: int, age: str) -> None:
    correction, _ = Books().ask()
    ages = ages_of([correction], date(2026, 3, 2) + timedelta(days))
    assert {name for name, n in ages.items() if n} == {age}


def test_a_days_report_has_the_ages_and_a_months_has_not() -> None:
    books = Books()
    books.ask()
    publish_lists(list(books.kept.values()), date(2026, 3, 2), reports=books)
    moment = NOW + timedelta(days=1)
    report = make_report(Period(DAY, date(2026, 3, 2)), moment, events=books, reports=books)
    rows = list(csv.DictReader(io.StringIO(reporting.as_csv(report).decode("utf-8-sig"))))
    assert [(row["event"], row["by"], row["value"], row["count"]) for row in rows] == [
        ("correction_open", "age", FROM_7_TO_30, "0"),
        ("correction_open", "age", OVER_30, "0"),
        ("correction_open", "age", UNDER_7, "1"),
    ]
    assert "Correcciones abiertas: 1 (menos de 7 días: 1," in wording.mail(report, "link")[1]
    month = make_report(Period("month", date(2026, 3, 1)), moment, events=books, reports=books)
    assert "correction_open" not in reporting.as_csv(month).decode()
    uncounted = make_report(Period(DAY, date(2026, 3, 1)), moment, events=books, reports=books)
    assert "Correcciones abiertas" not in wording.mail(uncounted, "link")[1]


def test_operators_see_the_open_ones_of_a_school_and_nobodys_address() -> None:
    books = Books()
    correction, _ = books.ask()
    listed = [correction, correction._replace(school_code="0219872"), correction._replace(closed_at=NOW.isoformat())]
    assert list_for_operators({"school_code": None}, listed)["found"] == 2
    answer = list_for_operators({"school_code": "0110101"}, listed)
    assert answer == {"found": 1, "corrections": [shown(correction)]}
    assert EMAIL not in json.dumps(answer)
    with pytest.raises(InvalidFields):
        list_for_operators({"school_code": "110101"}, listed)
    assert as_csv([]).decode("utf-8-sig").count("\n") == 1


def test_an_open_correction_outlives_a_school_year_and_a_closed_one_three_months() -> None:
    assert end_of_open(NOW) - NOW.timestamp() == pytest.approx(OPEN_KEPT.total_seconds(), abs=1)
    assert end_of_closed(NOW) - NOW.timestamp() == pytest.approx(CLOSED_KEPT.total_seconds(), abs=1)
    assert timedelta(days=365) < OPEN_KEPT
