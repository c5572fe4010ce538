"""The file of a stage chooses what an operator may choose, and nothing that is not possible."""

import json
from pathlib import Path
from typing import cast

import pytest
from constancia import settings
from constructs import Node

from infra import wiring
from infra.cloud.deployment import STAGES, Deployment, read_stage
from tests.infra.cloud.assembly import STAGE, Assembly


def write(folder: Path, **own: object) -> None:
    (folder / "trial.json").write_text(json.dumps(own))


@pytest.mark.parametrize("file", sorted(STAGES.glob("*.json")), ids=lambda file: file.stem)
def test_the_files_of_the_stages_are_possible(file: Path) -> None:
    assert read_stage(file.stem).keys() >= {"settings", "restored"}


@pytest.mark.parametrize("name", [name for name, setting in settings.SETTINGS.items() if setting.chosen])
def test_every_setting_that_can_be_chosen_is_read_by_a_function_and_its_default_is_possible(name: str) -> None:
    setting = settings.SETTINGS[name]
    assert any(name in function.settings for function in wiring.FUNCTIONS)
    assert setting.default is not None
    assert settings.faults({name: setting.default}) == []


@pytest.mark.parametrize(
    "name", [name for name, setting in settings.SETTINGS.items() if (setting.default or "").isdecimal()]
)
def test_every_number_has_bounds_that_are_held_at_both_ends(name: str) -> None:
    """A limit of 0 would close the service to everybody, one of 10,000 would make an item of DynamoDB too large."""
    setting = settings.SETTINGS[name]
    assert setting.chosen
    assert setting.least is not None
    assert setting.most is not None
    assert settings.faults({name: str(setting.least)}) == settings.faults({name: str(setting.most)}) == []
    for wrong in (setting.least - 1, setting.most + 1, "", "many", "1.5"):
        assert settings.faults({name: str(wrong)}) == [
            f"{name} is a number from {setting.least} to {setting.most}, not {wrong}"
        ]


def test_everything_that_is_not_possible_is_named_at_once(tmp_path: Path) -> None:
    chosen = {
        "IDENTITY_FAILURES_TARGET": "10000",
        "ALTCHA_COST": "many",
        "HUMAN_PROOF": "none",
        "RECAPTCHA_SECRET": "shh",
        "PEOPLE_TABLE": "constancia-people",
        "IDENTITY_FAILURE_TARGET": "60",
    }
    restored = {"people": {"table": "a", "stream": "b"}, "certificates": {"table": "a"}, "marks": {"table": "a"}}
    write(tmp_path, settings=chosen, restored=restored, domains="x")
    with pytest.raises(ValueError, match=r"trial\.json") as refused:
        read_stage("trial", tmp_path)
    for name in (*chosen, "restored.people", "restored.certificates", "restored.marks", "domains"):
        assert name in str(refused.value)
    assert "shh" not in str(refused.value)
    with pytest.raises(ValueError, match=r"infra/stages/other\.json"):
        read_stage("other", tmp_path)


@pytest.mark.parametrize("stage", ["Prod", "prod-2", "prod_2", "2prod", "", "s" * 21, "../prod"])
def test_a_stage_whose_buckets_could_not_have_its_name_is_refused_before_anything_is_deployed(
    stage: str, tmp_path: Path
) -> None:
    (tmp_path / f"{Path(stage).name}.json").write_text("{}")
    with pytest.raises(ValueError, match="the name of a stage"):
        read_stage(stage, tmp_path)


def test_a_value_that_aws_would_refuse_is_named_before_anything_is_deployed(tmp_path: Path) -> None:
    """In the middle of a first deployment it would cost a roll-back and a clean-up."""
    wrong: dict[str, object] = {
        "domain": "https://constancia.example",
        "operators": "operaciones",
        "budget": "US$ 500",
        "concurrency": -5,
        "second_channel": "987654321",
        "origin_secret": "new one",
        "origin_secret_before": "the-old",
    }

    class Context:
        def try_get_context(self, key: str) -> str | None:
            return {"stage": "trial", "stages": str(tmp_path), "domain": "a.example", "operators": "a@b.example"}.get(
                key
            )

    write(tmp_path, **wrong)
    with pytest.raises(ValueError, match="stage trial") as refused:
        Deployment.of(cast(Node, Context()))
    assert [name for name in wrong if f"{name} is " not in str(refused.value)] == []
    right = {"budget": 5, "concurrency": "0", "second_channel": "+51987654321", "origin_secret": 2027}
    write(tmp_path, **right, origin_secret_before="first")
    made = Deployment.of(cast(Node, Context()))
    assert (made.budget, made.concurrency, made.origin_secret, made.origin_secret_before) == (5, 0, "2027", "first")


def test_the_longest_names_fit(assembly: Assembly) -> None:
    """For the longest name of a stage; the limits are those of S3 and IAM."""
    for kind, name, most in (("AWS::S3::Bucket", "BucketName", 63), ("AWS::IAM::Role", "RoleName", 64)):
        names = [made[name] for made in assembly.all_of(kind).values() if name in made]
        assert max(map(len, names)) - len(STAGE) + 20 <= most


def test_what_is_chosen_reaches_the_functions_that_read_it(tmp_path: Path) -> None:
    write(tmp_path, settings={"IDENTITY_FAILURES_TARGET": "9999", "HUMAN_PROOF": "recaptcha"})
    chosen = read_stage("trial", tmp_path)["settings"]
    given = {
        function.name: wiring.environment_of(function, chosen).keys() & chosen.keys() for function in wiring.FUNCTIONS
    }
    assert given["validate_request"] == chosen.keys()
    assert given["verify_certificate"] == {"HUMAN_PROOF"}
    assert given["send_certificate"] == set()
