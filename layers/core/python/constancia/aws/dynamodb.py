"""The tables, as the domain sees them: people, school records, requests, certificates, attempts and the event log.

Every write is conditional or repeatable, and what must happen together is one transaction. What DynamoDB refuses for
other reasons than a condition is raised as botocore raises it; `constancia.aws.api` answers "temporarily unavailable".
"""

import json
import random
import secrets
import time
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import cache
from http import HTTPStatus
from itertools import islice
from typing import Any

import boto3
from botocore.config import Config

from constancia import delivery, lima, records, settings
from constancia.attempts import Attempt, Counter
from constancia.corrections import DatedRecord
from constancia.errors import CaptchaFailed, RequestNotFound, TemporarilyUnavailable, TooManyAttempts
from constancia.event_log import CERTIFICATE_VERIFIED, Event, place_of
from constancia.fields import encode
from constancia.human_proof import Proof
from constancia.identity import Person
from constancia.issuance import CertificateRecord
from constancia.records import SchoolRecord
from constancia.request import REQUEST_ID, AcceptedRequest
from constancia.transcript import Column, Group, Row, Student, Transcript
from constancia.verification import Seen

Item = dict[str, Any]
Action = dict[str, Any]

CONFLICT_RETRIES = 8
FIRST_PAUSE = 0.02
"""Seconds; doubled on average at every retry of a transaction that met another one."""

_ATTEMPT = 16
"""Digits of an attempt's proof that tell it from the others of a day."""

RESERVATION_OUTLIVES_REQUEST = 24 * 3600
"""Seconds after which a reservation that was never issued is forgotten, its request being long gone."""

_CLIENT_SETTINGS = Config(
    connect_timeout=2,
    retries={"mode": "standard", "max_attempts": 3},
    # A fifth of a call's time: botocore would check again the calls that are written here, and say at length who calls.
    parameter_validation=False,
    user_agent="constancia",
)


@cache
def client(patience: int = 3) -> Any:
    """The DynamoDB client, made on first use and kept for the life of the process; it waits `patience` seconds."""
    made = boto3.client("dynamodb", config=_CLIENT_SETTINGS.merge(Config(read_timeout=patience)))
    made.meta.events.register("before-parse.dynamodb", _as_it_came)
    return made


def _as_it_came(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """Takes an answer as the JSON that it is.

    botocore walks through every value of every item by its model, which takes longer than all else of reading many
    items, and of strings, numbers and booleans it changes none.
    """
    if response_dict["status_code"] == HTTPStatus.OK:
        customized_response_dict.update(json.loads(response_dict["body"]))
        response_dict["body"] = b""


def wire(item: Item) -> Item:
    """Plain values as DynamoDB takes them; what is None is left out."""
    return {name: _wire_value(value) for name, value in item.items() if value is not None}


def _wire_value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, set):
        return {"SS": sorted(value)}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def plain(item: Item) -> Item:
    """DynamoDB's form of an item as plain strings, whole numbers and booleans."""
    return {name: _plain_value(*value.items()) for name, value in item.items()}


def _plain_value(typed: tuple[str, Any]) -> Any:
    kind, value = typed
    return int(value) if kind == "N" else value


class Cancelled(Exception):
    """A transaction was refused by a condition; `failed` has the places of the actions that refused."""

    def __init__(self, failed: list[int]) -> None:
        super().__init__(failed)
        self.failed = failed


def transact(*actions: Action) -> None:
    """Does all of the actions or none.

    Raises:
        Cancelled: a condition failed.
        TemporarilyUnavailable: it kept meeting other transactions.
    """
    token = secrets.token_hex(16)
    for attempt in range(CONFLICT_RETRIES):
        try:
            client().transact_write_items(TransactItems=list(actions), ClientRequestToken=token)
        except client().exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            failed = [place for place, reason in enumerate(reasons) if reason == "ConditionalCheckFailed"]
            if failed:
                raise Cancelled(failed) from error
            if not {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"} & set(reasons):
                raise
            token = secrets.token_hex(16)
        except client().exceptions.TransactionInProgressException:
            # An earlier try is still being done: under its own token it cannot be done twice.
            pass
        else:
            return
        time.sleep(FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 not a secret
    raise TemporarilyUnavailable


def query(store: Any, **question: Any) -> Iterator[Item]:
    """What a client of DynamoDB finds, page after page; botocore's paginators would search every answer by paths."""
    while True:
        page = store.query(**question)
        yield from map(plain, page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        question["ExclusiveStartKey"] = page["LastEvaluatedKey"]


class Table:
    """One table, by the setting that names it."""

    def __init__(self, setting: str, key: str) -> None:
        self.name = settings.text(setting)
        self.key = key

    def get(self, key: str) -> Item | None:
        """The item under the key, as the last write left it."""
        found = client().get_item(TableName=self.name, Key={self.key: {"S": key}}, ConsistentRead=True).get("Item")
        return plain(found) if found else None

    def put(self, item: Item, condition: str | None = None) -> Action:
        """The action that writes a whole item."""
        conditions = {"ConditionExpression": condition} if condition else {}
        return {"Put": {"TableName": self.name, "Item": wire(item), **conditions}}

    def update(
        self, key: str, expression: str, values: Item, condition: str | None = None, names: Item | None = None
    ) -> Action:
        """The action that changes some attributes; `values` by their `:names`."""
        conditions = {"ConditionExpression": condition} if condition else {}
        aliases = {"ExpressionAttributeNames": names} if names else {}
        return {
            "Update": {
                "TableName": self.name,
                "Key": {self.key: {"S": key}},
                "UpdateExpression": expression,
                "ExpressionAttributeValues": wire(values),
                **conditions,
                **aliases,
            }
        }


class EventLog(Table):
    """The event log: append only."""

    def __init__(self) -> None:
        super().__init__("EVENTS_TABLE", "day_shard")

    def append(self, event: Event, unique: str = "") -> Action:
        """The action that writes an entry; `unique` as in `event_log.place_of`."""
        day_shard, place = place_of(event, unique)
        item = {
            "day_shard": day_shard,
            "time": place,
            "name": event.name,
            "virtual_code": event.virtual_code,
            **dict(event.facts),
        }
        return self.put(item)

    def record(self, event: Event, unique: str = "") -> None:
        """Writes an entry by itself; the same one again changes nothing."""
        client().put_item(**self.append(event, unique)["Put"])


class Attempts(Table):
    """Counters of failed attempts and proofs that were used; both end by themselves.

    A target's counter holds one number for all and, by network, the set of its attempts from there; when the last of a
    set is given back, DynamoDB drops it, so networks whose attempts succeed leave nothing behind.
    """

    def __init__(self) -> None:
        super().__init__("ATTEMPTS_TABLE", "subject")

    def secret(self) -> bytes:
        """The key of this installation's challenges and counters: drawn once, by whoever comes first, and kept here.

        It protects nothing that outlives a day: deleting the item draws a new one.
        """
        kept = self.get("secret")
        if kept is None:
            drawn = {"subject": "secret", "value": secrets.token_hex(32)}
            try:
                client().put_item(**self.put(drawn, "attribute_not_exists(subject)")["Put"])
            except client().exceptions.ConditionalCheckFailedException:
                kept = self.get("secret")
            else:
                kept = drawn
        if kept is None:
            raise TemporarilyUnavailable
        return bytes.fromhex(kept["value"])

    def reserve(self, attempt: Attempt) -> None:
        """Spends the proof and counts the attempt, both or neither.

        Raises:
            CaptchaFailed: the proof was used before.
            TooManyAttempts: a counter is at its limit.
        """
        counters, proof = attempt
        spend = self.put(
            {"subject": f"proof#{proof.key}", "ends_at": proof.expires_at}, "attribute_not_exists(subject)"
        )
        try:
            transact(spend, *(self._count(counter, proof) for counter in counters))
        except Cancelled as refused:
            if 0 in refused.failed:
                raise CaptchaFailed from refused
            ends_at = max(counters[place - 1].ends_at for place in refused.failed)
            raise TooManyAttempts(max(1, ends_at - int(time.time()))) from refused

    def _count(self, counter: Counter, proof: Proof) -> Action:
        values = {":one": 1, ":end": counter.ends_at, ":most": counter.most}
        if not counter.network:
            return self.update(
                counter.key,
                "ADD failures :one SET ends_at = :end",
                values,
                "attribute_not_exists(failures) OR failures < :most",
            )
        return self.update(
            counter.key,
            "ADD failures :one, #here :this SET ends_at = :end",
            {**values, ":this": {proof.key[:_ATTEMPT]}, ":most_here": counter.most_here},
            "(attribute_not_exists(failures) OR failures < :most) AND "
            "(attribute_not_exists(#here) OR size(#here) < :most_here)",
            {"#here": counter.network},
        )

    def give_back(self, attempt: Attempt) -> list[Action]:
        """The actions that undo the counting of an attempt that succeeded."""
        return [self._uncount(counter, attempt.proof) for counter in attempt.counters]

    def _uncount(self, counter: Counter, proof: Proof) -> Action:
        values = {":less": -1, ":end": counter.ends_at}
        if not counter.network:
            return self.update(counter.key, "ADD failures :less SET ends_at = :end", values)
        return self.update(
            counter.key,
            "ADD failures :less DELETE #here :this SET ends_at = :end",
            {**values, ":this": {proof.key[:_ATTEMPT]}},
            names={"#here": counter.network},
        )


class People:
    """The replica of the people registry."""

    SOMEBODY = (
        '{"document_number":"00000000","given_names":"JUAN CARLOS","paternal_surname":"QUISPE",'
        '"maternal_surname":"MAMANI","birth_date":"1980-05-17","deceased":false,'
        '"father":{"given_names":"JUAN CARLOS","document_number":"00000000"},'
        '"mother":{"given_names":"ANA MARÍA","document_number":"00000000"},"legal_guardians":[]}'
    )
    """A person as the table keeps them."""

    def __init__(self) -> None:
        self.name = settings.text("PEOPLE_TABLE")

    def look_up(self, document_numbers: Iterable[str]) -> dict[str, Person]:
        """Those of these people whom the registry holds, in one call whatever the case.

        Raises:
            TemporarilyUnavailable: the table did not answer for all of them.
        """
        keys = [{"document_number": {"S": number}} for number in sorted(set(document_numbers))]
        answer = client().batch_get_item(RequestItems={self.name: {"Keys": keys}})
        if answer.get("UnprocessedKeys"):
            raise TemporarilyUnavailable
        stored = [plain(item)["person"] for item in answer["Responses"][self.name]]
        # Whom the registry does not hold is read as well, so that the time it takes tells nobody.
        absent = [self.SOMEBODY] * (len(keys) - len(stored))
        people = [records.read_person(json.loads(person), lima.now().date()) for person in (*stored, *absent)]
        return {person.document_number: person for person in people[: len(stored)]}


class SchoolRecords:
    """The replica of the school records."""

    def __init__(self) -> None:
        self.name = settings.text("SCHOOL_RECORDS_TABLE")

    def of(self, document_number: str) -> list[SchoolRecord]:
        """Everything recorded of a student."""
        return [dated.record for dated in self.dated(document_number)]

    def dated(self, document_number: str) -> list[DatedRecord]:
        """Everything recorded of a student, with the day on which a file brought or last changed it."""
        items = query(
            client(),
            TableName=self.name,
            KeyConditionExpression="student = :student",
            ExpressionAttributeValues={":student": {"S": document_number}},
        )
        return [
            DatedRecord(
                records.school_record_from_json(json.loads(item["record"])),
                date.fromisoformat((item.get("changed_by") or item["loaded_by"])[: len("2026-11-23")]),
            )
            for item in items
        ]


class Requests(Table):
    """Accepted requests, for 24 hours."""

    def __init__(self) -> None:
        super().__init__("REQUESTS_TABLE", "request_id")

    def keep(self, request: AcceptedRequest) -> Action:
        """The action that keeps a new request."""
        item = {
            "request_id": request.request_id,
            "expires_at": int(request.expires_at.timestamp()),
            "document_number": request.student.document_number,
            "full_name": request.student.full_name,
            "modality": request.modality,
            "level": request.level,
            "applicant": request.applicant,
            "email": request.email,
            "phone": request.phone,
            "purpose": request.purpose,
            "purpose_detail": request.purpose_detail,
        }
        return self.put(item, "attribute_not_exists(request_id)")

    def request(self, request_id: str) -> AcceptedRequest | None:
        """A request that has not expired; the table forgets expired ones in its own time."""
        item = self.get(request_id) if REQUEST_ID.fullmatch(request_id) else None
        if item is None or item["expires_at"] <= time.time():
            return None
        return AcceptedRequest(
            request_id=request_id,
            expires_at=datetime.fromtimestamp(item["expires_at"], lima.LIMA),
            student=Student(item["document_number"], item["full_name"]),
            modality=item["modality"],
            level=item["level"],
            applicant=item["applicant"],
            email=item["email"],
            phone=item.get("phone"),
            purpose=item["purpose"],
            purpose_detail=item.get("purpose_detail"),
            transcript=read_transcript(item) if "transcript" in item else None,
            virtual_code=item.get("virtual_code"),
        )

    def freeze(self, request_id: str, transcript: Transcript) -> Transcript:
        """Keeps the transcript that is shown, or gives the one that was shown before."""
        freezing = self.update(
            request_id,
            "SET transcript = :transcript",
            {":transcript": encode(transcript.as_json())},
            "attribute_exists(request_id) AND attribute_not_exists(transcript)",
        )["Update"]
        try:
            client().update_item(**freezing)
        except client().exceptions.ConditionalCheckFailedException:
            kept = self.request(request_id)
            if kept is None or kept.transcript is None:
                raise RequestNotFound from None
            return kept.transcript
        return transcript


class Desk:
    """Where requests are taken in: see `constancia.intake.Desk`."""

    def __init__(self, attempts: Attempts, requests: Requests, events: EventLog) -> None:
        self.attempts = attempts
        self.requests = requests
        self.events = events
        self.reserve = attempts.reserve

    def accept(self, request: AcceptedRequest, attempt: Attempt, entry: Event) -> None:
        """Keeps the request, gives back what the attempt reserved and writes the event, all or nothing."""
        keep = self.requests.keep(request)
        transact(keep, self.events.append(entry), *self.attempts.give_back(attempt))


class Certificates(Table):
    """The certificates by virtual code; beside them each holder's current code, and the last serial number."""

    SERIAL = "serial"
    ISSUED = "issued"

    def __init__(self) -> None:
        super().__init__("CERTIFICATES_TABLE", "virtual_code")

    def certificate(self, code: str) -> CertificateRecord | None:
        """A certificate, reserved or issued, as the last write left it."""
        item = self.get(code)
        return read_certificate(item) if item else None

    @staticmethod
    def holder_key(holder: str) -> str:
        """The key of a holder's pointer, which no virtual code can be."""
        return f"holder#{holder}"


class Register(Certificates):
    """The requests and certificates as issuing sees them: see `constancia.issuance.Register`."""

    def __init__(self, requests: Requests, events: EventLog) -> None:
        super().__init__()
        self.requests = requests
        self.events = events
        self.request = requests.request

    def next_serial_number(self) -> int:
        """One more than the last. A number whose reservation then fails stays unused."""
        counted = self.update(self.SERIAL, "ADD last_number :one", {":one": 1})["Update"]
        answer = client().update_item(**counted, ReturnValues="UPDATED_NEW")
        return int(answer["Attributes"]["last_number"]["N"])

    def reserve(self, record: CertificateRecord, request: AcceptedRequest) -> bool:
        """Ties a new record to its request; False if the code is taken or the request already has one."""
        item = {
            "virtual_code": record.virtual_code,
            "state": "reserved",
            "expires_at": int(request.expires_at.timestamp()) + RESERVATION_OUTLIVES_REQUEST,
            "serial_number": record.serial_number,
            "issued_at": record.issued_at.isoformat(),
            "transcript": encode(record.transcript.as_json()),
            "pdf_key": record.pdf_key,
            "applicant": record.applicant,
            "purpose": record.purpose,
            "email": record.email,
        }
        tie = self.requests.update(
            request.request_id,
            "SET virtual_code = :code",
            {":code": record.virtual_code},
            "attribute_exists(request_id) AND attribute_not_exists(virtual_code)",
        )
        try:
            transact(self.put(item, "attribute_not_exists(virtual_code)"), tie)
        except Cancelled:
            return False
        return True

    def current(self, holder: str) -> str | None:
        """The code of the holder's current certificate."""
        pointer = self.get(self.holder_key(holder))
        return pointer["current"] if pointer else None

    def issue(self, record: CertificateRecord, previous: str | None, entries: tuple[Event, ...]) -> bool:
        """Marks the record issued, makes it the holder's current one, supersedes the previous, writes the events."""
        day = record.issued_at.date().isoformat()
        mark = self.update(
            record.virtual_code,
            "SET #state = :issued, sha256 = :sha256, issue_day = :day REMOVE expires_at",
            {":issued": self.ISSUED, ":sha256": record.sha256, ":day": day, ":reserved": "reserved"},
            "#state = :reserved",
            {"#state": "state"},
        )
        pointer = self.holder_key(record.holder)
        if previous is None:
            point = self.put(
                {"virtual_code": pointer, "current": record.virtual_code}, "attribute_not_exists(virtual_code)"
            )
            supersede = []
        else:
            point = self.update(
                pointer,
                "SET #current = :new",
                {":new": record.virtual_code, ":previous": previous},
                "#current = :previous",
                {"#current": "current"},
            )
            supersede = [
                self.update(
                    previous,
                    "SET superseded_on = :day, superseded_by = :new",
                    {":day": day, ":new": record.virtual_code, ":issued": self.ISSUED},
                    "#state = :issued",
                    {"#state": "state"},
                )
            ]
        try:
            transact(mark, point, *supersede, *(self.events.append(entry) for entry in entries))
        except Cancelled:
            return False
        return True


class Counterfoils(Certificates):
    """The issued certificates as verification sees them: see `constancia.verification.Counterfoils`."""

    SOME_TRANSCRIPT = Transcript(
        Student("00000000", "JUAN CARLOS QUISPE MAMANI"),
        "EBR",
        "primary",
        (Column(2019, 4, "0000000", "0", "I.E. SAN JOSÉ", "PROMOVIDO"),) * 6,
        (Group("area", (Row("MATEMÁTICA", ("A",) * 6),) * 8),),
        (),
        earlier_years=False,
    )
    SOME_CERTIFICATE = wire(
        {
            "virtual_code": "00000000",
            "state": "issued",
            "serial_number": 0,
            "issued_at": "2026-01-01T00:00:00-05:00",
            "issue_day": "2026-01-01",
            "transcript": encode(SOME_TRANSCRIPT.as_json()),
            **dict.fromkeys(("pdf_key", "applicant", "purpose", "email", "sha256", "mail"), ""),
            "mail_since": 0,
        }
    )
    """A certificate as the table keeps one."""

    def __init__(self, attempts: Attempts, events: EventLog) -> None:
        super().__init__()
        self.attempts = attempts
        self.events = events
        self.reserve = attempts.reserve

    def certificate(self, code: str) -> CertificateRecord | None:
        """A certificate, reserved or issued, as the last write left it."""
        item = self.get(code)
        # What is not there is read as well, so that the time it takes tells nobody which codes exist.
        record = read_certificate(item or plain(self.SOME_CERTIFICATE))
        return record if item else None

    def settle(self, attempt: Attempt, entry: Event) -> None:
        """Gives back what the attempt reserved and writes the event, both or neither."""
        transact(self.events.append(entry), *self.attempts.give_back(attempt))

    def verifications(self, code: str, most: int) -> list[Seen]:
        """The newest verifications of a certificate, newest first; the index follows within a second."""
        entries = query(
            client(),
            TableName=self.events.name,
            IndexName="by_code",
            KeyConditionExpression="virtual_code = :code",
            FilterExpression="#name = :verified",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues={":code": {"S": code}, ":verified": {"S": CERTIFICATE_VERIFIED}},
            ScanIndexForward=False,
        )
        return [
            Seen(date.fromisoformat(entry["time"][: len("2026-11-23")]), entry["outcome"])
            for entry in islice(entries, most)
        ]


class MailStates(Certificates):
    """The mail state of each certificate: see `constancia.delivery.MailStates`."""

    def __init__(self, events: EventLog) -> None:
        super().__init__()
        self.events = events

    def claim(self, code: str) -> str | None:
        """Sets the state to `sending` if there is none or it is `refused`; else gives the state that is there."""
        claiming = self.update(
            code,
            "SET mail = :sending, mail_since = :now",
            {":sending": delivery.SENDING, ":refused": delivery.REFUSED, ":now": int(time.time())},
            "attribute_exists(virtual_code) AND (attribute_not_exists(mail) OR mail = :refused)",
        )["Update"]
        try:
            client().update_item(**claiming, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except client().exceptions.ConditionalCheckFailedException as error:
            return str(plain(error.response.get("Item", {})).get("mail", delivery.UNKNOWN))
        return None

    def settle(self, code: str, state: str, entry: Event) -> None:
        """Sets the state that follows `sending` and writes the event, both or neither."""
        settled = self.update(code, "SET mail = :state", {":state": state}, "attribute_exists(virtual_code)")
        transact(settled, self.events.append(entry))


def read_certificate(item: Item) -> CertificateRecord:
    """A stored certificate."""
    return CertificateRecord(
        virtual_code=item["virtual_code"],
        serial_number=item["serial_number"],
        issued_at=datetime.fromisoformat(item["issued_at"]),
        transcript=read_transcript(item),
        pdf_key=item["pdf_key"],
        applicant=item["applicant"],
        purpose=item["purpose"],
        email=item["email"],
        issued=item["state"] == Certificates.ISSUED,
        sha256=item.get("sha256", ""),
        superseded_on=_date(item.get("superseded_on")),
        annulled_on=_date(item.get("annulled_on")),
        annulment_reason=item.get("annulment_reason"),
    )


def read_transcript(item: Item) -> Transcript:
    """The transcript that is kept in a request or certificate."""
    return Transcript.from_json(json.loads(item["transcript"]))


def _date(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
