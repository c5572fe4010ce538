"""Releases and stages: what a second deployment changes, what a failed first one leaves, what two stages share."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra import wiring
from infra.cloud import copies
from tests.infra.cloud.assembly import ACCOUNT, Assembly, synthesise

NAMED = re.compile("Name$|^Aliases$|^Identity$|^Domain")
NESTED = (
    "Budget",
    "DistributionConfig",
    "ResponseHeadersPolicyConfig",
    "CachePolicyConfig",
    "OriginRequestPolicyConfig",
)
"""Properties in which AWS expects the name of the resource itself."""
NOT_NAMES = {
    "AWS::ApiGatewayV2::Stage": {"StageName"},
    "AWS::Lambda::Alias": {"Name"},
    "AWS::CloudWatch::Alarm": {"MetricName"},
    "AWS::IAM::Policy": {"PolicyName"},
}
"""Names within an API, a function, a name space of metrics or a role: they may be the same in all stages."""


@pytest.fixture(scope="module")
def bare_layers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Layers of one small file each: what a layer holds matters to nothing but its hash."""
    folder = tmp_path_factory.mktemp("layers")
    for layer in wiring.LAYERS:
        (folder / layer / "python").mkdir(parents=True)
        (folder / layer / "python" / "module.py").write_text("x = 1\n")
    return folder


@pytest.fixture(scope="module")
def before(bare_layers: Path, tmp_path_factory: pytest.TempPathFactory, assembly: Assembly) -> Assembly:
    """Production on the bare layers."""
    return synthesise(tmp_path_factory.mktemp("before"), layers=bare_layers)


def versions(made: Assembly) -> dict[str, str]:
    """The logical id of the published version of each function; another id is another version."""
    handlers = {
        function["FunctionName"]: function["Handler"] for function in made.all_of("AWS::Lambda::Function").values()
    }
    return {
        handlers[version["FunctionName"]].removesuffix(".handler"): logical
        for logical, version in made.all_of("AWS::Lambda::Version").items()
    }


def test_one_byte_changed_in_a_layer_gives_exactly_its_functions_a_new_version(
    before: Assembly, bare_layers: Path, tmp_path: Path
) -> None:
    """The alias follows the version, so a release whose only change is in a layer goes live (aws-cdk#19098)."""
    changed = bare_layers / "rendering" / "python" / "module.py"
    changed.write_text("x = 2\n")
    after = synthesise(tmp_path, layers=bare_layers)
    changed.write_text("x = 1\n")
    old, new = versions(before), versions(after)
    assert {name for name in old if old[name] != new[name]} == {
        function.name for function in wiring.FUNCTIONS if "rendering" in function.layers
    }


# A first deployment that fails


def test_nothing_with_a_name_stays_behind_when_its_creation_is_rolled_back(assembly: Assembly) -> None:
    """`Retain` would keep the name, and the second attempt would fail because of it."""
    kept = {name: made.get("DeletionPolicy") for name, made in assembly.resources.items()}
    assert {name for name, policy in kept.items() if policy == "Retain"} == set()
    assert set(kept.values()) == {None, "Delete", "RetainExceptOnCreate"}
    assert all(
        made["UpdateReplacePolicy"] == "Retain"
        for made in assembly.resources.values()
        if made.get("DeletionPolicy") == "RetainExceptOnCreate"
    )


def test_the_trail_locks_its_first_file_when_everything_else_of_its_stack_is_there(assembly: Assembly) -> None:
    """A roll-back could not delete the bucket any more, in production for a year."""
    made = assembly.templates["data"]["Resources"]
    (trail,) = [
        each for each in made.values() if each.get("Properties", {}).get("TrailName") == "constancia-prod-evidence"
    ]
    of_the_evidence = {name for name in made if name.startswith("Evidence")}
    assert set(made) - of_the_evidence <= set(trail["DependsOn"])


def reserved(made: Assembly) -> list[int]:
    functions = made.all_of("AWS::Lambda::Function").values()
    return [
        function["ReservedConcurrentExecutions"] for function in functions if "ReservedConcurrentExecutions" in function
    ]


def test_production_fits_the_concurrency_of_a_usual_account(assembly: Assembly) -> None:
    """An account has 1,000 concurrent executions, and Lambda refuses a reservation that leaves fewer than 100."""
    answering = {function.name for function in wiring.FUNCTIONS if function.routes}
    bounded = {function.name for function in wiring.FUNCTIONS if function.concurrency}
    # Each copy that answers a file may try one number of a code more than the limits say.
    assert bounded == answering | {"answer_file"}
    assert len(reserved(assembly)) == len(bounded)
    assert sum(reserved(assembly)) <= 900


# A lost table, and a restored one in its place


def write_stage(folder: Path, stage: str, **chosen: Any) -> dict[str, str]:
    """Writes the file of a stage; gives the context that has it read."""
    (folder / f"{stage}.json").write_text(json.dumps(chosen))
    return {"stages": str(folder)}


def test_with_a_restored_table_the_stacks_deploy_in_their_usual_order(
    before: Assembly, bare_layers: Path, tmp_path: Path
) -> None:
    """An export that another stack imports cannot be removed: the data stack keeps it, there and on the way back."""
    stream = "arn:aws:dynamodb:us-east-1:123456789012:table/restored/stream/2026-11-26T00:00:00.000"
    stages = write_stage(tmp_path, "prod", restored={"certificates": {"table": "restored", "stream": stream}})
    after = synthesise(tmp_path / "out", layers=bare_layers, context=stages)
    assert after.templates["data"]["Outputs"] == before.templates["data"]["Outputs"]
    kept = {name: made for name, made in after.resources.items() if made["Type"] == "AWS::DynamoDB::Table"}
    assert kept == {name: made for name, made in before.resources.items() if made["Type"] == "AWS::DynamoDB::Table"}
    mappings = after.all_of("AWS::Lambda::EventSourceMapping").values()
    followers = [function.name for function in wiring.FUNCTIONS if function.stream]
    assert [mapping["EventSourceArn"] for mapping in mappings] == [stream] * len(followers)
    trails = json.dumps(after.all_of("AWS::CloudTrail::Trail"))
    assert "table/restored" in trails, "writes to the table in use are evidence"
    assert "table/restored" in json.dumps(after.all_of("AWS::Backup::BackupSelection")), "it is copied too"


# Two stages in one account


@pytest.fixture(scope="module")
def trial(bare_layers: Path, tmp_path_factory: pytest.TempPathFactory, assembly: Assembly) -> Assembly:
    """Another stage in the same account, under another domain, with a reservation of its own."""
    stages = write_stage(
        tmp_path_factory.mktemp("stages"),
        "trial",
        domain="trial.example",
        operators="one@trial.example, two@trial.example",
        concurrency="90",
        boundary="owners-limit",
        permission_set="ConstanciaOperators",
        copies_locked=True,
    )
    # What a stage's file does not choose, the context may.
    context = {**stages, "stage": "trial", "second_channel": "+51987654321"}
    return synthesise(tmp_path_factory.mktemp("trial"), layers=bare_layers, context=context)


def physical_names(made: Assembly) -> set[tuple[str, str, str]]:
    """Type, property and value of everything that is named in the templates; a reference names nothing."""
    found: set[tuple[str, str, str]] = set()

    def within(kind: str, properties: dict[str, Any]) -> None:
        for name, value in properties.items():
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, str) or (isinstance(part, dict) and "Fn::Join" in part):
                    if NAMED.search(name) and name not in NOT_NAMES.get(kind, ()):
                        found.add((kind, name, made.plain(part)))
                elif isinstance(part, dict) and name in NESTED:
                    within(kind, part)

    for resource in made.resources.values():
        within(resource["Type"], resource.get("Properties", {}))
    return found


def test_a_stage_can_have_its_copies_locked_for_good(trial: Assembly) -> None:
    (vault,) = trial.all_of("AWS::Backup::BackupVault").values()
    assert vault["LockConfiguration"]["ChangeableForDays"] == copies.CHANGEABLE_FOR.to_days()


def test_two_stages_share_no_name(assembly: Assembly, trial: Assembly) -> None:
    ours, theirs = physical_names(assembly), physical_names(trial)
    assert len(ours) > 120
    assert len(ours) == len(theirs)
    assert ours & theirs == set()


def test_a_trial_s_stacks_can_be_deleted_although_something_is_in_its_buckets_and_its_vault(trial: Assembly) -> None:
    """CloudFormation does not delete what is not empty, and stops there."""
    for kind in ("AWS::S3::Bucket", "AWS::Backup::BackupVault"):
        made = [each for each in trial.resources.values() if each["Type"] == kind]
        assert {each["DeletionPolicy"] for each in made} == {"RetainExceptOnCreate"}


def test_what_is_locked_in_production_can_be_deleted_in_a_trial(assembly: Assembly, trial: Assembly) -> None:
    """A bucket that nobody can empty would keep the name of a stage that ended, in this account, for ten years."""
    for made, mode in ((assembly, "COMPLIANCE"), (trial, "GOVERNANCE")):
        locks = [
            bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
            for bucket in made.all_of("AWS::S3::Bucket").values()
            if bucket.get("ObjectLockEnabled")
        ]
        assert [lock["Mode"] for lock in locks] == [mode] * 2


def test_alarms_and_the_bill_are_told_to_each_operator(trial: Assembly) -> None:
    """The setting `OPERATORS_MAIL` takes several addresses; SNS and Budgets refuse a list as an address."""
    wanted = {"one@trial.example", "two@trial.example"}
    subscriptions = trial.all_of("AWS::SNS::Subscription").values()
    assert {each["Endpoint"] for each in subscriptions if each["Protocol"] == "email"} == wanted
    (budget,) = trial.all_of("AWS::Budgets::Budget").values()
    for told in budget["NotificationsWithSubscribers"]:
        assert {each["Address"] for each in told["Subscribers"]} == wanted


def test_alarms_go_to_a_second_channel_where_there_is_one(assembly: Assembly, trial: Assembly) -> None:
    for made, protocols in ((assembly, {"email"}), (trial, {"email", "sms"})):
        assert {each["Protocol"] for each in made.all_of("AWS::SNS::Subscription").values()} == protocols


def test_sessions_of_identity_center_become_operators_by_their_permission_set(trial: Assembly) -> None:
    """They carry no `aws:MultiFactorAuthPresent`: with it as the condition, nobody could become an operator."""
    (trusted,) = trial.named("AWS::IAM::Role", "constancia-trial-operators")["AssumeRolePolicyDocument"]["Statement"]
    reserved = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com"
    session = "AWSReservedSSO_ConstanciaOperators_*"
    assert trusted["Condition"] == {
        "ArnLike": {"aws:PrincipalArn": [f"{reserved}/{session}", f"{reserved}/*/{session}"]}
    }


def test_every_role_is_bounded_where_the_account_s_owner_says_so(trial: Assembly) -> None:
    roles = trial.all_of("AWS::IAM::Role").values()
    assert len(roles) > 10
    for role in roles:
        assert role["PermissionsBoundary"] == f"arn:aws:iam::{ACCOUNT}:policy/owners-limit"


def test_a_stage_reserves_what_its_context_says(trial: Assembly) -> None:
    assert 80 < sum(reserved(trial)) <= 90
    assert json.dumps(trial.templates).count("constancia-prod") == 0
