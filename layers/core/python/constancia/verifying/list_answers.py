"""Answering a list of questions of an institution (rule 13), from its quota to its events.

An attempt at a code is counted once it failed, as what a network does at everybody is: to count a hundred before
anything is read and to give them back afterwards would cost more than all the rest. A code that somebody failed at
today, or that the list names with two document numbers, is counted before anything is evaluated, as for everybody. So
of one code nobody is told a failure beyond the limits, and each call under way tries one number more at most.
"""

from collections import Counter as Tally
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import NamedTuple, Protocol

from constancia import event_log
from constancia.certificate import Certificate
from constancia.errors import CertificateNotFound, TemporarilyUnavailable, TooManyAttempts
from constancia.event_log import Event
from constancia.guarding.attempts import DAY, Attempt, Counter, Failures, Limit, Limiter, counter_of, name_of
from constancia.guarding.human_proof import Proof
from constancia.verifying.authenticity import is_authentic
from constancia.verifying.institutions import Institution
from constancia.verifying.question_lists import (
    BAD,
    NOT_FOUND,
    TOO_MANY_ATTEMPTS,
    UNVERIFIABLE,
    ListAnswer,
    ListedQuestion,
    QuestionList,
    read_list,
)
from constancia.verifying.verification import LOOKS, Found, Trust, describe

REASONS = {
    NOT_FOUND: CertificateNotFound.code,
    TOO_MANY_ATTEMPTS: TooManyAttempts.code,
    UNVERIFIABLE: TemporarilyUnavailable.code,
}
"""The reason that the event log keeps of a question without a certificate."""

Changes = Callable[[Certificate], date | None]
"""Compares the school records with a certificate."""


class BegunList(NamedTuple):
    """A list that is charged to its institution's day and not settled yet."""

    moment: datetime
    """When it was first begun: a repetition after a failure is the same list, with the same events."""
    used: int
    """Questions of the institution's day so far, these included."""


class QuotaRepository(Protocol):
    """The counters of institutions' days."""

    def begin(self, counter: Counter, call: str, number: int, moment: datetime) -> BegunList:
        """Charges a list of so many questions, once: a list that was begun and not settled is not charged again.

        Raises:
            QuotaExceeded: the day has not so many left; nothing is charged.
        """
        ...

    def settle(self, counter: Counter, call: str) -> None:
        """Ends a list that was answered: the same questions asked again are another list."""
        ...

    def give_back(self, counter: Counter, call: str, number: int) -> None:
        """Ends a list that could not be answered, and takes its questions off the day."""
        ...


class ListRepository(Protocol):
    """The certificates, the counters of failed verifications and the event log, a hundred at a time."""

    def failures(self, attempts: list[Attempt]) -> Mapping[str, Failures]:
        """The failures at the targets of attempts, by the keys of their counters."""
        ...

    def reserve(self, attempt: Attempt) -> bool:
        """Counts an attempt at its target, once; False, and nothing is counted, where a limit refuses it."""
        ...

    def release(self, attempt: Attempt) -> None:
        """Gives an attempt back that was counted."""
        ...

    def look_up_all(self, questions: list[ListedQuestion], *, with_changes: bool) -> list[Found]:
        """All that verifications of these questions read, in their order, as the last write left it."""
        ...

    def record_all(self, events: Mapping[str, Event]) -> None:
        """Writes events by their unique texts, all or none; the same again change nothing."""
        ...


class AnswerSources(NamedTuple):
    """What the answers to questions are read from, and where their counters and events are written."""

    limiter: Limiter
    """The limits of failed verifications."""
    certificates: ListRepository
    trust: Trust
    """Which signatures are trusted, and who is told of a record that is not."""
    records_changed_on: Changes | None
    """Compares the school records with a certificate; None where nobody wants to know."""


class AnsweredList(NamedTuple):
    """The answers to a list, in the order of its questions."""

    asked: QuestionList
    answers: tuple[ListAnswer, ...]
    quota_left: int


def answer_list(
    body: bytes, institution: Institution, moment: datetime, *, quotas: QuotaRepository, sources: AnswerSources
) -> AnsweredList:
    """The answers to the list in the body of `POST /api/verifications/batch`.

    Args:
        body: the JSON.
        institution: who asks, recognised by its key.
        moment: Lima time.
        quotas: the counters of institutions' days.
        sources: what is read and written.

    Raises:
        MalformedRequest, InvalidFields: the list cannot be read; nothing is charged.
        QuotaExceeded: the institution's day has fewer left; nothing is answered.
        Exception: what a store raises. Nothing is charged then; or, where that cannot be taken back either, the same
            list sent again is not charged again.
    """
    asked = read_list(body)
    number = len(asked.questions)
    day = counter_of(f"quota#{institution.institution_id}", Limit(institution.quota, DAY), int(moment.timestamp()))
    call = name_of(sources.limiter.secret, "LIST", institution.institution_id, body.decode())
    begun = quotas.begin(day, call, number, moment)
    try:
        answers = answer_questions(asked.questions, institution, begun.moment, call, sources)
    except Exception:
        with suppress(Exception):  # what went wrong first is told; uncharged or not, the same list goes on from here
            quotas.give_back(day, call, number)
        raise
    quotas.settle(day, call)
    return AnsweredList(asked, answers, max(0, institution.quota - begun.used))


def answer_questions(
    questions: tuple[ListedQuestion, ...], institution: Institution, moment: datetime, call: str, sources: AnswerSources
) -> tuple[ListAnswer, ...]:
    """The answers to at most a hundred questions that are charged, in their order; their events are written.

    Args:
        questions: the questions.
        institution: who asks.
        moment: Lima time at which they were first asked.
        call: a text of their own. The same questions again with the same `moment` and `call` are counted and written
            once.
        sources: what is read and written.
    """
    answering = _Answering(institution, moment, call, *sources)
    answers = answering.answer(questions)
    sources.certificates.record_all(answering.events(answers))
    return answers


class _Answering(NamedTuple):
    """One list that is being answered."""

    institution: Institution
    moment: datetime
    call: str
    limiter: Limiter
    certificates: ListRepository
    trust: Trust
    records_changed_on: Changes | None

    def answer(self, questions: tuple[ListedQuestion, ...]) -> tuple[ListAnswer, ...]:
        attempts = {
            place: self._attempt(place, question) for place, question in enumerate(questions) if not question.errors
        }
        first: dict[tuple[str | None, str], int] = {}
        for place in attempts:
            first.setdefault(_pair(questions[place]), place)
        reserved, refused = self._reserve({place: attempts[place] for place in first.values()})
        found, distrusted = self._look(questions, [place for place in first.values() if place not in refused])
        answers = []
        for place, question in enumerate(questions):
            once = first.get(_pair(question), place)
            if question.errors:
                answers.append(ListAnswer(question, BAD))
            elif once in refused:
                answers.append(ListAnswer(question, TOO_MANY_ATTEMPTS))
            else:
                counted, trusted = place in reserved, once not in distrusted
                answers.append(self._judge(question, attempts[place], found[once], counted=counted, trusted=trusted))
        return tuple(answers)

    def _attempt(self, place: int, question: ListedQuestion) -> Attempt:
        name = name_of(self.limiter.secret, "LIST", "attempt", f"{self.call}@{self.moment.isoformat()}#{place}")
        network = f"institution#{self.institution.institution_id}"
        code = question.virtual_code or ""
        return self.limiter.attempt(Proof(name, 0), code, network, int(self.moment.timestamp()))

    def _reserve(self, attempts: Mapping[int, Attempt]) -> tuple[set[int], set[int]]:
        """The places whose attempts are counted from now on, and those that a limit refuses.

        Args:
            attempts: one for each code with each of its document numbers.
        """
        failures = self.certificates.failures(list(attempts.values()))
        named = Tally(attempt.target.key for attempt in attempts.values())
        reserved: set[int] = set()
        refused: set[int] = set()
        for place, attempt in attempts.items():
            if failures[attempt.target.key].everywhere or named[attempt.target.key] > 1:
                (reserved if self.certificates.reserve(attempt) else refused).add(place)
        return reserved, refused

    def _look(
        self, questions: tuple[ListedQuestion, ...], places: list[int]
    ) -> tuple[dict[int, Found], frozenset[int]]:
        """What is read for the questions at these places, and where the record does not deserve trust.

        Such a record is looked at again: an issue or annulment between the reads makes it disagree with the event log.
        """
        found: dict[int, Found] = {}
        for _ in range(LOOKS):
            with_changes = self.records_changed_on is not None
            read = self.certificates.look_up_all([questions[place] for place in places], with_changes=with_changes)
            found.update(zip(places, read, strict=True))
            places = [place for place in places if not self._agrees(questions[place], found[place])]
            if not places:
                break
        return found, frozenset(places)

    def _agrees(self, question: ListedQuestion, found: Found) -> bool:
        """Whether nothing is found, or a record that deserves trust."""
        certificate = _certificate_of(question, found)
        return certificate is None or is_authentic(certificate, found.milestones, self.trust.keys)

    def _judge(
        self, question: ListedQuestion, attempt: Attempt, found: Found, *, counted: bool, trusted: bool
    ) -> ListAnswer:
        certificate = _certificate_of(question, found)
        if certificate is None:
            told = counted or self.certificates.reserve(attempt)
            return ListAnswer(question, NOT_FOUND if told else TOO_MANY_ATTEMPTS)
        if counted:
            self.certificates.release(attempt)
        if not trusted:
            self.trust.betrayed(certificate.virtual_code)
            return ListAnswer(question, UNVERIFIABLE)
        verified = describe(certificate, found, self.records_changed_on, by_holder=False)
        return ListAnswer(question, certificate.state, verified)

    def events(self, answers: tuple[ListAnswer, ...]) -> dict[str, Event]:
        """The events of the answers, by unique texts; a bad question leaves none."""
        by = {"institution": self.institution.institution_id}
        found = {}
        for place, answer in enumerate(answers):
            unique = f"{self.call[:32]}#{place}"
            if answer.verified:
                code = answer.verified.certificate.virtual_code
                name = event_log.CERTIFICATE_VERIFIED
                found[unique] = event_log.event(name, self.moment, code, outcome=answer.status, **by)
            elif answer.status != BAD:
                reason = REASONS[answer.status]
                found[unique] = event_log.event(event_log.VERIFICATION_REFUSED, self.moment, reason=reason, **by)
        return found


def _pair(question: ListedQuestion) -> tuple[str | None, str]:
    """What a question is about: the same again is evaluated once."""
    return question.virtual_code, question.document_number


def _certificate_of(question: ListedQuestion, found: Found) -> Certificate | None:
    """The certificate that a question is about; None for a wrong code, a wrong document, and a reservation."""
    certificate = found.certificate
    if certificate is None or not certificate.issued or certificate.holder_number != question.document_number:
        return None
    return certificate
