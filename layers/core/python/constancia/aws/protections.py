"""The protection list in its table: one partition, so that it is listed without a scan."""

from datetime import datetime
from typing import Any

from constancia import settings
from constancia.aws.dynamodb import Action, Item, client, performed, plain, query, wire
from constancia.protection import Protection

PARTITION = "students"
ENDED_KEPT = 400 * 24 * 3600
"""Seconds for which an ended protection is kept: as long as the evidence of operators' calls, which it explains."""


class Protections:
    """The protection list: see `constancia.asking.protection_list.ProtectionRepository`.

    A student's number is kept as it is, not as an HMAC: see decision 072.
    """

    def __init__(self) -> None:
        self.name = settings.text("PROTECTIONS_TABLE")

    def question(self, document_number: str) -> Item:
        """What a `BatchGetItem` asks of this table to learn whether a student is protected."""
        return {self.name: {"Keys": [_key(document_number)], "ConsistentRead": True}}

    def protects(self, document_number: str) -> bool:
        """Whether a student is protected, as the last write left it."""
        return is_in_force(self._get(document_number))

    def add(self, protection: Protection) -> bool:
        """Protects a student; False, and nothing changes, if the student is protected already."""
        item = {**_key(protection.document_number), **wire(protection._asdict())}
        condition = {"ConditionExpression": "attribute_not_exists(since) OR attribute_exists(ended_at)"}
        return performed(Action("Put", {"TableName": self.name, "Item": item, **condition}))

    def end(self, document_number: str, moment: datetime, by: str, reason: str) -> bool:
        """Ends the protection of a student; False if none is in force."""
        values = {
            ":moment": moment.isoformat(timespec="seconds"),
            ":by": by,
            ":reason": reason,
            ":gone": int(moment.timestamp()) + ENDED_KEPT,
        }
        ended = {
            "TableName": self.name,
            "Key": _key(document_number),
            "UpdateExpression": "SET ended_at = :moment, ended_by = :by, end_reason = :reason, expires_at = :gone",
            "ExpressionAttributeValues": wire(values),
            "ConditionExpression": "attribute_exists(since) AND attribute_not_exists(ended_at)",
        }
        return performed(Action("Update", ended))

    def protection(self, document_number: str) -> Protection | None:
        """The newest protection of a student, ended or not, or None."""
        found = self._get(document_number)
        return _read(plain(found)) if found else None

    def listed(self) -> list[Protection]:
        """All protections in force, and those that ended in the last 400 days."""
        items = query(
            client(),
            TableName=self.name,
            KeyConditionExpression="list_name = :students",
            ExpressionAttributeValues=wire({":students": PARTITION}),
            ConsistentRead=True,
        )
        return [_read(item) for item in items]

    def _get(self, document_number: str) -> Item | None:
        found = client().get_item(TableName=self.name, Key=_key(document_number), ConsistentRead=True)
        item: Item | None = found.get("Item")
        return item


def is_in_force(item: Item | None) -> bool:
    """Whether what the table holds of a student protects them, in DynamoDB's form."""
    return item is not None and "ended_at" not in item


def _key(document_number: str) -> Item:
    return wire({"list_name": PARTITION, "document_number": document_number})


def _read(item: Item) -> Protection:
    kept: dict[str, Any] = {name: item.get(name) for name in Protection._fields}
    return Protection(**kept)
