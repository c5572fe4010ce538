"""What the deployment promises, one promise a test, read from the templates."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from infra import parts, signals, wiring
from infra.cloud import copies
from infra.costs import journeys
from tests.infra.cloud.assembly import ACCOUNT, ROOT, STAGE, Assembly, Resource


def physical(name: str) -> str:
    return f"constancia-{STAGE}-{name.replace('_', '-')}"


def function_of(assembly: Assembly, function: parts.Function) -> Resource:
    return assembly.named("AWS::Lambda::Function", physical(function.name))


def bucket_of(assembly: Assembly, name: str) -> tuple[str, Resource]:
    """A bucket's logical id and properties."""
    wanted = f"{physical(name)}-{ACCOUNT}"
    return next(item for item in assembly.all_of("AWS::S3::Bucket").items() if item[1]["BucketName"] == wanted)


def policy_of(assembly: Assembly, name: str) -> list[dict[str, Any]]:
    wanted = f"{physical(name)}-{ACCOUNT}"
    found = [made for made in assembly.all_of("AWS::S3::BucketPolicy").values() if made["Bucket"] == wanted]
    return [statement for made in found for statement in made["PolicyDocument"]["Statement"]]


OUTLIVES = ("RetainExceptOnCreate", "Retain")
"""What a retained resource says of its deletion and of its replacement."""

each_function = pytest.mark.parametrize("function", wiring.FUNCTIONS, ids=lambda function: function.name)
each_table = pytest.mark.parametrize("table", wiring.TABLES, ids=lambda table: table.name)
each_bucket = pytest.mark.parametrize("bucket", wiring.BUCKETS, ids=lambda bucket: bucket.name)


# Data


@each_table
def test_a_table_cannot_be_lost(assembly: Assembly, table: parts.Table) -> None:
    made = assembly.named("AWS::DynamoDB::Table", physical(table.name))
    # What is deleted after a day would be kept for 35 in a restorable table, see docs/data-map.md.
    restorable = table.name not in ("requests", "attempts")
    assert made["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": restorable}
    assert made["DeletionProtectionEnabled"] is True
    assert made["BillingMode"] == "PAY_PER_REQUEST"
    assert made["SSESpecification"]["SSEType"] == "KMS"
    assert made["SSESpecification"]["KMSMasterKeyId"].startswith("Key")


def test_what_holds_data_outlives_its_stack(assembly: Assembly) -> None:
    holding = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Logs::LogGroup")
    for name, made in assembly.resources.items():
        if made["Type"] in holding:
            assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == OUTLIVES, name


def test_what_computes_holds_no_data(assembly: Assembly) -> None:
    kinds = {made["Type"] for made in assembly.templates["service"]["Resources"].values()}
    assert "AWS::DynamoDB::Table" not in kinds
    assert not {made["Type"] for made in assembly.templates["data"]["Resources"].values()} & {
        "AWS::Lambda::Function",
        "AWS::ApiGatewayV2::Api",
    }


def test_keys_are_renewed_every_year(assembly: Assembly) -> None:
    """Those that encrypt. KMS cannot renew a pair of keys that signs: operators do, by its label."""
    encrypting = [made for made in assembly.all_of("AWS::KMS::Key").values() if "KeyUsage" not in made]
    assert len(encrypting) == 2
    assert all(made["EnableKeyRotation"] is True for made in encrypting)


def test_what_signed_certificates_outlives_every_stack(assembly: Assembly) -> None:
    resources = assembly.templates["data"]["Resources"].values()
    signing = [made for made in resources if made["Properties"].get("KeyUsage") == "SIGN_VERIFY"]
    assert sorted(made["Properties"]["KeySpec"] for made in signing) == sorted(key.spec for key in wiring.KEYS)
    assert all((made["DeletionPolicy"], made["UpdateReplacePolicy"]) == OUTLIVES for made in signing)


@each_bucket
def test_a_bucket_is_private_encrypted_and_remembers(assembly: Assembly, bucket: parts.Bucket) -> None:
    _, made = bucket_of(assembly, bucket.name)
    assert set(made["PublicAccessBlockConfiguration"].values()) == {True}
    assert made["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = made["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    # What everybody may read needs no key.
    wanted = "AES256" if bucket.name in ("portal", "public_log", "status_list", "service_state") else "aws:kms"
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == wanted
    assert made["LoggingConfiguration"]["LogFilePrefix"] == f"s3/{bucket.name}/"
    assert any(
        statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in policy_of(assembly, bucket.name)
    )
    rules = made["LifecycleConfiguration"]["Rules"]
    days = {"inbox": 7}.get(bucket.name, 90)
    of_all = [rule for rule in rules if "Prefix" not in rule]
    assert [rule["NoncurrentVersionExpiration"] for rule in of_all] == [{"NoncurrentDays": days}]
    ending = [(rule["Prefix"], rule["ExpirationInDays"]) for rule in rules if "Prefix" in rule]
    assert ending == ([bucket.expiring] if bucket.expiring else [])
    assert not any("Transitions" in rule for rule in rules), "a PDF is too small for a colder storage class to pay"
    assert [rule.get("ExpirationInDays") for rule in of_all] == [bucket.expires_after_days]


def test_a_pdf_is_written_once_and_never_deleted_by_anyone(assembly: Assembly) -> None:
    denied = {
        statement["Sid"]: statement
        for statement in policy_of(assembly, "pdfs")
        if statement["Effect"] == "Deny" and "Sid" in statement
    }
    every_object = f"{physical('pdfs')}-{ACCOUNT}"
    replaced, deleted = denied["NeverReplaced"], denied["NeverDeleted"]
    assert replaced["Action"] == "s3:PutObject"
    assert replaced["Condition"] == {"Null": {"s3:if-none-match": "true"}}
    assert set(deleted["Action"]) == {"s3:DeleteObject", "s3:DeleteObjectVersion"}
    assert "Condition" not in deleted
    for statement in (replaced, deleted):
        assert statement["Principal"] == {"AWS": "*"}
        assert statement["Resource"] == f"{every_object}.Arn/*"


def test_every_read_of_a_pdf_is_recorded(assembly: Assembly) -> None:
    trail = assembly.named("AWS::CloudTrail::Trail", physical("reads"))
    (selector,) = trail["AdvancedEventSelectors"]
    selected = {field["Field"]: field.get("Equals") or field["StartsWith"] for field in selector["FieldSelectors"]}
    assert selected["eventName"] == ["GetObject"]
    assert selected["resources.ARN"] == [f"{physical('pdfs')}-{ACCOUNT}.Arn/"]
    assert trail["IsLogging"] is trail["EnableLogFileValidation"] is True


# Functions


@each_function
def test_a_function_runs_as_its_row_says(assembly: Assembly, function: parts.Function) -> None:
    made = function_of(assembly, function)
    assert made["Architectures"] == ["arm64"]
    assert made["Runtime"] == "python3.13"
    assert made["MemorySize"] == function.memory_mb
    assert made["Timeout"] == function.timeout_s
    assert made["TracingConfig"] == {"Mode": "Active"}
    assert made["RuntimeManagementConfig"] == {"UpdateRuntimeOn": "FunctionUpdate"}
    assert made.get("ReservedConcurrentExecutions") == function.concurrency
    assert len(made["Layers"]) == len(function.layers)


@each_function
def test_only_published_versions_behind_an_alias_are_called(assembly: Assembly, function: parts.Function) -> None:
    name = physical(function.name)
    (alias,) = [made for made in assembly.all_of("AWS::Lambda::Alias").values() if made["FunctionName"] == name]
    assert alias["Name"] == "live"
    versions = {
        logical: assembly.resources[logical]
        for logical, made in assembly.all_of("AWS::Lambda::Version").items()
        if made["FunctionName"] == name
    }
    ((logical, version),) = versions.items()
    assert alias["FunctionVersion"] == f"{logical}.Version"
    assert version["DeletionPolicy"] == OUTLIVES[0], "what is rolled back to must still be there"


@each_function
def test_who_waits_for_an_answer_meets_no_cold_start(assembly: Assembly, function: parts.Function) -> None:
    snapshots = {"ApplyOn": "PublishedVersions"} if function.routes else None
    assert function_of(assembly, function).get("SnapStart") == snapshots


def test_a_storm_of_requests_cannot_starve_verification(assembly: Assembly) -> None:
    """Each function that is called from outside has a share of its own, so none can use up another's."""
    assert all(function.concurrency for function in wiring.FUNCTIONS if function.routes)


@each_function
def test_logs_end(assembly: Assembly, function: parts.Function) -> None:
    log = assembly.named("AWS::Logs::LogGroup", f"/aws/lambda/{physical(function.name)}")
    assert timedelta(days=log["RetentionInDays"]) <= timedelta(days=90)


# What wakes them


@each_function
def test_what_fails_in_the_background_is_kept(assembly: Assembly, function: parts.Function) -> None:
    if function.stream or function.bus or function.schedules:
        queue = assembly.named("AWS::SQS::Queue", f"{physical(function.name)}-dead")
        assert queue["MessageRetentionPeriod"] == timedelta(days=14).total_seconds()
        assert queue["SqsManagedSseEnabled"] is True


@each_function
def test_a_stream_is_followed_as_its_row_says(assembly: Assembly, function: parts.Function) -> None:
    alias = f"{assembly_alias(assembly, function)}"
    found = [
        made for made in assembly.all_of("AWS::Lambda::EventSourceMapping").values() if made["FunctionName"] == alias
    ]
    if function.stream is None:
        assert found == []
        return
    (mapping,) = found
    assert mapping["EventSourceArn"] == f"{physical(function.stream.table)}.StreamArn"
    assert mapping["BatchSize"] == function.stream.batch
    assert mapping["MaximumRetryAttempts"] == (-1 if function.stream.retries is None else function.stream.retries)
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"] == f"{physical(function.name)}-dead.Arn"
    filters = mapping["FilterCriteria"]["Filters"]
    assert [json.loads(each["Pattern"]) for each in filters] == list(function.stream.patterns)
    most = 5
    assert len(filters) <= most, "as many as Lambda takes (developer guide, event filtering)"


def assembly_alias(assembly: Assembly, function: parts.Function) -> str:
    """How the templates refer to a function's alias."""
    name = physical(function.name)
    return next(
        logical for logical, made in assembly.all_of("AWS::Lambda::Alias").items() if made["FunctionName"] == name
    )


@each_function
def test_the_bus_is_followed_as_its_row_says(assembly: Assembly, function: parts.Function) -> None:
    if function.bus is None:
        return
    (rule,) = [
        made for made in assembly.all_of("AWS::Events::Rule").values() if made.get("Name") == physical(function.name)
    ]
    pattern = rule["EventPattern"]
    if function.bus.about == parts.MAIL:
        assert pattern["detail"]["mail"]["tags"].pop("ses:configuration-set") == [physical(parts.MAIL)]
    else:
        named = pattern["detail"].pop("requestParameters")
        assert named == {"bucketName": [f"{physical(function.bus.about)}-{ACCOUNT}"]}
    assert pattern == function.bus.pattern
    (target,) = rule["Targets"]
    assert target["Arn"] == assembly_alias(assembly, function)
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": function.bus.retries}
    assert target["DeadLetterConfig"] == {"Arn": f"{physical(function.name)}-dead.Arn"}


@each_function
def test_the_clock_is_followed_as_its_row_says(assembly: Assembly, function: parts.Function) -> None:
    alias = assembly_alias(assembly, function)
    found = {
        made["Name"]: made
        for made in assembly.all_of("AWS::Scheduler::Schedule").values()
        if made["Target"]["Arn"] == alias
    }
    assert set(found) == {physical(schedule.name) for schedule in function.schedules}
    for schedule in function.schedules:
        made = found[physical(schedule.name)]
        assert made["ScheduleExpression"] == schedule.expression
        assert made["ScheduleExpressionTimezone"] == "America/Lima"
        assert json.loads(made["Target"]["Input"]) == schedule.event
        assert made["Target"]["DeadLetterConfig"] == {"Arn": f"{physical(function.name)}-dead.Arn"}


# The API and the edge


def test_each_route_is_throttled_by_itself(assembly: Assembly) -> None:
    (stage,) = assembly.all_of("AWS::ApiGatewayV2::Stage").values()
    limits = {route: limit["ThrottlingRateLimit"] for route, limit in stage["RouteSettings"].items()}
    assert limits == {
        f"{route.method} {route.path}": route.a_second for function in wiring.FUNCTIONS for route in function.routes
    }


def test_the_access_log_is_structured_and_tells_of_nobody(assembly: Assembly) -> None:
    (stage,) = assembly.all_of("AWS::ApiGatewayV2::Stage").values()
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert logged["status"] == "$context.status"
    personal = ("identity", "path", "sourceIp", "userAgent")
    assert not [value for value in logged.values() if any(word in value for word in personal)]


def test_the_viewer_s_address_reaches_the_functions_with_the_proof_that_it_is_cloudfront_s(assembly: Assembly) -> None:
    (distribution,) = assembly.all_of("AWS::CloudFront::Distribution").values()
    origins = distribution["DistributionConfig"]["Origins"]
    (proof,) = [header for origin in origins for header in origin.get("OriginCustomHeaders", [])]
    assert proof["HeaderName"] == "x-origin-secret"
    (policy,) = assembly.all_of("AWS::CloudFront::OriginRequestPolicy").values()
    passed = policy["OriginRequestPolicyConfig"]["HeadersConfig"]
    assert passed == {
        "HeaderBehavior": "whitelist",
        "Headers": ["CloudFront-Viewer-Address", "Content-Type", "Sec-Fetch-Site"],
    }
    for function in wiring.FUNCTIONS:
        if "ORIGIN_SECRET" in function.settings:
            variables = function_of(assembly, function)["Environment"]["Variables"]
            # The function reads the value at run time; only its name is in the configuration.
            assert variables["ORIGIN_SECRET"] in proof["HeaderValue"]
            assert "resolve:" in proof["HeaderValue"]
            assert not [value for value in variables.values() if "resolve:" in str(value)]


def test_cloudfront_sends_a_new_secret_only_when_every_function_accepts_it(assembly: Assembly) -> None:
    """Otherwise a rotation would be refused for the minutes that a version with a snapshot takes to be published."""
    (made,) = [made for made in assembly.resources.values() if made["Type"] == "AWS::CloudFront::Distribution"]
    answering = {physical(function.name) for function in wiring.FUNCTIONS if function.routes}
    aliases = assembly.all_of("AWS::Lambda::Alias")
    assert {aliases[name]["FunctionName"] for name in made["DependsOn"]} == answering


def test_the_api_is_reached_through_the_same_origin_and_its_document_is_a_file(assembly: Assembly) -> None:
    (distribution,) = assembly.all_of("AWS::CloudFront::Distribution").values()
    config = distribution["DistributionConfig"]
    behaviors = {behavior["PathPattern"]: behavior for behavior in config["CacheBehaviors"]}
    known = [f"/.well-known/{name}" for name in ("jwks.json", "sello.pem", "log.vkey", "states-jwks.json")]
    read = ["/log/*", "/.well-known/anuladas*", "/estado.json*"]
    api = ["/api/captcha", "/api/*"]
    assert list(behaviors) == ["/api/openapi.json", "/verificar/*", *api, *known, "/a/*", *read], (
        "the first that matches counts"
    )
    files = config["DefaultCacheBehavior"]["TargetOriginId"]
    assert behaviors["/api/openapi.json"]["TargetOriginId"] == files != behaviors["/api/*"]["TargetOriginId"]
    # The token of a request reaches the API only as a part of the cache's key; what says `no-store` is not kept.
    policies = assembly.all_of("AWS::CloudFront::CachePolicy")
    config = policies[behaviors["/api/*"]["CachePolicyId"]]["CachePolicyConfig"]
    keyed = config["ParametersInCacheKeyAndForwardedToOrigin"]
    assert keyed["HeadersConfig"] == {"HeaderBehavior": "whitelist", "Headers": ["Authorization"]}
    assert (config["MinTTL"], config["DefaultTTL"], config["MaxTTL"]) == (0, 0, 1)
    # Everybody asks for a challenge under one key: with a cache each would wait until another one's is answered.
    assert behaviors["/api/captcha"] == {
        **behaviors["/api/*"],
        "PathPattern": "/api/captcha",
        "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",  # Amazon's CachingDisabled
    }
    # The public keys are kept for as long as they say themselves, at most five minutes.
    for path in known:
        assert behaviors[path]["TargetOriginId"] == behaviors["/api/*"]["TargetOriginId"]
        assert behaviors[path]["AllowedMethods"] == ["GET", "HEAD"]
        kept = policies[behaviors[path]["CachePolicyId"]]["CachePolicyConfig"]
        assert (kept["MinTTL"], kept["DefaultTTL"], kept["MaxTTL"]) == (0, 0, 300)


def test_the_firewall_counts_addresses_that_call_the_api(assembly: Assembly) -> None:
    """A computer room that opens pages is not counted, and who is blocked reads a problem like any other."""
    (firewall,) = assembly.all_of("AWS::WAFv2::WebACL").values()
    rates = [rule for rule in firewall["Rules"] if "RateBasedStatement" in rule["Statement"]]
    for rule in rates:
        scope = rule["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
        match = scope.get("AndStatement", {"Statements": [scope]})["Statements"][0]["ByteMatchStatement"]
        assert (match["PositionalConstraint"], match["SearchString"]) == ("STARTS_WITH", "/api/")
        # CloudFront matches `/%61pi/` as `/api/`, and would send it on uncounted.
        assert [each["Type"] for each in match["TextTransformations"]] == ["URL_DECODE", "NORMALIZE_PATH"]
        answer = rule["Action"]["Block"]["CustomResponse"]
        assert answer["ResponseCode"] == 429
        assert answer["ResponseHeaders"] == [{"Name": "Retry-After", "Value": "300"}]
        body = json.loads(firewall["CustomResponseBodies"][answer["CustomResponseBodyKey"]]["Content"])
        assert (body["status"], body["code"]) == (429, "too_many_attempts")
        assert set(body) == {"type", "title", "status", "detail", "code"}
    assert [rule["Statement"]["RateBasedStatement"]["AggregateKeyType"] for rule in rates] == ["IP", "IP"]
    assert all("Block" in rule["Action"] for rule in rates)
    (distribution,) = assembly.all_of("AWS::CloudFront::Distribution").values()
    assert distribution["DistributionConfig"]["WebACLId"].endswith(".Arn")


# Mail


def test_mail_is_signed_encrypted_and_its_bounces_followed(assembly: Assembly) -> None:
    (configuration,) = assembly.all_of("AWS::SES::ConfigurationSet").values()
    assert configuration["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert configuration["ReputationOptions"] == {"ReputationMetricsEnabled": True}
    assert set(configuration["SuppressionOptions"]["SuppressedReasons"]) == {"BOUNCE", "COMPLAINT"}
    destinations = [
        made["EventDestination"] for made in assembly.all_of("AWS::SES::ConfigurationSetEventDestination").values()
    ]
    assert ["CloudWatchDestination" in made for made in destinations].count(True) == 1
    assert ["EventBridgeDestination" in made for made in destinations].count(True) == 1
    for followed in destinations:
        assert {"bounce", "complaint"} <= {kind.lower() for kind in followed["MatchingEventTypes"]}
    (identity,) = assembly.all_of("AWS::SES::EmailIdentity").values()
    assert identity["ConfigurationSetAttributes"]["ConfigurationSetName"] == configuration["Name"]


# Watching


def alarms(assembly: Assembly) -> dict[str, Resource]:
    return {made["AlarmName"]: made for made in assembly.all_of("AWS::CloudWatch::Alarm").values()}


@each_function
def test_a_function_s_faults_are_told(assembly: Assembly, function: parts.Function) -> None:
    wanted = {"errors", "throttles", "slow"}
    if function.stream:
        wanted.add("late")
    if function.stream or function.bus or function.schedules:
        wanted.add("dead-letters")
    assert {f"{physical(function.name)}-{fault}" for fault in wanted} <= set(alarms(assembly))


def test_business_signals_the_mail_s_reputation_and_the_bill_are_told(assembly: Assembly) -> None:
    wanted = {physical(signal.name) for signal in signals.SIGNALS}
    wanted |= {physical("mail_bounces"), physical("mail_complaints")}
    assert wanted <= set(alarms(assembly))
    (budget,) = assembly.all_of("AWS::Budgets::Budget").values()
    assert budget["Budget"]["BudgetType"] == "COST"


def test_every_alarm_reaches_the_operators_and_says_what_is_wrong(assembly: Assembly) -> None:
    (topic,) = assembly.all_of("AWS::SNS::Topic")
    for name, alarm in alarms(assembly).items():
        assert alarm["AlarmActions"] == [topic], name
        assert len(alarm["AlarmDescription"]) > 20, name


def test_every_alarm_has_its_place_in_the_runbook(assembly: Assembly) -> None:
    """By its name, or by its end where one is raised for several functions."""
    named = re.findall(r"`(…?)([a-z-]+)`", (ROOT / "docs" / "runbook.md").read_text())
    whole, ends = {name for dots, name in named if not dots}, {name for dots, name in named if dots}
    for name in alarms(assembly):
        own = name.removeprefix(f"constancia-{STAGE}-")
        assert own in whole or own.endswith(tuple(ends)), own


def test_the_dashboard_shows_the_service_on_one_page(assembly: Assembly) -> None:
    (board,) = assembly.all_of("AWS::CloudWatch::Dashboard").values()
    shown = board["DashboardBody"]
    for metric in ("RequestAccepted", "CertificateIssued", "CertificateVerified", "identity_not_confirmed", "Latency"):
        assert f'"{metric}"' in shown
    assert '"EstimatedCharges"' in shown


def test_what_no_file_could_bring_back_is_copied_every_night_behind_a_lock(assembly: Assembly) -> None:
    (vault,) = assembly.all_of("AWS::Backup::BackupVault").values()
    (plan,) = assembly.all_of("AWS::Backup::BackupPlan").values()
    (selection,) = assembly.all_of("AWS::Backup::BackupSelection").values()
    rules = {rule["RuleName"]: rule for rule in plan["BackupPlan"]["BackupPlanRule"]}
    kept = {name: rule["Lifecycle"]["DeleteAfterDays"] for name, rule in rules.items()}
    assert kept == {"daily": 7, "weekly": 35}
    assert {rule["TargetBackupVault"] for rule in rules.values()} == {vault_name(assembly)}
    assert vault["LockConfiguration"]["MinRetentionDays"] <= min(kept.values())
    assert "ChangeableForDays" not in vault["LockConfiguration"], "a lock for good is the ministry's own choice"
    copied = {table.name for table in wiring.TABLES if table.copied}
    assert copied == {"certificates", "events"}
    assert len(selection["BackupSelection"]["Resources"]) == len(copied)
    assert sum((copies.KEPT_DAILY.to_days(), copies.KEPT_WEEKLY.to_days() // 7)) == copies.COPIES == journeys.COPIES


def test_a_copy_may_bear_the_tags_of_its_table(assembly: Assembly) -> None:
    """AWS Backup copies them with the role of the plan (its developer guide, "Managed policies")."""
    assert all(table["Tags"] for table in assembly.all_of("AWS::DynamoDB::Table").values())
    (policy,) = assembly.named("AWS::IAM::Role", physical("copies"))["Policies"]
    assert "backup:TagResource" in str(policy["PolicyDocument"])


def vault_name(assembly: Assembly) -> str:
    """How the templates refer to the vault."""
    (logical,) = assembly.all_of("AWS::Backup::BackupVault")
    return f"{logical}.BackupVaultName"
