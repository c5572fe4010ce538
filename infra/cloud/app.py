"""The CDK app: the two stacks of one deployment, held against the rule packs of cdk-nag."""

import json
import os
from pathlib import Path

from aws_cdk import Acknowledgment, App, Environment, Tags, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.cloud.data import DataStack
from infra.cloud.deployment import REGION, Deployment
from infra.cloud.exceptions import exceptions
from infra.cloud.service import ServiceStack

ROOT = Path(__file__).parents[2]


def app() -> App:
    """The app, not yet synthesised. What the CDK's own command says goes before what `cdk.json` says."""
    defaults = json.loads((ROOT / "cdk.json").read_text())["context"]
    made = App(outdir=os.environ.get("CDK_OUTDIR", str(ROOT / "cdk.out")), context=defaults, analytics_reporting=False)
    deployment = Deployment.of(made.node)
    environment = Environment(region=REGION)
    data = DataStack(made, deployment, env=environment)
    service = ServiceStack(made, deployment, data, env=environment)
    Tags.of(made).add("service", "constancia")
    Tags.of(made).add("stage", deployment.stage)
    Validations.of(made).add_plugins(AwsSolutionsChecks(made), ServerlessChecks(made))
    for rule, reason in exceptions(deployment).items():
        Validations.of(service).acknowledge(Acknowledgment(id=rule, reason=reason))
    return made
