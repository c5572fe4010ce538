"""The certificates in their table, as each journey needs them: issue, annulment, look-up and e-mail.

The table holds the certificates by virtual code; beside them what is current of each student, and the last serial
number.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice

from constancia import milestones
from constancia.asking.request import BY_NAMES, OPERATOR, AcceptedRequest
from constancia.attesting.keys import base64url, from_base64url
from constancia.aws.dynamodb import KEYS_A_CALL, Action, ConditionFailed, Item, Packed, perform, read_keys, transact
from constancia.aws.event_log import EventLog
from constancia.aws.repository import Repository
from constancia.aws.requests import Requests
from constancia.certificate import Certificate, CertificateDetails
from constancia.certifying import delivery
from constancia.certifying.annulment import Annulment
from constancia.current_certificates import Copy, CurrentCertificates, CurrentContent
from constancia.event_log import Event
from constancia.json_text import encode
from constancia.public_log.entries import draw_salt
from constancia.transcript import Transcript

RESERVED, ISSUED = "reserved", "issued"
"""The attribute `state`."""
HAS_EMAIL = "attribute_type(email, :text)"
"""The condition that a certificate has an e-mail address; `:text` is `S`."""
SERIAL = "serial"
"""The key of the last serial number, which no virtual code can be."""
RESERVATION_OUTLIVES_REQUEST = 24 * 3600
"""Seconds after the end of its request at which a reservation that was never issued is deleted."""


def read_certificate(item: Item) -> Certificate:
    """The certificate of a stored item."""
    return Certificate(
        virtual_code=item["virtual_code"],
        serial_number=item["serial_number"],
        issued_at=datetime.fromisoformat(item["issued_at"]),
        transcript=Transcript.from_json(json.loads(item["transcript"])),
        pdf_key=item["pdf_key"],
        applicant=item["applicant"],
        purpose=item["purpose"],
        email=item.get("email"),
        assurance=item.get("assurance", BY_NAMES),
        attestation=from_base64url(item.get("attestation", "")),
        privacy_notice=item.get("privacy_notice"),
        issued=item["state"] == ISSUED,
        sha256=item.get("sha256", ""),
        superseded_on=_date(item.get("superseded_on")),
        annulled_on=_date(item.get("annulled_on")),
        annulment_reason=item.get("annulment_reason"),
    )


def _date(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None


def student_key(document_number: str) -> str:
    """The key of what is current of a student, which no virtual code can be."""
    return f"student#{document_number}"


def read_current(item: Item | None) -> CurrentCertificates:
    """The current certificates of a stored item; of a student of whom nothing is kept where there is no item."""
    if item is None:
        return CurrentCertificates()
    contents = {
        holder: CurrentContent(
            content["digest"], tuple(Copy(code, datetime.fromisoformat(moment)) for code, moment in content["copies"])
        )
        for holder, content in json.loads(item["current"]).items()
    }
    return CurrentCertificates(item["version"], _date(item.get("issued_on")), item.get("issued_that_day", 0), contents)


def mail_state_of(news: str) -> str:
    """The attribute that holds the mail state of a kind of news."""
    return "mail" if news == delivery.ISSUED else f"{news}_mail"


class Certificates(Repository):
    """The certificates, by virtual code."""

    def __init__(self) -> None:
        super().__init__("CERTIFICATES_TABLE", "virtual_code")

    def certificate(self, code: str) -> Certificate | None:
        """A certificate, reserved or issued, as the last write left it, or None."""
        item = self.get(code)
        return read_certificate(item) if item else None

    def serial_numbers(self, codes: Iterable[str]) -> Iterator[int]:
        """The serial numbers of certificates: see `constancia.verifying.status_list.SerialNumbers`."""
        waiting = iter(codes)
        while some := list(islice(waiting, KEYS_A_CALL)):
            found = read_keys([(self.name, {self.key: {"S": code}}) for code in some])
            yield from (int(item["serial_number"]["N"]) for _, item in found)

    def current(self, document_number: str) -> CurrentCertificates:
        """The current certificates of a student, as the last write left them."""
        return read_current(self.get(student_key(document_number)))

    def keep_current(self, document_number: str, current: CurrentCertificates) -> Action:
        """The action that keeps the current certificates of a student, if nobody changed them since they were read."""
        contents = {
            holder: {
                "digest": content.digest,
                "copies": [[copy.virtual_code, copy.issued_at.isoformat()] for copy in content.copies],
            }
            for holder, content in current.contents.items()
        }
        read = {":read": current.version - 1} if current.version > 1 else {}
        return self.update(
            student_key(document_number),
            "SET #current = :current, version = :version, issued_on = :day, issued_that_day = :issued",
            {
                ":current": encode(contents),
                ":version": current.version,
                ":day": current.issued_on and current.issued_on.isoformat(),
                ":issued": current.issued_that_day,
                **read,
            },
            "version = :read" if read else "attribute_not_exists(version)",
            {"#current": "current"},
        )

    def details(self, code: str) -> CertificateDetails | None:
        """A certificate with what only operators see: see `constancia.certifying.look_up.DetailsRepository`."""
        item = self.get(code)
        if item is None:
            return None
        mails = {news: item[mail_state_of(news)] for news in delivery.NEWS if mail_state_of(news) in item}
        names = ("superseded_by", "annulled_at", "annulled_by", "email_erased_at", "email_erased_by")
        return CertificateDetails(read_certificate(item), mails=mails, **{name: item.get(name) for name in names})


class CertificateIssuance(Certificates):
    """Requests and certificates for the issue: see `constancia.certifying.issuance.IssuanceRepository`."""

    def __init__(self, requests: Requests, events: EventLog) -> None:
        super().__init__()
        self.requests = requests
        self.events = events
        self.request = requests.request
        self.happened = events.happened

    def next_serial_number(self) -> int:
        """One more than the last serial number. A number whose reservation then fails stays unused."""
        counted = self.update(SERIAL, "ADD last_number :one", {":one": 1})
        answer = perform(counted, ReturnValues="UPDATED_NEW")
        return int(answer["Attributes"]["last_number"]["N"])

    def reserve(self, certificate: Certificate, request: AcceptedRequest) -> bool:
        """Keeps a reserved certificate and ties its request to it; False if the code is taken or the request tied."""
        item = {
            "virtual_code": certificate.virtual_code,
            "state": RESERVED,
            "expires_at": int(request.expires_at.timestamp()) + RESERVATION_OUTLIVES_REQUEST,
            "serial_number": certificate.serial_number,
            "issued_at": certificate.issued_at.isoformat(),
            "transcript": Packed(encode(certificate.transcript.as_json())),
            "pdf_key": certificate.pdf_key,
            "applicant": certificate.applicant,
            "purpose": certificate.purpose,
            "email": certificate.email,
            "assurance": certificate.assurance,
            "attestation": base64url(certificate.attestation),
            "salt": draw_salt(),
            "privacy_notice": certificate.privacy_notice,
        }
        try:
            transact(
                self.put(item, "attribute_not_exists(virtual_code)"),
                self.requests.tie(request, certificate.virtual_code),
            )
        except ConditionFailed:
            return False
        return True

    def attest_before(self, certificate: Certificate) -> bool:
        """Keeps an attestation and the milestones: see `AttestationRepository.attest_before`."""
        attested = self.update(
            certificate.virtual_code,
            "SET attestation = :attestation",
            {":attestation": base64url(certificate.attestation), ":issued": ISSUED},
            "#state = :issued AND attribute_not_exists(attestation)",
            {"#state": "state"},
        )
        try:
            transact(attested, *map(self.events.keep, milestones.milestones_of(certificate)))
        except ConditionFailed:
            return False
        return True

    def issue(
        self,
        certificate: Certificate,
        current: CurrentCertificates,
        superseded: tuple[str, ...],
        events: tuple[Event, ...],
    ) -> bool:
        """Marks the certificate issued and others superseded: see `IssuanceRepository.issue`."""
        issued = self.update(
            certificate.virtual_code,
            "SET #state = :issued, sha256 = :sha256 REMOVE expires_at",
            {":issued": ISSUED, ":sha256": certificate.sha256, ":reserved": RESERVED},
            "#state = :reserved",
            {"#state": "state"},
        )
        # Of this call: what it issues may have been reserved a day ago, before those that it supersedes were issued.
        moment = events[0].moment.replace(microsecond=0)
        # Whoever asked before a court protected the student is not told that another certificate exists.
        silenced = " REMOVE email" if certificate.applicant == OPERATOR else ""
        actions = [
            self.update(
                code,
                "SET superseded_on = :day, superseded_at = :moment, superseded_by = :new, superseded_salt = :salt"
                + silenced,
                {
                    ":day": moment.date().isoformat(),
                    ":moment": moment.isoformat(),
                    ":new": certificate.virtual_code,
                    ":salt": draw_salt(),
                    ":issued": ISSUED,
                },
                "#state = :issued",
                {"#state": "state"},
            )
            for code in superseded
        ]
        kept = self.keep_current(certificate.holder_number, current)
        done = [
            milestones.issued(certificate.virtual_code, certificate.sha256),
            *(milestones.superseded(code, moment.date()) for code in superseded),
        ]
        logged = [*map(self.events.keep, done), *map(self.events.append, events)]
        try:
            transact(issued, kept, *actions, *logged)
        except ConditionFailed:
            return False
        return True


class CertificateAnnulment(Certificates):
    """Certificates for annulment: see `constancia.certifying.annulment.AnnulmentRepository`."""

    def __init__(self, events: EventLog) -> None:
        super().__init__()
        self.events = events

    def annul(
        self, certificate: Certificate, annulment: Annulment, current: CurrentCertificates | None, event: Event
    ) -> bool:
        """Keeps the annulment and what is current from now on: see `AnnulmentRepository.annul`."""
        annulled = self.update(
            certificate.virtual_code,
            "SET annulled_on = :day, annulled_at = :moment, annulled_by = :operator, annulment_reason = :reason, "
            "annulled_salt = :salt",
            {
                ":day": annulment.moment.date().isoformat(),
                ":salt": draw_salt(),
                ":moment": annulment.moment.isoformat(timespec="seconds"),
                ":operator": annulment.operator,
                ":reason": annulment.reason,
                ":issued": ISSUED,
            },
            "#state = :issued AND attribute_not_exists(annulled_on)",
            {"#state": "state"},
        )
        kept = [self.keep_current(certificate.holder_number, current)] if current else []
        done = milestones.annulled(certificate.virtual_code, annulment.moment.date(), annulment.reason)
        try:
            transact(annulled, *kept, self.events.keep(done), self.events.append(event))
        except ConditionFailed:
            return False
        return True
