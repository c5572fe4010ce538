"""The confirmation (rule 2): who gives back the code that went to the contact on record goes on with the request."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from constancia import event_log, lima
from constancia.asking.codes import CodeSender, Confirmation, ConfirmationCodes
from constancia.asking.request import AcceptedRequest, RequestKey
from constancia.errors import CodeWrong, RequestNotFound, TemporarilyUnavailable, TooManyCodes
from constancia.event_log import Event
from constancia.fields import read_body
from constancia.guarding.attempts import Counter

CODE = re.compile(r"[0-9]{6}")
ROUNDS = 8
"""How often a call is judged anew because another one changed the same request meanwhile."""


class ConfirmationRepository(Protocol):
    """The accepted requests, the counters of codes and the event log. Every write holds only if nothing changed since
    the request was read.
    """

    def request(self, key: RequestKey) -> AcceptedRequest | None:
        """A request that has not ended, or None."""
        ...

    def renew(self, request: AcceptedRequest, newest: Confirmation, counter: Counter, event: Event) -> bool:
        """Keeps a newer code, counts it and writes the event, all or nothing; False if the request changed.

        Raises:
            TooManyCodes: the counter is at its limit.
        """
        ...

    def count_wrong(self, request: AcceptedRequest) -> bool:
        """Takes one of the tries away; False if the request changed."""
        ...

    def confirm(self, request: AcceptedRequest, event: Event) -> bool:
        """Ends the waiting, gives back what the attempt reserved and writes the event, all or nothing.

        False if the request changed.
        """
        ...


def confirmation_json(confirmation: Confirmation, *, sent: bool) -> dict[str, Any]:
    """What the API tells of a code: where it went, until when it is good, how many more there are.

    Args:
        confirmation: what the request keeps.
        sent: whether the code left; if not, it has no end: none is on its way.
    """
    ends = datetime.fromtimestamp(confirmation.expires_at, lima.LIMA)
    return {
        "channel": confirmation.destination.channel,
        "to": confirmation.destination.masked,
        "expires_at": ends.isoformat() if sent else None,
        "resends_left": confirmation.resends_left,
    }


def _found(key: RequestKey, requests: ConfirmationRepository) -> AcceptedRequest:
    request = requests.request(key)
    if request is None:
        raise RequestNotFound
    return request


def confirm(
    key: RequestKey, body: bytes, moment: datetime, *, requests: ConfirmationRepository, codes: ConfirmationCodes
) -> tuple[AcceptedRequest, bool]:
    """The request whose code is given back, and whether this call ended its waiting; without a wait, as it is.

    Args:
        key: what the caller has of the request.
        body: the JSON of `POST /api/requests/{request_id}/confirmation`.
        moment: Lima time.
        requests: the stores.
        codes: recognises codes.

    Raises:
        MalformedRequest: the body is no JSON object.
        InvalidFields: it has no code of six digits.
        RequestNotFound: the request is unknown, has ended, or has another token.
        CodeWrong: the code is not the newest, or its time is over.
        TemporarilyUnavailable: other calls kept changing the same request.
    """
    fields = read_body(body)
    code = fields.matching("code", CODE)
    fields.check()
    for _ in range(ROUNDS):
        request = _found(key, requests)
        waiting = request.confirmation
        if waiting is None:
            return request, False
        if codes.matches(request.request_id, waiting, code, moment):
            if requests.confirm(request, accepted_event(request, moment)):
                return replace(request, confirmation=None), True
        elif requests.count_wrong(request):
            raise CodeWrong(waiting.tries_left - 1)
    raise TemporarilyUnavailable


def accepted_event(request: AcceptedRequest, moment: datetime) -> Event:
    """The event of a request whose applicant is confirmed, one way or the other."""
    facts = {"level": request.level, "purpose": request.purpose, "applicant": request.applicant}
    return event_log.event(event_log.REQUEST_ACCEPTED, moment, **facts, assurance=request.assurance)


def send_another(
    key: RequestKey,
    moment: datetime,
    *,
    requests: ConfirmationRepository,
    codes: ConfirmationCodes,
    sender: CodeSender,
) -> tuple[AcceptedRequest, bool]:
    """The request with its newest code, and whether the code left; a request that does not wait stays as it is.

    Raises:
        RequestNotFound: the request is unknown, has ended, or has another token.
        TooManyCodes: no more codes for this request, or for this contact today.
        TemporarilyUnavailable: other calls kept changing the same request.
    """
    code, drawn = "", ""
    for _ in range(ROUNDS):
        request = _found(key, requests)
        waiting = request.confirmation
        if waiting is None:
            return request, False
        # After a lost answer, the code that is kept may be the one that this call drew.
        if waiting.code_digest == drawn:
            return request, sender.send(waiting.destination, code)
        if waiting.resends_left == 0:
            raise TooManyCodes
        code, newest = codes.draw(
            request.request_id, waiting.destination, waiting.attempt, moment, waiting.resends_left - 1
        )
        drawn = newest.code_digest
        counter = codes.counter(waiting.destination, moment)
        if requests.renew(request, newest, counter, event_log.event(event_log.CODE_DRAWN, moment)):
            return replace(request, confirmation=newest), sender.send(newest.destination, code)
    raise TemporarilyUnavailable
