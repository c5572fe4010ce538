"""Many at once on Amazon's engine: what must happen once happens once, and no limit gives way."""

import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from constancia import event_log, lima
from constancia.asking.codes import TRIES, ConfirmationCodes
from constancia.asking.confirmation import confirm, send_another
from constancia.asking.request import BY_NAMES, AcceptedRequest, RequestKey, draw_request_id, token_digest
from constancia.aws.attempts import Attempts, MailLimit
from constancia.aws.certificates import CertificateAnnulment, CertificateIssuance, Certificates
from constancia.aws.event_log import EventLog
from constancia.aws.keys import AttestationKeys
from constancia.aws.mail_states import CertificateMail
from constancia.aws.pdfs import PdfBucket
from constancia.aws.replicas import SchoolRecordReplica
from constancia.aws.requests import RequestIntake, Requests
from constancia.aws.verifications import CertificateVerification
from constancia.certificate import Certificate
from constancia.certifying import delivery
from constancia.certifying.annulment import annul
from constancia.certifying.issuance import issue_certificate
from constancia.contact import Destination
from constancia.document import Document
from constancia.errors import (
    CaptchaFailed,
    CodeWrong,
    NotDelivered,
    RequestNotFound,
    TemporarilyUnavailable,
    TooManyAttempts,
    TooManyCertificates,
    TooManyCodes,
)
from constancia.guarding.attempts import DAY, HOUR, Attempt, Limit, Limiter, Limits
from constancia.guarding.human_proof import Proof

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


def draw(certificate: Document) -> bytes:
    """Stands in for the drawing: the same certificate, the same bytes."""
    return repr(certificate).encode()


TOKEN = "a token"


def request_of(number: int) -> AcceptedRequest:
    """The n-th student's request."""
    return AcceptedRequest(
        request_id=draw_request_id(),
        expires_at=lima.now().replace(microsecond=0) + timedelta(hours=24),
        student=transcript_of(number).student,
        modality="EBR",
        level="primary",
        applicant="student",
        email="ana@example.com",
        phone=None,
        purpose="school",
        purpose_detail=None,
        assurance=BY_NAMES,
        token_digest=token_digest(TOKEN),
    )


def accepted_request(number: int, *, shown: bool = True, says: str = "") -> RequestKey:
    """What opens the n-th student's request; `says` is an observation that its transcript has besides."""
    request, requests = request_of(number), Requests()
    transcript = transcript_of(number)
    transcript = transcript._replace(observations=(*transcript.observations, says)) if says else transcript
    key = RequestKey(request.request_id, TOKEN)
    entry = event_log.event(event_log.REQUEST_ACCEPTED, lima.now())
    attempt = Attempts().reserve(attempt_at(request.request_id))
    RequestIntake(Attempts(), requests, EventLog()).accept(request, attempt, entry)
    if shown:
        requests.freeze(key, transcript)
    return key


def accept(key: RequestKey, most_a_day: int = 10 * CROWD) -> tuple[Certificate, bool]:
    """As `render_certificate` does."""
    return issue_certificate(
        key,
        lima.now(),
        repository=CertificateIssuance(Requests(), EventLog()),
        archive=PdfBucket(),
        attest=AttestationKeys().attest_certificate,
        draw=draw,
        verify_url=lambda code: f"https://constancia.example/verificar/?codigo={code}",
        most_a_day=most_a_day,
    )


def answered(record: Certificate) -> dict[str, Any]:
    return {
        "virtual_code": record.virtual_code,
        "serial_number": f"{record.serial_number:08d}",
        "sha256": record.sha256,
    }


def test_accepting_one_request_many_times_at_once_makes_one_certificate() -> None:
    key = accepted_request(1)
    answers = at_once([partial(accept, key)] * (2 * CROWD))
    assert len({(record.virtual_code, record.serial_number, record.sha256) for record, _ in answers}) == 1
    assert [first for _, first in answers].count(True) == 1
    assert audit([answered(record) for record, _ in answers]) == []


def test_many_requests_of_one_student_at_once_supersede_each_other_in_one_chain() -> None:
    requests = [accepted_request(1, says=f"correction {number}") for number in range(CROWD)]
    answers = at_once([partial(accept, key) for key in requests])
    assert all(first for _, first in answers)
    assert len({record.virtual_code for record, _ in answers}) == CROWD
    assert audit([answered(record) for record, _ in answers]) == []


def test_many_requests_of_one_student_at_once_that_say_the_same_are_all_valid() -> None:
    requests = [accepted_request(1) for _ in range(CROWD)]
    answers = at_once([partial(accept, request_id) for request_id in requests])
    current = Certificates().current(transcript_of(1).student.document_number)
    (content,) = current.contents.values()
    assert {copy.virtual_code for copy in content.copies} == {record.virtual_code for record, _ in answers}
    assert audit([answered(record) for record, _ in answers]) == []


def test_a_students_certificates_at_once_are_no_more_than_those_of_a_day() -> None:
    most = 5

    def insist(key: RequestKey) -> str:
        try:
            return accept(key, most)[0].virtual_code
        except TooManyCertificates:
            return "refused"

    requests = [accepted_request(1) for _ in range(CROWD)]
    met = Counter(at_once([partial(insist, key) for key in requests]))
    assert met["refused"] == CROWD - most
    assert audit() == []


def test_an_annulment_and_an_issue_at_once_leave_no_annulled_certificate_current() -> None:
    for number in range(CROWD):
        annulled, _ = accept(accepted_request(number))
        later = accepted_request(number, says="correction")
        order = {"virtual_code": annulled.virtual_code, "reason": "Acta de otro estudiante", "operator": "mrojas"}

        def withdraw(order: dict[str, Any] = order) -> bool:
            return annul(order, lima.now(), certificates=CertificateAnnulment(EventLog()))[1]

        def issue(key: RequestKey = later) -> bool:
            return accept(key)[1]

        both: list[Callable[[], bool]] = [withdraw, issue]
        assert at_once(both) == [True, True]
    assert audit() == []


def test_many_students_at_once_get_a_certificate_and_a_serial_number_each() -> None:
    students = 200
    requests = [accepted_request(number) for number in range(students)]
    answers = at_once([partial(accept, key) for key in requests])
    assert {record.serial_number for record, _ in answers} == set(range(1, students + 1))
    assert audit([answered(record) for record, _ in answers]) == []


def test_two_tabs_that_read_the_marks_at_once_show_the_same_ones() -> None:
    readings = [transcript_of(1)._replace(observations=(f"reading {number}",)) for number in range(CROWD)]
    key = accepted_request(1, shown=False)
    seen = at_once([partial(Requests().freeze, key, reading) for reading in readings])
    assert len(set(seen)) == 1
    assert seen[0] in readings


def proof() -> Proof:
    return Proof(draw_request_id(), int(time.time()) + 60)


CODES = ConfirmationCodes(b"key", 5)
CONTACT = Destination("email", "rosa@example.com")


def intake() -> RequestIntake:
    return RequestIntake(Attempts(), Requests(), EventLog())


def waiting_request() -> tuple[RequestKey, str]:
    """What opens a request that waits for its code, and the code."""
    stores, request = intake(), request_of(1)
    attempt = stores.reserve(
        Limiter("IDENTITY", LIMITS, b"key").attempt(proof(), "71705600", "190.1.2.3", int(time.time()))
    )
    code, waiting = CODES.draw(request.request_id, CONTACT, attempt, lima.now())
    entry = event_log.event(event_log.CODE_DRAWN, lima.now())
    stores.wait(replace(request, confirmation=waiting), CODES.counter(CONTACT, lima.now()), entry)
    return RequestKey(request.request_id, TOKEN), code


def give(key: RequestKey, code: str) -> str:
    """What somebody meets who gives a code."""
    try:
        _, first = confirm(key, json.dumps({"code": code}).encode(), lima.now(), requests=intake(), codes=CODES)
    except (CodeWrong, RequestNotFound) as refusal:
        return refusal.code
    return "confirmed" if first else "confirmed before"


def test_wrong_codes_given_at_once_are_judged_up_to_the_tries_and_not_once_more() -> None:
    key, code = waiting_request()
    wrong = [f"{(int(code) + 1 + number) % 10**6:06d}" for number in range(2 * CROWD)]
    assert Counter(at_once([partial(give, key, other) for other in wrong])) == {
        "code_wrong": TRIES,
        "request_not_found": 2 * CROWD - TRIES,
    }
    assert give(key, code) == "request_not_found"


def test_the_right_code_given_many_times_at_once_confirms_once_and_gives_the_attempt_back_once() -> None:
    key, code = waiting_request()
    met = Counter(at_once([partial(give, key, code)] * CROWD))
    assert met == {"confirmed": 1, "confirmed before": CROWD - 1}
    assert {item["failures"] for item in items_of("ATTEMPTS_TABLE") if "failures" in item} == {0}
    assert [item["name"] for item in items_of("EVENTS_TABLE")].count(event_log.REQUEST_ACCEPTED) == 1


def ask_for_code(key: RequestKey, sent: list[str]) -> str:
    """What somebody meets who asks for another code."""

    class Sender:
        def send(self, destination: Destination, code: str) -> bool:
            sent.append(code)
            return True

    try:
        send_another(key, lima.now(), requests=intake(), codes=CODES, sender=Sender())
    except TooManyCodes as refusal:
        return refusal.code
    return "sent"


def test_codes_asked_for_at_once_are_two_more_and_the_newest_counts() -> None:
    key, _ = waiting_request()
    sent: list[str] = []
    assert Counter(at_once([partial(ask_for_code, key, sent)] * CROWD)) == {"sent": 2, "too_many_codes": CROWD - 2}
    assert "confirmed" in [give(key, code) for code in sent]


def attempt_at(target: str, network: str = "190.1.2.3", limits: Limits = LIMITS) -> Attempt:
    return Limiter("IDENTITY", limits, b"key").attempt(proof(), target, network, 1_800_000_000)


def guess(attempt: Attempt) -> str:
    """What a guess meets before anything is evaluated."""
    try:
        reserved = Attempts().reserve(attempt)
    except TooManyAttempts:
        return "refused"
    except CaptchaFailed:
        return "proof used"
    return "closed" if reserved.closed else "evaluated"


def test_guesses_at_one_student_at_once_are_evaluated_up_to_the_limit_and_not_once_more() -> None:
    met = Counter(at_once([partial(guess, attempt_at("71705600")) for _ in range(40)]))
    assert met == {"evaluated": LIMITS.most_here, "refused": 40 - LIMITS.most_here}


def test_guesses_from_many_networks_at_one_target_at_once_are_evaluated_up_to_the_targets_limit() -> None:
    tries = [attempt_at("71705600", f"190.1.2.{network}") for network in range(100)]
    met = Counter(at_once([partial(guess, attempt) for attempt in tries]))
    assert met == {"evaluated": LIMITS.target.most, "refused": 100 - LIMITS.target.most}


def test_a_target_that_nobody_can_close_says_so_from_its_limit_on_and_each_network_keeps_its_own() -> None:
    open_to_some = LIMITS._replace(closes=False)
    tries = [attempt_at("71705600", f"190.1.2.{n % 10}", open_to_some) for n in range(200)]
    met = Counter(at_once([partial(guess, attempt) for attempt in tries]))
    assert met["evaluated"] == LIMITS.target.most
    assert met["evaluated"] + met["closed"] == 10 * LIMITS.most_here
    largest = max(len(str(item)) for item in items_of("ATTEMPTS_TABLE"))
    assert largest < 8 * 1024, "strangers do not make the students' item grow"


def test_a_proof_is_spent_by_its_first_use_also_where_a_limit_refuses() -> None:
    one = LIMITS._replace(target=Limit(1, DAY))
    assert guess(attempt_at("71705600", limits=one)) == "evaluated"
    refused = attempt_at("71705600", limits=one)
    assert guess(refused) == "refused"
    assert guess(refused) == "proof used"
    assert guess(attempt_at("71705601")._replace(proof=refused.proof)) == "proof used"


def test_one_proof_shown_many_times_at_once_counts_once() -> None:
    shared = proof()
    tries = [attempt_at(f"7000{number:04d}", f"190.1.2.{number}")._replace(proof=shared) for number in range(CROWD)]
    met = Counter(at_once([partial(guess, attempt) for attempt in tries]))
    assert met == {"evaluated": 1, "proof used": CROWD - 1}


def test_failures_of_one_network_at_once_are_told_up_to_its_limit_and_not_once_more() -> None:
    limits = LIMITS._replace(network=Limit(30, HOUR))

    def fail(number: int) -> str:
        try:
            Attempts().count_failure(attempt_at(f"{number}", limits=limits))
        except TooManyAttempts:
            return "refused"
        return "told"

    met = Counter(at_once([partial(fail, number) for number in range(100)]))
    assert met == {"told": 30, "refused": 70}


def test_what_successes_give_back_at_once_adds_up() -> None:
    counterfoils = CertificateVerification(Attempts(), SchoolRecordReplica(), EventLog())

    def succeed() -> None:
        attempt = attempt_at("C2CC6526")
        if guess(attempt) == "evaluated":
            entry = event_log.event(event_log.CERTIFICATE_VERIFIED, lima.now(), "C2CC6526")
            counterfoils.settle(attempt, entry)

    at_once([succeed] * 30)
    left = [item for item in items_of("ATTEMPTS_TABLE") if "failures" in item]
    assert {item["failures"] for item in left} == {0}
    assert {attribute for item in left for attribute in item} == {"subject", "failures", "ends_at"}


def test_a_change_that_the_stream_brings_many_times_at_once_is_mailed_once() -> None:
    record, _ = accept(accepted_request(1))
    sent: list[Any] = []

    class Mailer:
        def send(self, message: Any) -> None:
            sent.append(message)

    def bring() -> str:
        try:
            delivery.deliver(
                record,
                lima.now(),
                states=CertificateMail(EventLog()),
                limit=MailLimit(Attempts()),
                mailer=Mailer(),
                holder_url="https://constancia.example",
                sender=storage.SENDER,
            )
        except NotDelivered:
            return "not sent"
        return "sent or known"

    at_once([bring] * CROWD)
    assert len(sent) == 1
