"""Taking a request in (rules 1 to 4): the order of the checks, and what is kept."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, Protocol

from constancia import event_log, privacy_notice
from constancia.asking.codes import CodeSender, ConfirmationCodes
from constancia.asking.confirmation import accepted_event
from constancia.asking.identity import confirm_guardian, confirm_student
from constancia.asking.request import (
    BY_CONTACT,
    BY_NAMES,
    LIFETIME,
    AcceptedRequest,
    Request,
    draw_access_token,
    draw_request_id,
    read_request,
    token_digest,
)
from constancia.contact import Destination
from constancia.errors import IdentityNotConfirmed, TooManyAttempts
from constancia.event_log import Event
from constancia.guarding import human_proof
from constancia.guarding.attempts import Attempt, AttemptRepository, Counter, Limiter, given_back_unless_told
from constancia.guarding.human_proof import HumanProof
from constancia.people import Person
from constancia.transcript import Student


class PeopleRegistry(Protocol):
    """The people registry."""

    def look_up(self, student: str, others: Iterable[str], attempt: Attempt) -> dict[str, Person]:
        """The registered people among the document numbers of a student and of others.

        A student who is protected is left out, as if the registry did not hold them.

        Raises:
            TooManyAttempts: the network of the attempt failed too often; nothing was evaluated.
            TooManyCertificates: the network of the attempt succeeded too often; nothing was evaluated.
        """
        ...


class IntakeRepository(AttemptRepository, Protocol):
    """The stores that take a request in: counters of attempts, accepted requests and the event log."""

    def count_success(self, attempt: Attempt) -> None:
        """Counts an attempt that succeeds against its network.

        Raises:
            TooManyCertificates: others of the network reached the limit of successes meanwhile.
        """
        ...

    def accept(self, request: AcceptedRequest, attempt: Attempt, event: Event) -> None:
        """Keeps the request, gives back what the attempt reserved and writes the event, all or nothing."""
        ...

    def wait(self, request: AcceptedRequest, counter: Counter, event: Event) -> None:
        """Keeps a request that waits for its code, counts the code and writes the event, all or nothing.

        Raises:
            TooManyCodes: the counter is at its limit.
        """
        ...


class Taken(NamedTuple):
    """A request that was taken in, with what only its applicant gets."""

    request: AcceptedRequest
    access_token: str
    code_sent: bool
    """Whether the code that it waits for left; False where it waits for none."""


def take_request(
    body: bytes,
    network: str,
    moment: datetime,
    *,
    human: HumanProof,
    limiter: Limiter,
    registry: PeopleRegistry,
    requests: IntakeRepository,
    codes: ConfirmationCodes,
    sender: CodeSender,
    names_suffice: bool,
) -> Taken:
    """Turns what a client sent into an accepted request, which waits for a code where there is a contact on record.

    A crash between keeping the request and sending its code leaves a request that nobody can open; the applicant asks
    again, or for another code.

    Args:
        body: the JSON of `POST /api/requests`.
        network: the viewer's network, see `attempts.network_of`.
        moment: Lima time.
        human: the proof of a human that this installation asks for.
        limiter: the limits of failed identity checks.
        registry: the people registry.
        requests: the stores.
        codes: draws confirmation codes.
        sender: sends them.
        names_suffice: whether names alone confirm an applicant without a contact on record.

    Raises:
        Refusal: any of those of `POST /api/requests`.
    """
    request = read_request(body, moment.date())
    request.check_who_may_ask(moment.date())
    proof = human.check(request.captcha, human_proof.REQUEST)
    number = request.student.document_number
    attempt = requests.reserve(limiter.attempt(proof, number, network, int(moment.timestamp())))
    try:
        with given_back_unless_told(attempt, requests):
            person, destination = _confirm(request, registry, attempt, names_suffice=names_suffice)
    except IdentityNotConfirmed:
        requests.count_failure(attempt)
        if attempt.closed:
            raise TooManyAttempts(max(1, attempt.target.ends_at - int(moment.timestamp()))) from None
        raise
    requests.count_success(attempt)
    access_token = draw_access_token()
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
        assurance=BY_CONTACT if destination else BY_NAMES,
        token_digest=token_digest(access_token),
        privacy_notice=privacy_notice.IN_FORCE,
    )
    if destination is None:
        requests.accept(accepted, attempt, accepted_event(accepted, moment))
        return Taken(accepted, access_token, code_sent=False)
    code, confirmation = codes.draw(accepted.request_id, destination, attempt, moment)
    waiting = replace(accepted, confirmation=confirmation)
    requests.wait(waiting, codes.counter(destination, moment), event_log.event(event_log.CODE_DRAWN, moment))
    return Taken(waiting, access_token, sender.send(destination, code))


def _confirm(
    request: Request, registry: PeopleRegistry, attempt: Attempt, *, names_suffice: bool
) -> tuple[Person, Destination | None]:
    """The student as registered, and where a code for the applicant goes.

    A student whose limit strangers have used up is open to nobody but an applicant with a contact on record. All others
    are refused alike, whether what they said is right or wrong.
    """
    claims = [request.student, *([request.guardian] if request.guardian else [])]
    people = registry.look_up(claims[0].document_number, [claim.document_number for claim in claims[1:]], attempt)
    if request.guardian:
        student = confirm_guardian(request.guardian, request.student, people)
    else:
        student = confirm_student(request.student, people)
    destination = people[claims[-1].document_number].destination
    if destination is None and (attempt.closed or not names_suffice):
        raise IdentityNotConfirmed
    return student, destination
