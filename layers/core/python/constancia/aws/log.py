"""Logs and metrics of a function, through Powertools: one name space, one service name each, never personal data."""

import warnings

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

# An invocation without a metric of its own is nothing to warn of.
warnings.filterwarnings("ignore", "No application metrics to publish")

logger = Logger()
# The name space is the stage's own (`POWERTOOLS_METRICS_NAMESPACE`), so stages in one account share no metric.
metrics = Metrics()


def count(metric: str, *, number: int = 1) -> None:
    """Adds to a metric; nothing where the number is 0."""
    if number:
        metrics.add_metric(name=metric, unit=MetricUnit.Count, value=number)
