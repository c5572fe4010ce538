"""The grants of the table as IAM statements: each function's policy is these, and nothing else."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra import wiring
from infra.cloud.deployment import Deployment

MAIL = "mail"
MAIL_ACTIONS = ("ses:SendEmail", "ses:SendRawEmail")
"""One call, two permissions: SES checks a message that was composed by the caller as a raw one."""

TABLE_NAMES = {table.name for table in wiring.TABLES}
BUCKET_NAMES = {bucket.name for bucket in wiring.BUCKETS}
BUCKET_ACTIONS = ("ListBucket", "ListBucketVersions")
"""What is asked of a bucket as a whole, not of its objects."""


def role_of(
    scope: Construct,
    function: wiring.Function,
    deployment: Deployment,
    *,
    key_arn: str,
    log_group_arn: str,
    more: list[iam.PolicyStatement],
) -> iam.IRole:
    """The role of a function: its grants, its own log, its traces, and what its trigger needs (`more`)."""
    statements = [
        *(statement_of(grant, deployment) for grant in function.grants),
        *key_statements(function, key_arn),
        iam.PolicyStatement(
            sid="Log", actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[f"{log_group_arn}:*"]
        ),
        # X-Ray knows no resources.
        iam.PolicyStatement(
            sid="Trace", actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]
        ),
        *more,
    ]
    role = iam.Role(
        scope,
        "Role",
        role_name=deployment.name(function.name),
        description=function.does,
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={"table": iam.PolicyDocument(statements=statements)},
    )
    # The CDK would add what it thinks is needed; the table says it all.
    return role.without_policy_updates()


def statement_of(grant: wiring.Grant, deployment: Deployment) -> iam.PolicyStatement:
    """A grant as IAM says it.

    Raises:
        KeyError: the grant is for nothing that the table knows.
    """
    if grant.resource in TABLE_NAMES:
        table = f"arn:aws:dynamodb:{Aws.REGION}:{Aws.ACCOUNT_ID}:table/{deployment.table_name(grant.resource)}"
        return iam.PolicyStatement(
            actions=[f"dynamodb:{action}" for action in grant.actions],
            resources=[f"{table}/index/{grant.index}" if grant.index else table],
            conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(grant.keys)}} if grant.keys else None,
        )
    if grant.resource in BUCKET_NAMES:
        bucket = f"arn:aws:s3:::{deployment.bucket_name(grant.resource)}"
        on_objects = [f"{bucket}/{prefix}*" for prefix in grant.keys or ("",)]
        whole = set(grant.actions) & set(BUCKET_ACTIONS)
        if whole and whole != set(grant.actions):
            raise KeyError(f"{grant.resource}: what is asked of a bucket and of its objects are two grants")
        return iam.PolicyStatement(
            actions=[f"s3:{action}" for action in grant.actions], resources=[bucket] if whole else on_objects
        )
    if grant.resource == MAIL:
        arn = f"arn:aws:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        return iam.PolicyStatement(
            actions=list(MAIL_ACTIONS),
            resources=[f"{arn}:identity/{deployment.domain}", f"{arn}:configuration-set/{deployment.name(MAIL)}"],
            conditions={"StringEquals": {"ses:FromAddress": deployment.sender}},
        )
    raise KeyError(grant.resource)


def key_statements(function: wiring.Function, key_arn: str) -> list[iam.PolicyStatement]:
    """The key, used on the function's behalf by the stores that it is granted and by no other way."""
    actions: dict[str, set[str]] = {}
    for grant in function.grants:
        if grant.resource in TABLE_NAMES:
            actions.setdefault("dynamodb", set()).add("kms:Decrypt")
        elif grant.resource in BUCKET_NAMES and not set(grant.actions) <= set(BUCKET_ACTIONS):
            actions.setdefault("s3", set()).add("kms:Decrypt")
            if "PutObject" in grant.actions:
                actions["s3"].add("kms:GenerateDataKey")
    if function.stream:
        actions.setdefault("dynamodb", set()).add("kms:Decrypt")
    return [
        iam.PolicyStatement(
            actions=sorted(wanted),
            resources=[key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"{service}.{Aws.REGION}.amazonaws.com"}},
        )
        for service, wanted in sorted(actions.items())
    ]


def stream_statements(stream_arn: str, queue_arn: str) -> list[iam.PolicyStatement]:
    """What Lambda does with a function's role in order to read a stream for it."""
    return [
        iam.PolicyStatement(
            sid="ReadStream",
            actions=["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
            resources=[stream_arn],
        ),
        # DynamoDB lists the streams of an account, not those of a table.
        iam.PolicyStatement(sid="ListStreams", actions=["dynamodb:ListStreams"], resources=["*"]),
        iam.PolicyStatement(sid="DeadLetters", actions=["sqs:SendMessage"], resources=[queue_arn]),
    ]
