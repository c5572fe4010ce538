"""The one origin that people see: CloudFront before the portal's files and the API, and a firewall before it."""

import json
from pathlib import Path
from typing import Any

from aws_cdk import Duration, RemovalPolicy, SecretValue
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra import wiring
from infra.cloud.deployment import Deployment

PORTAL = Path(__file__).parents[2] / "portal"
EDGE_CODE = Path(__file__).with_name("portal.js")
EDGE_CODE_LIMIT = 10 * 1024
"""Bytes that CloudFront takes."""

OPENAPI = "/api/openapi.json"
"""The one address under /api that is a file of the portal."""
VIEWER_ADDRESS = "CloudFront-Viewer-Address"
ORIGIN_SECRET_HEADER = "x-origin-secret"  # noqa: S105 the name of a header

WINDOW = 300
"""Seconds over which the firewall counts."""
REQUESTS_AN_ADDRESS = 3000
"""In a window. A school's computer room and a mobile operator's customers share one address."""
WRITES_AN_ADDRESS = 600

SECURITY_HEADERS = (
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
)
"""Those that CloudFront wants by name; it takes the others as they are."""


class Edge(Construct):
    """The distribution, the portal's bucket, the certificate and the firewall."""

    def __init__(
        self, scope: Construct, deployment: Deployment, logs: s3.IBucket, api_host: str, secret: SecretValue
    ) -> None:
        super().__init__(scope, "Edge")
        self.deployment = deployment
        self.bucket = s3.Bucket(
            self,
            "Portal",
            bucket_name=deployment.bucket_name("portal"),
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            server_access_logs_bucket=s3.Bucket.from_bucket_name(self, "Logs", deployment.bucket_name("logs")),
            server_access_logs_prefix="s3/portal/",
            lifecycle_rules=[s3.LifecycleRule(noncurrent_version_expiration=Duration.days(90))],
            removal_policy=RemovalPolicy.RETAIN,
        )
        files = self._files_behavior()
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=deployment.name("portal"),
            domain_names=[deployment.domain],
            certificate=acm.Certificate(
                self,
                "Certificate",
                domain_name=deployment.domain,
                validation=acm.CertificateValidation.from_dns(),
            ),
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            # The others leave South America out.
            price_class=cloudfront.PriceClass.PRICE_CLASS_ALL,
            default_behavior=files,
            additional_behaviors={OPENAPI: files, "/api/*": self._api_behavior(api_host, secret)},
            enable_logging=True,
            log_bucket=logs,
            log_file_prefix="cloudfront/",
            web_acl_id=self._firewall().attr_arn,
        )

    def _files_behavior(self) -> cloudfront.BehaviorOptions:
        return cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(self.bucket),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
            compress=True,
            # The bucket says nothing of caching, so CloudFront asks it each time whether a file changed: what
            # `PORTAL_CACHING` makes browsers do too.
            cache_policy=cloudfront.CachePolicy(
                self,
                "Files",
                cache_policy_name=self.deployment.name("files"),
                min_ttl=Duration.seconds(0),
                default_ttl=Duration.seconds(0),
                max_ttl=Duration.days(1),
                enable_accept_encoding_gzip=True,
                enable_accept_encoding_brotli=True,
            ),
            response_headers_policy=self._headers("files", {"Cache-Control": wiring.PORTAL_CACHING}),
            function_associations=[
                cloudfront.FunctionAssociation(
                    event_type=cloudfront.FunctionEventType.VIEWER_REQUEST,
                    function=cloudfront.Function(
                        self,
                        "Pages",
                        function_name=self.deployment.name("pages"),
                        code=cloudfront.FunctionCode.from_inline(edge_code()),
                        runtime=cloudfront.FunctionRuntime.JS_2_0,
                    ),
                )
            ],
        )

    def _api_behavior(self, api_host: str, secret: SecretValue) -> cloudfront.BehaviorOptions:
        return cloudfront.BehaviorOptions(
            origin=origins.HttpOrigin(
                api_host,
                protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
                custom_headers={ORIGIN_SECRET_HEADER: secret.unsafe_unwrap()},
            ),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            # A list of what passes, not of what does not: nothing that a client writes can pass for the address.
            origin_request_policy=cloudfront.OriginRequestPolicy(
                self,
                "ToApi",
                origin_request_policy_name=self.deployment.name("api"),
                header_behavior=cloudfront.OriginRequestHeaderBehavior.allow_list(VIEWER_ADDRESS, "Content-Type"),
                query_string_behavior=cloudfront.OriginRequestQueryStringBehavior.all(),
                cookie_behavior=cloudfront.OriginRequestCookieBehavior.none(),
            ),
            response_headers_policy=self._headers("api", {}),
            compress=True,
        )

    def _headers(self, name: str, more: dict[str, str]) -> cloudfront.IResponseHeadersPolicy:
        """The headers of the table, and some more."""
        table = wiring.PORTAL_HEADERS
        seconds, *rest = table["Strict-Transport-Security"].removeprefix("max-age=").split("; ")
        security = {
            "contentSecurityPolicy": {"contentSecurityPolicy": table["Content-Security-Policy"], "override": True},
            "strictTransportSecurity": {
                "accessControlMaxAgeSec": int(seconds),
                "includeSubdomains": "includeSubDomains" in rest,
                "override": True,
            },
            "contentTypeOptions": {"override": True},
            "frameOptions": {"frameOption": table["X-Frame-Options"], "override": True},
            "referrerPolicy": {"referrerPolicy": table["Referrer-Policy"], "override": True},
        }
        others = {header: value for header, value in {**table, **more}.items() if header not in SECURITY_HEADERS}
        policy = cloudfront.CfnResponseHeadersPolicy(
            self,
            f"{name.capitalize()}Headers",
            response_headers_policy_config={
                "name": self.deployment.name(name),
                "securityHeadersConfig": security,
                "customHeadersConfig": {
                    "items": [{"header": header, "value": value, "override": True} for header, value in others.items()]
                },
            },
        )
        return cloudfront.ResponseHeadersPolicy.from_response_headers_policy_id(
            self, f"{name.capitalize()}HeadersPolicy", policy.attr_id
        )

    def _firewall(self) -> wafv2.CfnWebACL:
        """Rates for each address, then Amazon's lists of bad addresses and of known attacks."""
        writes = {
            "byteMatchStatement": {
                "fieldToMatch": {"method": {}},
                "positionalConstraint": "EXACTLY",
                "searchString": "POST",
                "textTransformations": [{"priority": 0, "type": "NONE"}],
            }
        }
        rules = [
            self._rate("requests", REQUESTS_AN_ADDRESS),
            self._rate("writes", WRITES_AN_ADDRESS, scopeDownStatement=writes),
            *(
                {
                    "name": group,
                    "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": group}},
                    "overrideAction": {"none": {}},
                }
                for group in ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")
            ),
        ]
        return wafv2.CfnWebACL(
            self,
            "Firewall",
            name=self.deployment.name("firewall"),
            scope="CLOUDFRONT",
            default_action={"allow": {}},
            visibility_config=self._seen_as("firewall"),
            rules=[
                {"priority": place, "visibilityConfig": self._seen_as(str(rule["name"])), **rule}
                for place, rule in enumerate(rules)
            ],
        )

    @staticmethod
    def _rate(name: str, limit: int, **more: Any) -> dict[str, Any]:
        counted = {"limit": limit, "evaluationWindowSec": WINDOW, "aggregateKeyType": "IP", **more}
        tell = {"responseCode": 429, "responseHeaders": [{"name": "Retry-After", "value": str(WINDOW)}]}
        return {
            "name": name,
            "statement": {"rateBasedStatement": counted},
            "action": {"block": {"customResponse": tell}},
        }

    def _seen_as(self, name: str) -> dict[str, Any]:
        metric = f"{self.deployment.name(name)}"
        return {"cloudWatchMetricsEnabled": True, "sampledRequestsEnabled": False, "metricName": metric}


def edge_code() -> str:
    """The CloudFront function, with the portal as it is now.

    Raises:
        ValueError: it has grown larger than CloudFront takes.
    """
    files = sorted(f"/{path.relative_to(PORTAL).as_posix()}" for path in PORTAL.rglob("*") if path.is_file())
    headers = {**wiring.PORTAL_HEADERS, "Cache-Control": wiring.PORTAL_CACHING}
    facts = {
        "FILES": files,
        "HEADERS": {name.lower(): {"value": value} for name, value in headers.items()},
        "LOST": (PORTAL / "404.html").read_text(encoding="utf-8"),
    }
    code = EDGE_CODE.read_text(encoding="utf-8")
    for name, value in facts.items():
        code = code.replace(f"= {name};", f"= {json.dumps(value, ensure_ascii=False, separators=(',', ':'))};")
    if len(code.encode()) > EDGE_CODE_LIMIT:
        raise ValueError(f"the CloudFront function is larger than {EDGE_CODE_LIMIT} bytes")
    return code
