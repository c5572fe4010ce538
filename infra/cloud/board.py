"""The dashboard: the service on one page, first of all what it promises."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from constancia import metric_names, wording
from constructs import Construct

from infra.cloud.api import Api
from infra.cloud.deployment import Deployment
from infra.cloud.measures import PERIOD, counted, of_api, of_cloudfront
from infra.cloud.watched import Watched

OBJECTIVES = """**What we promise, over 30 days** (docs/operating.md)

- 99.9 of 100 requests of the API are answered without a 5xx.
- 95 of 100 verifications are answered within 700 ms, and 99 of 100 requests of the API within 3 s.
- 99 of 100 e-mails leave within ten minutes of their certificate.
"""


def dashboard(
    scope: Construct,
    deployment: Deployment,
    functions: Sequence[Watched],
    api: Api,
    distribution: cloudfront.IDistribution,
) -> cloudwatch.Dashboard:
    """The dashboard of a stage."""
    answering = [made for made in functions if made.row.routes]
    wide, half, third = 24, 12, 8

    def graph(title: str, width: int, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(title=title, width=width, left=list(metrics), period=PERIOD)

    verifying = next(made for made in functions if made.row.name == "verify_certificate")
    rows: list[list[cloudwatch.IWidget]] = [
        [
            cloudwatch.TextWidget(markdown=OBJECTIVES, width=third, height=6),
            cloudwatch.GraphWidget(
                title="Answered without a 5xx, per cent",
                width=third,
                left=[
                    cloudwatch.MathExpression(
                        expression="100*(1-FILL(failed,0)/asked)",
                        using_metrics={"failed": of_api(api, "5xx", "Sum"), "asked": of_api(api, "Count", "Sum")},
                        label="of the API",
                        period=PERIOD,
                    )
                ],
                right=[
                    of_cloudfront(distribution, "5xxErrorRate", "Average"),
                    counted(deployment, "try_service", metric_names.TRIAL_FAILED, "trials from outside that failed"),
                ],
                left_annotations=[cloudwatch.HorizontalAnnotation(value=99.9, label="promised")],
            ),
            cloudwatch.GraphWidget(
                title="Verification, 95th percentile in milliseconds",
                width=third,
                left=[verifying.function.metric_duration(statistic="p95", period=PERIOD)],
                left_annotations=[cloudwatch.HorizontalAnnotation(value=700, label="promised")],
            ),
        ],
        [
            graph(
                "Requests, certificates, verifications",
                third * 2,
                counted(deployment, "validate_request", metric_names.REQUEST_ACCEPTED, "requests accepted"),
                counted(deployment, "render_certificate", metric_names.CERTIFICATE_ISSUED, "certificates issued"),
                counted(deployment, "verify_certificate", metric_names.CERTIFICATE_VERIFIED, "verified"),
                counted(deployment, "send_certificate", metric_names.MAIL_SENT, "e-mails sent"),
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
                    counted(deployment, made.row.name, reason, f"{reason} ({made.row.name})")
                    for reason in wording.PROBLEMS
                    for made in answering
                ),
            )
        ],
        [
            graph(
                "API, milliseconds",
                half,
                of_api(api, "Latency", "p50", "half"),
                of_api(api, "Latency", "p99", "99 of 100"),
            ),
            graph(
                "API, requests and errors",
                half,
                of_api(api, "Count", "Sum", "requests"),
                of_api(api, "4xx", "Sum", "4xx"),
                of_api(api, "5xx", "Sum", "5xx"),
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
    return cloudwatch.Dashboard(scope, "Board", dashboard_name=deployment.name("board"), widgets=rows)
