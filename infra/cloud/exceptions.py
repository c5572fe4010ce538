"""The findings of cdk-nag that we live with, each with its reason; a test says which are no longer found."""

from infra import wiring
from infra.cloud.access import BUCKET_NAMES
from infra.cloud.deployment import REGION, Deployment

ON_PYTHON = "The newest runtime for which bytecode can be compiled here: docs/decisions/021-python-and-bytecode.md."
DEAD_END = "These are the dead-letter queues: a letter in them raises an alarm and waits 14 days for an operator."

AWS_SOLUTIONS = {
    "APIG4": "Citizens and verifiers have no accounts; human proof, identity checks and rate limits stand instead.",
    "CFR1": "Peruvians abroad ask for certificates, and foreign universities verify them.",
    "IAM5[Resource::*]": "X-Ray and the list of DynamoDB's streams know no resources.",
    "L1": ON_PYTHON,
    "SMG4": "Nobody outside the stack knows it; the runbook draws another, and both ends change in one deployment.",
    "SQS3": DEAD_END,
}
SERVERLESS = {
    "LambdaDLQ": "Where a call has nobody who waits for it, its trigger has the dead-letter queue.",
    "LambdaLatestVersion": ON_PYTHON,
    "LambdaStarPermissions": "X-Ray and the list of DynamoDB's streams know no resources.",
    "SNSRedrivePolicy": "An e-mail to the operators; who cannot be reached by it sees the alarm on the dashboard.",
    "SQSRedrivePolicy": DEAD_END,
}
OWN_LOG = "The streams of the function's own log, whose names Lambda makes up."
OBJECTS = "Objects under keys that nobody can guess, the function's as much as any other's."


def exceptions(deployment: Deployment) -> dict[str, str]:
    """The findings by the ids that `acknowledge` takes, and why each is no fault."""
    logs = f"arn:aws:logs:{REGION}:<AWS::AccountId>:log-group:/aws/lambda"
    granted = {
        f"arn:aws:s3:::{deployment.name(grant.resource)}-<AWS::AccountId>/{prefix}*"
        for function in wiring.FUNCTIONS
        for grant in function.grants
        if grant.resource in BUCKET_NAMES
        for prefix in grant.keys or ("",)
    }
    return {
        **{f"AwsSolutions::AwsSolutions-{rule}": reason for rule, reason in AWS_SOLUTIONS.items()},
        **{f"Serverless::Serverless-{rule}": reason for rule, reason in SERVERLESS.items()},
        **{
            f"AwsSolutions::AwsSolutions-IAM5[Resource::{logs}/{deployment.name(function.name)}:*]": OWN_LOG
            for function in wiring.FUNCTIONS
        },
        **{f"AwsSolutions::AwsSolutions-IAM5[Resource::{arn}]": OBJECTS for arn in sorted(granted)},
    }
