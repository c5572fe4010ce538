"""What only operators do: their view of the certificates, and the form of the answers to them."""

import time
from collections.abc import Callable
from typing import Any

from constancia import delivery, wording
from constancia.annulment import Annulment
from constancia.aws.dynamodb import Cancelled, Certificates, EventLog, client, plain, read_certificate, transact
from constancia.errors import InvalidFields, Refusal
from constancia.event_log import Event
from constancia.look_up import Card, Entry

Order = dict[str, Any]


def answering(call: Callable[[Order], dict[str, Any]], order: Order) -> dict[str, Any]:
    """What a call answers; a refusal becomes `{"problem": …}` in Spanish. What a store raises passes through."""
    try:
        return call(order)
    except Refusal as refusal:
        faults = refusal.errors if isinstance(refusal, InvalidFields) else ()
        return {
            "problem": {
                "code": refusal.code,
                "detail": wording.for_operators(refusal.code),
                "errors": [{**error._asdict(), "detail": wording.fault(error)} for error in faults],
            }
        }


class Annulments(Certificates):
    """See `constancia.annulment.Register`."""

    def __init__(self, events: EventLog) -> None:
        super().__init__()
        self.events = events

    def annul(self, code: str, annulment: Annulment, entry: Event) -> bool:
        """Records the annulment and its event, both or neither; False if it is not issued or annulled already."""
        mark = self.update(
            code,
            "SET annulled_on = :day, annulled_at = :moment, annulled_by = :operator, annulment_reason = :reason",
            {
                ":day": annulment.moment.date().isoformat(),
                ":moment": annulment.moment.isoformat(timespec="seconds"),
                ":operator": annulment.operator,
                ":reason": annulment.reason,
                ":issued": self.ISSUED,
            },
            "#state = :issued AND attribute_not_exists(annulled_on)",
            {"#state": "state"},
        )
        try:
            transact(mark, self.events.append(entry))
        except Cancelled:
            return False
        return True


class Cards(Certificates):
    """See `constancia.look_up.Cards`."""

    def __init__(self, events: EventLog) -> None:
        super().__init__()
        self.events = events

    def card(self, code: str) -> Card | None:
        """A certificate, reserved or issued."""
        item = self.get(code)
        if item is None:
            return None
        beside = (item.get(name) for name in ("superseded_by", "annulled_at", "annulled_by", "mail"))
        return Card(read_certificate(item), *beside)

    def history(self, code: str, most: int) -> list[Entry]:
        """Its newest entries in the event log, newest first; the index follows within a second."""
        answer = client().query(
            TableName=self.events.name,
            IndexName="by_code",
            KeyConditionExpression="virtual_code = :code",
            ExpressionAttributeValues={":code": {"S": code}},
            ScanIndexForward=False,
            Limit=most,
        )
        entries = [plain(item) for item in answer["Items"]]
        return [
            Entry(entry["time"].partition("#")[0], entry["name"], entry.get("outcome"), entry.get("reason"))
            for entry in entries
        ]

    def claim_again(self, code: str) -> bool:
        """Sets the mail's state to `sending` unless somebody is sending it; False if so."""
        now = int(time.time())
        claiming = self.update(
            code,
            "SET mail = :sending, mail_since = :now",
            {
                ":sending": delivery.SENDING,
                ":issued": self.ISSUED,
                ":now": now,
                ":ended": now - delivery.SENDING_TAKES,
            },
            "#state = :issued AND (attribute_not_exists(mail) OR mail <> :sending OR mail_since < :ended)",
            {"#state": "state"},
        )["Update"]
        try:
            client().update_item(**claiming)
        except client().exceptions.ConditionalCheckFailedException:
            return False
        return True

    def settle(self, code: str, state: str, entry: Event) -> None:
        """Sets the state that follows `sending` and writes the event, both or neither."""
        settled = self.update(code, "SET mail = :state", {":state": state}, "attribute_exists(virtual_code)")
        transact(settled, self.events.append(entry))
