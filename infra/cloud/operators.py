"""The operators' role: it may load records, call the operators' functions and read reports, and nothing else."""

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import wiring
from infra.cloud.deployment import REGION, Deployment


def operators_role(
    scope: Construct, deployment: Deployment, functions: Sequence[lambda_.Alias], key_arn: str
) -> iam.Role:
    """The role. Who may assume it is for the account's own policies, within what `_trusted` says.

    Args:
        scope: the stack.
        deployment: for the names of buckets.
        functions: the functions that operators may invoke.
        key_arn: the key that encrypts the buckets.
    """
    inboxes = [
        f"arn:aws:s3:::{deployment.bucket_name(function.files.bucket)}/{function.files.prefix}*"
        for function in wiring.FUNCTIONS
        if function.files and not function.files.by_link
    ]
    loading = [
        iam.PolicyStatement(sid="Load", actions=["s3:PutObject"], resources=inboxes),
        iam.PolicyStatement(
            sid="LoadEncrypted",
            # A large file is uploaded in parts, which S3 decrypts to put them together.
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
        ),
    ]
    reading = iam.PolicyStatement(
        sid="Read",
        actions=["s3:GetObject"],
        resources=[
            f"arn:aws:s3:::{deployment.bucket_name(bucket)}/{prefix}*" for bucket, prefix in wiring.OPERATORS_READ
        ],
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
        description="Operators: load records, call the functions of the console, read reports",
        assumed_by=_trusted(deployment),
        inline_policies={"operators": iam.PolicyDocument(statements=[invoking, reading, *loading])},
    )


def _trusted(deployment: Deployment) -> iam.IPrincipal:
    """Who may become an operator, so that the trail of evidence names a person.

    IAM users need a second factor, and their sessions bear their own name. Sessions of Identity Center carry no
    `aws:MultiFactorAuthPresent`: there, the permission set decides, and Identity Center itself asks for the factor.
    """
    account = iam.AccountRootPrincipal()
    if deployment.permission_set is None:
        return account.with_conditions(
            {
                "Bool": {"aws:MultiFactorAuthPresent": "true"},
                "StringEquals": {"sts:RoleSessionName": "${aws:username}"},
            }
        )
    reserved = f"arn:aws:iam::{Aws.ACCOUNT_ID}:role/aws-reserved/sso.amazonaws.com"
    session = f"AWSReservedSSO_{deployment.permission_set}_*"
    return account.with_conditions(
        {"ArnLike": {"aws:PrincipalArn": [f"{reserved}/{session}", f"{reserved}/*/{session}"]}}
    )
