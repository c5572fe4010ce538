"""The accepted requests in their table, and the stores that take a request in."""

import hmac
import json
import time
from datetime import datetime

from constancia import lima
from constancia.asking.codes import Confirmation
from constancia.asking.request import BY_NAMES, BY_OPERATOR, REQUEST_ID, AcceptedRequest, RequestKey, token_digest
from constancia.aws.attempts import Attempts
from constancia.aws.dynamodb import Action, ConditionFailed, Item, Packed, perform, transact
from constancia.aws.event_log import EventLog
from constancia.aws.protections import Protections
from constancia.aws.repository import Repository
from constancia.contact import Destination
from constancia.errors import RequestNotFound, TooManyCodes
from constancia.event_log import Event
from constancia.guarding.attempts import Attempt, Counter
from constancia.json_text import encode
from constancia.transcript import Student, Transcript


class Requests(Repository):
    """The accepted requests, kept for 24 hours: see `constancia.asking.preview.RequestRepository`."""

    def __init__(self) -> None:
        super().__init__("REQUESTS_TABLE", "request_id")
        self.protections = Protections()

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
            "assurance": request.assurance,
            "token_digest": request.token_digest,
            "privacy_notice": request.privacy_notice,
            **(_confirmation_item(request.confirmation) if request.confirmation else {}),
        }
        return self.put(item, "attribute_not_exists(request_id)")

    def tie(self, request: AcceptedRequest, code: str) -> Action:
        """The action that ties a request to the virtual code of its certificate, once.

        The certificate has the address from then on, so that it stands in one place alone and can be erased there.
        """
        return self.update(
            request.request_id,
            "SET virtual_code = :code REMOVE email, phone",
            {":code": code},
            "attribute_exists(request_id) AND attribute_not_exists(virtual_code)",
        )

    def request(self, key: RequestKey) -> AcceptedRequest | None:
        """A request that has not ended, or None: unknown, expired, out of tries, or with another access token.

        One whose student is protected has ended as well, whenever it was accepted, unless an operator asks. The table
        deletes expired ones in its own time.
        """
        item = self.get(key.request_id) if REQUEST_ID.fullmatch(key.request_id) else None
        if item is None or item["expires_at"] <= time.time() or item.get("tries_left") == 0:
            return None
        if not hmac.compare_digest(item.get("token_digest", ""), token_digest(key.access_token)):
            return None
        if item.get("assurance") != BY_OPERATOR and self.protections.protects(item["document_number"]):
            return None
        return AcceptedRequest(
            request_id=key.request_id,
            expires_at=datetime.fromtimestamp(item["expires_at"], lima.LIMA),
            student=Student(item["document_number"], item["full_name"]),
            modality=item["modality"],
            level=item["level"],
            applicant=item["applicant"],
            email=item.get("email"),
            phone=item.get("phone"),
            purpose=item["purpose"],
            purpose_detail=item.get("purpose_detail"),
            assurance=item.get("assurance", BY_NAMES),
            token_digest=item["token_digest"],
            privacy_notice=item.get("privacy_notice"),
            confirmation=_read_confirmation(item) if "code_digest" in item else None,
            transcript=Transcript.from_json(json.loads(item["transcript"])) if "transcript" in item else None,
            virtual_code=item.get("virtual_code"),
        )

    def freeze(self, key: RequestKey, transcript: Transcript) -> Transcript:
        """Keeps the transcript with its request, unless one is kept already; gives the one that is kept."""
        freezing = self.update(
            key.request_id,
            "SET transcript = :transcript",
            {":transcript": Packed(encode(transcript.as_json()))},
            "attribute_exists(request_id) AND attribute_not_exists(transcript)",
        )
        try:
            perform(freezing)
        except ConditionFailed:
            request = self.request(key)
            if request is None or request.transcript is None:
                raise RequestNotFound from None
            return request.transcript
        return transcript


def _confirmation_item(confirmation: Confirmation) -> Item:
    """The attributes of a request that waits for its code."""
    return {
        "channel": confirmation.destination.channel,
        "address": confirmation.destination.address,
        "code_digest": confirmation.code_digest,
        "code_ends_at": confirmation.expires_at,
        "tries_left": confirmation.tries_left,
        "resends_left": confirmation.resends_left,
        "attempt": encode(confirmation.attempt.as_json()),
    }


def _read_confirmation(item: Item) -> Confirmation:
    return Confirmation(
        destination=Destination(item["channel"], item["address"]),
        code_digest=item["code_digest"],
        expires_at=item["code_ends_at"],
        tries_left=item["tries_left"],
        resends_left=item["resends_left"],
        attempt=Attempt.from_json(json.loads(item["attempt"])),
    )


class Opinions:
    """The requests and the event log: see `constancia.asking.opinion.OpinionRepository`."""

    def __init__(self, requests: Requests, events: EventLog) -> None:
        self.requests = requests
        self.events = events
        self.request = requests.request

    def keep(self, request: AcceptedRequest, answer: str, event: Event) -> str | None:
        """Keeps the answer and writes the event, unless one is kept already: see `OpinionRepository.keep`."""
        kept = self.requests.update(
            request.request_id,
            "SET opinion = :answer",
            {":answer": answer},
            "attribute_exists(request_id) AND attribute_not_exists(opinion)",
        )
        try:
            transact(kept, self.events.append(event))
        except ConditionFailed:
            item = self.requests.get(request.request_id) or {}
            return item.get("opinion")
        return answer


class OperatorsRequests(Requests):
    """Where an operator asks: see `constancia.asking.protected_students.OperatorsRequestRepository`."""

    def __init__(self, events: EventLog) -> None:
        super().__init__()
        self.events = events

    def accept(self, request: AcceptedRequest, event: Event) -> None:
        """Keeps the request and writes the event, both or neither."""
        transact(self.keep(request), self.events.append(event))


class RequestIntake:
    """The stores that take a request in: see `IntakeRepository` and `ConfirmationRepository` in `constancia.asking`."""

    def __init__(self, attempts: Attempts, requests: Requests, events: EventLog) -> None:
        self.attempts = attempts
        self.requests = requests
        self.events = events
        self.reserve = attempts.reserve
        self.count_failure = attempts.count_failure
        self.count_success = attempts.count_success
        self.release = attempts.release
        self.request = requests.request

    def accept(self, request: AcceptedRequest, attempt: Attempt, event: Event) -> None:
        """Keeps the request, gives back what the attempt reserved and writes the event, all or nothing."""
        transact(self.requests.keep(request), self.events.append(event), self.attempts.give_back(attempt))

    def wait(self, request: AcceptedRequest, counter: Counter, event: Event) -> None:
        """Keeps a request that waits for its code, counts the code and writes the event, all or nothing.

        Raises:
            TooManyCodes: the counter is at its limit.
        """
        self._count_code(self.requests.keep(request), counter, event)

    def renew(self, request: AcceptedRequest, newest: Confirmation, counter: Counter, event: Event) -> bool:
        """Keeps a newer code, counts it and writes the event, all or nothing; False if the request changed.

        Raises:
            TooManyCodes: the counter is at its limit.
        """
        renewed = self._change(
            request,
            "SET code_digest = :digest, code_ends_at = :end, tries_left = :tries, resends_left = :resends",
            {
                ":digest": newest.code_digest,
                ":end": newest.expires_at,
                ":tries": newest.tries_left,
                ":resends": newest.resends_left,
            },
        )
        try:
            self._count_code(renewed, counter, event)
        except ConditionFailed:
            return False
        return True

    def count_wrong(self, request: AcceptedRequest) -> bool:
        """Takes one of the tries away; False if the request changed."""
        try:
            perform(self._change(request, "SET tries_left = tries_left - :one", {":one": 1}))
        except ConditionFailed:
            return False
        return True

    def confirm(self, request: AcceptedRequest, event: Event) -> bool:
        """Ends the waiting, gives back what the attempt reserved and writes the event, all or nothing.

        False if the request changed.
        """
        if request.confirmation is None:
            return False
        waited_for = "channel, address, code_digest, code_ends_at, tries_left, resends_left, attempt"
        ended = self._change(request, f"REMOVE {waited_for}", {})
        attempt = request.confirmation.attempt
        # A counter whose time is over may be deleted already: giving back would make it anew, below zero.
        given_back = [self.attempts.give_back(attempt)] if attempt.target.ends_at > time.time() else []
        try:
            transact(ended, self.events.append(event), *given_back)
        except ConditionFailed:
            return False
        return True

    def _change(self, request: AcceptedRequest, expression: str, values: Item) -> Action:
        """The action that changes what a request waits for, unless another call did since the request was read."""
        waiting = request.confirmation
        as_read = {":code": waiting.code_digest, ":left": waiting.tries_left} if waiting else {}
        return self.requests.update(
            request.request_id, expression, {**values, **as_read}, "code_digest = :code AND tries_left = :left"
        )

    def _count_code(self, kept: Action, counter: Counter, event: Event) -> None:
        """Does an action together with the counting of a code and its event.

        Raises:
            TooManyCodes: the counter is at its limit.
            ConditionFailed: the action's condition failed.
        """
        try:
            transact(kept, self.attempts.count_code(counter), self.events.append(event))
        except ConditionFailed as refused:
            if refused.failed == [1]:
                raise TooManyCodes(max(1, counter.ends_at - int(time.time()))) from refused
            raise
