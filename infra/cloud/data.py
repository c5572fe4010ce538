"""The stack that holds data: the key, the tables, the buckets, and the record of who read the PDFs."""

from typing import Any

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import wiring
from infra.cloud.deployment import Deployment, construct_id

LOGS_KEPT = Duration.days(90)
OLD_VERSIONS_KEPT = Duration.days(90)
"""How long what was overwritten or deleted by mistake can still be had back."""
TO_INFREQUENT_ACCESS = Duration.days(60)
"""A certificate is downloaded in the weeks after its issue, then hardly ever; this storage costs half."""
PORTAL = "portal"
"""The bucket that is code, not data: it lies with the stack that serves it."""


class DataStack(Stack):
    """Everything that must outlive a deployment."""

    def __init__(self, scope: Construct, deployment: Deployment, **options: Any) -> None:
        super().__init__(scope, deployment.name("data"), termination_protection=deployment.in_production, **options)
        self.deployment = deployment
        self.key = kms.Key(
            self,
            "Key",
            alias=f"alias/{deployment.name('data')}",
            description="Everything that Constancia stores",
            enable_key_rotation=True,
            removal_policy=deployment.on_removal,
        )
        self.tables = {table.name: self._table(table) for table in wiring.TABLES}
        self.logs = self._bucket_of_logs()
        self.buckets = {bucket.name: self._bucket(bucket) for bucket in wiring.BUCKETS if bucket.name != PORTAL}
        self._trail()

    def _table(self, table: wiring.Table) -> dynamodb.Table:
        def attribute(name: str) -> dynamodb.Attribute:
            kind = dynamodb.AttributeType.NUMBER if name in table.numbers else dynamodb.AttributeType.STRING
            return dynamodb.Attribute(name=name, type=kind)

        made = dynamodb.Table(
            self,
            construct_id(table.name),
            table_name=self.deployment.name(table.name),
            partition_key=attribute(table.key),
            sort_key=attribute(table.sort) if table.sort else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=table.expiry,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if table.stream else None,
            deletion_protection=self.deployment.in_production,
            removal_policy=self.deployment.on_removal,
        )
        for index in table.indexes:
            made.add_global_secondary_index(
                index_name=index.name,
                partition_key=attribute(index.key),
                sort_key=attribute(index.sort),
                projection_type=dynamodb.ProjectionType.INCLUDE if index.carries else dynamodb.ProjectionType.KEYS_ONLY,
                non_key_attributes=list(index.carries) or None,
            )
        return made

    def _bucket_of_logs(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Logs",
            bucket_name=self.deployment.bucket_name("logs"),
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            # CloudFront writes its logs by an access list.
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
            lifecycle_rules=[s3.LifecycleRule(expiration=LOGS_KEPT)],
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _bucket(self, bucket: wiring.Bucket) -> s3.Bucket:
        made = s3.Bucket(
            self,
            construct_id(bucket.name),
            bucket_name=self.deployment.bucket_name(bucket.name),
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            # One data key for many objects: without it each download and each PDF is a call of KMS.
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            server_access_logs_bucket=self.logs,
            server_access_logs_prefix=f"s3/{bucket.name}/",
            lifecycle_rules=[self._lifecycle(bucket)],
            removal_policy=RemovalPolicy.RETAIN,
        )
        if bucket.written_once:
            _write_once(made)
        if any(function.files and function.files.bucket == bucket.name for function in wiring.FUNCTIONS):
            # The CDK would set it through a function of its own.
            raw = made.node.default_child
            assert isinstance(raw, s3.CfnBucket)  # noqa: S101 it is what a bucket is made of
            raw.add_property_override("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True)
        return made

    @staticmethod
    def _lifecycle(bucket: wiring.Bucket) -> s3.LifecycleRule:
        cooler = s3.Transition(storage_class=s3.StorageClass.INFREQUENT_ACCESS, transition_after=TO_INFREQUENT_ACCESS)
        return s3.LifecycleRule(
            abort_incomplete_multipart_upload_after=Duration.days(1),
            expiration=Duration.days(bucket.expires_after_days) if bucket.expires_after_days else None,
            noncurrent_version_expiration=OLD_VERSIONS_KEPT,
            transitions=[cooler] if bucket.written_once else None,
        )

    def _trail(self) -> None:
        """Every read of a PDF: the events that `count_download` counts, and the evidence after a leak."""
        watched = [bucket.name for bucket in wiring.BUCKETS if bucket.written_once]
        name = self.deployment.name("reads")
        arn = f"arn:aws:cloudtrail:{self.region}:{Aws.ACCOUNT_ID}:trail/{name}"
        service = iam.ServicePrincipal("cloudtrail.amazonaws.com")
        ours = {"StringEquals": {"aws:SourceArn": arn}}
        self.logs.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["s3:GetBucketAcl"], principals=[service], resources=[self.logs.bucket_arn], conditions=ours
            )
        )
        self.logs.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject"],
                principals=[service],
                resources=[self.logs.arn_for_objects(f"reads/AWSLogs/{Aws.ACCOUNT_ID}/*")],
                conditions={"StringEquals": {**ours["StringEquals"], "s3:x-amz-acl": "bucket-owner-full-control"}},
            )
        )
        selectors = {
            "eventCategory": {"equal_to": ["Data"]},
            "resources.type": {"equal_to": ["AWS::S3::Object"]},
            "eventName": {"equal_to": ["GetObject"]},
            "resources.ARN": {"starts_with": [self.buckets[bucket].arn_for_objects("") for bucket in watched]},
        }
        fields = [
            cloudtrail.CfnTrail.AdvancedFieldSelectorProperty(field=field, **test) for field, test in selectors.items()
        ]
        trail = cloudtrail.CfnTrail(
            self,
            "Reads",
            trail_name=name,
            is_logging=True,
            enable_log_file_validation=True,
            s3_bucket_name=self.logs.bucket_name,
            s3_key_prefix="reads",
            advanced_event_selectors=[
                cloudtrail.CfnTrail.AdvancedEventSelectorProperty(name="reads of certificates", field_selectors=fields)
            ],
        )
        assert self.logs.policy is not None  # noqa: S101 it was given statements above
        trail.node.add_dependency(self.logs.policy)


def _write_once(bucket: s3.Bucket) -> None:
    """Nobody, whatever their own policy says, replaces or deletes an object."""
    everything = bucket.arn_for_objects("*")
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="NeverReplaced",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["s3:PutObject"],
            resources=[everything],
            # A write that does not ask "only if there is none" (S3 user guide, "Enforce conditional writes").
            conditions={"Null": {"s3:if-none-match": "true"}},
        )
    )
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="NeverDeleted",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
            resources=[everything],
        )
    )
