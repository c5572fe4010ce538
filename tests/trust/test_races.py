"""Many at once on Amazon's engine: what must happen once happens once, and no limit gives way."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from constancia import attempts, delivery, event_log, lima
from constancia.attempts import DAY, HOUR, Attempt, Guard, Limit, Limits
from constancia.aws.dynamodb import (
    Attempts,
    Counterfoils,
    Desk,
    EventLog,
    MailStates,
    Register,
    Requests,
)
from constancia.aws.s3 import Archive
from constancia.certificate import Certificate
from constancia.errors import CaptchaFailed, TemporarilyUnavailable, TooManyAttempts
from constancia.human_proof import Proof
from constancia.issuance import CertificateRecord, issue_certificate
from constancia.request import AcceptedRequest, draw_request_id

from infra.local import storage
from tests.trust.audit import audit, items_of
from tests.trust.population import transcript_of

CROWD = 16
"""Threads; more than the two cores can run, so that they cut into each other's work."""

LIMITS = Limits(target=Limit(60, DAY), most_here=15, network=Limit(600, HOUR))

pytestmark = pytest.mark.usefixtures("real_world")

Result = TypeVar("Result")


def at_once(tasks: list[Callable[[], Result]]) -> list[Result]:
    """Runs all in a crowd of threads; each repeats what was answered with 'try again'."""

    def insist(task: Callable[[], Result]) -> Result:
        for _ in range(20):
            try:
                return task()
            except TemporarilyUnavailable:
                time.sleep(0.01)
        raise AssertionError("told to try again twenty times")

    with ThreadPoolExecutor(CROWD) as crowd:
        return list(crowd.map(insist, tasks))


def draw(certificate: Certificate) -> bytes:
    """Stands in for the drawing: the same certificate, the same bytes."""
    return repr(certificate).encode()


def accepted_request(number: int, *, shown: bool = True) -> str:
    """The id of the n-th student's request."""
    now = lima.now()
    requests = Requests()
    transcript = transcript_of(number)
    request = AcceptedRequest(
        request_id=draw_request_id(),
        expires_at=now.replace(microsecond=0) + timedelta(hours=24),
        student=transcript.student,
        modality="EBR",
        level="primary",
        applicant="student",
        email="ana@example.com",
        phone=None,
        purpose="school",
        purpose_detail=None,
    )
    entry = event_log.event(event_log.REQUEST_ACCEPTED, now)
    Desk(Attempts(), requests, EventLog()).accept(request, Attempt((), proof()), entry)
    if shown:
        requests.freeze(request.request_id, transcript)
    return request.request_id


def accept(request_id: str) -> tuple[CertificateRecord, bool]:
    """As `render_certificate` does."""
    return issue_certificate(
        request_id,
        lima.now(),
        register=Register(Requests(), EventLog()),
        archive=Archive(),
        draw=draw,
        verify_url=lambda code: f"https://constancia.example/verificar/?codigo={code}",
    )


def told(record: CertificateRecord) -> dict[str, Any]:
    return {
        "virtual_code": record.virtual_code,
        "serial_number": f"{record.serial_number:08d}",
        "sha256": record.sha256,
    }


def test_accepting_one_request_many_times_at_once_makes_one_certificate() -> None:
    request_id = accepted_request(1)
    answers = at_once([partial(accept, request_id)] * (2 * CROWD))
    assert len({(record.virtual_code, record.serial_number, record.sha256) for record, _ in answers}) == 1
    assert [first for _, first in answers].count(True) == 1
    assert audit([told(record) for record, _ in answers]) == []


def test_many_requests_of_one_student_at_once_supersede_each_other_in_one_chain() -> None:
    requests = [accepted_request(1) for _ in range(CROWD)]
    answers = at_once([partial(accept, request_id) for request_id in requests])
    assert all(first for _, first in answers)
    assert len({record.virtual_code for record, _ in answers}) == CROWD
    assert audit([told(record) for record, _ in answers]) == []


def test_many_students_at_once_get_a_certificate_and_a_serial_number_each() -> None:
    students = 200
    requests = [accepted_request(number) for number in range(students)]
    answers = at_once([partial(accept, request_id) for request_id in requests])
    assert {record.serial_number for record, _ in answers} == set(range(1, students + 1))
    assert audit([told(record) for record, _ in answers]) == []


def test_two_tabs_that_read_the_marks_at_once_show_the_same_ones() -> None:
    readings = [transcript_of(1)._replace(observations=(f"reading {number}",)) for number in range(CROWD)]
    request_id = accepted_request(1, shown=False)
    seen = at_once([partial(Requests().freeze, request_id, reading) for reading in readings])
    assert len(set(seen)) == 1
    assert seen[0] in readings


def proof() -> Proof:
    return Proof(draw_request_id(), int(time.time()) + 60)


def guess(counters: tuple[attempts.Counter, ...], used: Proof | None = None) -> str:
    """What a guess meets before anything is evaluated."""
    try:
        Attempts().reserve(Attempt(counters, used or proof()))
    except TooManyAttempts:
        return "refused"
    except CaptchaFailed:
        return "proof used"
    return "evaluated"


def test_guesses_at_one_student_at_once_are_evaluated_up_to_the_limit_and_not_once_more() -> None:
    guard = Guard("IDENTITY", LIMITS, b"key")
    counters = guard.counters("71705600", "190.1.2.3", 1_800_000_000)
    met = Counter(at_once([partial(guess, counters)] * 40))
    assert met == {"evaluated": LIMITS.most_here, "refused": 40 - LIMITS.most_here}


def test_guesses_from_many_networks_at_one_student_at_once_are_evaluated_up_to_the_students_limit() -> None:
    guard = Guard("IDENTITY", LIMITS, b"key")
    tries = [guard.counters("71705600", f"190.1.2.{network}", 1_800_000_000) for network in range(100)]
    met = Counter(at_once([partial(guess, counters) for counters in tries]))
    assert met == {"evaluated": LIMITS.target.most, "refused": 100 - LIMITS.target.most}


def test_one_proof_shown_many_times_at_once_counts_once() -> None:
    guard = Guard("IDENTITY", LIMITS, b"key")
    shared = proof()
    tries = [guard.counters(f"7000{number:04d}", f"190.1.2.{number}", 1_800_000_000) for number in range(CROWD)]
    met = Counter(at_once([partial(guess, counters, shared) for counters in tries]))
    assert met == {"evaluated": 1, "proof used": CROWD - 1}


def test_what_successes_give_back_at_once_adds_up() -> None:
    guard = Guard("VERIFICATION", LIMITS, b"key")
    counters = guard.counters("71705600", "190.1.2.3", 1_800_000_000, also="C2CC6526")
    counterfoils = Counterfoils(Attempts(), EventLog())

    def succeed() -> None:
        used = proof()
        if guess(counters, used) == "evaluated":
            entry = event_log.event(event_log.CERTIFICATE_VERIFIED, lima.now(), "C2CC6526")
            counterfoils.settle(Attempt(counters, used), entry)

    at_once([succeed] * 30)
    left = [item for item in items_of("ATTEMPTS_TABLE") if "failures" in item]
    assert {item["failures"] for item in left} == {0}
    assert {attribute for item in left for attribute in item} == {"subject", "failures", "ends_at"}


def test_copies_of_a_new_installation_that_start_at_once_agree_on_one_key() -> None:
    assert len(set(at_once([Attempts().secret] * CROWD))) == 1


def test_a_change_that_the_stream_brings_many_times_at_once_is_mailed_once() -> None:
    record, _ = accept(accepted_request(1))
    sent: list[Any] = []

    class Postman:
        def send(self, message: Any) -> None:
            sent.append(message)

    def bring() -> str:
        try:
            delivery.deliver(
                record,
                lima.now(),
                states=MailStates(EventLog()),
                postman=Postman(),
                verify_url="https://constancia.example",
                sender=storage.SENDER,
            )
        except delivery.NotSent:
            return "not sent"
        return "sent or known"

    at_once([bring] * CROWD)
    assert len(sent) == 1
