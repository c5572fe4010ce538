"""A function as alarms and the dashboard see it."""

from typing import Protocol

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from infra import parts


class Watched(Protocol):
    """A function as `infra.cloud.service.FunctionOf` creates it."""

    row: parts.Function
    function: lambda_.Function
    alias: lambda_.Alias
    queue: sqs.Queue | None
    workflow: str | None
    """The ARN of its workflow, if it has one."""
