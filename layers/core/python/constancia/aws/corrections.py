"""The corrections in their table: one partition, so that they are listed without a scan; each under its cell."""

import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from constancia import settings
from constancia.asking.request import AcceptedRequest
from constancia.aws.dynamodb import Action, ConditionFailed, Item, client, perform, plain, query, transact, wire
from constancia.aws.event_log import EventLog
from constancia.aws.requests import Requests
from constancia.certifying.delivery import SENDING
from constancia.correcting.closing import SENDING_TAKES
from constancia.correction import Cell, Correction, end_of_closed, end_of_open
from constancia.errors import TooManyCorrections
from constancia.event_log import Event

PARTITION = "corrections"
NONE_OPEN = "attribute_not_exists(cell) OR attribute_exists(closed_at) OR expires_at <= :now"


class Corrections:
    """The corrections and the event log: see `constancia.correcting.closing.ClosingRepository`."""

    def __init__(self, events: EventLog) -> None:
        self.name = settings.text("CORRECTIONS_TABLE")
        self.events = events

    def correction(self, cell: Cell) -> Correction | None:
        """The open correction of a cell, as the last write left it, or None."""
        found = client().get_item(TableName=self.name, Key=_key(cell), ConsistentRead=True).get("Item")
        kept = plain(found) if found else {}
        if not kept or "closed_at" in kept or kept["expires_at"] <= time.time():
            return None
        return _read(kept)

    def listed(self) -> Iterator[Correction]:
        """All corrections, open and closed, in the order of their cells."""
        items = query(
            client(),
            TableName=self.name,
            KeyConditionExpression="list_name = :all",
            ExpressionAttributeValues=wire({":all": PARTITION}),
            ConsistentRead=True,
        )
        return (_read(item) for item in items if item["expires_at"] > time.time())

    def keep(self, correction: Correction) -> Action:
        """The action that keeps an open correction, unless there is an open one of the same cell."""
        cell = correction.cell
        kept = {name: value for name, value in correction._asdict().items() if name != "cell"}
        ends = end_of_open(datetime.fromisoformat(correction.opened_at))
        return Action(
            "Put",
            {
                "TableName": self.name,
                "Item": {**_key(cell), **wire({**cell._asdict(), **kept, "expires_at": ends})},
                "ConditionExpression": NONE_OPEN,
                "ExpressionAttributeValues": wire({":now": int(time.time())}),
            },
        )

    def close(self, correction: Correction, moment: datetime, event: Event) -> bool:
        """Closes an open correction and writes the event, both or neither; False if it was closed before."""
        closed = self._update(
            correction,
            "SET closed_at = :moment, expires_at = :end",
            {":moment": moment.isoformat(timespec="seconds"), ":end": end_of_closed(moment)},
            "attribute_not_exists(closed_at)",
        )
        try:
            transact(closed, self.events.append(event))
        except ConditionFailed:
            return False
        return True

    def claim(self, correction: Correction, moment: datetime) -> bool:
        """Sets the mail state of a closed correction to `sending`; False if it has one, or no address any more."""
        mine = secrets.token_hex(8)
        claimed = self._update(
            correction,
            "SET mail = :sending, mail_since = :now, mail_by = :mine",
            {":sending": SENDING, ":now": int(moment.timestamp()), ":mine": mine},
            "attribute_exists(closed_at) AND attribute_exists(email) AND attribute_not_exists(mail)",
        )
        try:
            perform(claimed, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ConditionFailed as refused:
            # A try of the same call whose answer was lost has claimed it already.
            return bool(refused.item.get("mail_by") == mine)
        return True

    def give_up(self, correction: Correction, moment: datetime, event: Event) -> bool:
        """Settles as `unknown` what is being sent for longer than it takes: see `ClosingRepository`."""
        ended = self._update(
            correction,
            "SET mail = :unknown REMOVE email",
            {":unknown": event.fact("reason"), ":sending": SENDING, ":ended": int(moment.timestamp()) - SENDING_TAKES},
            "mail = :sending AND mail_since < :ended",
        )
        try:
            transact(ended, self.events.append(event))
        except ConditionFailed:
            return False
        return True

    def release(self, correction: Correction) -> None:
        """Takes the mail state `sending` back, as if nobody had claimed."""
        released = self._update(
            correction, "REMOVE mail, mail_since, mail_by", {":sending": SENDING}, "mail = :sending"
        )
        # A try of the same call whose answer was lost has released it already.
        with suppress(ConditionFailed):
            perform(released)

    def settle(self, correction: Correction, state: str, event: Event) -> None:
        """Sets the mail state that follows `sending`, removes the address and writes the event, all or nothing."""
        settled = self._update(
            correction, "SET mail = :state REMOVE email", {":state": state}, "attribute_exists(mail)"
        )
        transact(settled, self.events.append(event))

    def erase_email(self, student: str, email: str) -> None:
        """Removes an address from the corrections of a student; where it is in none, nothing changes."""
        items = query(
            client(),
            TableName=self.name,
            KeyConditionExpression="list_name = :all AND begins_with(cell, :student)",
            ExpressionAttributeValues=wire({":all": PARTITION, ":student": f"{student}#"}),
            ConsistentRead=True,
        )
        for correction in map(_read, items):
            if correction.email == email:
                erased = self._update(correction, "REMOVE email", {":email": email}, "email = :email")
                # It was told meanwhile, and has no address any more.
                with suppress(ConditionFailed):
                    perform(erased)

    def _update(self, correction: Correction, expression: str, values: Item, condition: str) -> Action:
        """The action that changes a correction, unless another one took its place meanwhile."""
        return Action(
            "Update",
            {
                "TableName": self.name,
                "Key": _key(correction.cell),
                "UpdateExpression": expression,
                "ConditionExpression": f"ticket = :ticket AND {condition}",
                "ExpressionAttributeValues": wire({":ticket": correction.ticket, **values}),
            },
        )


class CorrectionIntake:
    """The stores that take a correction in: see `constancia.asking.corrections.CorrectionRepository`."""

    def __init__(self, requests: Requests, corrections: Corrections, events: EventLog) -> None:
        self.requests = requests
        self.corrections = corrections
        self.events = events
        self.request = requests.request
        self.correction = corrections.correction

    def open(self, request: AcceptedRequest, correction: Correction, most: int, event: Event) -> bool:
        """Keeps a correction, counts it with its request and writes the event: see `CorrectionRepository`.

        Raises:
            TooManyCorrections: the request has opened `most` of them.
        """
        counted = self.requests.update(
            request.request_id,
            "ADD corrections :one",
            {":one": 1, ":most": most},
            "attribute_exists(request_id) AND (attribute_not_exists(corrections) OR corrections < :most)",
        )
        try:
            transact(self.corrections.keep(correction), counted, self.events.append(event))
        except ConditionFailed as refused:
            if 0 in refused.failed:
                return False
            raise TooManyCorrections from refused
        return True


def _key(cell: Cell) -> Item:
    return wire({"list_name": PARTITION, "cell": cell.key})


def _read(item: Item) -> Correction:
    cell = Cell(**{name: item[name] for name in Cell._fields})
    kept: dict[str, Any] = {name: item.get(name) for name in Correction._fields if name != "cell"}
    return Correction(cell=cell, **kept)
