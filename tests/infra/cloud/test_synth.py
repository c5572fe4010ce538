"""The templates: the same every time, without a finding that has no reason, without an error of cfn-lint."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from infra import wiring
from tests.infra.cloud.assembly import ROOT, STAGE, Assembly, synthesise

ALL_EXCEPTIONS = f"""
import json
from aws_cdk import App
from infra.cloud.deployment import Deployment
from infra.cloud.exceptions import exceptions
context = json.load(open("cdk.json"))["context"]
print(*exceptions(Deployment.of(App(context={{**context, "stage": "{STAGE}"}}).node)), sep="\\n")
"""


def test_the_same_table_gives_the_same_templates(assembly: Assembly, tmp_path: Path) -> None:
    again = synthesise(tmp_path, PYTHONHASHSEED="1")
    assert {path.name: path.read_text() for path in again.files} == {
        path.name: path.read_text() for path in assembly.files
    }
    assert {path.name for path in tmp_path.glob("asset.*")} == {path.name for path in assembly.folder.glob("asset.*")}


def test_every_finding_of_cdk_nag_has_its_reason_and_every_reason_its_finding(assembly: Assembly) -> None:
    reports = json.loads((assembly.folder / "validation-report.json").read_text())["pluginReports"]
    assert {report["pluginName"] for report in reports} == {"AwsSolutions", "Serverless"}
    assert [finding for report in reports for finding in report["violations"]] == []
    accepted = {
        found["acknowledgedId"]: found["reason"] for report in reports for found in report["suppressedViolations"]
    }
    assert all(len(reason) > 30 for reason in accepted.values())
    printed = subprocess.run(
        [sys.executable, "-c", ALL_EXCEPTIONS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(printed.stdout.splitlines()) == set(accepted)


WARNINGS = {
    "No cross-stack-reference strength configured": "the strong ones are wanted: nothing that is in use can be removed",
    "SnapStart only supports published Lambda versions": "every call goes to a published version, by its alias",
    "Unable to add necessary logging permissions to imported target bucket": "infra.cloud.data gives them",
    "Cannot update bucket policy of an imported bucket": "infra.cloud.data lets CloudFront read the public log",
    "Either the Event Rule or target has an unresolved environment": "rule and workflow are in one stack",
}
"""How the CDK's warnings begin, and why each is no fault."""


def warnings_of(assembly: Assembly) -> list[str]:
    """All warnings of a synthesis, wherever the CDK keeps them."""
    found: list[str] = []

    def within(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("type") == "aws:cdk:warning":
                found.append(str(value["data"]))
            for part in value.values():
                within(part)
        elif isinstance(value, list):
            for part in value:
                within(part)

    for path in (assembly.folder / "manifest.json", *assembly.folder.glob("*.metadata.json")):
        within(json.loads(path.read_text()))
    return found


def test_every_warning_of_the_cdk_has_its_reason_and_every_reason_its_warning(assembly: Assembly) -> None:
    found = warnings_of(assembly)
    assert [warning for warning in found if not warning.startswith(tuple(WARNINGS))] == []
    assert [begins for begins in WARNINGS if not any(warning.startswith(begins) for warning in found)] == []


def test_cfn_lint_finds_no_error(assembly: Assembly) -> None:
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--non-zero-exit-code", "error", "--format", "parseable"]
    run = subprocess.run([*lint, *map(str, assembly.files)], capture_output=True, text=True, check=False)
    # W3005: the CDK says twice that a function comes after its role.
    others = [line for line in run.stdout.splitlines() if ":W3005:" not in line]
    assert (run.returncode, others) == (0, [])


def test_each_function_of_the_table_is_one_file(assembly: Assembly) -> None:
    made = assembly.all_of("AWS::Lambda::Function")
    assert len(made) == len(wiring.FUNCTIONS)
    for function in made.values():
        name = function["Handler"].removesuffix(".handler")
        assert [path.name for path in assembly.asset(function).iterdir()] == [f"{name}.py"]
