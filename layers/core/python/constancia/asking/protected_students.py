"""Asking for a student whom a court protects: nobody but an operator does, for who showed them the right to it."""

from datetime import datetime
from typing import Any, Protocol

from constancia import privacy_notice
from constancia.asking.confirmation import accepted_event
from constancia.asking.protection_list import LONGEST_OPERATOR, LONGEST_REASON
from constancia.asking.request import (
    BY_OPERATOR,
    LIFETIME,
    OPERATOR,
    AcceptedRequest,
    draw_access_token,
    draw_request_id,
    token_digest,
)
from constancia.curriculum import COVERED_MODALITY, LEVELS
from constancia.errors import NotProtected, PersonNotFound
from constancia.event_log import Event
from constancia.fields import Fields
from constancia.people import DOCUMENT_NUMBER, Person
from constancia.protection import Protection
from constancia.transcript import Student

ASK = "ask"


class Protections(Protocol):
    """The protection list."""

    def protection(self, document_number: str) -> Protection | None:
        """The newest protection of a student, ended or not, or None."""
        ...


class PeopleRepository(Protocol):
    """The people registry."""

    def person(self, document_number: str) -> Person | None:
        """A registered person, or None."""
        ...


class OperatorsRequestRepository(Protocol):
    """The accepted requests and the event log."""

    def accept(self, request: AcceptedRequest, event: Event) -> None:
        """Keeps the request and writes the event, both or neither."""
        ...


def ask_for_protected(
    command: dict[str, Any],
    moment: datetime,
    *,
    protections: Protections,
    people: PeopleRepository,
    requests: OperatorsRequestRepository,
) -> dict[str, Any]:
    """Accepts an operator's request for a protected student; its transcript and certificate are had as any other's.

    A call that fails, or whose answer is lost, may leave a request that nobody can open; it ends after its 24 hours.

    Args:
        command: a JSON object with `document_number`, `level`, `reason` and `operator`.
        moment: Lima time.
        protections: the protection list.
        people: the people registry.
        requests: the stores.

    Returns:
        A JSON object: `request_id`, and `access_token`, which opens it and is kept nowhere.

    Raises:
        InvalidFields: some fields are missing or wrong; with all of them.
        NotProtected: no protection of the student is in force, so who may ask asks at the portal.
        PersonNotFound: the people registry does not have the student, or has them as deceased.
    """
    fields = Fields(command)
    number = fields.matching("document_number", DOCUMENT_NUMBER)
    level = fields.choice("level", LEVELS)
    reason = fields.text("reason", LONGEST_REASON)
    fields.text("operator", LONGEST_OPERATOR)
    fields.check()
    protection = protections.protection(number)
    if protection is None or protection.ended_at:
        raise NotProtected
    person = people.person(number)
    if person is None or person.deceased:
        raise PersonNotFound
    access_token = draw_access_token()
    request = AcceptedRequest(
        request_id=draw_request_id(),
        expires_at=moment.replace(microsecond=0) + LIFETIME,
        student=Student(person.document_number, person.full_name),
        modality=COVERED_MODALITY,
        level=level,
        applicant=OPERATOR,
        email=None,
        phone=None,
        purpose="other",
        purpose_detail=reason,
        assurance=BY_OPERATOR,
        token_digest=token_digest(access_token),
        privacy_notice=privacy_notice.IN_FORCE,
    )
    requests.accept(request, accepted_event(request, moment))
    return {"request_id": request.request_id, "access_token": access_token}
