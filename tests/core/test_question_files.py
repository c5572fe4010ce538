"""Files of questions: cut into parts, charged whole, answered in order, stopped with their key, never given half."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from constancia.errors import QuotaExceeded, TemporarilyUnavailable
from constancia.guarding.attempts import Counter
from constancia.lima import LIMA
from constancia.loading import lines
from constancia.loading.lines import Batch
from constancia.verifying.file_answers import QuestionFileWorkflow
from constancia.verifying.institutions import Institution
from constancia.verifying.question_files import QuestionFile
from constancia.verifying.question_lists import BAD, NOT_FOUND, ListAnswer, ListedQuestion

ARRIVED = datetime(2026, 11, 23, 23, 59, 30, tzinfo=LIMA)
FILE = QuestionFile("5f0c2a91", "0123456789abcdef")
KEY_SINCE = "2026-01-01T08:00:00-05:00"


class Inbox:
    """A bucket in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def arrival(self, key: str) -> tuple[datetime, str]:
        return ARRIVED, f"tag of {len(self.objects[key])}"

    def read(self, key: str, tag: str | None = None, start: int = 0, size: int | None = None) -> Iterator[bytes]:
        assert tag is None or tag == self.arrival(key)[1], "the file was replaced"
        yield self.objects[key][start : None if size is None else start + size]

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        self.objects[key] = b"".join(chunks)

    def get(self, key: str) -> Any:
        return json.loads(self.objects[key]) if key in self.objects else None

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        if once and key in self.objects:
            return False
        self.objects[key] = json.dumps(value).encode()
        return True

    def under(self, prefix: str) -> Iterator[str]:
        yield from sorted(key for key in self.objects if key.startswith(prefix))


class Institutions:
    """One institution, as long as it is not revoked."""

    def __init__(self, quota: int = 1000) -> None:
        self.one = Institution(FILE.institution_id, "U", "Admisión", quota, "", KEY_SINCE, "mrojas", KEY_SINCE)

    def institution(self, institution_id: str) -> Institution | None:
        return self.one if institution_id == self.one.institution_id else None


class Quotas:
    """Days by counter, each with what was charged to it by name."""

    def __init__(self) -> None:
        self.days: dict[str, dict[str, int]] = {}

    def charge(self, counter: Counter, name: str, number: int) -> None:
        day = self.days.setdefault(counter.key, {})
        left = counter.most - sum(day.values())
        if name not in day and number > left:
            raise QuotaExceeded(1, left)
        day.setdefault(name, number)


class Answers:
    """Knows no certificate; notes who asked what, when, under which text, and may do something before it answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[datetime, str, tuple[str | None, ...]]] = []
        self.before: Any = lambda: None

    def __call__(
        self, questions: tuple[ListedQuestion, ...], institution: Institution, moment: datetime, call: str
    ) -> tuple[ListAnswer, ...]:
        self.asked.append((moment, call, tuple(question.reference for question in questions)))
        self.before()
        return tuple(ListAnswer(question, BAD if question.errors else NOT_FOUND) for question in questions)


class Service:
    """The steps over all of that."""

    def __init__(self, content: bytes, quota: int = 1000) -> None:
        self.inbox, self.institutions, self.quotas, self.answers = Inbox(), Institutions(quota), Quotas(), Answers()
        self.steps = QuestionFileWorkflow(self.inbox, self.institutions, self.quotas, self.answers)
        self.inbox.put(FILE.opened, {"answer": "status", "key_since": KEY_SINCE})
        self.inbox.objects[FILE.incoming] = content

    def part(self, planned: dict[str, Any], place: int, moment: datetime = ARRIVED) -> int:
        batch = self.inbox.get(planned["plan"])[place]
        return self.steps.batch(planned["load"], Batch(**batch), moment)

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.inbox.objects[FILE.answers].splitlines()]


def file_of(count: int) -> bytes:
    questions = [{"virtual_code": "7K9WQ4ZT", "document_number": "71705600", "reference": f"{n}"} for n in range(count)]
    return b"".join(json.dumps(each).encode() + b"\n" for each in questions)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 250 lines, so that one takes three hundreds."""
    monkeypatch.setattr(lines, "LINES_A_BATCH", 250)


def test_answers_are_in_the_order_of_the_lines_whatever_the_order_of_the_parts() -> None:
    service = Service(file_of(1000))
    planned = service.steps.plan(FILE.incoming)
    assert (planned["batches"], planned["questions"]) == (4, 1000)
    assert [service.part(planned, place) for place in (2, 0, 3, 1)] == [250] * 4
    assert [len(references) for _, _, references in service.answers.asked] == [100, 100, 50] * 4
    assert len({call for _, call, _ in service.answers.asked}) == 12, "each hundred has a text of its own"
    service.steps.finish(planned, ARRIVED)
    assert [answer["reference"] for answer in service.told()] == [f"{n}" for n in range(1000)]
    assert "71705600" not in service.inbox.objects[FILE.answers].decode()


def test_each_line_has_one_answer_whatever_is_on_it() -> None:
    good = b'{"virtual_code":"7K9WQ4ZT","document_number":"71705600"}'
    written = [b"\xef\xbb\xbf" + good, b"", b"{", b"[]", b"\xff\xfe", b'{"a":1,"a":2}', b"x" * 40_000, b"[" * 30_000]
    service = Service(b"\n".join([*written, good]))
    planned = service.steps.plan(FILE.incoming)
    service.part(planned, 0)
    service.steps.finish(planned, ARRIVED)
    statuses = [answer["status"] for answer in service.told()]
    assert statuses == [NOT_FOUND, *[BAD] * 7, NOT_FOUND]
    assert all(answer["errors"] for answer in service.told()[1:-1])


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty"), (b" \n\n", "empty"), (b"\x1f\x8bx", "not_text"), (b"PK\x03\x04", "not_text")]
)
def test_what_is_no_file_of_questions_is_refused_and_costs_nothing(content: bytes, code: str) -> None:
    service = Service(content)
    planned = service.steps.plan(FILE.incoming)
    assert (planned["batches"], planned["refused"]["code"], service.quotas.days) == (0, code, {})
    assert service.inbox.get(planned["plan"]) == []
    assert service.steps.finish(planned, ARRIVED)["refused"]["code"] == code
    assert FILE.answers not in service.inbox.objects


def test_a_file_is_charged_to_the_day_on_which_it_arrived_however_often_and_late_it_is_planned() -> None:
    service = Service(file_of(3), quota=3)
    first = service.steps.plan(FILE.incoming)
    del service.inbox.objects[FILE.planned]
    assert service.steps.plan(FILE.incoming) == first, "it died before it kept its plan"
    (day,) = service.quotas.days
    assert service.quotas.days[day] == {FILE.file_id: 3}
    assert int(day.rpartition("#")[2]) == int((ARRIVED.timestamp() - 5 * 3600) // 86_400), "the day in Lima"


def test_a_part_that_is_done_again_has_the_moment_and_the_texts_of_its_first_try() -> None:
    service = Service(file_of(150))
    planned = service.steps.plan(FILE.incoming)
    calls = 0

    def die() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ChildProcessError

    service.answers.before = die
    with pytest.raises(ChildProcessError):
        service.part(planned, 0)
    assert service.part(planned, 0, ARRIVED + timedelta(hours=3)) == 150
    first, second = service.answers.asked[:2], service.answers.asked[2:]
    assert first == second
    assert {moment for moment, _, _ in second} == {ARRIVED}
    assert service.part(planned, 0) == 0, "what is answered is not asked again"


@pytest.mark.parametrize("change", [{"revoked_at": KEY_SINCE}, {"key_since": "2026-11-23T23:59:59-05:00"}])
def test_a_key_that_ends_stops_a_part_at_the_next_hundred_and_no_answer_is_given(change: dict[str, Any]) -> None:
    service = Service(file_of(250))
    planned = service.steps.plan(FILE.incoming)

    def end() -> None:
        service.institutions.one = service.institutions.one._replace(**change)

    service.answers.before = end
    assert service.part(planned, 0) == 100
    ended = service.steps.finish(planned, ARRIVED)
    assert (ended["refused"]["code"], FILE.answers in service.inbox.objects) == ("institution_unknown", False)


def test_a_file_is_never_given_half() -> None:
    service = Service(file_of(500))
    planned = service.steps.plan(FILE.incoming)
    service.part(planned, 1)
    with pytest.raises(TemporarilyUnavailable):
        service.steps.finish(planned, ARRIVED)
    assert FILE.answers not in service.inbox.objects
    service.part(planned, 0)
    ended = service.steps.finish(planned, ARRIVED)
    assert service.steps.finish(planned, ARRIVED + timedelta(hours=1)) == ended, "its 24 hours begin once"


def test_who_meets_another_run_that_is_just_writing_comes_again() -> None:
    service = Service(file_of(1))
    put = service.inbox.put

    def conflict(key: str, value: Any, *, once: bool = False) -> bool:
        return False if once else put(key, value)

    service.inbox.put = conflict  # type: ignore[method-assign]
    with pytest.raises(TemporarilyUnavailable):
        service.steps.plan(FILE.incoming)
