"""Evidence: who called, loaded or wrote is recorded where nobody can delete it, and what is kept ends in time."""

import json
import re
from typing import Any

import pytest

from infra import wiring
from tests.infra.cloud.assembly import ACCOUNT, REGION, ROOT, Assembly, Resource
from tests.infra.cloud.test_promises import OUTLIVES, alarms, bucket_of, physical, policy_of

DATA_MAP = (ROOT / "docs" / "data-map.md").read_text()


@pytest.fixture
def trail(assembly: Assembly) -> Resource:
    return assembly.named("AWS::CloudTrail::Trail", physical("evidence"))


def selected(trail: Resource, name: str) -> dict[str, Any]:
    """The conditions of one selector of the trail: by field, what is wanted or what it must not begin with."""
    (found,) = [each for each in trail["AdvancedEventSelectors"] if each["Name"] == name]
    return {
        field["Field"]: field.get("Equals") or field.get("StartsWith") or field["NotStartsWith"]
        for field in found["FieldSelectors"]
    }


def test_every_call_of_an_operators_function_is_recorded(trail: Resource) -> None:
    """Who annulled is what this record says; what the console sends with an order is its own statement."""
    chosen = selected(trail, "calls of operators")
    assert chosen["eventName"] == ["Invoke"]
    assert set(chosen["resources.ARN"]) == {
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{physical(function.name)}"
        for function in wiring.FUNCTIONS
        if function.operators
    }


def test_every_file_that_arrives_in_the_inbox_is_recorded(trail: Resource) -> None:
    chosen = selected(trail, "arrivals of files")
    assert {"PutObject", "CompleteMultipartUpload", "CopyObject"} == set(chosen["eventName"])
    assert chosen["resources.ARN"] == [f"arn:aws:s3:::{physical('inbox')}-{ACCOUNT}/"]


def test_a_write_by_anyone_but_the_functions_is_recorded_and_raises_an_alarm(
    assembly: Assembly, trail: Resource
) -> None:
    chosen = selected(trail, "writes by others than the functions")
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table"
    assert chosen["resources.ARN"] == [
        f"{table}/{physical(name)}" for name in ("certificates", "school_records", "protections")
    ]
    assert chosen["readOnly"] == ["false"]
    sessions = f"arn:aws:sts::{ACCOUNT}:assumed-role"
    writing = (
        "render_certificate",
        "send_certificate",
        "mark_bounce",
        "ingest_records",
        "annul_certificate",
        "resend_certificate",
        "erase_email",
        "protect_student",
        "log_certificates",  # the salts that records of before the public log lack
    )
    assert set(chosen["userIdentity.arn"]) == {f"{sessions}/{physical(name)}/" for name in writing}
    (counted,) = [
        filtered
        for filtered in assembly.all_of("AWS::Logs::MetricFilter").values()
        if filtered["LogGroupName"] == f"/aws/cloudtrail/{physical('evidence')}"
    ]
    (metric,) = counted["MetricTransformations"]
    alarm = alarms(assembly)[physical("table_written_by_others")]
    assert (alarm["Namespace"], alarm["MetricName"]) == (metric["MetricNamespace"], metric["MetricName"])
    assert alarm["Threshold"] == 0


def test_nobody_but_lambda_becomes_one_of_those_functions(assembly: Assembly) -> None:
    """Their writes are left out of the record, so their roles are for Lambda alone."""
    for function in wiring.FUNCTIONS:
        (trusted,) = assembly.named("AWS::IAM::Role", physical(function.name))["AssumeRolePolicyDocument"]["Statement"]
        assert trusted["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert trusted["Action"] == "sts:AssumeRole"


def test_the_record_cannot_be_deleted_for_a_year(assembly: Assembly, trail: Resource) -> None:
    logical, bucket = bucket_of(assembly, "evidence")
    rule = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert (rule["Mode"], rule["Days"]) == ("COMPLIANCE", 365)
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]["ServerSideEncryptionByDefault"][
        "KMSMasterKeyID"
    ].startswith("Key")
    (kept,) = bucket["LifecycleConfiguration"]["Rules"]
    assert kept["ExpirationInDays"] > rule["Days"]
    made = assembly.resources[logical]
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == OUTLIVES
    assert trail["EnableLogFileValidation"] is trail["IsLogging"] is True
    assert trail["KMSKeyId"].startswith("Key")
    assert trail["CloudWatchLogsLogGroupArn"].startswith(f"/aws/cloudtrail/{physical('evidence')}")


def test_changes_to_the_installation_are_recorded(trail: Resource) -> None:
    """Also those of IAM, by which a role's trust is changed: CloudFormation's trails leave out global services."""
    assert selected(trail, "changes to the installation") == {"eventCategory": ["Management"], "readOnly": ["false"]}
    assert trail["IncludeGlobalServiceEvents"] is True


# What is kept beside the stores of the table


@pytest.mark.parametrize(("bucket", "days"), [("logs", 90), ("evidence", 400)])
def test_a_bucket_beside_the_table_keeps_what_the_data_map_says(assembly: Assembly, bucket: str, days: int) -> None:
    _, made = bucket_of(assembly, bucket)
    (rule,) = made["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == days
    (row,) = (line for line in DATA_MAP.splitlines() if line.startswith(f"| `{bucket}` (bucket)"))
    assert f"{days} days" in row


def test_a_log_and_a_queue_keep_what_the_data_map_says(assembly: Assembly) -> None:
    blocked = assembly.named("AWS::Logs::LogGroup", f"aws-waf-logs-{physical('blocked')}")
    rows = {line.split("|")[1].strip(): line for line in DATA_MAP.splitlines() if line.startswith("| ")}
    assert f"{blocked['RetentionInDays']} days" in rows["`aws-waf-logs-…-blocked` (log)"]
    kept = {queue["MessageRetentionPeriod"] for queue in assembly.all_of("AWS::SQS::Queue").values()}
    assert kept == {14 * 86400}
    assert "14 days" in rows["dead-letter queues"]


# Logs that arrive, can be read, and tell of nobody


def test_an_access_log_line_of_a_failing_request_is_json(assembly: Assembly) -> None:
    """`$context.error.messageString` brings its own quotes: within ours, the line would be no JSON."""
    (stage,) = assembly.all_of("AWS::ApiGatewayV2::Stage").values()
    line = stage["AccessLogSettings"]["Format"]
    assert "messageString" not in line
    filled = re.sub(r"\$context(\.\w+)+", "Forbidden", line)
    assert set(json.loads(filled).values()) == {"Forbidden"}


def test_cloudfront_logs_neither_address_nor_path_nor_query(assembly: Assembly) -> None:
    (distribution,) = assembly.all_of("AWS::CloudFront::Distribution").values()
    assert "Logging" not in distribution["DistributionConfig"]
    (delivery,) = assembly.all_of("AWS::Logs::Delivery").values()
    fields = set(delivery["RecordFields"])
    assert {"sc-status", "time-taken", "x-edge-result-type"} <= fields
    personal = {"c-ip", "c-port", "cs-uri-stem", "cs-uri-query", "cs(Cookie)", "cs(Referer)", "cs(User-Agent)"}
    assert fields & (personal | {"x-forwarded-for", "cs(Host)", "asn"}) == set()


def test_the_logs_of_the_portal_and_of_cloudfront_may_arrive(assembly: Assembly) -> None:
    """Both come from the other stack, so the CDK gives them no right to write."""
    allowed = {
        statement["Principal"]["Service"]: statement
        for statement in policy_of(assembly, "logs")
        if statement["Effect"] == "Allow" and "Service" in statement["Principal"]
        if f"{physical('portal')}" in json.dumps(statement["Condition"])
    }
    portal, cloudfront = allowed["logging.s3.amazonaws.com"], allowed["delivery.logs.amazonaws.com"]
    _, bucket = bucket_of(assembly, "portal")
    assert portal["Resource"].endswith(f"/{bucket['LoggingConfiguration']['LogFilePrefix']}*")
    (target,) = assembly.all_of("AWS::Logs::DeliveryDestination").values()
    prefix = target["DestinationResourceArn"].split(":::")[1].partition("/")[2]
    assert f".Arn/{prefix}/AWSLogs/{ACCOUNT}/CloudFront/*" in cloudfront["Resource"]
    _, logs = bucket_of(assembly, "logs")
    assert logs["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_the_firewall_logs_what_it_blocked_without_paths_and_with_masked_addresses(assembly: Assembly) -> None:
    (logging,) = assembly.all_of("AWS::WAFv2::LoggingConfiguration").values()
    assert logging["RedactedFields"] == [{"UriPath": {}}, {"QueryString": {}}]
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"
    name = f"aws-waf-logs-{physical('blocked')}"
    assert logging["LogDestinationConfigs"] == [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"]
    group = assembly.named("AWS::Logs::LogGroup", name)
    assert group["RetentionInDays"] == 30
    assert "IpAddress" in json.dumps(group["DataProtectionPolicy"])
    operations = [name for part in group["DataProtectionPolicy"]["Statement"] for name in part["Operation"]]
    assert set(operations) == {"Audit", "Deidentify"}


def test_an_error_of_the_api_is_kept_by_cloudfront_for_nobody_else(assembly: Assembly) -> None:
    (distribution,) = assembly.all_of("AWS::CloudFront::Distribution").values()
    kept = {
        answer["ErrorCode"]: answer["ErrorCachingMinTTL"]
        for answer in distribution["DistributionConfig"]["CustomErrorResponses"]
    }
    assert {403, 404, 500, 502, 503, 504} <= set(kept)
    assert set(kept.values()) == {0}
    pages = [
        answer for answer in distribution["DistributionConfig"]["CustomErrorResponses"] if "ResponsePagePath" in answer
    ]
    assert pages == [], "an answer of the API is never replaced by a page"
