"""The policies as IAM would read them: what functions call is allowed, and what nobody may do is denied.

A simulator of IAM (`@cloud-copilot/iam-simulate`, from `package.json`) evaluates roles, bucket policies and conditions.
"""

import json
import shutil
import subprocess
from typing import Any

import pytest

from infra import wiring
from tests.infra.cloud.assembly import ACCOUNT, REGION, ROOT, Assembly
from tests.infra.cloud.ledger import Call, Ledger
from tests.infra.cloud.life import live
from tests.infra.cloud.test_promises import physical, policy_of

SIMULATOR = ROOT / "node_modules" / "@cloud-copilot" / "iam-simulate"
RUN = """
const { runSimulation } = require("@cloud-copilot/iam-simulate");
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
Promise.all(asked.map((simulation) => runSimulation(simulation, {}))).then((answers) =>
  process.stdout.write(JSON.stringify(answers)));
"""
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
"""The policy of an administrator of the account."""
TABLES = {table.name for table in wiring.TABLES}
KEYS = {key.name for key in wiring.KEYS}
QUEUES = {queue.name for queue in wiring.QUEUES}
SECURE = {"aws:SecureTransport": "true"}
ONCE = {**SECURE, "s3:if-none-match": "*"}
"""What a write carries that must not replace anything."""

Simulation = dict[str, Any]


def simulate(asked: list[Simulation]) -> list[str]:
    """What IAM would answer to each: `Allowed`, `ImplicitlyDenied` or `ExplicitlyDenied`."""
    node = shutil.which("node")
    if node is None or not SIMULATOR.is_dir():
        pytest.skip("the simulator of IAM is not installed: npm install")
    run = subprocess.run(
        [node, "-e", RUN], cwd=ROOT, input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    answers = json.loads(run.stdout)
    broken = [(one, answer) for one, answer in zip(asked, answers, strict=True) if answer["resultType"] == "error"]
    assert broken == [], "a policy or a request that IAM would not understand"
    return [str(answer["overallResult"]) for answer in answers]


def simulation(
    action: str,
    resource: str,
    identity: dict[str, Any],
    *,
    role: str = "administrator",
    bucket_policy: list[dict[str, Any]] | None = None,
    context: dict[str, str] | None = None,
) -> Simulation:
    made: Simulation = {
        "request": {
            "principal": f"arn:aws:iam::{ACCOUNT}:role/{role}",
            "action": action,
            "resource": {"resource": resource, "accountId": ACCOUNT},
            "contextVariables": context or {},
        },
        "identityPolicies": [{"name": "role", "policy": identity}],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    if bucket_policy:
        statements = [{**each, "Resource": in_full(each["Resource"])} for each in bucket_policy]
        made["resourcePolicy"] = {"Version": "2012-10-17", "Statement": statements}
    return made


def in_full(resource: Any) -> Any:
    """The ARN of a bucket where a template refers to the bucket by its name."""
    if isinstance(resource, list):
        return [in_full(each) for each in resource]
    return f"arn:aws:s3:::{resource.replace('.Arn', '')}" if ".Arn" in resource else resource


def identity_of(assembly: Assembly, function: str) -> dict[str, Any]:
    """The policy of a function's role, without what refers to resources that have no names before they exist."""
    (policy,) = assembly.named("AWS::IAM::Role", physical(function))["Policies"]
    statements = [
        {**each, "Resource": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/data"} if "kms:" in str(each["Action"]) else each
        for each in policy["PolicyDocument"]["Statement"]
    ]
    return {
        **policy["PolicyDocument"],
        "Statement": [each for each in statements if each.get("Sid") not in ("ReadStream", "DeadLetters")],
    }


def of_call(assembly: Assembly, call: Call) -> Simulation:
    """A call of the ledger as a request to IAM."""
    identity, role = identity_of(assembly, call.function), physical(call.function)
    if call.resource in TABLES:
        table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{physical(call.resource)}"
        resource = f"{table}/index/{call.index}" if call.index else table
        return simulation(f"dynamodb:{call.action}", resource, identity, role=role)
    if call.resource == "mail":
        resource = f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/constancia.example"
        context = {"ses:FromAddress": "constancia@constancia.example"}
        return simulation(f"ses:{call.action}", resource, identity, role=role, context=context)
    if call.resource == "sms":
        resource = f"arn:aws:sms-voice:{REGION}:{ACCOUNT}:phone-number/phone-1"
        return simulation(f"sms-voice:{call.action}", resource, identity, role=role)
    if call.resource in KEYS:
        key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/data"
        asked = simulation(f"kms:{call.action}", key, identity, role=role)
        (policy,) = {
            json.dumps(made["KeyPolicy"])
            for made in assembly.all_of("AWS::KMS::Key").values()
            if made.get("KeyUsage") == "SIGN_VERIFY"
        }
        return {**asked, "resourcePolicy": json.loads(policy)}
    if call.resource in QUEUES:
        queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{physical(call.resource)}"
        return simulation(f"sqs:{call.action}", queue, identity, role=role)
    bucket = f"arn:aws:s3:::{physical(call.resource)}-{ACCOUNT}"
    whole = call.action.startswith("List")
    return simulation(
        f"s3:{call.action}",
        bucket if whole else f"{bucket}/{call.key or 'key'}",
        identity,
        role=role,
        bucket_policy=policy_of(assembly, call.resource),
        context=ONCE if call.action == "PutObject" else SECURE,
    )


@pytest.fixture
def calls(aws: None) -> list[Call]:
    with Ledger().open() as ledger:
        live(ledger)
    return sorted(ledger.calls, key=str)


def test_iam_allows_every_call_that_a_function_makes(assembly: Assembly, calls: list[Call]) -> None:
    answers = simulate([of_call(assembly, call) for call in calls])
    assert len(calls) > 40
    assert [call for call, answer in zip(calls, answers, strict=True) if answer != "Allowed"] == []


def test_iam_denies_everybody_to_replace_or_delete_a_pdf(assembly: Assembly) -> None:
    pdf, policy = f"arn:aws:s3:::{physical('pdfs')}-{ACCOUNT}/key", policy_of(assembly, "pdfs")
    asked = {
        ("s3:PutObject", "in place of another"): SECURE,
        ("s3:PutObject", "without TLS"): {**ONCE, "aws:SecureTransport": "false"},
        ("s3:PutObject", "once"): ONCE,
        ("s3:DeleteObject", ""): SECURE,
        ("s3:DeleteObjectVersion", ""): SECURE,
    }
    answers = simulate(
        [simulation(action, pdf, EVERYTHING, bucket_policy=policy, context=how) for (action, _), how in asked.items()]
    )
    assert dict(zip(asked, answers, strict=True)) == {
        how: "Allowed" if how[1] == "once" else "ExplicitlyDenied" for how in asked
    }


def test_iam_lets_no_function_that_citizens_reach_write_records_or_annul(assembly: Assembly) -> None:
    writes = ("PutItem", "UpdateItem", "DeleteItem")
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table"
    asked = [
        (function.name, action, name)
        for function in wiring.FUNCTIONS
        if function.routes
        for action in writes
        for name in ("people", "school_records", "certificates")
        if (function.name, name) != ("render_certificate", "certificates")
    ]
    answers = simulate(
        [
            simulation(
                f"dynamodb:{action}",
                f"{table}/{physical(name)}",
                identity_of(assembly, function),
                role=physical(function),
            )
            for function, action, name in asked
        ]
    )
    assert set(answers) == {"ImplicitlyDenied"}
