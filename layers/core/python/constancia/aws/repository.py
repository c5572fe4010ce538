"""The base of the adapters: one table, its items by key, and the actions that write them."""

from constancia import settings
from constancia.aws.dynamodb import Action, Item, client, plain, wire


class Repository:
    """One table, by the setting that names it. Its actions are done by `dynamodb.perform` or `dynamodb.transact`."""

    def __init__(self, setting: str, key: str) -> None:
        self.name = settings.text(setting)
        self.key = key

    def get(self, key: str) -> Item | None:
        """The item under a key, as the last write left it, or None."""
        found = client().get_item(TableName=self.name, Key={self.key: {"S": key}}, ConsistentRead=True).get("Item")
        return plain(found) if found else None

    def put(self, item: Item, condition: str | None = None) -> Action:
        """The action that writes a whole item."""
        conditions = {"ConditionExpression": condition} if condition else {}
        return Action("Put", {"TableName": self.name, "Item": wire(item), **conditions})

    def update(
        self, key: str, expression: str, values: Item, condition: str | None = None, names: Item | None = None
    ) -> Action:
        """The action that changes attributes of an item.

        Args:
            key: of the item.
            expression: the update expression.
            values: plain values by the `:names` of the expressions.
            condition: the condition expression.
            names: attributes by the `#names` of the expressions.
        """
        conditions = {"ConditionExpression": condition} if condition else {}
        aliases = {"ExpressionAttributeNames": names} if names else {}
        return Action(
            "Update",
            {
                "TableName": self.name,
                "Key": {self.key: {"S": key}},
                "UpdateExpression": expression,
                "ExpressionAttributeValues": wire(values),
                **conditions,
                **aliases,
            },
        )
