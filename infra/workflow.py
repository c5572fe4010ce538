"""A file in the inbox as a Step Functions workflow: plan, a Distributed Map over the batches, finish.

People and school records are loaded so, and so the questions of institutions are answered.

The map reads the list of batches that the plan step wrote into the inbox, and calls the same function for each. It does
not read the file itself, because Step Functions fails a whole run for one line that is not JSON and does not keep the
numbers of lines. A batch that fails is retried; a batch that fails for good fails the run, and no summary is written. A
failed run can be redriven, or the file loaded again, because no step is done twice.
"""

from typing import Any

from infra import parts


def definition(trigger: parts.FileTrigger, function_arn: str, bucket: str) -> dict[str, Any]:
    """The workflow in the Amazon States Language. Its input is the event "Object Created" of S3 on EventBridge.

    Args:
        trigger: the file trigger of the function.
        function_arn: the ARN of the function, or a token of the CDK for it.
        bucket: the bucket's name in AWS.
    """

    def call(payload: dict[str, Any]) -> dict[str, Any]:
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": function_arn, "Payload": payload},
            "Retry": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "IntervalSeconds": 2,
                    "BackoffRate": 2,
                    "MaxDelaySeconds": 60,
                    "JitterStrategy": "FULL",
                    "MaxAttempts": trigger.retries,
                }
            ],
        }

    return {
        "Comment": "A file in the inbox, worked off batch by batch.",
        "StartAt": "Plan",
        "States": {
            "Plan": {
                **call({"step": "plan", "key.$": "$.detail.object.key"}),
                "ResultSelector": {"planned.$": "$.Payload"},
                "Next": "Anything",
            },
            "Anything": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.planned.batches", "NumericEquals": 0, "Next": "Finish"}],
                "Default": "Batches",
            },
            "Batches": {
                "Type": "Map",
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSON"},
                    "Parameters": {"Bucket": bucket, "Key.$": "$.planned.plan"},
                },
                "ItemSelector": {
                    "step": "batch",
                    "load.$": "$.planned.load",
                    "batch.$": "$$.Map.Item.Value",
                },
                "MaxConcurrency": trigger.parallel,
                "ToleratedFailureCount": 0,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Batch",
                    # Express children end after five minutes, in which a table that is throttled is not yet warm.
                    # The counts are in the inbox; thousands of answers would exceed the size of the map's output.
                    "States": {"Batch": {**_whole_input(call({})), "ResultSelector": {}, "End": True}},
                },
                "ResultPath": None,
                "Next": "Finish",
            },
            "Finish": {**call({"step": "finish", "planned.$": "$.planned"}), "OutputPath": "$.Payload", "End": True},
        },
    }


def _whole_input(task: dict[str, Any]) -> dict[str, Any]:
    function = task["Parameters"]["FunctionName"]
    return {**task, "Parameters": {"FunctionName": function, "Payload.$": "$"}}
