"""The stack that holds data: the key, the tables, the buckets, and CloudTrail's records."""

from typing import Any

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import parts, wiring
from infra.cloud.copies import Copies
from infra.cloud.deployment import RETAINED, Deployment, construct_id
from infra.cloud.evidence import Evidence, lock

LOGS_KEPT = Duration.days(90)
PORTAL_LOGS, CLOUDFRONT_LOGS = "s3/portal/", "cloudfront/"
"""The prefixes under which the other stack logs."""
PORTAL = "portal"
"""The bucket with code instead of data; it belongs to the stack that serves it."""


class DataStack(Stack):
    """The stack with everything that must outlive a deployment."""

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
        self.signing_keys = {
            key.name: [self._signing_key(key, label) for label in deployment.keys[key.name]] for key in wiring.KEYS
        }
        self.tables = {table.name: self._table(table) for table in wiring.TABLES}
        for table in self.tables.values():
            if table.table_stream_arn:
                # Kept while a restored table is in use, so that the two stacks can be deployed in their usual order.
                self.export_value(table.table_stream_arn)
        self.logs = self._bucket_of_logs()
        self.buckets = {bucket.name: self._bucket(bucket) for bucket in wiring.BUCKETS if bucket.name != PORTAL}
        self._let_others_log()
        self._trail()
        Copies(self, deployment, self.key)
        before = self.node.children
        evidence = Evidence(self, deployment, self.key, self.logs)
        # Its first file is locked at once. If something else failed then, the bucket would outlive the roll-back, and
        # the second attempt at a first deployment would fail because of its name.
        evidence.trail.node.add_dependency(*before)

    def _signing_key(self, key: parts.SigningKey, label: str) -> str:
        """The ARN of a pair of keys; it cannot be rotated by KMS, and what it signed must stay good for ever."""
        made = kms.CfnKey(
            self,
            f"{construct_id(key.name)}Key{construct_id(label)}",
            description=f"Constancia {self.deployment.stage}: {key.holds}",
            key_spec=key.spec,
            key_usage="SIGN_VERIFY",
            pending_window_in_days=30,
            key_policy=iam.PolicyDocument(
                statements=[
                    iam.PolicyStatement(principals=[iam.AccountRootPrincipal()], actions=["kms:*"], resources=["*"])
                ]
            ),
        )
        made.apply_removal_policy(self.deployment.on_removal)
        return made.attr_arn

    def _table(self, table: parts.Table) -> dynamodb.Table:
        def attribute(name: str) -> dynamodb.Attribute:
            return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)

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
                point_in_time_recovery_enabled=table.restorable
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
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[s3.LifecycleRule(expiration=LOGS_KEPT)],
            removal_policy=RETAINED,
        )

    def _bucket(self, bucket: parts.Bucket) -> s3.Bucket:
        made = s3.Bucket(
            self,
            construct_id(bucket.name),
            bucket_name=self.deployment.bucket_name(bucket.name),
            # What everybody reads needs no key of ours, and CloudFront none to read it.
            encryption=s3.BucketEncryption.S3_MANAGED if bucket.public_folder else s3.BucketEncryption.KMS,
            encryption_key=None if bucket.public_folder else self.key,
            # One data key for many objects; without it each download and each PDF costs a call of KMS.
            bucket_key_enabled=None if bucket.public_folder else True,
            object_lock_default_retention=lock(self.deployment, Duration.days(bucket.locked_days))
            if bucket.locked_days
            else None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            server_access_logs_bucket=self.logs,
            server_access_logs_prefix=f"s3/{bucket.name}/",
            lifecycle_rules=self._lifecycle(bucket),
            removal_policy=RETAINED,
        )
        if bucket.written_once:
            _write_once(made)
        if bucket.public_folder:
            _let_cloudfront_read(made)
        if bucket.by_link:
            # The holder's page fetches the PDF by its link, to have it when the signal is lost.
            made.add_cors_rule(allowed_origins=[self.deployment.url], allowed_methods=[s3.HttpMethods.GET])
        if any(function.files and function.files.bucket == bucket.name for function in wiring.FUNCTIONS):
            # The CDK would set it through a custom resource with a Lambda function.
            raw = made.node.default_child
            assert isinstance(raw, s3.CfnBucket)  # noqa: S101 it is what a bucket is made of
            raw.add_property_override("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True)
        return made

    @staticmethod
    def _lifecycle(bucket: parts.Bucket) -> list[s3.LifecycleRule]:
        of_all = s3.LifecycleRule(
            abort_incomplete_multipart_upload_after=Duration.days(1),
            expiration=Duration.days(bucket.expires_after_days) if bucket.expires_after_days else None,
            noncurrent_version_expiration=Duration.days(bucket.old_versions_days),
        )
        if bucket.expiring is None:
            return [of_all]
        prefix, days = bucket.expiring
        # What is deleted because its time is over is gone: of two rules the one that ends sooner holds.
        of_some = s3.LifecycleRule(
            prefix=prefix, expiration=Duration.days(days), noncurrent_version_expiration=Duration.days(1)
        )
        return [of_some, of_all]

    def _let_others_log(self) -> None:
        """Lets CloudFront and the portal's bucket, which belong to the other stack, write into the bucket of logs."""
        account = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        portal = f"arn:aws:s3:::{self.deployment.bucket_name(PORTAL)}"
        self.logs.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject"],
                principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
                resources=[self.logs.arn_for_objects(f"{PORTAL_LOGS}*")],
                conditions={**account, "ArnLike": {"aws:SourceArn": portal}},
            )
        )
        source = f"arn:aws:logs:{self.region}:{Aws.ACCOUNT_ID}:delivery-source:{self.deployment.name(PORTAL)}"
        self.logs.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject"],
                principals=[iam.ServicePrincipal("delivery.logs.amazonaws.com")],
                resources=[self.logs.arn_for_objects(f"{CLOUDFRONT_LOGS}AWSLogs/{Aws.ACCOUNT_ID}/CloudFront/*")],
                conditions={
                    "StringEquals": {**account["StringEquals"], "s3:x-amz-acl": "bucket-owner-full-control"},
                    "ArnLike": {"aws:SourceArn": source},
                },
            )
        )

    def _trail(self) -> None:
        """Records every read of a PDF: the events behind the bus triggers, and the evidence after a leak."""
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


def _let_cloudfront_read(bucket: s3.Bucket) -> None:
    """Lets the distributions of this account read the objects, and say 404 of one that is not there."""
    for action, resource in (("s3:GetObject", bucket.arn_for_objects("*")), ("s3:ListBucket", bucket.bucket_arn)):
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                actions=[action],
                principals=[iam.ServicePrincipal("cloudfront.amazonaws.com")],
                resources=[resource],
                conditions={"ArnLike": {"aws:SourceArn": f"arn:aws:cloudfront::{Aws.ACCOUNT_ID}:distribution/*"}},
            )
        )


def _write_once(bucket: s3.Bucket) -> None:
    """Denies everybody to replace or delete an object, whatever their own policies allow."""
    everything = bucket.arn_for_objects("*")
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="NeverReplaced",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["s3:PutObject"],
            resources=[everything],
            # A write without `If-None-Match` (S3 user guide, "Enforce conditional writes").
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
