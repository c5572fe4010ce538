"""AWS Control Tower's rules, evaluated by cfn-guard: each that fails has its reason, and each reason its failure."""

import json
import platform
import subprocess
import sys
from typing import Any

import pytest

from tests.infra.cloud.assembly import ROOT, Assembly

PACKAGE = ROOT / "node_modules" / "@cdklabs" / "cdk-validator-cfnguard"
RULES = PACKAGE / "rules" / "control-tower" / "cfn-guard"
SYSTEM = "macos" if sys.platform == "darwin" else "ubuntu"
PROCESSOR = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
GUARD = PACKAGE / "bin" / SYSTEM / PROCESSOR / "cfn-guard"

OF_LOGS = (
    "the bucket of logs takes what S3, CloudFront and CloudTrail deliver, which the first two encrypt with S3's key"
)
WITHOUT_PEOPLE = "logs hold nothing about people and end with their use; the evidence is kept for a year in its bucket"
REASONS = {
    "api_gw_v2_authorization_type_configured_check": "citizens have no accounts; proofs and limits stand there",
    "cloud_trail_cloud_watch_logs_enabled_check": "reads of PDFs wake a function by the bus; the evidence has its log",
    "cloud_trail_encryption_enabled_check": OF_LOGS,
    "cloudfront_access_logs_enabled_check": "a delivery with chosen fields logs, without addresses and paths",
    "cloudfront_default_root_object_configured_check": "the function at the edge leads `/` to its page",
    "cloudfront_origin_failover_enabled_check": "one region: docs/decisions/020-one-region-two-stacks.md",
    "cloudwatch_log_group_encrypted_check": "CloudWatch encrypts with its own key; the data's key is for the data",
    "cloudwatch_log_group_retention_period_check": WITHOUT_PEOPLE,
    "dynamodb_table_pitr_enabled_check": "what is deleted after a day would be kept for 35",
    "kms_create_grant_aws_service_check": "only the account's own administrators have `kms:*`",
    "lambda_function_public_access_prohibited_check": "API Gateway is let in, by the ARN of the API",
    "lambda_inside_vpc_check": "nothing connects to a function; a network would add ways to guard",
    "s3_bucket_default_encryption_kms_check": "the bucket of logs, and the portal, which is public",
    "s3_bucket_logging_enabled_check": "the bucket of logs itself; the portal's target is in the other stack",
    "s3_bucket_object_lock_enabled_check": "the PDFs' policy denies deletion to everybody; the others end by design",
    "s3_bucket_versioning_enabled_check": "a log is written once",
    "s3_event_notifications_enabled_check": "only the inbox has something to notify of",
    "sqs_dlq_check": "these are the dead-letter queues",
}
"""The rules that fail, and why each is no fault."""


def failing(assembly: Assembly) -> set[str]:
    """The rules that a template does not keep."""
    data = [part for path in assembly.files for part in ("--data", str(path))]
    command = [str(GUARD), "validate", "--rules", str(RULES), *data, "--structured", "--show-summary", "none"]
    run = subprocess.run([*command, "--output-format", "json"], capture_output=True, text=True, check=False)
    reports: list[dict[str, Any]] = json.loads(run.stdout)
    assert len(reports) == len(assembly.files), run.stderr
    assert all(report["compliant"] for report in reports), "some rules are kept, so rules were read"
    return {broken["Rule"]["name"] for report in reports for broken in report["not_compliant"]}


def test_every_rule_of_control_tower_that_fails_has_its_reason_and_every_reason_its_failure(assembly: Assembly) -> None:
    if not GUARD.is_file():
        pytest.skip("cfn-guard is not installed for this machine: npm install")
    GUARD.chmod(0o755)
    assert failing(assembly) == set(REASONS)
    assert all(len(reason) > 20 for reason in REASONS.values())
