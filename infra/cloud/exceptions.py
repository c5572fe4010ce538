"""The findings of cdk-nag that are accepted, each with its reason. A test fails for one that is no longer found."""

from infra import wiring
from infra.cloud.access import BUCKET_ACTIONS, BUCKET_NAMES, SMS_IDENTITIES
from infra.cloud.deployment import REGION, Deployment

ON_PYTHON = "The newest runtime for which bytecode can be compiled here: docs/decisions/021-python-and-bytecode.md."
NO_RESOURCES = "X-Ray, the delivery of a workflow's log and the list of DynamoDB's streams have no resources to name."
DEAD_END = "These are the dead-letter queues: a message in them raises an alarm and waits 14 days for an operator."

AWS_SOLUTIONS = {
    "APIG4": "Citizens and verifiers have no accounts; human proof, identity checks and rate limits stand instead.",
    "CFR3": "A delivery with chosen fields logs; the distribution's own logging has addresses and queries.",
    "CFR1": "Peruvians abroad ask for certificates, and foreign universities verify them.",
    "DDB3": "What these tables delete after a day would be kept for 35 in a restorable one.",
    "IAM5[Resource::*]": NO_RESOURCES,
    "L1": ON_PYTHON,
    "SMG4": "Only the stack knows it; the runbook replaces it, and both ends change in one deployment.",
    "SQS3": DEAD_END,
}
SERVERLESS = {
    "LambdaDLQ": "Where no caller waits for an answer, the alias or the stream has a destination for what fails.",
    "LambdaLatestVersion": ON_PYTHON,
    "LambdaStarPermissions": NO_RESOURCES,
    "SNSRedrivePolicy": "An e-mail to the operators; an alarm that does not arrive is still visible in CloudWatch.",
    "SQSRedrivePolicy": DEAD_END,
}
OWN_LOG = "The streams of the function's own log, whose names Lambda generates."
OWN_LOG_OF_TRAIL = "The streams of the trail's own log, whose names CloudTrail generates."
OWN_RUNS = "The runs of the workflow itself, whose names Step Functions generates."
OWN_COPIES = "The copies of a table, whose names DynamoDB or AWS Backup generates."
ORIGINATIONS = "The numbers, pools and sender ids of this account: the operator chooses one after the deployment."
OBJECTS = "Objects whose keys are chosen when they are stored; the bucket and the prefix are named."


def exceptions(deployment: Deployment) -> dict[str, str]:
    """The reasons why findings are no faults, by the ids that `Validations.acknowledge` expects."""
    logs = f"arn:aws:logs:{REGION}:<AWS::AccountId>:log-group:/aws/lambda"
    loads = [function for function in wiring.FUNCTIONS if function.files]
    arrivals = {f"{function.files.bucket}/{function.files.prefix}" for function in loads if function.files}
    plans = {f"{function.files.bucket}/{function.files.plans}" for function in loads if function.files}
    read = {f"{bucket}/{prefix}" for bucket, prefix in wiring.OPERATORS_READ}
    granted = {
        f"arn:aws:s3:::{deployment.name(grant.resource)}-<AWS::AccountId>/{prefix}*"
        for function in wiring.FUNCTIONS
        for grant in function.grants
        if grant.resource in BUCKET_NAMES and not set(grant.actions) <= set(BUCKET_ACTIONS)
        for prefix in grant.keys or ("",)
    } | {
        f"arn:aws:s3:::{deployment.name(bucket)}-<AWS::AccountId>/{prefix}*"
        for bucket, _, prefix in (place.partition("/") for place in arrivals | plans | read)
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
            f"{deployment.name(function.name)}{part}*]": OWN_RUNS
            for function in loads
            for part in (":", "/")
        },
        f"AwsSolutions::AwsSolutions-IAM5[Resource::arn:aws:logs:{REGION}:<AWS::AccountId>:log-group:/aws/cloudtrail/"
        f"{deployment.name('evidence')}:*]": OWN_LOG_OF_TRAIL,
        f"AwsSolutions::AwsSolutions-IAM5[Resource::arn:aws:backup:{REGION}:<AWS::AccountId>:recovery-point:*]": (
            OWN_COPIES
        ),
        **{f"AwsSolutions::AwsSolutions-IAM5[Resource::{arn}]": OBJECTS for arn in sorted(granted)},
        **{
            f"AwsSolutions::AwsSolutions-IAM5[Resource::arn:aws:dynamodb:{REGION}:<AWS::AccountId>:table/"
            f"{deployment.table_name(table.name)}/backup/*]": OWN_COPIES
            for table in wiring.TABLES
            if table.copied
        },
        **{
            f"AwsSolutions::AwsSolutions-IAM5[Resource::arn:aws:sms-voice:<AWS::Region>:<AWS::AccountId>:{kind}/*]": (
                ORIGINATIONS
            )
            for kind in SMS_IDENTITIES
        },
    }
