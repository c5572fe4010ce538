"""The metrics that alarms and the dashboard read, each built in one place."""

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.cloud.api import Api
from infra.cloud.deployment import Deployment

PERIOD = Duration.minutes(5)


def counted(
    deployment: Deployment, function: str, metric: str, label: str | None = None, period: Duration = PERIOD
) -> cloudwatch.Metric:
    """A metric that a function counts itself, through Powertools, in the stage's own name space."""
    return cloudwatch.Metric(
        namespace=deployment.metrics,
        metric_name=metric,
        dimensions_map={"service": function},
        statistic="Sum",
        period=period,
        label=label,
    )


def of_api(api: Api, metric: str, statistic: str, label: str | None = None) -> cloudwatch.Metric:
    """A metric of API Gateway."""
    return cloudwatch.Metric(
        namespace="AWS/ApiGateway",
        metric_name=metric,
        dimensions_map={"ApiId": api.api.api_id},
        statistic=statistic,
        label=label,
        period=PERIOD,
    )


def of_cloudfront(distribution: cloudfront.IDistribution, metric: str, statistic: str) -> cloudwatch.Metric:
    """A metric of CloudFront, which measures in `us-east-1` for the whole world."""
    return cloudwatch.Metric(
        namespace="AWS/CloudFront",
        metric_name=metric,
        dimensions_map={"DistributionId": distribution.distribution_id, "Region": "Global"},
        statistic=statistic,
        period=PERIOD,
    )


def of_workflow(arn: str, metric: str) -> cloudwatch.Metric:
    """A metric of Step Functions about one workflow."""
    return cloudwatch.Metric(
        namespace="AWS/States",
        metric_name=metric,
        dimensions_map={"StateMachineArn": arn},
        statistic="Sum",
        period=PERIOD,
    )
