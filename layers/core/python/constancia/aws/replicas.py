"""The replicas of people and school records: read by citizens' requests, written by loads a hundred items at a time."""

import json
from collections.abc import Iterable

from constancia import lima, settings
from constancia.aws.attempts import Attempts
from constancia.aws.dynamodb import Action, ConditionFailed, Item, client, plain, query, read_keys, transact, wire
from constancia.aws.protections import Protections, is_in_force
from constancia.aws.repository import Repository
from constancia.errors import TemporarilyUnavailable
from constancia.guarding.attempts import Attempt
from constancia.loading.items import PERSON, ReplicaItem
from constancia.loading.load import Change, StoredItem, day_of
from constancia.people import Person, read_person
from constancia.school_records import SchoolRecord, school_record_from_json
from constancia.verifying.record_changes import DatedRecord

READ_TRIES = 8
"""Rounds in which DynamoDB may leave some of the keys for later."""

CHANGES = "changes"
"""The sort key, before those of all school records, of the mark that some record of the student was changed."""

SOMEBODY = (
    '{"document_number":"00000000","given_names":"JUAN CARLOS","paternal_surname":"QUISPE",'
    '"maternal_surname":"MAMANI","birth_date":"1980-05-17","deceased":false,'
    '"father":{"given_names":"JUAN CARLOS","document_number":"00000000"},'
    '"mother":{"given_names":"ANA MARÍA","document_number":"00000000"},"legal_guardians":[]}'
)
"""A person as the table keeps them."""


class PeopleReplica:
    """The people registry: see `constancia.asking.intake.PeopleRegistry`."""

    def __init__(self, attempts: Attempts, protections: Protections) -> None:
        self.name = settings.text("PEOPLE_TABLE")
        self.attempts = attempts
        self.protections = protections

    def look_up(self, student: str, others: Iterable[str], attempt: Attempt) -> dict[str, Person]:
        """The registered people among these document numbers, without a protected student; one call whatever the case.

        Raises:
            TooManyAttempts, TooManyCertificates: see `PeopleRegistry.look_up`.
            TemporarilyUnavailable: the tables did not answer for all of them.
        """
        keys = [{"document_number": {"S": number}} for number in sorted({student, *others})]
        others_asked = {**self.attempts.question(attempt), **self.protections.question(student)}
        answer = client().batch_get_item(RequestItems={self.name: {"Keys": keys}, **others_asked})
        if answer.get("UnprocessedKeys"):
            raise TemporarilyUnavailable
        self.attempts.check_network(attempt, answer["Responses"].get(self.attempts.name, []))
        stored = [plain(item)["person"] for item in answer["Responses"].get(self.name, [])]
        # Another person is read in place of one who is not registered, so that the time tells nobody who is.
        absent = [SOMEBODY] * (len(keys) - len(stored))
        people = [read_person(json.loads(person), lima.now().date()) for person in (*stored, *absent)]
        registered = {person.document_number: person for person in people[: len(stored)]}
        # Read and left out, so that the time does not tell who is protected.
        if any(map(is_in_force, answer["Responses"].get(self.protections.name, []))):
            registered.pop(student, None)
        return registered


class People(Repository):
    """The people registry for operators: see `constancia.asking.protected_students.PeopleRepository`."""

    def __init__(self) -> None:
        super().__init__("PEOPLE_TABLE", "document_number")

    def person(self, document_number: str) -> Person | None:
        """A registered person, or None."""
        item = self.get(document_number)
        return read_person(json.loads(item["person"]), lima.now().date()) if item else None


class SchoolRecordReplica:
    """The school records: see `constancia.asking.preview.SchoolRecordRepository`."""

    def __init__(self) -> None:
        self.name = settings.text("SCHOOL_RECORDS_TABLE")

    def of_student(self, document_number: str) -> list[SchoolRecord]:
        """All school records of a student."""
        return [dated.record for dated in self.dated(document_number)]

    def of_years(self, years: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str, int], SchoolRecord]:
        """Those of these school records that there are, each named by student, level and year.

        Raises:
            TemporarilyUnavailable: the table did not answer for all of them.
        """
        keys = [
            (self.name, wire({"student": student, "level_year": f"{level}#{year}"}))
            for student, level, year in sorted(set(years))
        ]
        found = (school_record_from_json(json.loads(plain(item)["record"])) for _, item in read_keys(keys))
        return {(record.student, record.level, record.year): record for record in found}

    def question(self, document_number: str) -> Item:
        """What a `BatchGetItem` asks of this table to learn whether any of a student's records was ever changed."""
        return {self.name: {"Keys": [wire({"student": document_number, "level_year": CHANGES})]}}

    def dated(self, document_number: str) -> list[DatedRecord]:
        """All school records of a student, with the day of the file that brought or last changed each."""
        items = query(
            client(),
            TableName=self.name,
            KeyConditionExpression="student = :student AND level_year > :changes",
            ExpressionAttributeValues=wire({":student": document_number, ":changes": CHANGES}),
        )
        return [
            DatedRecord(
                school_record_from_json(json.loads(item["record"])),
                day_of(item.get("changed_by") or item["loaded_by"]),
            )
            for item in items
        ]


def item_of(item: ReplicaItem, stored: StoredItem) -> Item:
    """What a table keeps of an item."""
    content = {"person" if item.kind == PERSON else "record": stored.content}
    orders = {"line_order": stored.order, "loaded_by": stored.loaded_by, "changed_by": stored.changed_by}
    watch = {"earlier": stored.earlier, "watched": stored.watched}
    return {**_key(item), **wire({**content, **orders, **watch})}


def _key(item: ReplicaItem) -> Item:
    if item.kind == PERSON:
        return wire({"document_number": item.key[0]})
    student, level, year = item.key
    return wire({"student": student, "level_year": f"{level}#{year}"})


def _read_key(item: Item) -> tuple[str, ...]:
    """The key of a stored item: the inverse of `_key`."""
    if "document_number" in item:
        return (item["document_number"],)
    return (item["student"], *item["level_year"].split("#"))


def _changes_a_record(change: Change) -> bool:
    """Whether a school record is to say something else than before."""
    before, after = change.before, change.after
    return change.item.kind != PERSON and before is not None and before.content != after.content


class Replicas:
    """Both replicas, as a load writes them: see `constancia.loading.judging.ReplicaRepository`."""

    def __init__(self) -> None:
        self.people = settings.text("PEOPLE_TABLE")
        self.school_records = settings.text("SCHOOL_RECORDS_TABLE")

    def stored(self, items: list[ReplicaItem]) -> list[StoredItem | None]:
        """What is stored under the keys of at most a hundred items, in their order, as the last write left it.

        Raises:
            TemporarilyUnavailable: the tables did not answer for all of them.
        """
        found: dict[tuple[str, ...], StoredItem] = {}
        for _, read in read_keys([(self._table(item), _key(item)) for item in items], tries=READ_TRIES):
            stored = plain(read)
            found[_read_key(stored)] = StoredItem(
                stored["person"] if "person" in stored else stored["record"],
                stored["line_order"],
                stored["loaded_by"],
                stored.get("changed_by"),
                stored.get("earlier"),
                stored.get("watched"),
            )
        return [found.get(item.key) for item in items]

    def store(self, changes: list[Change]) -> list[Change]:
        """Stores the changes; gives back, not stored, those whose key is not any more as it was read.

        Students whose school records are about to be changed are marked first, in a transaction of their own: a mark
        without a change makes verifications compare in vain, a change without its mark would go unnoticed.
        """
        marked = sorted({change.item.key[0] for change in changes if _changes_a_record(change)})
        if marked:
            marks = (wire({"student": student, "level_year": CHANGES}) for student in marked)
            transact(*(Action("Put", {"TableName": self.school_records, "Item": mark}) for mark in marks))
        refused: list[Change] = []
        while changes:
            try:
                transact(*(self._put(change) for change in changes))
            except ConditionFailed as failure:
                refused += [changes[place] for place in failure.failed]
                changes = [change for place, change in enumerate(changes) if place not in failure.failed]
            else:
                break
        return refused

    def _put(self, change: Change) -> Action:
        put: Item = {"TableName": self._table(change.item), "Item": item_of(change.item, change.after)}
        if change.before is None:
            return Action("Put", {**put, "ConditionExpression": "attribute_not_exists(line_order)"})
        as_read = {":read": {"S": change.before.order}}
        return Action("Put", {**put, "ConditionExpression": "line_order = :read", "ExpressionAttributeValues": as_read})

    def _table(self, item: ReplicaItem) -> str:
        return self.people if item.kind == PERSON else self.school_records
