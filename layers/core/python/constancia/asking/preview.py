"""The preview (rule 5): the transcript that a citizen sees is frozen, and only that is printed and verified."""

from typing import Any, Protocol

from constancia.asking.assembly import assemble
from constancia.asking.request import AcceptedRequest, RequestKey
from constancia.current_certificates import CurrentCertificates
from constancia.errors import RequestNotFound
from constancia.school_records import SchoolRecord
from constancia.transcript import Transcript


class RequestRepository(Protocol):
    """The accepted requests."""

    def request(self, key: RequestKey) -> AcceptedRequest | None:
        """A request that has not ended, or None."""
        ...

    def freeze(self, key: RequestKey, transcript: Transcript) -> Transcript:
        """Keeps the transcript with its request, unless one is kept already; gives the one that is kept."""
        ...


class SchoolRecordRepository(Protocol):
    """The school records."""

    def of_student(self, document_number: str) -> list[SchoolRecord]:
        """All school records of a student."""
        ...


class CurrentReader(Protocol):
    """What is current of each student."""

    def current(self, document_number: str) -> CurrentCertificates:
        """The current certificates of a student."""
        ...


def show_current(transcript: Transcript, certificates: CurrentReader) -> dict[str, Any] | None:
    """The current certificate of a transcript's holder as a JSON object, to have again instead of a new one."""
    current = certificates.current(transcript.student.document_number)
    copy = current.of(transcript.holder)
    if copy is None:
        return None
    return {
        "virtual_code": copy.virtual_code,
        "issued_at": copy.issued_at.isoformat(),
        "same_content": current.says_the_same(transcript),
    }


def preview(key: RequestKey, *, requests: RequestRepository, school_records: SchoolRecordRepository) -> Transcript:
    """The transcript that the citizen confirms, the same however often it is asked for.

    Raises:
        RequestNotFound: the request is unknown, has ended, or has another token.
        ConfirmationNeeded: it waits for its code.
        NoRecords: the student has nothing since 2013 in that level.
        RecordUnderReview: a year of that level is being corrected.
    """
    request = requests.request(key)
    if request is None:
        raise RequestNotFound
    request.check_confirmed()
    if request.transcript:
        return request.transcript
    records = school_records.of_student(request.student.document_number)
    return requests.freeze(key, assemble(request.student, request.modality, request.level, records))
