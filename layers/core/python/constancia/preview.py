"""The preview (rule 5): what the citizen sees is frozen into the request, and only that is printed and verified."""

from typing import Protocol

from constancia.errors import RequestNotFound
from constancia.records import SchoolRecord
from constancia.request import AcceptedRequest
from constancia.transcript import Transcript, assemble


class Requests(Protocol):
    """The accepted requests."""

    def request(self, request_id: str) -> AcceptedRequest | None:
        """A request that has not expired."""
        ...

    def freeze(self, request_id: str, transcript: Transcript) -> Transcript:
        """Keeps the transcript that is shown, or gives the one that was shown before."""
        ...


class SchoolRecords(Protocol):
    """The replica of the school records."""

    def of(self, document_number: str) -> list[SchoolRecord]:
        """Everything recorded of a student."""
        ...


def preview(request_id: str, *, requests: Requests, school_records: SchoolRecords) -> Transcript:
    """The transcript that the citizen confirms, the same however often it is asked for.

    Raises:
        RequestNotFound: unknown or expired.
        NoRecords, RecordUnderReview: see `transcript.assemble`.
    """
    request = requests.request(request_id)
    if request is None:
        raise RequestNotFound
    if request.transcript:
        return request.transcript
    recorded = school_records.of(request.student.document_number)
    return requests.freeze(request_id, assemble(request.student, request.modality, request.level, recorded))
