"""The cloud and this machine are one service: routes, environment, keys, headers and pages are the same in both."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra import parts, portal_headers, wiring, workflow
from infra.local import service, storage
from infra.local.gateway import PORTAL, Answer, Gateway
from tests.infra.cloud.assembly import ACCOUNT, ROOT, STAGE, Assembly


def physical(local_name: str) -> str:
    """A local name as production has it."""
    return local_name.replace("constancia-", f"constancia-{STAGE}-", 1)


def test_the_routes_lead_to_the_same_functions(assembly: Assembly) -> None:
    integrations = assembly.all_of("AWS::ApiGatewayV2::Integration")
    aliases = assembly.all_of("AWS::Lambda::Alias")
    made = {
        route["RouteKey"]: aliases[integrations[route["Target"].removeprefix("integrations/")]["IntegrationUri"]][
            "FunctionName"
        ]
        for route in assembly.all_of("AWS::ApiGatewayV2::Route").values()
    }
    assert made == {
        f"{route.method} {route.path}": physical(f"constancia-{function.name.replace('_', '-')}")
        for function in wiring.FUNCTIONS
        for route in function.routes
    }
    assert {integration["PayloadFormatVersion"] for integration in integrations.values()} == {"2.0"}


@pytest.mark.parametrize("function", wiring.FUNCTIONS, ids=lambda function: function.name)
def test_a_function_is_told_the_same_in_both(assembly: Assembly, function: parts.Function) -> None:
    """The same names; the same tables and buckets behind them, but for the stage."""
    name = physical(f"constancia-{function.name.replace('_', '-')}")
    variables = assembly.named("AWS::Lambda::Function", name)["Environment"]["Variables"]
    cloud = {key: value for key, value in variables.items() if not key.startswith("POWERTOOLS_")}
    here = wiring.environment_of(function, service.settings("http://127.0.0.1:8000"))
    only_there, only_here = {"ORIGIN_SECRET"}, {"DOWNLOADS_URL", "INBOX_URL", "REPORTS_URL"}
    assert set(cloud) - only_there == set(here) - only_here
    for key, value in here.items():
        if key.endswith("_TABLE"):
            assert cloud[key] == physical(value)
        elif key.endswith("_BUCKET"):
            assert cloud[key] == f"{physical(value)}-{ACCOUNT}"


@pytest.mark.parametrize("table", wiring.TABLES, ids=lambda table: table.name)
def test_a_table_has_the_same_keys_in_both(assembly: Assembly, table: parts.Table) -> None:
    here = storage.table_definition(table)
    made = assembly.named("AWS::DynamoDB::Table", physical(here.pop("TableName")))

    def in_order(definition: dict[str, Any]) -> dict[str, Any]:
        attributes = sorted(definition["AttributeDefinitions"], key=lambda attribute: attribute["AttributeName"])
        return {**definition, "AttributeDefinitions": attributes}

    stream = here.pop("StreamSpecification", {})
    assert in_order({key: made[key] for key in here}) == in_order(here)
    assert made.get("StreamSpecification", {}).get("StreamViewType") == stream.get("StreamViewType")
    expiry = {"AttributeName": table.expiry, "Enabled": True} if table.expiry else None
    assert made.get("TimeToLiveSpecification") == expiry


PDFS = f"https://constancia-{STAGE}-pdfs-{ACCOUNT}.s3.us-east-1.amazonaws.com"


@pytest.mark.parametrize("policy", ["files", "scanning", "api"])
def test_every_answer_carries_the_same_headers_in_both_but_pages_may_ask_for_the_pdfs_and_one_for_the_camera(
    assembly: Assembly, policy: str
) -> None:
    (config,) = (
        made["ResponseHeadersPolicyConfig"]
        for made in assembly.all_of("AWS::CloudFront::ResponseHeadersPolicy").values()
        if made["ResponseHeadersPolicyConfig"]["Name"] == f"constancia-{STAGE}-{policy}"
    )
    security = config["SecurityHeadersConfig"]
    transport = security["StrictTransportSecurity"]
    sent = {
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Strict-Transport-Security": f"max-age={transport['AccessControlMaxAgeSec']}; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        **{item["Header"]: item["Value"] for item in config["CustomHeadersConfig"]["Items"]},
    }
    assert transport["IncludeSubdomains"] is True
    pages = {
        "Cache-Control": portal_headers.PORTAL_CACHING,
        "Content-Security-Policy": portal_headers.content_security_policy(PDFS),
    }
    more = {"files": pages, "scanning": {**pages, **portal_headers.SCANNING_HEADERS}, "api": {}}
    assert sent == {**portal_headers.PORTAL_HEADERS, **more[policy]}


def test_the_page_that_scans_is_a_page_like_the_others_but_for_its_headers(assembly: Assembly) -> None:
    (distribution,) = assembly.all_of("AWS::CloudFront::Distribution").values()
    config = distribution["DistributionConfig"]
    (scanning,) = (found for found in config["CacheBehaviors"] if found["PathPattern"] == "/verificar/*")
    others = ("PathPattern", "ResponseHeadersPolicyId")
    assert {name: value for name, value in scanning.items() if name not in others} == {
        name: value for name, value in config["DefaultCacheBehavior"].items() if name not in others
    }
    assert scanning["ResponseHeadersPolicyId"] != config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"]


def test_the_pdfs_can_be_fetched_by_the_pages_of_the_portal_and_no_others(assembly: Assembly) -> None:
    cors = {
        made["BucketName"]: made["CorsConfiguration"]["CorsRules"]
        for made in assembly.all_of("AWS::S3::Bucket").values()
        if "CorsConfiguration" in made
    }
    (rules,) = cors.values()
    assert [f"https://{name}.s3.us-east-1.amazonaws.com" for name in cors] == [PDFS]
    (rule,) = rules
    assert (rule["AllowedMethods"], len(rule["AllowedOrigins"])) == (["GET"], 1)
    assert rule["AllowedOrigins"][0].startswith("https://")
    assert "*" not in rule["AllowedOrigins"][0]


# The pages: CloudFront's function against the local gateway

RUN = """
const [code, paths] = [process.argv[1], JSON.parse(process.argv[2])];
const handler = new Function(code + "; return handler;")();
const answers = paths.map((uri) => handler({ request: { uri, method: "GET", headers: {} } }));
process.stdout.write(JSON.stringify(answers));
"""


def paths() -> list[str]:
    """Every file and folder of the portal as people may ask for it, and what is not there."""
    files = [path for path in PORTAL.rglob("*") if path.is_file()]
    pages = {f"/{path.relative_to(PORTAL).as_posix()}" for path in files}
    folders = {f"/{path.parent.relative_to(PORTAL).as_posix()}" for path in files if path.name == "index.html"}
    lost = {"/nada", "/solicitar/nada", "/modules", "/modules/", "/%C3%B1", "/%zz", "/%"}
    return sorted(pages | {folder.removesuffix("/.") + "/" for folder in folders} | (folders - {"/."}) | lost)


@pytest.fixture(scope="module")
def edge_answers(assembly: Assembly) -> dict[str, dict[str, Any]]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node to run CloudFront's function with")
    (function,) = assembly.all_of("AWS::CloudFront::Function").values()
    asked = paths()
    run = subprocess.run(
        [node, "-e", RUN, function["FunctionCode"], json.dumps(asked)], capture_output=True, text=True, check=True
    )
    return dict(zip(asked, json.loads(run.stdout), strict=True))


@pytest.mark.parametrize("path", paths())
def test_a_page_is_found_redirected_or_lost_as_here(edge_answers: dict[str, dict[str, Any]], path: str) -> None:
    here: Answer = Gateway(lambda name, event: None, None).file(path, {})  # type: ignore[arg-type]
    there = edge_answers[path]
    if "statusCode" not in there:
        assert here.status == 200
        assert (PORTAL / there["uri"].lstrip("/")).read_bytes() == here.body
        return
    assert there["statusCode"] == here.status
    assert there["headers"].get("location", {}).get("value") == here.headers.get("Location")
    sent = {name: made["value"] for name, made in there["headers"].items() if name not in ("location", "content-type")}
    assert sent == {name.lower(): value for name, value in portal_headers.PORTAL_HEADERS.items()} | {
        "cache-control": portal_headers.PORTAL_CACHING
    }
    if here.status == 404:
        assert there["body"]["data"].encode() == here.body
        assert there["headers"]["content-type"]["value"] == here.headers["Content-Type"]


def test_cloudfront_takes_the_function(assembly: Assembly) -> None:
    """It takes ten kilobytes, and knows neither modules nor the newest JavaScript."""
    (function,) = assembly.all_of("AWS::CloudFront::Function").values()
    assert len(function["FunctionCode"].encode()) <= 10 * 1024
    assert function["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"


def test_what_is_deployed_is_what_is_served_here() -> None:
    assert Path(PORTAL) == ROOT / "portal"


@pytest.mark.parametrize("name", ["ingest_records", "answer_file"])
def test_the_workflow_of_a_file_is_the_one_that_is_tested_here(assembly: Assembly, name: str) -> None:
    assert {function.name for function in wiring.FUNCTIONS if function.files} == {"ingest_records", "answer_file"}
    function = wiring.function(name)
    assert function.files is not None
    name = physical(f"constancia-{function.name.replace('_', '-')}")
    bucket = f"{physical('constancia-inbox')}-{ACCOUNT}"
    made = assembly.named("AWS::StepFunctions::StateMachine", name)
    (alias,) = (key for key, made in assembly.all_of("AWS::Lambda::Alias").items() if made["FunctionName"] == name)
    assert json.loads(made["DefinitionString"]) == workflow.definition(function.files, alias, bucket)
    (rule,) = (made for made in assembly.all_of("AWS::Events::Rule").values() if made["Name"] == f"{name}-arrived")
    assert rule["EventPattern"]["detail"] == {
        "bucket": {"name": [bucket]},
        "object": {"key": [{"prefix": function.files.prefix}]},
    }
    assert rule["Targets"][0]["DeadLetterConfig"] == {"Arn": f"{name}-dead.Arn"}
