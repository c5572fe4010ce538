"""The evidence of what people did: a trail of operators' calls, of arrivals and of writes that no function made.

CloudTrail signs the trail's files (`enable_log_file_validation`); the bucket keeps each for a year, and in production
nobody, the account's owner included, can delete one earlier (S3 Object Lock in compliance mode). See decision 050.
"""

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import parts, wiring
from infra.cloud.deployment import RETAINED, Deployment

KEPT = Duration.days(365)
"""How long a file of the trail cannot be deleted in production."""
KEPT_IN_A_TRIAL = Duration.days(1)
"""How long a locked object cannot be deleted in other stages, where an administrator may also lift it (governance
mode). What nobody could delete would keep a stage's buckets, and with them its name, long after the stage."""
DELETED_AFTER = Duration.days(400)
SEARCHED = logs.RetentionDays.THREE_MONTHS
"""How long the same events can be searched in CloudWatch Logs."""

WATCHED_TABLES = ("certificates", "school_records", "protections")
"""The tables that decide what is true. A write of anyone but the functions is recorded and raises an alarm."""
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}
ARRIVALS = ("PutObject", "CompleteMultipartUpload", "CopyObject")
"""The calls of S3 by which a whole object arrives."""
WRITTEN_BY_OTHERS = "TableWrittenByOthers"
"""The metric of writes that no function made."""


class Evidence(Construct):
    """The trail, its bucket and its log, with the metric of writes that no function made."""

    def __init__(self, scope: Construct, deployment: Deployment, key: kms.Key, access_logs: s3.IBucket) -> None:
        super().__init__(scope, "Evidence")
        self.deployment, self.key = deployment, key
        self.name = deployment.name("evidence")
        self.arn = f"arn:aws:cloudtrail:{Stack.of(self).region}:{Aws.ACCOUNT_ID}:trail/{self.name}"
        self.bucket = self._bucket(access_logs)
        self.log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/cloudtrail/{self.name}",
            retention=SEARCHED,
            removal_policy=deployment.on_removal,
        )
        self._let_cloudtrail_write()
        self.trail = self._trail()
        logs.MetricFilter(
            self,
            "WrittenByOthers",
            log_group=self.log,
            filter_pattern=logs.FilterPattern.literal(
                '{ ($.eventSource = "dynamodb.amazonaws.com") && ($.eventCategory = "Data") }'
            ),
            metric_namespace=deployment.metrics,
            metric_name=WRITTEN_BY_OTHERS,
            metric_value="1",
        )

    def _bucket(self, access_logs: s3.IBucket) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Bucket",
            bucket_name=self.deployment.bucket_name("evidence"),
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            object_lock_default_retention=lock(self.deployment, KEPT),
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix="s3/evidence/",
            lifecycle_rules=[
                s3.LifecycleRule(expiration=DELETED_AFTER, noncurrent_version_expiration=Duration.days(1))
            ],
            removal_policy=RETAINED,
        )

    def _let_cloudtrail_write(self) -> None:
        service = iam.ServicePrincipal("cloudtrail.amazonaws.com")
        ours = {"aws:SourceArn": self.arn}
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["s3:GetBucketAcl"],
                principals=[service],
                resources=[self.bucket.bucket_arn],
                conditions={"StringEquals": ours},
            )
        )
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject"],
                principals=[service],
                resources=[self.bucket.arn_for_objects(f"AWSLogs/{Aws.ACCOUNT_ID}/*")],
                conditions={"StringEquals": {**ours, "s3:x-amz-acl": "bucket-owner-full-control"}},
            )
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["kms:GenerateDataKey", "kms:DescribeKey"],
                principals=[service],
                resources=["*"],
                conditions={"StringEquals": ours},
            )
        )

    def _trail(self) -> cloudtrail.CfnTrail:
        role = iam.Role(
            self,
            "Role",
            role_name=self.name,
            description="Brings the trail's events to CloudWatch Logs",
            assumed_by=iam.ServicePrincipal("cloudtrail.amazonaws.com"),
            inline_policies={
                "log": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            sid="Log",
                            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                            resources=[self._streams()],
                        )
                    ]
                )
            },
        )
        trail = cloudtrail.CfnTrail(
            self,
            "Trail",
            trail_name=self.name,
            is_logging=True,
            # Changes of IAM and CloudFront, without which somebody could become a function unseen.
            include_global_service_events=True,
            enable_log_file_validation=True,
            s3_bucket_name=self.bucket.bucket_name,
            kms_key_id=self.key.key_arn,
            cloud_watch_logs_log_group_arn=self.log.log_group_arn,
            cloud_watch_logs_role_arn=role.role_arn,
            advanced_event_selectors=[
                _selector("changes to the installation", {"eventCategory": ["Management"], "readOnly": ["false"]}),
                _selector(
                    "calls of operators",
                    {
                        "eventCategory": ["Data"],
                        "resources.type": ["AWS::Lambda::Function"],
                        "eventName": ["Invoke"],
                        "resources.ARN": self._operators_functions(),
                    },
                ),
                _selector(
                    "arrivals of files",
                    {
                        "eventCategory": ["Data"],
                        "resources.type": ["AWS::S3::Object"],
                        "eventName": list(ARRIVALS),
                        "resources.ARN": [f"arn:aws:s3:::{self.deployment.bucket_name(name)}/" for name in _inboxes()],
                    },
                ),
                _selector(
                    "writes by others than the functions",
                    {
                        "eventCategory": ["Data"],
                        "resources.type": ["AWS::DynamoDB::Table"],
                        "readOnly": ["false"],
                        "resources.ARN": [self._table_arn(name) for name in WATCHED_TABLES],
                    },
                    {"userIdentity.arn": [self._session_arn(function) for function in _writers()]},
                ),
            ],
        )
        assert self.bucket.policy is not None  # noqa: S101 it was given statements above
        trail.node.add_dependency(self.bucket.policy, role)
        return trail

    def _streams(self) -> str:
        region = Stack.of(self).region
        return f"arn:aws:logs:{region}:{Aws.ACCOUNT_ID}:log-group:/aws/cloudtrail/{self.name}:*"

    def _operators_functions(self) -> list[str]:
        prefix = f"arn:aws:lambda:{Stack.of(self).region}:{Aws.ACCOUNT_ID}:function"
        return [f"{prefix}:{self.deployment.name(row.name)}" for row in wiring.FUNCTIONS if row.operators]

    def _table_arn(self, table: str) -> str:
        name = self.deployment.table_name(table)
        return f"arn:aws:dynamodb:{Stack.of(self).region}:{Aws.ACCOUNT_ID}:table/{name}"

    def _session_arn(self, function: parts.Function) -> str:
        """How the sessions of a function's role begin. Lambda alone may assume it."""
        return f"arn:aws:sts::{Aws.ACCOUNT_ID}:assumed-role/{self.deployment.name(function.name)}/"


def lock(deployment: Deployment, kept: Duration) -> s3.ObjectLockRetention:
    """How long the objects of a bucket are locked: in production for that long, whoever wants to delete one."""
    if deployment.in_production:
        return s3.ObjectLockRetention.compliance(kept)
    return s3.ObjectLockRetention.governance(KEPT_IN_A_TRIAL)


def _inboxes() -> list[str]:
    return sorted({row.files.bucket for row in wiring.FUNCTIONS if row.files})


def _writers() -> list[parts.Function]:
    """The functions that are granted a write of a watched table."""
    return [
        row
        for row in wiring.FUNCTIONS
        if any(grant.resource in WATCHED_TABLES and WRITES & set(grant.actions) for grant in row.grants)
    ]


def _selector(
    name: str, wanted: dict[str, list[str]], unless: dict[str, list[str]] | None = None
) -> cloudtrail.CfnTrail.AdvancedEventSelectorProperty:
    """A selector: an ARN is compared by its beginning, every other field as a whole; `unless` excludes beginnings."""
    field = cloudtrail.CfnTrail.AdvancedFieldSelectorProperty
    return cloudtrail.CfnTrail.AdvancedEventSelectorProperty(
        name=name,
        field_selectors=[
            *(
                field(field=key, starts_with=values) if key == "resources.ARN" else field(field=key, equal_to=values)
                for key, values in wanted.items()
            ),
            *(field(field=key, not_starts_with=values) for key, values in (unless or {}).items()),
        ],
    )
