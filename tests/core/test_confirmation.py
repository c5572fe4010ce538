"""Rule 2, the contact on record: the newest code opens the request, in time and within its tries; nothing else does."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from constancia.asking.codes import (
    RESENDS,
    TRIES,
    Confirmation,
    ConfirmationCodes,
    write_email,
    write_sms,
)
from constancia.asking.confirmation import confirm, confirmation_json, send_another
from constancia.asking.request import BY_CONTACT, AcceptedRequest, RequestKey, draw_access_token, token_digest
from constancia.contact import Contact, Destination
from constancia.errors import CodeWrong, InvalidFields, MalformedRequest, RequestNotFound, TooManyCodes
from constancia.event_log import Event
from constancia.guarding.attempts import Attempt, Counter
from constancia.guarding.human_proof import Proof
from constancia.lima import LIMA
from constancia.transcript import Student
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 23, 10, 51, 7, 999, LIMA)
KEY = RequestKey("A" * 32, "token")
TO = Destination("email", "rosa@example.com")
ATTEMPT = Attempt(
    Proof("signature", 2_000_000_000),
    Counter("target#1", 60, 2_000_000_000, "here", 15),
    Counter("network#1", 600, 2_000_000_000),
)
CODES = ConfirmationCodes(b"secret", 5)
GSM = re.compile(r"[A-Za-z0-9 .,:;!?'\"()/+-]*")
"""Characters that one SMS takes 160 of (3GPP TS 23.038); with others it takes 70."""


class Books:
    """One request, the counters of codes and the messages, in memory."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.messages: list[tuple[Destination, str]] = []
        self.counted: dict[str, int] = {}
        self.events: list[Event] = []
        self.rejects = False
        self.meanwhile = 0
        code, waiting = CODES.draw(KEY.request_id, TO, ATTEMPT, moment)
        self.messages.append((TO, code))
        self.held: AcceptedRequest | None = AcceptedRequest(
            request_id=KEY.request_id,
            expires_at=moment + timedelta(days=1),
            student=Student("71705600", "ROSA CECILIA DEL ROSAL"),
            modality="EBR",
            level="primary",
            applicant="guardian",
            email="a@b.pe",
            phone=None,
            purpose="job",
            purpose_detail=None,
            assurance=BY_CONTACT,
            token_digest=token_digest(KEY.access_token),
            confirmation=waiting,
        )

    def request(self, key: RequestKey) -> AcceptedRequest | None:
        held = self.held
        if held is None or token_digest(key.access_token) != held.token_digest:
            return None
        return None if held.confirmation and held.confirmation.tries_left == 0 else held

    def _unchanged(self, request: AcceptedRequest) -> bool:
        """Whether nobody changed the request since it was read; `meanwhile` times somebody did."""
        self.meanwhile -= 1
        return self.meanwhile < 0 and self.held == request

    def renew(self, request: AcceptedRequest, newest: Confirmation, counter: Counter, event: Event) -> bool:
        if self.counted.get(counter.key, 0) >= counter.most:
            raise TooManyCodes(60)
        if not self._unchanged(request):
            return False
        self.counted[counter.key] = self.counted.get(counter.key, 0) + 1
        self.held = replace(request, confirmation=newest)
        self.events.append(event)
        return True

    def count_wrong(self, request: AcceptedRequest) -> bool:
        if not self._unchanged(request):
            return False
        assert request.confirmation
        fewer = request.confirmation._replace(tries_left=request.confirmation.tries_left - 1)
        self.held = replace(request, confirmation=fewer)
        return True

    def confirm(self, request: AcceptedRequest, event: Event) -> bool:
        if not self._unchanged(request):
            return False
        self.held = replace(request, confirmation=None)
        self.events.append(event)
        return True

    def send(self, destination: Destination, code: str) -> bool:
        if not self.rejects:
            self.messages.append((destination, code))
        return not self.rejects

    def give(self, code: str, moment: datetime = NOW, key: RequestKey = KEY) -> bool:
        """Gives a code back; whether this ended the waiting."""
        return confirm(key, json.dumps({"code": code}).encode(), moment, requests=self, codes=CODES)[1]

    def ask_again(self, moment: datetime = NOW) -> tuple[AcceptedRequest, bool]:
        return send_another(KEY, moment, requests=self, codes=CODES, sender=self)

    @property
    def newest(self) -> str:
        return self.messages[-1][1]

    @property
    def wrong(self) -> str:
        return f"{(int(self.newest) + 1) % 10**6:06d}"


def test_the_code_opens_the_request_once_and_repeating_it_changes_nothing() -> None:
    books = Books()
    assert books.give(books.newest) is True
    assert books.give(books.newest) is False
    assert [(event.name, event.fact("assurance")) for event in books.events] == [("request_accepted", "contact")]


def test_five_wrong_codes_end_the_request_even_for_the_right_one() -> None:
    books = Books()
    left = []
    for _ in range(TRIES):
        with pytest.raises(CodeWrong) as refused:
            books.give(books.wrong)
        left.append(refused.value.tries_left)
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(RequestNotFound):
        books.give(books.newest)
    with pytest.raises(RequestNotFound):
        books.ask_again()


def test_a_code_is_good_for_ten_minutes_also_over_midnight() -> None:
    asked = datetime(2026, 11, 23, 23, 59, 30, tzinfo=LIMA)
    late = Books(asked)
    with pytest.raises(CodeWrong):
        late.give(late.newest, asked + timedelta(minutes=10))
    in_time = Books(asked)
    assert in_time.give(in_time.newest, asked + timedelta(minutes=9, seconds=59))


def test_of_two_tabs_with_two_codes_the_newest_counts() -> None:
    books = Books()
    older = books.newest
    books.ask_again()
    if older != books.newest:
        with pytest.raises(CodeWrong):
            books.give(older)
    assert books.give(books.newest)


def test_a_request_has_three_codes_and_each_new_one_has_its_own_tries() -> None:
    books = Books()
    for more in reversed(range(RESENDS)):
        with pytest.raises(CodeWrong):
            books.give(books.wrong)
        request, sent = books.ask_again()
        assert sent
        assert request.confirmation
        assert (request.confirmation.resends_left, request.confirmation.tries_left) == (more, TRIES)
    with pytest.raises(TooManyCodes) as refused:
        books.ask_again()
    assert refused.value.retry_after == 0, "waiting does not help this request"
    assert books.give(books.newest), "the last one still counts"


def test_a_contact_gets_five_codes_a_lima_day_and_the_count_begins_anew_at_midnight() -> None:
    evening = datetime(2026, 11, 23, 23, 59, 59, tzinfo=LIMA)
    counter = CODES.counter(TO, evening)
    assert counter.most == 5
    assert counter.ends_at == int((evening + timedelta(seconds=1)).timestamp())
    assert CODES.counter(TO, evening - timedelta(hours=23)).key == counter.key
    assert CODES.counter(TO, evening + timedelta(seconds=1)).key != counter.key
    assert CODES.counter(Destination("email", "ROSA@example.com"), evening).key == counter.key
    assert "rosa" not in counter.key
    books = Books()
    books.counted[CODES.counter(TO, NOW).key] = 5
    with pytest.raises(TooManyCodes):
        books.ask_again()
    assert books.ask_again(NOW + timedelta(days=1))[1]


def test_a_message_that_was_rejected_is_told_as_such_and_another_code_may_be_asked_for() -> None:
    books = Books()
    books.rejects = True
    request, sent = books.ask_again()
    assert request.confirmation
    assert confirmation_json(request.confirmation, sent=sent) == {
        "channel": "email",
        "to": "r…@e….com",
        "expires_at": None,
        "resends_left": 1,
    }
    books.rejects = False
    assert books.ask_again()[1]
    assert books.give(books.newest)


def test_a_call_that_meets_another_one_is_judged_anew_and_takes_no_try_of_its_own() -> None:
    books = Books()
    books.meanwhile = 3
    with pytest.raises(CodeWrong) as refused:
        books.give(books.wrong)
    assert refused.value.tries_left == TRIES - 1
    books.meanwhile = 3
    assert books.give(books.newest)


def test_another_token_finds_no_request_and_takes_no_try() -> None:
    books = Books()
    for token in ("", "another", draw_access_token()):
        with pytest.raises(RequestNotFound):
            books.give(books.newest, key=RequestKey(KEY.request_id, token))
    assert books.give(books.newest)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12 456", "１２３４５６", "-12345"])
def test_what_has_not_six_digits_is_no_code_and_takes_no_try(code: str) -> None:
    books = Books()
    with pytest.raises(InvalidFields):
        books.give(code)
    with pytest.raises(MalformedRequest):
        confirm(KEY, b"[]", NOW, requests=books, codes=CODES)
    assert books.held
    assert books.held.confirmation
    assert books.held.confirmation.tries_left == TRIES


@given(st.integers(0, 10**6 - 1), st.integers(0, 10**6 - 1))
def test_only_the_code_that_was_drawn_matches(code: int, other: int) -> None:
    written = f"{code:06d}"
    digest = CODES._digest("code", f"{KEY.request_id}#{written}")
    waiting = Confirmation(TO, digest, int(NOW.timestamp()) + 600, TRIES, RESENDS, ATTEMPT)
    assert CODES.matches(KEY.request_id, waiting, written, NOW)
    assert CODES.matches(KEY.request_id, waiting, f"{other:06d}", NOW) is (code == other)
    assert not CODES.matches("B" * 32, waiting, written, NOW), "another request's"
    assert not ConfirmationCodes(b"other", 5).matches(KEY.request_id, waiting, written, NOW)
    assert written not in digest or len(set(written)) < 3


def test_a_message_has_the_code_its_use_and_its_time_and_names_nobody() -> None:
    code, _ = CODES.draw(KEY.request_id, TO, ATTEMPT, NOW)
    assert re.fullmatch(r"[0-9]{6}", code)
    for text in (write_email(code), write_sms(code)):
        assert re.findall(r"[0-9]{6}", text) == [code]
        for word in ("constancia", "10 minutos", "compartas"):
            assert word in text
    assert len(write_sms(code)) <= 160
    assert GSM.fullmatch(write_sms(code)), "one SMS, not two"


COUNTERS = st.builds(Counter, st.text("abc#0", min_size=1), st.integers(0, 600), st.integers(0, 2**32))


@given(COUNTERS, COUNTERS)
def test_an_attempt_is_kept_and_given_back_as_it_was(target: Counter, network: Counter) -> None:
    attempt = Attempt(Proof("signature", 7), target, network)
    assert Attempt.from_json(json.loads(json.dumps(attempt.as_json()))) == attempt


@pytest.mark.parametrize(
    ("contact", "channel", "address", "masked"),
    [
        (Contact("rosa@example.com", "987654321"), "email", "rosa@example.com", "r…@e….com"),
        (Contact("a@ugel.gob.pe", None), "email", "a@ugel.gob.pe", "a…@u….pe"),
        (Contact(None, "987 654 321"), "sms", "+51987654321", "…321"),
        (Contact(None, "51987654321"), "sms", "+51987654321", "…321"),
        (Contact(None, "+34600111222"), "sms", "+34600111222", "…222"),
    ],
)
def test_a_code_goes_to_the_email_address_where_there_is_one_else_to_the_telephone(
    contact: Contact, channel: str, address: str, masked: str
) -> None:
    destination = contact.destination
    assert destination
    assert destination == (channel, address)
    assert destination.masked == masked


def test_who_has_neither_gets_no_code() -> None:
    assert Contact(None, None).destination is None
