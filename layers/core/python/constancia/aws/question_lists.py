"""What a list of questions reads and writes: certificates, what is current of the students, milestones, failures."""

from collections import Counter
from collections.abc import Iterable, Mapping

from constancia import settings
from constancia.aws.abuse_protection import VERIFICATION, AbuseProtection
from constancia.aws.attempts import Attempts
from constancia.aws.certificates import Certificates, read_certificate, read_current, student_key
from constancia.aws.dynamodb import Item, plain, read_keys
from constancia.aws.event_log import EventLog
from constancia.aws.log import count
from constancia.aws.replicas import SchoolRecordReplica
from constancia.aws.trust import KeyTrust, RecordChanges
from constancia.aws.verifications import CertificateVerification
from constancia.current_certificates import CurrentCertificates
from constancia.event_log import Event
from constancia.guarding.attempts import Attempt, Failures
from constancia.metric_names import INSTITUTION_ANSWERED, INSTITUTION_MISSED
from constancia.milestones import partition_of
from constancia.verifying.list_answers import AnswerSources
from constancia.verifying.question_lists import NOT_FOUND, TOO_MANY_ATTEMPTS, ListAnswer, ListedQuestion
from constancia.verifying.verification import Found


class StoredAnswers:
    """What questions of institutions are answered from: see `constancia.verifying.list_answers.AnswerSources`."""

    def __init__(self) -> None:
        school_records = SchoolRecordReplica()
        self.certificates = CertificateLists(Attempts(), school_records, EventLog())
        self.protection = AbuseProtection(VERIFICATION)
        self.changes = RecordChanges(school_records)
        self.trust = KeyTrust()

    def sources(self) -> AnswerSources:
        """The sources, with the limits of this installation."""
        changed_on = self.changes.since if settings.text("TELL_CORRECTIONS") == "yes" else None
        return AnswerSources(self.protection.limiter, self.certificates, self.trust, changed_on)


def count_answers(answers: Iterable[ListAnswer]) -> None:
    """Counts answers with a certificate, and questions that named none."""
    statuses = Counter(answer.status if answer.verified is None else "" for answer in answers)
    count(INSTITUTION_ANSWERED, number=statuses[""])
    count(INSTITUTION_MISSED, number=statuses[NOT_FOUND] + statuses[TOO_MANY_ATTEMPTS])


class CertificateLists(Certificates):
    """Certificates for institutions: see `constancia.verifying.list_answers.ListRepository`."""

    def __init__(self, attempts: Attempts, school_records: SchoolRecordReplica, events: EventLog) -> None:
        super().__init__()
        self.attempts = attempts
        self.school_records = school_records
        self.events = events
        self.reserve = attempts.reserve_listed
        self.release = attempts.release

    def failures(self, attempts: list[Attempt]) -> Mapping[str, Failures]:
        """The failures at the targets of attempts, by the keys of their counters."""
        return self.attempts.failures(attempts)

    def record_all(self, events: Mapping[str, Event]) -> None:
        """Writes events by their unique texts, all or none; the same again change nothing."""
        self.events.record_all(events)

    def look_up_all(self, questions: list[ListedQuestion], *, with_changes: bool) -> list[Found]:
        """All that verifications read, in as few calls as can be; the same for what is there and what is not.

        Raises:
            TemporarilyUnavailable: the tables did not answer for all of it.
        """
        codes = {question.virtual_code or "" for question in questions}
        numbers = {question.document_number for question in questions}
        keys = [(self.name, {self.key: {"S": key}}) for key in (*codes, *map(student_key, numbers))]
        for code in codes:
            keys += _keys(self.events.milestones_asked(code))
        if with_changes:
            for number in numbers:
                keys += _keys(self.school_records.question(number))
        stored: dict[str, Item] = {}
        milestones: dict[str, list[Item]] = {}
        marked: set[str] = set()
        for table, item in read_keys(keys):
            if table == self.events.name:
                milestones.setdefault(item["day_shard"]["S"], []).append(item)
            elif table == self.school_records.name:
                marked.add(item["student"]["S"])
            else:
                stored[item[self.key]["S"]] = item
        return [
            self._found(question, stored, milestones, question.document_number in marked if with_changes else None)
            for question in questions
        ]

    def _found(
        self,
        question: ListedQuestion,
        stored: Mapping[str, Item],
        milestones: Mapping[str, list[Item]],
        marked: bool | None,
    ) -> Found:
        """What was read for one question.

        Where there is nothing, something else is read in its place, so that the time tells nobody which codes exist.
        """
        code, key = question.virtual_code or "", student_key(question.document_number)
        certificate = read_certificate(plain(stored.get(code, CertificateVerification.SOME_CERTIFICATE)))
        current = read_current(plain(stored.get(key, CertificateVerification.NOTHING_CURRENT)))
        kept = milestones.get(partition_of(code), [])
        read = self.events.milestones_found(code, kept or [CertificateVerification.SOME_MILESTONE])
        return Found(
            certificate if code in stored else None,
            read if kept else frozenset(),
            current if key in stored else CurrentCertificates(),
            marked,
        )


def _keys(asked: Item) -> list[tuple[str, Item]]:
    """What a `BatchGetItem` asks, as keys with their tables."""
    return [(table, key) for table, question in asked.items() for key in question["Keys"]]
