"""`python -m infra.cloud` writes the CloudFormation templates to `cdk.out`, or prints the findings of cdk-nag."""

import os

# The CDK's own check of the templates takes nine seconds; cfn-lint checks more, in our tests.
os.environ.setdefault("CDK_VALIDATION", "false")
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

from infra.cloud.app import app

if __name__ == "__main__":
    app().synth()
