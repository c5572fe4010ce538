"""The operators' role: whoever of this account may take it loads records, annuls, looks up and resends; no more."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import wiring
from infra.cloud.deployment import REGION, Deployment

TOLD = (("reports", "daily/"), ("reports", "monthly/"), ("inbox", "rejects/"))
"""What operators read themselves: buckets and prefixes of keys."""


def operators_role(
    scope: Construct, deployment: Deployment, functions: Sequence[lambda_.Alias], key_arn: str
) -> iam.Role:
    """The role; who may take it is said by the account's own policies, and a second factor is always asked for."""
    inboxes = [
        f"arn:aws:s3:::{deployment.bucket_name(function.files.bucket)}/{function.files.prefix}*"
        for function in wiring.FUNCTIONS
        if function.files
    ]
    loading = [
        iam.PolicyStatement(sid="Load", actions=["s3:PutObject"], resources=inboxes),
        iam.PolicyStatement(
            sid="LoadEncrypted",
            # A large file goes up in parts, and S3 reads its own parts again.
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
        ),
    ]
    reading = iam.PolicyStatement(
        sid="Read",
        actions=["s3:GetObject"],
        resources=[f"arn:aws:s3:::{deployment.bucket_name(bucket)}/{prefix}*" for bucket, prefix in TOLD],
    )
    invoking = iam.PolicyStatement(
        sid="Invoke",
        actions=["lambda:InvokeFunction"],
        resources=[function.function_arn for function in functions],
    )
    return iam.Role(
        scope,
        "Operators",
        role_name=deployment.name("operators"),
        description="Loads records, annuls, looks up and resends certificates",
        assumed_by=iam.AccountRootPrincipal().with_conditions({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        inline_policies={"operators": iam.PolicyDocument(statements=[invoking, reading, *loading])},
    )
