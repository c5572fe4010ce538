"""The question after the download, whether it was easy: one of three answers, once for a request, and counted."""

from datetime import datetime
from typing import Protocol

from constancia import event_log
from constancia.asking.request import AcceptedRequest, RequestKey
from constancia.errors import RequestNotFound
from constancia.event_log import Event
from constancia.fields import read_body

EASY = "easy"
ANSWERS = (EASY, "so_so", "hard")


class OpinionRepository(Protocol):
    """The accepted requests and the event log."""

    def request(self, key: RequestKey) -> AcceptedRequest | None:
        """A request that has not ended, or None."""
        ...

    def keep(self, request: AcceptedRequest, answer: str, event: Event) -> str | None:
        """Keeps the answer with its request and writes the event, all or nothing, unless one is kept already.

        Gives the one that is kept; None if the request is gone.
        """
        ...


def give_opinion(key: RequestKey, body: bytes, moment: datetime, *, opinions: OpinionRepository) -> str:
    """The answer that is kept of a request: this one, or the first one that was given.

    Args:
        key: what the caller has of the request.
        body: the JSON of `POST /api/requests/{request_id}/opinion`.
        moment: Lima time.
        opinions: the stores.

    Raises:
        MalformedRequest: the body is no JSON object.
        InvalidFields: there is no such answer.
        RequestNotFound: the request is unknown, has ended, or has another token.
        ConfirmationNeeded: it waits for its code.
        TranscriptNotConfirmed: its transcript was not shown yet, so there was nothing to find easy.
    """
    fields = read_body(body)
    answer = fields.choice("answer", ANSWERS)
    fields.check()
    request = opinions.request(key)
    if request is None:
        raise RequestNotFound
    request.shown_transcript()
    kept = opinions.keep(request, answer, event_log.event(event_log.OPINION_GIVEN, moment, answer=answer))
    if kept is None:
        raise RequestNotFound
    return kept
