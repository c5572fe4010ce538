"""Alarms for every function, for the business and for the bill, sent to the operators, and one dashboard."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_cloudwatch_actions import SnsAction
from constancia import metric_names
from constructs import Construct

from infra import parts, signals, wiring
from infra.cloud.api import Api
from infra.cloud.board import dashboard
from infra.cloud.deployment import Deployment, construct_id
from infra.cloud.evidence import WRITTEN_BY_OTHERS
from infra.cloud.mail import Mail
from infra.cloud.measures import PERIOD, counted, of_cloudfront, of_workflow
from infra.cloud.watched import Watched

SHARE_NEEDS = 20
"""The fewest events in a period for which a share raises an alarm; of fewer it may be chance."""
SLOW_ANSWER = Duration.seconds(3)
"""The 99th percentile of a function that somebody waits for, above which it raises an alarm."""
MOST_BOUNCES, MOST_COMPLAINTS = 0.05, 0.001
"""The shares of bounces and complaints at which SES reviews a sender."""
MOST_5XX = 1.0
"""Per cent of the requests to CloudFront."""
UNMAILED, MOST_UNMAILED = Duration.hours(1), 0.1
"""How long, and how large a share of the certificates may wait for its e-mail."""
BUDGET_STEPS = (50, 80, 100)
"""Per cent of the month's budget at which operators are notified; at the last also when it is only forecast."""


class Watch(Construct):
    """The alarms and the topic that they notify, the budget and the dashboard."""

    def __init__(
        self,
        scope: Construct,
        deployment: Deployment,
        functions: Sequence[Watched],
        api: Api,
        mail: Mail,
        distribution: cloudfront.IDistribution,
        queues: Sequence[sqs.Queue],
    ) -> None:
        super().__init__(scope, "Watch")
        self.deployment = deployment
        self.topic = self._topic()
        for made in functions:
            self._watch_function(made)
        for signal in signals.SIGNALS:
            self._alarm(signal.name, signal.says, _signal(deployment, signal), signal.above)
        for row, queue in zip(wiring.QUEUES, queues, strict=True):
            self._alarm(
                row.name,
                f"There are {row.holds}; see the runbook.",
                queue.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
                0,
            )
        self._watch_mail(mail)
        self._watch_origin(distribution)
        self._watch_evidence()
        self._watch_copies()
        self._watch_unmailed()
        self._budget()
        self.dashboard = dashboard(self, deployment, functions, api, distribution)

    def _topic(self) -> sns.Topic:
        key = kms.Key(
            self,
            "Key",
            description="Constancia's notifications to operators",
            enable_key_rotation=True,
            removal_policy=self.deployment.on_removal,
        )
        services = [iam.ServicePrincipal(f"{name}.amazonaws.com") for name in ("cloudwatch", "budgets")]
        key.add_to_resource_policy(
            iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], principals=services, resources=["*"])
        )
        topic = sns.Topic(self, "Told", topic_name=self.deployment.name("operators"), master_key=key, enforce_ssl=True)
        topic.add_to_resource_policy(
            iam.PolicyStatement(actions=["sns:Publish"], principals=services, resources=[topic.topic_arn])
        )
        for address in self.deployment.operators_addresses:
            topic.add_subscription(subscriptions.EmailSubscription(address))
        channel = self.deployment.second_channel
        if channel:
            https = channel.startswith("https://")
            topic.add_subscription(
                subscriptions.UrlSubscription(channel) if https else subscriptions.SmsSubscription(channel)
            )
        return topic

    def _alarm(self, name: str, says: str, metric: cloudwatch.IMetric, above: float, periods: int = 1) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id(name),
            alarm_name=self.deployment.name(name),
            alarm_description=says,
            metric=metric,
            threshold=above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=periods,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(SnsAction(self.topic))
        alarm.add_ok_action(SnsAction(self.topic))

    def _watch_function(self, made: Watched) -> None:
        row, measured = made.row, made.function
        self._alarm(
            f"{row.name}_errors",
            f"{row.name} fails: its log says why.",
            measured.metric_errors(period=PERIOD, statistic="Sum"),
            0,
        )
        self._alarm(
            f"{row.name}_throttles",
            f"{row.name} is turned away: its reserved concurrency is used up.",
            measured.metric_throttles(period=PERIOD, statistic="Sum"),
            0,
        )
        slow = SLOW_ANSWER.to_milliseconds() if row.routes else row.timeout_s * 1000 * 0.8
        self._alarm(
            f"{row.name}_slow",
            f"One in a hundred runs of {row.name} takes more than {slow / 1000:g} seconds, for fifteen minutes.",
            measured.metric_duration(period=PERIOD, statistic="p99"),
            slow,
            periods=3,
        )
        if row.stream:
            self._alarm(
                f"{row.name}_late",
                f"{row.name} is more than {row.stream.late_minutes} minutes behind its stream.",
                measured.metric("IteratorAge", period=PERIOD, statistic="Maximum"),
                Duration.minutes(row.stream.late_minutes).to_milliseconds(),
            )
        if made.queue:
            self._alarm(
                f"{row.name}_dead_letters",
                f"Events that {row.name} could not process are in its dead-letter queue; see the runbook.",
                made.queue.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
                0,
            )

        if made.workflow:
            self._alarm(
                f"{row.name}_loads_failed",
                f"A load failed: the workflow of {row.name} says at which step; redrive it or load the file again.",
                cloudwatch.MathExpression(
                    expression="FILL(failed,0)+FILL(late,0)",
                    using_metrics={
                        "failed": of_workflow(made.workflow, "ExecutionsFailed"),
                        "late": of_workflow(made.workflow, "ExecutionsTimedOut"),
                    },
                    period=PERIOD,
                    label="loads that failed",
                ),
                0,
            )

    def _watch_origin(self, distribution: cloudfront.IDistribution) -> None:
        self._alarm(
            "origin_fails",
            f"More than {MOST_5XX:g} in a hundred requests to CloudFront end in a 5xx, for fifteen minutes.",
            of_cloudfront(distribution, "5xxErrorRate", "Average"),
            MOST_5XX,
            periods=3,
        )

    def _watch_evidence(self) -> None:
        self._alarm(
            "table_written_by_others",
            "Other than our functions somebody wrote certificates, records or protections, or tried to: see the trail.",
            cloudwatch.Metric(
                namespace=self.deployment.metrics, metric_name=WRITTEN_BY_OTHERS, statistic="Sum", period=PERIOD
            ),
            0,
        )

    def _watch_copies(self) -> None:
        self._alarm(
            "copies_failed",
            "A night's copy of a table failed: AWS Backup says why; the table's own history goes on.",
            cloudwatch.Metric(
                namespace="AWS/Backup",
                metric_name="NumberOfBackupJobsFailed",
                dimensions_map={"BackupVaultName": self.deployment.name("copies")},
                statistic="Sum",
                period=Duration.hours(1),
            ),
            0,
        )

    def _watch_unmailed(self) -> None:
        """Certificates with an address whose e-mail did not leave, by share; an hour's delay is no fault yet."""
        due = counted(self.deployment, "render_certificate", metric_names.MAIL_DUE, period=UNMAILED)
        sent = counted(self.deployment, "send_certificate", metric_names.ISSUE_MAILED, period=UNMAILED)
        self._alarm(
            "issued_but_not_mailed",
            f"For two hours, more than {MOST_UNMAILED:.0%} of the certificates with an address were not mailed.",
            cloudwatch.MathExpression(
                expression=f"IF(FILL(due,0)>={SHARE_NEEDS},1-FILL(sent,0)/FILL(due,0),0)",
                using_metrics={"due": due, "sent": sent},
                period=UNMAILED,
                label="issued and not mailed",
            ),
            MOST_UNMAILED,
            periods=2,
        )

    def _watch_mail(self, mail: Mail) -> None:
        for name, metric, most in (
            ("mail_bounces", "Reputation.BounceRate", MOST_BOUNCES),
            ("mail_complaints", "Reputation.ComplaintRate", MOST_COMPLAINTS),
        ):
            self._alarm(
                name,
                f"More than {most:.1%} of the e-mails come back or are complained of: SES may stop us.",
                cloudwatch.Metric(
                    namespace="AWS/SES",
                    metric_name=metric,
                    dimensions_map={"ses:configuration-set": mail.configuration.configuration_set_name},
                    period=Duration.hours(1),
                    statistic="Average",
                ),
                most,
            )

    def _budget(self) -> None:
        subscribers = [
            {"subscriptionType": "EMAIL", "address": address} for address in self.deployment.operators_addresses
        ]
        limits = [(per_cent, "ACTUAL") for per_cent in BUDGET_STEPS] + [(BUDGET_STEPS[-1], "FORECASTED")]
        budgets.CfnBudget(
            self,
            "Budget",
            budget={
                "budgetName": self.deployment.name("month"),
                "budgetType": "COST",
                "timeUnit": "MONTHLY",
                "budgetLimit": {"amount": self.deployment.budget, "unit": "USD"},
            },
            notifications_with_subscribers=[
                {
                    "notification": {
                        "notificationType": kind,
                        "comparisonOperator": "GREATER_THAN",
                        "threshold": per_cent,
                    },
                    "subscribers": subscribers,
                }
                for per_cent, kind in limits
            ],
        )


def _signal(deployment: Deployment, signal: parts.Signal) -> cloudwatch.IMetric:
    part = counted(deployment, signal.function, signal.metric)
    if not signal.among:
        return part
    parts = {f"all{place}": counted(deployment, signal.function, metric) for place, metric in enumerate(signal.among)}
    whole = "+".join(f"FILL({part},0)" for part in parts)
    return cloudwatch.MathExpression(
        expression=f"IF({whole}>={SHARE_NEEDS},FILL(part,0)/({whole}),0)",
        using_metrics={"part": part, **parts},
        period=PERIOD,
        label=signal.name,
    )
