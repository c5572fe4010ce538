"""Logs and metrics of a function, through Powertools: one name space, one service name each, never personal data."""

import warnings

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

# An invocation without a metric of its own is nothing to warn of.
warnings.filterwarnings("ignore", "No application metrics to publish")

logger = Logger()
metrics = Metrics(namespace="Constancia")


def count(metric: str) -> None:
    """Adds one to a metric."""
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=1)
