"""The findings of cdk-nag that we live with, each with its reason; a test says which are no longer found."""

from infra import wiring
from infra.cloud.access import BUCKET_ACTIONS, BUCKET_NAMES
from infra.cloud.deployment import REGION, Deployment
from infra.cloud.operators import TOLD

ON_PYTHON = "The newest runtime for which bytecode can be compiled here: docs/decisions/021-python-and-bytecode.md."
NO_RESOURCES = "X-Ray, the delivery of a workflow's log and the list of DynamoDB's streams know no resources."
DEAD_END = "These are the dead-letter queues: a letter in them raises an alarm and waits 14 days for an operator."

AWS_SOLUTIONS = {
    "APIG4": "Citizens and verifiers have no accounts; human proof, identity checks and rate limits stand instead.",
    "CFR1": "Peruvians abroad ask for certificates, and foreign universities verify them.",
    "IAM5[Resource::*]": NO_RESOURCES,
    "L1": ON_PYTHON,
    "SMG4": "Nobody outside the stack knows it; the runbook draws another, and both ends change in one deployment.",
    "SQS3": DEAD_END,
}
SERVERLESS = {
    "LambdaDLQ": "Where a call has nobody who waits for it, its trigger has the dead-letter queue.",
    "LambdaLatestVersion": ON_PYTHON,
    "LambdaStarPermissions": NO_RESOURCES,
    "SNSRedrivePolicy": "An e-mail to the operators; who cannot be reached by it sees the alarm on the dashboard.",
    "SQSRedrivePolicy": DEAD_END,
}
OWN_LOG = "The streams of the function's own log, whose names Lambda makes up."
OWN_RUNS = "The runs of the workflow itself, whose names Step Functions makes up."
OBJECTS = "Objects whose keys are drawn or given when they are stored; the bucket and the prefix are named."


def exceptions(deployment: Deployment) -> dict[str, str]:
    """The findings by the ids that `acknowledge` takes, and why each is no fault."""
    logs = f"arn:aws:logs:{REGION}:<AWS::AccountId>:log-group:/aws/lambda"
    loads = [function for function in wiring.FUNCTIONS if function.files]
    arrivals = {f"{function.files.bucket}/{function.files.prefix}" for function in loads if function.files}
    inboxes = {place.partition("/")[0] + "/" for place in arrivals}
    told = {f"{bucket}/{prefix}" for bucket, prefix in TOLD}
    granted = {
        f"arn:aws:s3:::{deployment.name(grant.resource)}-<AWS::AccountId>/{prefix}*"
        for function in wiring.FUNCTIONS
        for grant in function.grants
        if grant.resource in BUCKET_NAMES and not set(grant.actions) <= set(BUCKET_ACTIONS)
        for prefix in grant.keys or ("",)
    } | {
        f"arn:aws:s3:::{deployment.name(bucket)}-<AWS::AccountId>/{prefix}*"
        for bucket, _, prefix in (place.partition("/") for place in arrivals | inboxes | told)
    }
    return {
        **{f"AwsSolutions::AwsSolutions-{rule}": reason for rule, reason in AWS_SOLUTIONS.items()},
        **{f"Serverless::Serverless-{rule}": reason for rule, reason in SERVERLESS.items()},
        **{
            f"AwsSolutions::AwsSolutions-IAM5[Resource::{logs}/{deployment.name(function.name)}:*]": OWN_LOG
            for function in wiring.FUNCTIONS
        },
        **{
            f"AwsSolutions::AwsSolutions-IAM5[Resource::arn:aws:states:{REGION}:<AWS::AccountId>:execution:"
            f"{deployment.name(function.name)}:*]": OWN_RUNS
            for function in loads
        },
        **{f"AwsSolutions::AwsSolutions-IAM5[Resource::{arn}]": OBJECTS for arn in sorted(granted)},
    }
