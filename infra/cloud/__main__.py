"""`python -m infra.cloud`: writes the templates to `cdk.out`, or says what the rules have against them."""

import os

# The CDK checks templates anew against its schema, for nine seconds; cfn-lint does that better in our tests.
os.environ.setdefault("CDK_VALIDATION", "false")
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

from infra.cloud.app import app

if __name__ == "__main__":
    app().synth()
