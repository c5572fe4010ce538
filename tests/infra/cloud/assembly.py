"""The templates of a deployment, synthesised by the command that operators use, with references read as plain names."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
ACCOUNT = "123456789012"
REGION = "us-east-1"
STAGE = "prod"

Resource = dict[str, Any]

PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
NAMES = {
    "AWS::CloudTrail::Trail": "TrailName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SQS::Queue": "QueueName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
"""The property that names a resource, for those that have names of their own here."""


WITH_LAYERS = """
import sys
from pathlib import Path
from infra.cloud.__main__ import app
app(Path(sys.argv[1]).joinpath).synth()
"""
"""A synthesis with layers that are folders already: only the layers' hashes differ, and nothing is built."""


def synthesise(
    folder: Path, *, layers: Path | None = None, context: dict[str, str] | None = None, **environment: str
) -> "Assembly":
    """Runs `python -m infra.cloud`, for production unless the context says another stage.

    Args:
        folder: where the templates are written.
        layers: a folder with one folder a layer, to be used in place of the built ones.
        context: as `-c` of the CDK gives it.
        environment: more variables.
    """
    chosen = {"CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps({"stage": STAGE, **(context or {})})}
    command = [sys.executable, *(("-c", WITH_LAYERS, str(layers)) if layers else ("-m", "infra.cloud"))]
    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **chosen, **environment}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    return Assembly(folder)


@dataclass(frozen=True)
class Assembly:
    """What was synthesised."""

    folder: Path

    @cached_property
    def files(self) -> list[Path]:
        """The templates."""
        return sorted(self.folder.glob("*.template.json"))

    @cached_property
    def templates(self) -> dict[str, Any]:
        """The templates, by the last word of their stacks' names."""
        return {path.name.split(".")[0].rsplit("-", 1)[1]: json.loads(path.read_text()) for path in self.files}

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """All resources of all stacks, by logical id."""
        return {name: made for template in self.templates.values() for name, made in template["Resources"].items()}

    @cached_property
    def exports(self) -> dict[str, Any]:
        """What one stack gives to others."""
        outputs = [output for template in self.templates.values() for output in template.get("Outputs", {}).values()]
        return {output["Export"]["Name"]: output["Value"] for output in outputs if "Export" in output}

    def all_of(self, kind: str) -> dict[str, Resource]:
        """The properties of all resources of a type, references resolved."""
        return {
            name: self.plain(made.get("Properties", {}))
            for name, made in self.resources.items()
            if made["Type"] == kind
        }

    def named(self, kind: str, name: str) -> Resource:
        """The properties of the resource of that type and physical name."""
        (found,) = [made for made in self.all_of(kind).values() if made.get(NAMES[kind]) == name]
        return found

    def plain(self, value: Any) -> Any:
        """A value with its references read: of what has a name, the name; of all else the logical id."""
        if isinstance(value, list):
            return [self.plain(part) for part in value]
        if not isinstance(value, dict):
            return value
        read = self._read(*next(iter(value.items()))) if len(value) == 1 else None
        return {name: self.plain(part) for name, part in value.items()} if read is None else read

    def _read(self, function: str, argument: Any) -> Any:
        match function:
            case "Ref":
                return PSEUDO.get(argument) or self._name(argument)
            case "Fn::GetAtt":
                return f"{self._name(argument[0])}.{argument[1]}"
            case "Fn::Join":
                return str(argument[0]).join(str(self.plain(part)) for part in argument[1])
            case "Fn::ImportValue":
                return self.plain(self.exports[argument])
        return None

    def _name(self, logical_id: str) -> str:
        made = self.resources[logical_id]
        own = made.get("Properties", {}).get(NAMES.get(made["Type"], ""))
        return str(self.plain(own)) if own else logical_id

    def asset(self, function: Resource) -> Path:
        """The folder that is uploaded for a function or layer."""
        place = function.get("Code") or function["Content"]
        return self.folder / f"asset.{str(place['S3Key']).removesuffix('.zip')}"
