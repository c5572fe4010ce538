"""Least privilege: every IAM statement of the templates is read here, and each function's are its grants."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra import parts, wiring
from infra.cloud import copies
from tests.infra.cloud.assembly import ACCOUNT, REGION, STAGE, Assembly

Statement = dict[str, Any]

WILDCARDS = {
    "xray:PutTraceSegments": "X-Ray knows no resources",
    "xray:PutTelemetryRecords": "X-Ray knows no resources",
    "xray:GetSamplingRules": "X-Ray knows no resources",
    "xray:GetSamplingTargets": "X-Ray knows no resources",
    "dynamodb:ListStreams": "DynamoDB lists the streams of an account, not those of a table",
    **dict.fromkeys(
        (
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ),
        "Step Functions sets up the delivery of a workflow's log, which is not the log's own matter",
    ),
}
"""What may be allowed on every resource, and why."""
KEY_POLICY = "a key's own policy speaks of this key alone, as `*`"


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(assembly: Assembly) -> Iterator[tuple[str, str, Statement]]:
    """Every statement of every policy document, wherever in the templates it is, with its resource's type and id."""

    def within(value: Any) -> Iterator[Statement]:
        if isinstance(value, dict):
            if "Statement" in value and "Version" in value:
                yield from listed(value["Statement"])
            for part in value.values():
                yield from within(part)
        elif isinstance(value, list):
            for part in value:
                yield from within(part)

    for name, made in assembly.resources.items():
        if made["Type"] == "AWS::Logs::LogGroup":
            continue  # what masks data in a log is called a policy too, and allows nothing
        for statement in within(assembly.plain(made.get("Properties", {}))):
            yield made["Type"], name, statement


def test_no_action_is_a_wildcard(assembly: Assembly) -> None:
    found = [
        (name, action)
        for kind, name, statement in statements(assembly)
        for action in listed(statement["Action"])
        if "*" in action and statement["Effect"] == "Allow" and not (kind == "AWS::KMS::Key" and action == "kms:*")
    ]
    assert found == [], "kms:* is for the account's administrators in a key's own policy, and for nobody else"


def test_only_the_account_itself_administers_a_key(assembly: Assembly) -> None:
    for kind, _, statement in statements(assembly):
        if kind == "AWS::KMS::Key" and "kms:*" in listed(statement["Action"]):
            assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def test_every_resource_is_named(assembly: Assembly) -> None:
    found = {
        (name, action)
        for kind, name, statement in statements(assembly)
        if statement["Effect"] == "Allow" and kind != "AWS::KMS::Key" and "Resource" in statement
        for action in listed(statement["Action"])
        if "*" in listed(statement["Resource"]) and action not in WILDCARDS
    }
    assert found == set()


def test_a_wildcard_at_the_end_is_of_objects_log_streams_runs_copies_or_sms_numbers_only(assembly: Assembly) -> None:
    """The number from which SMS are sent is chosen after the deployment, by a setting."""
    for _, name, statement in statements(assembly):
        if statement["Effect"] == "Allow":
            for resource in listed(statement.get("Resource", [])):
                if "*" in resource and resource != "*":
                    assert resource.index("*") == len(resource) - 1, (name, resource)
                    assert (
                        resource.startswith(("arn:aws:s3:::", "arn:aws:logs:", "arn:aws:states:", "arn:aws:sms-voice:"))
                        or ".Arn/" in resource
                        or (name.startswith("Copies") and resource.endswith(("/backup/*", ":recovery-point:*")))
                    ), (
                        name,
                        resource,
                    )


def test_nobody_outside_is_let_in(assembly: Assembly) -> None:
    """Who is allowed anything by a resource's own policy is this account or a service of AWS."""
    for _, name, statement in statements(assembly):
        principal = statement.get("Principal")
        if principal is not None and statement["Effect"] == "Allow":
            assert principal != "*", name
            assert principal.get("AWS", f"arn:aws:iam::{ACCOUNT}:root") == f"arn:aws:iam::{ACCOUNT}:root", name


def granted_by_template(assembly: Assembly, function: parts.Function) -> dict[tuple[str, ...], set[str]]:
    """What a function's role allows it to call: actions by resource, index and keys, without what AWS does for it."""
    role = assembly.named("AWS::IAM::Role", f"constancia-{STAGE}-{function.name.replace('_', '-')}")
    assert "ManagedPolicyArns" not in role
    found: dict[tuple[str, ...], set[str]] = {}
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            if "Sid" in statement or "kms:ViaService" in json.dumps(statement.get("Condition", {})):
                continue
            keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
            where = (*listed(statement["Resource"]), *keys)
            found.setdefault(where, set()).update(listed(statement["Action"]))
    return found


def signing_key_of(assembly: Assembly, name: str) -> list[str]:
    """The pairs of keys of a name in the wiring, as other templates refer to them."""
    holds = wiring.key(name).holds
    return [
        logical_id
        for logical_id, key in assembly.all_of("AWS::KMS::Key").items()
        if key.get("Description", "").endswith(holds)
    ]


def granted_by_table(assembly: Assembly, function: parts.Function) -> dict[tuple[str, ...], set[str]]:
    found: dict[tuple[str, ...], set[str]] = {}
    for grant in function.grants:
        name = f"constancia-{STAGE}-{grant.resource.replace('_', '-')}"
        where: tuple[str, ...]
        if grant.resource == "mail":
            ses = f"arn:aws:ses:{REGION}:{ACCOUNT}"
            where = (f"{ses}:identity/constancia.example", f"{ses}:configuration-set/{name}")
            actions = {"ses:SendEmail", "ses:SendRawEmail"}
        elif grant.resource == "sms":
            sms = f"arn:aws:sms-voice:{REGION}:{ACCOUNT}"
            where = tuple(f"{sms}:{kind}/*" for kind in ("phone-number", "pool", "sender-id"))
            actions = {"sms-voice:SendTextMessage"}
        elif grant.resource in {queue.name for queue in wiring.QUEUES}:
            where = (f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}",)
            actions = {f"sqs:{action}" for action in grant.actions}
        elif grant.resource in {key.name for key in wiring.KEYS}:
            (key,) = signing_key_of(assembly, grant.resource)
            where, actions = (f"{key}.Arn",), {f"kms:{action}" for action in grant.actions}
        elif grant.resource in {bucket.name for bucket in wiring.BUCKETS}:
            bucket = f"arn:aws:s3:::{name}-{ACCOUNT}"
            where = (
                (bucket,) if "ListBucket" in grant.actions else tuple(f"{bucket}/{key}*" for key in grant.keys or ("",))
            )
            actions = {f"s3:{action}" for action in grant.actions}
        else:
            arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
            where = (f"{arn}/index/{grant.index}" if grant.index else arn, *grant.keys)
            actions = {f"dynamodb:{action}" for action in grant.actions}
        found.setdefault(where, set()).update(actions)
    return found


@pytest.mark.parametrize("function", wiring.FUNCTIONS, ids=lambda function: function.name)
def test_a_role_allows_what_the_table_grants_and_nothing_else(assembly: Assembly, function: parts.Function) -> None:
    assert granted_by_template(assembly, function) == granted_by_table(assembly, function)


def test_the_key_is_used_through_the_stores_only(assembly: Assembly) -> None:
    through = {f"dynamodb.{REGION}.amazonaws.com", f"s3.{REGION}.amazonaws.com"}
    for kind, name, statement in statements(assembly):
        actions = set(listed(statement["Action"]))
        if kind != "AWS::IAM::Role" or not any(action.startswith("kms:") for action in actions):
            continue
        if actions <= {"kms:Sign", "kms:GetPublicKey"}:
            continue
        condition = statement["Condition"]
        if name.startswith("Copies"):
            assert set(listed(condition["StringEquals"]["kms:ViaService"])) == set(copies.THROUGH)
            if "kms:CreateGrant" in actions:
                assert condition["Bool"] == {"kms:GrantIsForAWSResource": "true"}
            assert actions <= {"kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant"}, name
        else:
            assert actions <= {"kms:Decrypt", "kms:GenerateDataKey"}, name
            assert condition["StringEquals"]["kms:ViaService"] in through, name


def test_only_the_audit_of_the_public_log_may_scan_and_only_the_certificates(assembly: Assembly) -> None:
    may = [
        (role["RoleName"], statement["Resource"])
        for role in assembly.all_of("AWS::IAM::Role").values()
        for policy in role.get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
        if "dynamodb:Scan" in json.dumps(statement)
    ]
    ((role, table),) = may
    assert role == f"constancia-{STAGE}-audit-log"
    assert f"table/constancia-{STAGE}-certificates" in json.dumps(table)
    assert json.dumps(assembly.templates).count("dynamodb:Scan") == 1


def test_only_operators_with_a_second_factor_may_call_what_is_theirs(assembly: Assembly) -> None:
    role = assembly.named("AWS::IAM::Role", f"constancia-{STAGE}-operators")
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    # A session bears its user's own name, so that the trail of evidence names a person.
    assert trusted["Condition"] == {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "StringEquals": {"sts:RoleSessionName": "${aws:username}"},
    }
    invoke = next(
        listed(statement["Resource"])
        for statement in role["Policies"][0]["PolicyDocument"]["Statement"]
        if statement["Sid"] == "Invoke"
    )
    assert len(invoke) == sum(function.operators for function in wiring.FUNCTIONS)


def test_the_operators_console_calls_what_the_operators_role_may_call(
    assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the alias: the function itself, its newest unpublished state, is nobody's to call."""
    import boto3

    from infra.console.cloud import Cloud

    asked: list[dict[str, Any]] = []

    class Caught:
        def __init__(self, **_: Any) -> None:
            pass

        def client(self, *_: Any, **__: Any) -> Any:
            return self

        def invoke(self, **parameters: Any) -> dict[str, Any]:
            asked.append(parameters)
            return {"Payload": io.BytesIO(b"{}")}

    monkeypatch.setattr(boto3, "Session", Caught)
    Cloud(STAGE).call("annul_certificate", {})
    called = (asked[0]["FunctionName"], asked[0]["Qualifier"])
    aliases = assembly.all_of("AWS::Lambda::Alias").values()
    assert called in {(alias["FunctionName"], alias["Name"]) for alias in aliases}
