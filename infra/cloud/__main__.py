"""`python -m infra.cloud`: writes the templates to `cdk.out`, or says what the rules have against them."""

from infra.cloud.app import app

if __name__ == "__main__":
    app().synth()
