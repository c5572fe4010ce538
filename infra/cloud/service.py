"""The stack that computes: functions and their triggers, the API, the public origin, the mail, the alarms."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import parts, wiring
from infra.cloud import layers
from infra.cloud.access import failure_statement, role_of, secret_statements, stream_statements
from infra.cloud.api import Api
from infra.cloud.data import DataStack
from infra.cloud.deployment import RETAINED, Deployment, construct_id
from infra.cloud.edge import Edge
from infra.cloud.loading import LoadWorkflow
from infra.cloud.mail import Mail
from infra.cloud.operators import operators_role
from infra.cloud.watch import Watch

LOGS_KEPT = logs.RetentionDays.THREE_MONTHS
LETTERS_KEPT = Duration.days(14)
"""The longest time that SQS keeps a message."""
STREAM_KEPT = Duration.hours(24)
"""How long a stream of DynamoDB keeps a change."""
FOR_EVER = -1
"""How a trigger of Lambda names that a change comes again until the stream drops it."""
EVENT_KEPT = Duration.hours(6)
"""How long Lambda keeps an event that nobody waits for; the longest that it offers."""
TIME_ZONE = "America/Lima"


class ServiceStack(Stack):
    """The stack with everything that can be deployed again at any time."""

    def __init__(
        self,
        scope: Construct,
        deployment: Deployment,
        data: DataStack,
        build: Callable[[str], Path],
        **options: Any,
    ) -> None:
        super().__init__(scope, deployment.name("service"), **options)
        labels = [label for label in (deployment.origin_secret, deployment.origin_secret_before) if label]
        origin = [
            self._secret(f"OriginSecret{construct_id(label)}", "Proves to the functions that CloudFront calls")
            for label in labels
        ]
        key = self._secret("CountersKey", "The key of challenges and of the names of counters")
        # A function finds the names of secrets and keys in its environment, and secrets' values only at run time.
        secrets = {"ORIGIN_SECRET": [made.secret_arn for made in origin], "COUNTERS_KEY": [key.secret_arn]}
        if recaptcha := deployment.chosen.get("RECAPTCHA_SECRET"):
            secrets["RECAPTCHA_SECRET"] = [recaptcha]
        built = {
            name: lambda_.LayerVersion(
                self,
                f"{construct_id(name)}Layer",
                code=lambda_.Code.from_asset(str(build(name))),
                compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
                compatible_architectures=[lambda_.Architecture.ARM_64],
                # An older version of a function refers to the older layer.
                removal_policy=RETAINED,
            )
            for name in wiring.LAYERS
        }
        undelivered = [
            dead_letters(self, construct_id(queue.name), deployment.name(queue.name)) for queue in wiring.QUEUES
        ]
        functions = [FunctionOf(self, row, deployment, data, built, secrets) for row in wiring.FUNCTIONS]
        api = Api(self, deployment, {made.row: made.alias for made in functions if made.row.routes})
        edge = Edge(self, deployment, api.host, origin[0].secret_value)
        # CloudFront sends a new secret only once every function that is called accepts it.
        edge.distribution.node.add_dependency(*(made.alias for made in functions if made.row.routes))
        mail = Mail(self, deployment)
        operators = [made.alias for made in functions if made.row.operators]
        operators_role(self, deployment, operators, data.key.key_arn)
        watch = Watch(self, deployment, functions, api, mail, edge.distribution, undelivered)
        CfnOutput(self, "Portal", value=deployment.url)
        CfnOutput(self, "PortalBucket", value=edge.bucket.bucket_name)
        CfnOutput(self, "Distribution", value=edge.distribution.distribution_domain_name)
        CfnOutput(self, "Dashboard", value=watch.dashboard.dashboard_name)

    def _secret(self, logical_id: str, description: str) -> secretsmanager.Secret:
        return secretsmanager.Secret(
            self,
            logical_id,
            description=description,
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True, password_length=48),
        )


def dead_letters(scope: Construct, logical_id: str, name: str) -> sqs.Queue:
    """A queue that keeps letters for operators as long as SQS can."""
    return sqs.Queue(
        scope,
        logical_id,
        queue_name=name,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=LETTERS_KEPT,
    )


class FunctionOf(Construct):
    """A function of the wiring with its role, its log, its published version, its queue and its triggers."""

    def __init__(
        self,
        scope: Construct,
        row: parts.Function,
        deployment: Deployment,
        data: DataStack,
        built: dict[str, lambda_.LayerVersion],
        secrets: dict[str, list[str]],
    ) -> None:
        super().__init__(scope, construct_id(row.name))
        self.row, self.deployment = row, deployment
        self.queue = dead_letters(self, "Dead", f"{deployment.name(row.name)}-dead") if row.in_background else None
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
            reserved_concurrent_executions=deployment.copies_of(row),
            environment=self._environment(data, secrets),
            role=role_of(
                self,
                row,
                deployment,
                key_arn=data.key.key_arn,
                signing_keys=data.signing_keys,
                log_group_arn=f"arn:aws:logs:{data.region}:{data.account}:log-group:/aws/lambda/{deployment.name(row.name)}",
                more=[
                    *self._statements_of_triggers(stream_arn),
                    *secret_statements([arn for name in row.settings for arn in secrets.get(name, [])]),
                ],
            ),
            log_group=log,
            tracing=lambda_.Tracing.ACTIVE,
            # A newer runtime arrives with a release of ours, after its tests, and not in between.
            runtime_management_mode=lambda_.RuntimeManagementMode.FUNCTION_UPDATE,
            # A citizen waits for these. Functions in the background may start slowly.
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if row.routes else None,
            # A roll-back needs the older version.
            current_version_options=lambda_.VersionOptions(removal_policy=RETAINED),
        )
        self.alias = lambda_.Alias(self, "Live", alias_name=wiring.LIVE, version=self.function.current_version)
        if stream_arn:
            self._follow_stream(stream_arn)
        if row.asynchronous:
            self._keep_failed_events()
        if row.bus:
            self._follow_bus(row.bus)
        for schedule in row.schedules:
            self._follow_schedule(schedule)
        self.workflow: str | None = None
        if row.files and self.queue:
            self.workflow = LoadWorkflow(self, deployment, row, self.alias, self.queue, data.key.key_arn).arn

    def _environment(self, data: DataStack, secrets: dict[str, list[str]]) -> dict[str, str]:
        keys = {key.setting: data.signing_keys[key.name] for key in wiring.KEYS}
        values = {
            **self.deployment.settings(),
            **{name: " ".join(arns) for name, arns in {**secrets, **keys}.items()},
        }
        return {
            **wiring.environment_of(self.row, values),
            "POWERTOOLS_SERVICE_NAME": self.row.name,
            "POWERTOOLS_METRICS_NAMESPACE": self.deployment.metrics,
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }

    def _statements_of_triggers(self, stream_arn: str | None) -> list[iam.PolicyStatement]:
        if self.queue and stream_arn:
            return stream_statements(stream_arn, self.queue.queue_arn)
        return [failure_statement(self.queue.queue_arn)] if self.queue and self.row.asynchronous else []

    def _keep_failed_events(self) -> None:
        """Sends events whose runs failed to the queue, to which the triggers send only what never reached Lambda."""
        assert self.queue is not None  # noqa: S101 an asynchronous function has one
        kept = lambda_.CfnEventInvokeConfig(
            self,
            "FailedEvents",
            function_name=self.function.function_name,
            qualifier=self.alias.alias_name,
            maximum_event_age_in_seconds=EVENT_KEPT.to_seconds(),
            maximum_retry_attempts=parts.ASYNCHRONOUS_RETRIES,
            destination_config={"onFailure": {"destination": self.queue.queue_arn}},
        )
        # It names the alias, which takes longer to be there than the function: a version is published before.
        kept.node.add_dependency(self.alias)

    def _stream_arn(self, data: DataStack) -> str | None:
        if self.row.stream is None:
            return None
        table = self.row.stream.table
        if table in self.deployment.restored:
            return self.deployment.restored_streams[table]
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
            maximum_batching_window_in_seconds=trigger.window_s or None,
            starting_position="TRIM_HORIZON",
            maximum_retry_attempts=FOR_EVER if trigger.retries is None else trigger.retries,
            maximum_record_age_in_seconds=STREAM_KEPT.to_seconds(),
            bisect_batch_on_function_error=True,
            function_response_types=["ReportBatchItemFailures"],
            destination_config={"onFailure": {"destination": self.queue.queue_arn}},
            filter_criteria={
                "filters": [{"pattern": json.dumps(each, separators=(",", ":"))} for each in trigger.patterns]
            },
        )

    def _follow_bus(self, trigger: parts.BusTrigger) -> None:
        pattern = trigger.event_pattern(self.deployment.name_of_source(trigger))
        rule = events.Rule(
            self,
            "Bus",
            rule_name=self.deployment.name(self.row.name),
            description=self.row.does,
            event_pattern=events.EventPattern(
                source=pattern["source"], detail_type=pattern.get("detail-type"), detail=pattern["detail"]
            ),
        )
        rule.add_target(
            targets.LambdaFunction(self.alias, dead_letter_queue=self.queue, retry_attempts=trigger.retries)
        )

    def _follow_schedule(self, schedule: parts.Schedule) -> None:
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
