"""The institutions in their table: one partition, so that they are listed without a scan."""

from collections.abc import Iterable
from typing import Any

from constancia import settings
from constancia.aws.dynamodb import Action, Item, client, performed, plain, query, read_keys, wire
from constancia.verifying.institutions import Institution

PARTITION = "institutions"


class Institutions:
    """The institutions: see `constancia.verifying.institution_keeping.InstitutionRepository`."""

    def __init__(self) -> None:
        self.name = settings.text("INSTITUTIONS_TABLE")

    def institution(self, institution_id: str) -> Institution | None:
        """An institution, revoked or not, as the last write left it, or None."""
        found = client().get_item(TableName=self.name, Key=_key(institution_id), ConsistentRead=True).get("Item")
        return _read(plain(found)) if found else None

    def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of institutions by their ids.

        Raises:
            TemporarilyUnavailable: the table did not answer for all of them.
        """
        found = read_keys([(self.name, _key(each)) for each in sorted(set(ids))])
        return {item["institution_id"]: item["name"] for item in (plain(item) for _, item in found)}

    def add(self, institution: Institution) -> bool:
        """Keeps a new institution; False, and nothing changes, if its id is taken."""
        item = {**_key(institution.institution_id), **wire(institution._asdict())}
        condition = {"ConditionExpression": "attribute_not_exists(institution_id)"}
        return performed(Action("Put", {"TableName": self.name, "Item": item, **condition}))

    def change_key(self, institution_id: str, key_hash: str, moment: str) -> bool:
        """Keeps another key; False if there is no such institution, or it was revoked."""
        return self._update(
            institution_id, "SET key_hash = :hash, key_since = :moment", {":hash": key_hash, ":moment": moment}
        )

    def revoke(self, institution_id: str, moment: str, by: str) -> bool:
        """Ends the use of a key; False if there is no such institution, or it was revoked before."""
        return self._update(
            institution_id, "SET revoked_at = :moment, revoked_by = :by", {":moment": moment, ":by": by}
        )

    def listed(self) -> list[Institution]:
        """All institutions, in the order of their names."""
        items = query(
            client(),
            TableName=self.name,
            KeyConditionExpression="list_name = :all",
            ExpressionAttributeValues=wire({":all": PARTITION}),
            ConsistentRead=True,
        )
        return sorted(map(_read, items), key=lambda institution: institution.name)

    def _update(self, institution_id: str, expression: str, values: Item) -> bool:
        changed = {
            "TableName": self.name,
            "Key": _key(institution_id),
            "UpdateExpression": expression,
            "ExpressionAttributeValues": wire(values),
            "ConditionExpression": "attribute_exists(institution_id) AND attribute_not_exists(revoked_at)",
        }
        return performed(Action("Update", changed))


def _key(institution_id: str) -> Item:
    return wire({"list_name": PARTITION, "institution_id": institution_id})


def _read(item: Item) -> Institution:
    kept: dict[str, Any] = {name: item.get(name) for name in Institution._fields}
    return Institution(**kept)
