"""Verification (rule 8): from a virtual code and a document number to the state of the certificate; it fails closed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol

from constancia import event_log, milestones, virtual_code
from constancia.attesting.p256 import PublicKey
from constancia.certificate import ANNULLED, SUPERSEDED, VALID, Certificate
from constancia.current_certificates import CurrentCertificates
from constancia.errors import CertificateNotFound, TemporarilyUnavailable
from constancia.event_log import Event
from constancia.fields import read_body
from constancia.guarding import human_proof
from constancia.guarding.attempts import Attempt, AttemptRepository, Limiter, given_back_unless_told
from constancia.guarding.human_proof import HumanProof, read_captcha
from constancia.milestones import Milestone
from constancia.people import DOCUMENT_NUMBER
from constancia.public_log.entries import Logged
from constancia.verifying.authenticity import is_authentic

HOLDER = "holder"
"""Who asks, where it is not a verifier."""
NEWEST = 50
"""Verifications that the history of a certificate shows."""


LOOKS = 2
"""Looks at a certificate: an issue or annulment between the reads of one look makes record and event log disagree."""


class Trust(Protocol):
    """Which signatures a verification trusts, and who is told of a record that does not deserve it."""

    @property
    def keys(self) -> Mapping[bytes, PublicKey]:
        """The public keys of attestations, by their ids."""
        ...

    def betrayed(self, code: str) -> None:
        """Tells operators that a record says something else than what was signed and done."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What a verifier asks."""

    virtual_code: str
    document_number: str
    by_holder: bool
    """Whether the holder looks at their own certificate; that is no verification and not counted as one."""
    captcha: str


class Found(NamedTuple):
    """All that is read for a verification, in one call."""

    certificate: Certificate | None
    """Reserved or issued."""
    milestones: frozenset[Milestone]
    """What the event log keeps of the certificate."""
    current: CurrentCertificates
    """Of the student that was asked about."""
    records_marked: bool | None
    """Whether some school record of the student was ever changed; None where that could not be read."""
    logged: tuple[Logged, ...] = ()
    """What the public log has of the certificate; less than there is where that could not be read."""

    def log_of(self, name: str) -> Logged | None:
        """Where an event of the certificate is in the public log, or None."""
        return next((logged for logged in self.logged if logged.event.name == name), None)


class Verified(NamedTuple):
    """A certificate that a verifier asked about and may see, with what is known of it besides."""

    certificate: Certificate
    successor_status: str | None
    """Of a superseded certificate, the state of the one that took its place at last."""
    newer_copy_on: date | None
    """The Lima day of the next certificate that says the same as this valid one; None if there is none."""
    records_changed_on: date | None
    """The Lima day since which the school records say something else; None if they do not, or nobody could tell."""
    log: Logged | None
    """Where its issue is in the public log; None before that, and of an annulled one."""
    state_log: Logged | None
    """The same of its annulment or else its supersession; None where there is none."""
    by_holder: bool
    """Whether the holder looked at their own certificate."""


class VerificationRepository(AttemptRepository, Protocol):
    """The certificates, the counters of failed verifications and the event log."""

    def look_up(self, attempt: Attempt, code: str, document_number: str, *, with_changes: bool) -> Found:
        """All that a verification reads, in one call, as the last write left it.

        Args:
            attempt: the attempt, whose network is judged.
            code: the virtual code.
            document_number: what is asked about; it need not be the holder's.
            with_changes: whether it is asked whether school records of the student were changed.

        Raises:
            TooManyAttempts: the network of the attempt failed too often; nothing was evaluated.
        """
        ...

    def settle(self, attempt: Attempt, event: Event) -> None:
        """Gives back what the attempt reserved and writes the event, both or neither."""
        ...


class VerificationReader(Protocol):
    """The event log, read for the verifications of one certificate."""

    def verifications(self, code: str, most: int) -> list[Event]:
        """The newest verifications of a certificate, newest first."""
        ...


def read_question(body: bytes) -> Question:
    """The question in the body of `POST /api/verifications`.

    Raises:
        MalformedRequest: the body is not a JSON object, or too large.
        InvalidFields: some fields are missing or wrong; with all of them.
        CaptchaFailed: the fields are right and the proof of a human is missing.
    """
    fields = read_body(body)
    return Question(
        virtual_code.read_field(fields),
        fields.matching("document_number", DOCUMENT_NUMBER),
        fields.has("as") and bool(fields.choice("as", (HOLDER,))),
        read_captcha(fields),
    )


class Verifier(NamedTuple):
    """What verifies: the stores, the proof of a human, the limits and the trusted signatures."""

    human: HumanProof
    """The proof of a human that this installation asks for."""
    limiter: Limiter
    """The limits of failed verifications."""
    certificates: VerificationRepository
    trust: Trust
    """Which signatures are trusted, and who is told of a record that is not."""

    def verify(
        self,
        body: bytes,
        network: str,
        moment: datetime,
        records_changed_on: Callable[[Certificate], date | None] | None,
    ) -> Verified:
        """The certificate that a verifier asks about.

        Args:
            body: the JSON of `POST /api/verifications`.
            network: the viewer's network, see `attempts.network_of`.
            moment: Lima time.
            records_changed_on: compares the school records with a certificate; None where nobody wants to know. It is
                asked before the attempt is settled, so that an answer that is logged is also given.

        Raises:
            Refusal: any of those of `POST /api/verifications`. What the stores raise passes through: a state that could
                not be read is never answered as "valid" nor as "not found".
        """
        question, attempt = self._begin(body, network, moment)
        certificate, found = self._find(question, attempt, with_changes=records_changed_on is not None)
        verified = describe(certificate, found, records_changed_on, by_holder=question.by_holder)
        name = event_log.CERTIFICATE_SHOWN if question.by_holder else event_log.CERTIFICATE_VERIFIED
        event = event_log.event(name, moment, certificate.virtual_code, outcome=certificate.state)
        self.certificates.settle(attempt, event)
        return verified

    def show_history(
        self, body: bytes, network: str, moment: datetime, events: VerificationReader
    ) -> tuple[Certificate, list[Event]]:
        """A certificate and its newest verifications, newest first. It is no verification and not counted as one.

        Args and errors are those of `verify`; `events` is the event log.
        """
        question, attempt = self._begin(body, network, moment)
        certificate, _ = self._find(question, attempt, with_changes=False)
        with given_back_unless_told(attempt, self.certificates):
            verifications = events.verifications(certificate.virtual_code, NEWEST)
        event = event_log.event(event_log.HISTORY_SHOWN, moment, certificate.virtual_code)
        self.certificates.settle(attempt, event)
        return certificate, verifications

    def _begin(self, body: bytes, network: str, moment: datetime) -> tuple[Question, Attempt]:
        """What is asked, and the attempt, reserved."""
        question = read_question(body)
        proof = self.human.check(question.captcha, human_proof.VERIFICATION)
        attempt = self.limiter.attempt(proof, question.virtual_code, network, int(moment.timestamp()))
        return question, self.certificates.reserve(attempt)

    def _find(self, question: Question, attempt: Attempt, *, with_changes: bool) -> tuple[Certificate, Found]:
        """The certificate, and all that was read with it.

        Raises:
            CertificateNotFound: wrong code or wrong document; counted against the network.
            TemporarilyUnavailable: its record is not what was signed and done; the attempt is given back.
        """
        with given_back_unless_told(attempt, self.certificates):
            return self._look(question, attempt, with_changes=with_changes)

    def _look(self, question: Question, attempt: Attempt, *, with_changes: bool) -> tuple[Certificate, Found]:
        for _ in range(LOOKS):
            found = self.certificates.look_up(
                attempt, question.virtual_code, question.document_number, with_changes=with_changes
            )
            certificate = found.certificate
            if certificate is None or not certificate.issued or certificate.holder_number != question.document_number:
                self.certificates.count_failure(attempt)
                raise CertificateNotFound
            if is_authentic(certificate, found.milestones, self.trust.keys):
                return certificate, found
        self.trust.betrayed(question.virtual_code)
        raise TemporarilyUnavailable


def describe(
    certificate: Certificate, found: Found, compare: Callable[[Certificate], date | None] | None, *, by_holder: bool
) -> Verified:
    """A certificate that may be answered, with what is known of it besides; `compare` as in `Verifier.verify`."""
    return Verified(
        certificate,
        successor_status=_successor_status(certificate, found.current),
        newer_copy_on=found.current.newer_copy_on(certificate) if certificate.state == VALID else None,
        records_changed_on=_records_changed_on(certificate, found, compare),
        log=None if certificate.state == ANNULLED else found.log_of(milestones.ISSUED),
        state_log=None if certificate.state == VALID else found.log_of(certificate.state),
        by_holder=by_holder,
    )


def _successor_status(certificate: Certificate, current: CurrentCertificates) -> str | None:
    """What took a certificate's place at last is the holder's current one; where there is none, it is annulled."""
    if certificate.state != SUPERSEDED:
        return None
    return VALID if current.of(certificate.holder) else ANNULLED


def _records_changed_on(
    certificate: Certificate, found: Found, compare: Callable[[Certificate], date | None] | None
) -> date | None:
    """Records that were never changed say today what they said; an annulled certificate shows nothing to compare."""
    if compare is None or certificate.state == ANNULLED or found.records_marked is False:
        return None
    return compare(certificate)
