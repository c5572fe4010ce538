"""The two engines that the suite runs on: Amazon's own for what must be true, moto for what must be quick."""

import boto3
import pytest
from constancia.aws.dynamodb import Cancelled, Table, transact

from infra import wiring
from infra.local import storage


@pytest.mark.usefixtures("real_aws")
def test_the_tables_of_the_wiring_stand_in_amazons_engine_with_the_sample_students() -> None:
    client = boto3.client("dynamodb", region_name=storage.REGION)
    assert "127.0.0.1" in client.meta.endpoint_url
    assert set(client.list_tables()["TableNames"]) == {storage.names()[table.setting] for table in wiring.TABLES}
    assert client.scan(TableName=storage.names()["PEOPLE_TABLE"], Select="COUNT")["Count"] > 0


@pytest.mark.usefixtures("real_aws")
def test_a_transaction_refused_in_one_action_changes_nothing() -> None:
    people = Table("PEOPLE_TABLE", "document_number")
    with pytest.raises(Cancelled) as refused:
        transact(
            people.put({"document_number": "new"}),
            people.put({"document_number": "71705600"}, "attribute_not_exists(document_number)"),
        )
    assert refused.value.failed == [1]
    assert people.get("new") is None
