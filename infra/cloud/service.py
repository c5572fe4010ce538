"""The stack that computes: the functions and what wakes them, the API, the portal before it, the mail, the watch."""

import json
from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import wiring
from infra.cloud import layers
from infra.cloud.access import role_of, stream_statements
from infra.cloud.api import Api
from infra.cloud.data import DataStack
from infra.cloud.deployment import Deployment, construct_id
from infra.cloud.edge import Edge
from infra.cloud.loading import Loading
from infra.cloud.mail import Mail
from infra.cloud.operators import operators_role
from infra.cloud.watch import Watch

LOGS_KEPT = logs.RetentionDays.THREE_MONTHS
LETTERS_KEPT = Duration.days(14)
"""The longest that a queue keeps anything."""
STREAM_KEPT = Duration.hours(24)
"""So long does a stream remember; a mail that fails for a day is a dead letter."""
TIME_ZONE = "America/Lima"

ORIGIN_SECRET = "ORIGIN_SECRET"  # noqa: S105 the name of a setting


class ServiceStack(Stack):
    """Everything that can be deployed again at any moment."""

    def __init__(self, scope: Construct, deployment: Deployment, data: DataStack, **options: Any) -> None:
        super().__init__(scope, deployment.name("service"), **options)
        secret = secretsmanager.Secret(
            self,
            f"OriginSecret{construct_id(deployment.origin_secret)}",
            description="Proves to the functions that a request came through CloudFront",
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True, password_length=48),
        ).secret_value
        built = {
            name: lambda_.LayerVersion(
                self,
                f"{construct_id(name)}Layer",
                code=lambda_.Code.from_asset(str(layers.build(name))),
                compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
                compatible_architectures=[lambda_.Architecture.ARM_64],
                # An older version of a function still names the older layer.
                removal_policy=RemovalPolicy.RETAIN,
            )
            for name in wiring.LAYERS
        }
        functions = [FunctionOf(self, row, deployment, data, built, secret) for row in wiring.FUNCTIONS]
        api = Api(self, deployment, {made.row: made.alias for made in functions if made.row.routes})
        edge = Edge(self, deployment, data.logs, api.host, secret)
        mail = Mail(self, deployment)
        operators = [made.alias for made in functions if made.row.operators]
        operators_role(self, deployment, operators, data.key.key_arn)
        watch = Watch(self, deployment, functions, api, mail)
        CfnOutput(self, "PortalBucket", value=edge.bucket.bucket_name)
        CfnOutput(self, "Distribution", value=edge.distribution.distribution_domain_name)
        CfnOutput(self, "Dashboard", value=watch.dashboard.dashboard_name)


class FunctionOf(Construct):
    """A row of the table as a function, its role, its log, its published version, and what wakes it."""

    def __init__(
        self,
        scope: Construct,
        row: wiring.Function,
        deployment: Deployment,
        data: DataStack,
        built: dict[str, lambda_.LayerVersion],
        secret: SecretValue,
    ) -> None:
        super().__init__(scope, construct_id(row.name))
        self.row, self.deployment = row, deployment
        self.queue = self._dead_letters() if row.stream or row.bus or row.schedules or row.files else None
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/lambda/{deployment.name(row.name)}",
            retention=LOGS_KEPT,
            removal_policy=deployment.on_removal,
        )
        stream_arn = self._stream_arn(data)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=deployment.name(row.name),
            description=row.does,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(layers.ROOT / "functions"), exclude=["*", f"!{row.name}.py"]),
            handler=f"{row.name}.handler",
            layers=[built[layer] for layer in row.layers],
            memory_size=row.memory_mb,
            timeout=Duration.seconds(row.timeout_s),
            reserved_concurrent_executions=row.concurrency if deployment.in_production else None,
            environment=self._environment(secret),
            role=role_of(
                self,
                row,
                deployment,
                key_arn=data.key.key_arn,
                log_group_arn=f"arn:aws:logs:{data.region}:{data.account}:log-group:/aws/lambda/{deployment.name(row.name)}",
                more=stream_statements(stream_arn, self.queue.queue_arn) if stream_arn and self.queue else [],
            ),
            log_group=log,
            tracing=lambda_.Tracing.ACTIVE,
            # A citizen waits for these; what works in the background may take its second.
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if row.routes else None,
            # What is rolled back to must still be there.
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
        )
        self.alias = lambda_.Alias(self, "Live", alias_name=wiring.LIVE, version=self.function.current_version)
        if stream_arn:
            self._follow_stream(stream_arn)
        if row.bus:
            self._follow_bus(row.bus)
        for schedule in row.schedules:
            self._follow_schedule(schedule)
        if row.files and self.queue:
            Loading(self, deployment, row, self.alias, self.queue, data.key.key_arn)

    def _environment(self, secret: SecretValue) -> dict[str, str]:
        values = {**self.deployment.settings(), ORIGIN_SECRET: secret.unsafe_unwrap()}
        return {
            **wiring.environment_of(self.row, values),
            "POWERTOOLS_SERVICE_NAME": self.row.name,
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }

    def _dead_letters(self) -> sqs.Queue:
        return sqs.Queue(
            self,
            "Dead",
            queue_name=f"{self.deployment.name(self.row.name)}-dead",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=LETTERS_KEPT,
        )

    def _stream_arn(self, data: DataStack) -> str | None:
        if self.row.stream is None:
            return None
        table = self.row.stream.table
        if table in self.deployment.restored:
            restored: str = self.node.get_context(f"restored_{table}_stream")
            return restored
        return data.tables[table].table_stream_arn

    def _follow_stream(self, stream_arn: str) -> None:
        trigger = self.row.stream
        assert trigger is not None and self.queue is not None  # noqa: S101, PT018 there is a stream
        lambda_.CfnEventSourceMapping(
            self,
            "Stream",
            event_source_arn=stream_arn,
            function_name=self.alias.function_arn,
            batch_size=trigger.batch,
            starting_position="TRIM_HORIZON",
            maximum_retry_attempts=trigger.retries,
            maximum_record_age_in_seconds=STREAM_KEPT.to_seconds(),
            bisect_batch_on_function_error=True,
            function_response_types=["ReportBatchItemFailures"],
            destination_config={"onFailure": {"destination": self.queue.queue_arn}},
            filter_criteria={"filters": [{"pattern": json.dumps(trigger.pattern, separators=(",", ":"))}]},
        )

    def _follow_bus(self, trigger: wiring.BusTrigger) -> None:
        pattern = json.loads(json.dumps(trigger.pattern))
        if trigger.bucket:
            named = self.deployment.bucket_name(trigger.bucket)
            pattern["detail"]["requestParameters"] = {"bucketName": [named]}
        rule = events.Rule(
            self,
            "Bus",
            rule_name=self.deployment.name(self.row.name),
            description=self.row.does,
            event_pattern=events.EventPattern(
                source=pattern["source"], detail_type=pattern["detail-type"], detail=pattern["detail"]
            ),
        )
        rule.add_target(
            targets.LambdaFunction(self.alias, dead_letter_queue=self.queue, retry_attempts=trigger.retries)
        )

    def _follow_schedule(self, schedule: wiring.Schedule) -> None:
        assert self.queue is not None  # noqa: S101 there is a schedule
        name = self.deployment.name(schedule.name)
        role = self.node.try_find_child("SchedulerRole") or iam.Role(
            self,
            "SchedulerRole",
            assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"),
            inline_policies={
                "invoke": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self.alias.function_arn]),
                        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.queue.queue_arn]),
                    ]
                )
            },
        )
        assert isinstance(role, iam.Role)  # noqa: S101 it was made here
        scheduler.CfnSchedule(
            self,
            construct_id(schedule.name),
            name=name,
            schedule_expression=schedule.expression,
            schedule_expression_timezone=TIME_ZONE,
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": self.alias.function_arn,
                "roleArn": role.role_arn,
                "input": json.dumps(schedule.event, separators=(",", ":")),
                "retryPolicy": {"maximumRetryAttempts": schedule.retries},
                "deadLetterConfig": {"arn": self.queue.queue_arn},
            },
        )
