"""The CDK app: the two stacks of one deployment, checked by the rule packs of cdk-nag."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from aws_cdk import Acknowledgment, App, Environment, Tags, Validations
from aws_cdk import aws_iam as iam
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.cloud import layers
from infra.cloud.data import DataStack
from infra.cloud.deployment import REGION, Deployment
from infra.cloud.exceptions import exceptions
from infra.cloud.service import ServiceStack

ROOT = Path(__file__).parents[2]


def app(build: Callable[[str], Path] = layers.build) -> App:
    """The app, not yet synthesised. Context of the CDK's command line takes precedence over `cdk.json`.

    Args:
        build: the folder of a layer, by its name.
    """
    defaults = json.loads((ROOT / "cdk.json").read_text())["context"]
    made = App(outdir=os.environ.get("CDK_OUTDIR", str(ROOT / "cdk.out")), context=defaults, analytics_reporting=False)
    deployment = Deployment.of(made.node)
    environment = Environment(region=REGION)
    data = DataStack(made, deployment, env=environment)
    ServiceStack(made, deployment, data, build, env=environment)
    if deployment.boundary:
        boundary = iam.ManagedPolicy.from_managed_policy_name(data, "Boundary", deployment.boundary)
        iam.PermissionsBoundary.of(made).apply(boundary)
    Tags.of(made).add("service", "constancia")
    Tags.of(made).add("stage", deployment.stage)
    Validations.of(made).add_plugins(AwsSolutionsChecks(made), ServerlessChecks(made))
    for rule, reason in exceptions(deployment).items():
        Validations.of(made).acknowledge(Acknowledgment(id=rule, reason=reason))
    return made
