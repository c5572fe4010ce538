"""The Step Functions workflow that works off a file, and the rule that starts it when the file arrives."""

import json

from aws_cdk import Aws
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra import parts, workflow
from infra.cloud.deployment import REGION, Deployment


class LoadWorkflow(Construct):
    """The workflow of one function with files, and the rule that starts it."""

    def __init__(
        self,
        scope: Construct,
        deployment: Deployment,
        function: parts.Function,
        alias: lambda_.Alias,
        queue: sqs.Queue,
        key_arn: str,
    ) -> None:
        super().__init__(scope, "Loading")
        trigger = function.files
        assert trigger is not None  # noqa: S101 made only for functions with files
        bucket = deployment.bucket_name(trigger.bucket)
        self.name = deployment.name(function.name)
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/vendedlogs/states/{self.name}",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=deployment.on_removal,
        )
        statements = self._statements(alias, bucket, trigger.plans, key_arn)
        role = iam.Role(
            self,
            "Role",
            role_name=f"{self.name}-workflow",
            description=f"Runs the workflow of {function.name}",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            inline_policies={"workflow": iam.PolicyDocument(statements=statements)},
        )
        machine = stepfunctions.CfnStateMachine(
            self,
            "Workflow",
            state_machine_name=self.name,
            role_arn=role.role_arn,
            # The CDK's own JSON would drop `"ResultPath": null`, and with it the input of the last step.
            definition_string=json.dumps(workflow.definition(trigger, alias.function_arn, bucket)),
            tracing_configuration={"enabled": True},
            logging_configuration={
                "level": "ALL",
                # The states hold names of files, which do not belong in a log.
                "includeExecutionData": False,
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": log.log_group_arn}}],
            },
        )
        machine.node.add_dependency(role)
        self.arn = machine.attr_arn
        arrived = events.Rule(
            self,
            "Arrived",
            rule_name=f"{self.name}-arrived",
            description=f"A file for {function.name}",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": trigger.prefix}]}},
            ),
        )
        started = stepfunctions.StateMachine.from_state_machine_arn(self, "Started", machine.attr_arn)
        arrived.add_target(targets.SfnStateMachine(started, dead_letter_queue=queue, retry_attempts=trigger.retries))

    def _statements(self, alias: lambda_.Alias, bucket: str, plans: str, key_arn: str) -> list[iam.PolicyStatement]:
        """The statements of Step Functions developer guide, "IAM policies for using Distributed Map"."""
        states = f"arn:aws:states:{REGION}:{Aws.ACCOUNT_ID}"
        return [
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[alias.function_arn]),
            iam.PolicyStatement(actions=["s3:GetObject"], resources=[f"arn:aws:s3:::{bucket}/{plans}*"]),
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
            ),
            iam.PolicyStatement(actions=["states:StartExecution"], resources=[f"{states}:stateMachine:{self.name}"]),
            iam.PolicyStatement(
                actions=["states:DescribeExecution", "states:StopExecution"],
                resources=[f"{states}:execution:{self.name}:*"],
            ),
            # The runs of batches are named by the map, whose label Step Functions generates.
            iam.PolicyStatement(actions=["states:RedriveExecution"], resources=[f"{states}:execution:{self.name}/*"]),
            # The next two have no resources to name.
            iam.PolicyStatement(
                actions=[
                    "logs:CreateLogDelivery",
                    "logs:GetLogDelivery",
                    "logs:UpdateLogDelivery",
                    "logs:DeleteLogDelivery",
                    "logs:ListLogDeliveries",
                    "logs:PutResourcePolicy",
                    "logs:DescribeResourcePolicies",
                    "logs:DescribeLogGroups",
                ],
                resources=["*"],
            ),
            iam.PolicyStatement(
                actions=[
                    "xray:PutTraceSegments",
                    "xray:PutTelemetryRecords",
                    "xray:GetSamplingRules",
                    "xray:GetSamplingTargets",
                ],
                resources=["*"],
            ),
        ]
