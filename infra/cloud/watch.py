"""What operators see and are told: alarms for every function, for the business and for the bill, and one dashboard."""

from collections.abc import Sequence
from typing import Protocol

from aws_cdk import Duration
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_cloudwatch_actions import SnsAction
from constructs import Construct

from infra import wiring
from infra.cloud.api import Api
from infra.cloud.deployment import Deployment, construct_id
from infra.cloud.mail import Mail

NAMESPACE = "Constancia"
"""See `constancia.aws.log`."""
PERIOD = Duration.minutes(5)
SHARE_NEEDS = 20
"""A share of fewer is chance."""
SLOW_ANSWER = Duration.seconds(3)
"""The 99th percentile of what somebody waits for."""
MAIL_LATE = Duration.minutes(10)
MOST_BOUNCES, MOST_COMPLAINTS = 0.05, 0.001
"""The shares at which SES begins to look into a sender."""
BUDGET_TOLD_AT = (50, 80, 100)
"""Per cent of the month's budget; the last also when only foreseen."""

REFUSALS = (
    "identity_not_confirmed",
    "too_many_attempts",
    "captcha_failed",
    "invalid_fields",
    "no_records",
    "record_under_review",
    "certificate_not_found",
    "temporarily_unavailable",
)


class Watched(Protocol):
    """A function as it was made."""

    row: wiring.Function
    function: lambda_.Function
    alias: lambda_.Alias
    queue: sqs.Queue | None


class Watch(Construct):
    """The alarms, whom they are told to, the budget and the dashboard."""

    def __init__(
        self, scope: Construct, deployment: Deployment, functions: Sequence[Watched], api: Api, mail: Mail
    ) -> None:
        super().__init__(scope, "Watch")
        self.deployment = deployment
        self.topic = self._topic()
        for made in functions:
            self._watch_function(made)
        for signal in wiring.SIGNALS:
            self._alarm(signal.name, signal.says, _signal(signal), signal.above)
        self._watch_mail(mail)
        self._budget()
        self.dashboard = self._dashboard(functions, api)

    def _topic(self) -> sns.Topic:
        key = kms.Key(
            self,
            "Key",
            description="What Constancia tells its operators",
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
        topic.add_subscription(subscriptions.EmailSubscription(self.deployment.operators))
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
                f"{row.name} is more than {MAIL_LATE.to_minutes():g} minutes behind its stream.",
                measured.metric("IteratorAge", period=PERIOD, statistic="Maximum"),
                MAIL_LATE.to_milliseconds(),
            )
        if made.queue:
            self._alarm(
                f"{row.name}_dead_letters",
                f"What {row.name} could not do lies in its dead-letter queue; the runbook says how to do it again.",
                made.queue.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
                0,
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
        told = [{"subscriptionType": "EMAIL", "address": self.deployment.operators}]
        limits = [(per_cent, "ACTUAL") for per_cent in BUDGET_TOLD_AT] + [(BUDGET_TOLD_AT[-1], "FORECASTED")]
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
                    "subscribers": told,
                }
                for per_cent, kind in limits
            ],
        )

    def _dashboard(self, functions: Sequence[Watched], api: Api) -> cloudwatch.Dashboard:
        answering = [made for made in functions if made.row.routes]
        wide, half, third = 24, 12, 8

        def graph(title: str, width: int, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
            return cloudwatch.GraphWidget(title=title, width=width, left=list(metrics), period=PERIOD)

        def of_api(metric: str, statistic: str, label: str) -> cloudwatch.Metric:
            return cloudwatch.Metric(
                namespace="AWS/ApiGateway",
                metric_name=metric,
                dimensions_map={"ApiId": api.api.api_id},
                statistic=statistic,
                label=label,
                period=PERIOD,
            )

        rows: list[list[cloudwatch.IWidget]] = [
            [
                graph(
                    "Requests, certificates, verifications",
                    third * 2,
                    _count("validate_request", "RequestAccepted", "requests accepted"),
                    _count("render_certificate", "CertificateIssued", "certificates issued"),
                    _count("verify_certificate", "CertificateVerified", "verified"),
                    _count("send_certificate", "MailSent", "e-mails sent"),
                ),
                cloudwatch.SingleValueWidget(
                    title="Cost of the month so far, US$",
                    width=third,
                    metrics=[
                        cloudwatch.Metric(
                            namespace="AWS/Billing",
                            metric_name="EstimatedCharges",
                            dimensions_map={"Currency": "USD"},
                            statistic="Maximum",
                            period=Duration.hours(6),
                            label="all services",
                        )
                    ],
                ),
            ],
            [
                graph(
                    "Refused, by reason",
                    wide,
                    *(
                        _count(made.row.name, reason, f"{reason} ({made.row.name})")
                        for reason in REFUSALS
                        for made in answering
                    ),
                )
            ],
            [
                graph(
                    "API, milliseconds",
                    half,
                    of_api("Latency", "p50", "half"),
                    of_api("Latency", "p99", "99 of 100"),
                ),
                graph(
                    "API, requests and errors",
                    half,
                    of_api("Count", "Sum", "requests"),
                    of_api("4xx", "Sum", "4xx"),
                    of_api("5xx", "Sum", "5xx"),
                ),
            ],
            [
                graph(
                    "Functions, 99th percentile in milliseconds",
                    half,
                    *(made.function.metric_duration(statistic="p99", label=made.row.name) for made in functions),
                ),
                graph(
                    "Functions at once",
                    half,
                    *(
                        made.function.metric("ConcurrentExecutions", statistic="Maximum", label=made.row.name)
                        for made in functions
                    ),
                ),
            ],
            [
                graph(
                    "Errors and throttles",
                    half,
                    *(made.function.metric_errors(label=f"{made.row.name} errors") for made in functions),
                    *(made.function.metric_throttles(label=f"{made.row.name} throttles") for made in functions),
                ),
                graph(
                    "Dead letters",
                    half,
                    *(
                        made.queue.metric_approximate_number_of_messages_visible(label=made.row.name)
                        for made in functions
                        if made.queue
                    ),
                ),
            ],
        ]
        return cloudwatch.Dashboard(self, "Board", dashboard_name=self.deployment.name("board"), widgets=rows)


def _count(function: str, metric: str, label: str | None = None) -> cloudwatch.Metric:
    """A metric that the function counts itself, through Powertools."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=metric,
        dimensions_map={"service": function},
        statistic="Sum",
        period=PERIOD,
        label=label,
    )


def _signal(signal: wiring.Signal) -> cloudwatch.IMetric:
    counted = _count(signal.function, signal.metric)
    if not signal.among:
        return counted
    parts = {f"all{place}": _count(signal.function, metric) for place, metric in enumerate(signal.among)}
    whole = "+".join(f"FILL({part},0)" for part in parts)
    return cloudwatch.MathExpression(
        expression=f"IF({whole}>={SHARE_NEEDS},FILL(part,0)/({whole}),0)",
        using_metrics={"part": counted, **parts},
        period=PERIOD,
        label=signal.name,
    )
