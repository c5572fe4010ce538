"""The grants of the wiring as IAM statements. The policy of a function consists of these and nothing else."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra import parts, wiring
from infra.cloud.deployment import Deployment
from infra.parts import MAIL

MAIL_ACTIONS = ("ses:SendEmail", "ses:SendRawEmail")
"""Both are needed for one call: SES checks a message that the caller composed as a raw one."""

SMS = "sms"
SMS_IDENTITIES = ("phone-number", "pool", "sender-id")
"""What an SMS may be sent from; which one it is, the setting `SMS_ORIGINATION` says."""

TABLE_NAMES = {table.name for table in wiring.TABLES}
BUCKET_NAMES = {bucket.name for bucket in wiring.BUCKETS}
QUEUE_NAMES = {queue.name for queue in wiring.QUEUES}
BUCKET_ACTIONS = ("ListBucket", "ListBucketVersions")
"""Actions on a bucket as a whole, not on its objects."""


def role_of(
    scope: Construct,
    function: parts.Function,
    deployment: Deployment,
    *,
    key_arn: str,
    signing_keys: dict[str, list[str]],
    log_group_arn: str,
    more: list[iam.PolicyStatement],
) -> iam.IRole:
    """The role of a function.

    It allows the function's grants, its own log and its traces. `more` holds the statements that its trigger needs,
    `signing_keys` the ARNs of the wiring's pairs of keys, that which signs first.
    """
    statements = [
        *(
            statement
            for grant in function.grants
            for statement in (
                signing_statements(grant, signing_keys[grant.resource])
                if grant.resource in signing_keys
                else [statement_of(grant, deployment)]
            )
        ),
        *key_statements(function, key_arn),
        iam.PolicyStatement(
            sid="Log", actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[f"{log_group_arn}:*"]
        ),
        # X-Ray has no resources to name.
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
    # The CDK would add statements of its own.
    return role.without_policy_updates()


def statement_of(grant: parts.Grant, deployment: Deployment) -> iam.PolicyStatement:
    """A grant as a statement of IAM.

    Raises:
        KeyError: the wiring has no such resource, or the grant mixes actions on a bucket and on its objects.
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
    if grant.resource in QUEUE_NAMES:
        arn = f"arn:aws:sqs:{Aws.REGION}:{Aws.ACCOUNT_ID}:{deployment.name(grant.resource)}"
        return iam.PolicyStatement(actions=[f"sqs:{action}" for action in grant.actions], resources=[arn])
    if grant.resource == MAIL:
        arn = f"arn:aws:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        return iam.PolicyStatement(
            actions=list(MAIL_ACTIONS),
            resources=[f"{arn}:identity/{deployment.domain}", f"{arn}:configuration-set/{deployment.name(MAIL)}"],
            conditions={"StringEquals": {"ses:FromAddress": deployment.sender}},
        )
    if grant.resource == SMS:
        return iam.PolicyStatement(
            actions=[f"sms-voice:{action}" for action in grant.actions],
            resources=[f"arn:aws:sms-voice:{Aws.REGION}:{Aws.ACCOUNT_ID}:{kind}/*" for kind in SMS_IDENTITIES],
        )
    raise KeyError(grant.resource)


def signing_statements(grant: parts.Grant, arns: list[str]) -> list[iam.PolicyStatement]:
    """A grant on a pair of keys: only the one that signs may be signed with, all may be published."""
    return [
        iam.PolicyStatement(actions=[f"kms:{action}"], resources=arns[:1] if action == "Sign" else arns)
        for action in grant.actions
    ]


def key_statements(function: parts.Function, key_arn: str) -> list[iam.PolicyStatement]:
    """Statements that let the granted stores, and nothing else, use the key on behalf of the function."""
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


def failure_statement(queue_arn: str) -> iam.PolicyStatement:
    """The statement that Lambda needs in a function's role in order to send what failed to the dead-letter queue."""
    return iam.PolicyStatement(sid="DeadLetters", actions=["sqs:SendMessage"], resources=[queue_arn])


def stream_statements(stream_arn: str, queue_arn: str) -> list[iam.PolicyStatement]:
    """Statements that Lambda needs in a function's role in order to read a stream for it."""
    return [
        iam.PolicyStatement(
            sid="ReadStream",
            actions=["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
            resources=[stream_arn],
        ),
        # DynamoDB lists the streams of an account, not those of a table.
        iam.PolicyStatement(sid="ListStreams", actions=["dynamodb:ListStreams"], resources=["*"]),
        failure_statement(queue_arn),
    ]


def secret_statements(arns: list[str]) -> list[iam.PolicyStatement]:
    """Statements that let a function read its secrets; none where it has none."""
    if not arns:
        return []
    return [iam.PolicyStatement(sid="Secrets", actions=["secretsmanager:GetSecretValue"], resources=arns)]
