"""Taking a request in (rules 1 to 4): the order of the checks, and what is kept."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from constancia import event_log, human_proof
from constancia.attempts import Attempt, Guard, Reservations
from constancia.event_log import Event
from constancia.human_proof import HumanProof
from constancia.identity import Person, confirm_guardian, confirm_student
from constancia.request import LIFETIME, AcceptedRequest, Request, draw_request_id, read_request
from constancia.transcript import Student


class People(Protocol):
    """The people registry."""

    def look_up(self, document_numbers: Iterable[str]) -> dict[str, Person]:
        """Those of these people whom the registry holds."""
        ...


class Desk(Reservations, Protocol):
    """Where attempts are counted and requests are kept."""

    def accept(self, request: AcceptedRequest, attempt: Attempt, entry: Event) -> None:
        """Keeps the request, gives back what the attempt reserved and writes the event, all or nothing."""
        ...


def take_request(
    body: bytes, network: str, moment: datetime, *, human: HumanProof, guard: Guard, people: People, desk: Desk
) -> AcceptedRequest:
    """Turns what a client sent into an accepted request.

    Args:
        body: the JSON of `POST /api/requests`.
        network: the viewer's, see `attempts.network_of`.
        moment: Lima time.
        human: the captcha.
        guard: the counters of failed identity checks.
        people: the registry.
        desk: the stores.

    Raises:
        Refusal: any of those of `POST /api/requests`.
    """
    request = read_request(body, moment.date())
    request.check_who_may_ask(moment.date())
    proof = human.check(request.captcha, human_proof.REQUEST)
    counters = guard.counters(request.student.document_number, network, int(moment.timestamp()))
    attempt = Attempt(counters, proof)
    desk.reserve(attempt)
    person = _confirm(request, people)
    accepted = AcceptedRequest(
        request_id=draw_request_id(),
        expires_at=moment.replace(microsecond=0) + LIFETIME,
        student=Student(person.document_number, person.full_name),
        modality=request.modality,
        level=request.level,
        applicant=request.applicant_kind,
        email=request.email,
        phone=request.phone,
        purpose=request.purpose,
        purpose_detail=request.purpose_detail,
    )
    facts = {"level": request.level, "purpose": request.purpose, "applicant": request.applicant_kind}
    desk.accept(accepted, attempt, event_log.event(event_log.REQUEST_ACCEPTED, moment, **facts))
    return accepted


def _confirm(request: Request, people: People) -> Person:
    claims = [request.student, *([request.guardian] if request.guardian else [])]
    registry = people.look_up(claim.document_number for claim in claims)
    if request.guardian:
        return confirm_guardian(request.guardian, request.student, registry)
    return confirm_student(request.student, registry)
