"""The load of a file as a Step Functions workflow: plan, a Distributed Map over the plan, finish.

The map reads the list of batches that the plan step wrote to the inbox, and gives each batch to the same function. The
file itself is not the map's source: Step Functions fails a whole run for one line that is not JSON, and a line's true
number would be lost. A batch that fails is tried again; one that fails for good fails the run, and nothing is told as
loaded. A run that failed is redriven, or the file is dropped again: what is done is not done twice.
"""

from typing import Any

from infra import wiring


def definition(trigger: wiring.FileTrigger, function_arn: str, bucket: str) -> dict[str, Any]:
    """The workflow in the Amazon States Language; it starts with EventBridge's "Object Created" event of S3.

    Args:
        trigger: of the function.
        function_arn: the function, or a token that stands for it.
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
        "Comment": "A file of people or school records, loaded whole or refused line by line.",
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
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                    "StartAt": "Batch",
                    # The counts are in the inbox; thousands of answers would not fit into the map's own.
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
