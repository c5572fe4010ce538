"""Logs and metrics of a function, through Powertools: one name space, one service name each, never personal data."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics(namespace="Constancia")


def count(metric: str) -> None:
    """Adds one to a metric."""
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=1)
