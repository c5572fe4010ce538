"""The public origin: CloudFront in front of the portal's files and the API, behind a firewall."""

import json
from pathlib import Path

from aws_cdk import Duration, SecretValue
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import parts, portal_headers, wiring
from infra.cloud.data import CLOUDFRONT_LOGS, PORTAL_LOGS
from infra.cloud.deployment import RETAINED, Deployment, construct_id
from infra.cloud.firewall import Firewall
from infra.portal_headers import ASSETS, FOR_GOOD

PORTAL = Path(__file__).parents[2] / "portal"
EDGE_CODE = Path(__file__).with_name("portal.js")
EDGE_CODE_LIMIT = 10 * 1024
"""The most bytes of a CloudFront function (CloudFront developer guide, "Quotas on CloudFront Functions")."""

OPENAPI = "/api/openapi.json"
"""The only path under `/api` that is a file of the portal."""
VIEWER_ADDRESS = "CloudFront-Viewer-Address"
ORIGIN_SECRET_HEADER = "x-origin-secret"  # noqa: S105 the name of a header

ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
"""The statuses that CloudFront would keep for ten seconds, and answer to other people (CloudFront developer guide)."""

LOGGED = (
    "date",
    "time",
    "x-edge-location",
    "sc-bytes",
    "cs-method",
    "sc-status",
    "x-edge-result-type",
    "x-edge-request-id",
    "cs-bytes",
    "time-taken",
    "x-edge-response-result-type",
    "x-edge-detailed-result-type",
    "cs-protocol",
    "ssl-protocol",
    "cs-protocol-version",
    "sc-content-type",
)
"""The fields of CloudFront's log. They leave out the viewer's address and browser, the path and the query: the path
of a request holds its id, which is nobody else's business."""

SECURITY_HEADERS = (
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
)
"""Headers that CloudFront configures by name; others are set as custom headers."""


class Edge(Construct):
    """The distribution and its log, the bucket of the portal, the TLS certificate and the firewall."""

    def __init__(self, scope: Construct, deployment: Deployment, api_host: str, secret: SecretValue) -> None:
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
            server_access_logs_prefix=PORTAL_LOGS,
            lifecycle_rules=[s3.LifecycleRule(noncurrent_version_expiration=Duration.days(90))],
            removal_policy=RETAINED,
        )
        files, scanning = self._files_behaviors()
        api = origins.HttpOrigin(
            api_host,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            custom_headers={ORIGIN_SECRET_HEADER: secret.unsafe_unwrap()},
        )
        of_api, challenges = self._api_behaviors(api)
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
            # The other price classes exclude South America.
            price_class=cloudfront.PriceClass.PRICE_CLASS_ALL,
            default_behavior=files,
            additional_behaviors={
                OPENAPI: files,
                f"/{portal_headers.SCANNING}/*": scanning,
                "/api/captcha": challenges,
                "/api/*": of_api,
                **dict.fromkeys(cached_routes(), self._keys_behavior(api)),
                f"/{ASSETS}/*": self._assets_behavior(files.origin),
                **self._public_behaviors(),
            },
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0)) for status in ERRORS
            ],
            web_acl_id=Firewall(self, deployment).acl.attr_arn,
        )
        self._log()

    def _files_behaviors(self) -> tuple[cloudfront.BehaviorOptions, cloudfront.BehaviorOptions]:
        """For the portal's files, and for the page that scans: the same but for its headers."""
        origin = origins.S3BucketOrigin.with_origin_access_control(self.bucket)
        # The objects have no `Cache-Control`, so CloudFront revalidates each file with the bucket every time.
        cache_policy = cloudfront.CachePolicy(
            self,
            "Files",
            cache_policy_name=self.deployment.name("files"),
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=Duration.days(1),
            enable_accept_encoding_gzip=True,
            enable_accept_encoding_brotli=True,
        )
        pages = cloudfront.Function(
            self,
            "Pages",
            function_name=self.deployment.name("pages"),
            code=cloudfront.FunctionCode.from_inline(edge_code()),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        headers = {
            "Cache-Control": portal_headers.PORTAL_CACHING,
            "Content-Security-Policy": portal_headers.content_security_policy(self.deployment.downloads),
        }

        def behavior(policy: cloudfront.IResponseHeadersPolicy) -> cloudfront.BehaviorOptions:
            return cloudfront.BehaviorOptions(
                origin=origin,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
                compress=True,
                cache_policy=cache_policy,
                response_headers_policy=policy,
                function_associations=[
                    cloudfront.FunctionAssociation(
                        event_type=cloudfront.FunctionEventType.VIEWER_REQUEST, function=pages
                    )
                ],
            )

        return (
            behavior(self._headers("files", headers)),
            behavior(self._headers("scanning", {**headers, **portal_headers.SCANNING_HEADERS})),
        )

    def _assets_behavior(self, origin: cloudfront.IOrigin) -> cloudfront.BehaviorOptions:
        """For what a release brings under a path of its own, which never changes: kept by browsers and CloudFront."""
        return cloudfront.BehaviorOptions(
            origin=origin,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
            compress=True,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            response_headers_policy=self._headers("assets", {"Cache-Control": FOR_GOOD}),
        )

    def _api_behaviors(self, api: origins.HttpOrigin) -> tuple[cloudfront.BehaviorOptions, cloudfront.BehaviorOptions]:
        """For the API, and for its challenges: the same but for the key of the cache."""
        # CloudFront passes the token of a request on only where it is part of the key of its cache; answers of the
        # API say `no-store`, so that nothing is kept.
        by_token = cloudfront.CachePolicy(
            self,
            "ApiCache",
            cache_policy_name=self.deployment.name("api"),
            header_behavior=cloudfront.CacheHeaderBehavior.allow_list("Authorization"),
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=Duration.seconds(1),
        )
        # An allow list, so that no header of a client can be taken for the viewer's address.
        passed_on = cloudfront.OriginRequestPolicy(
            self,
            "ToApi",
            origin_request_policy_name=self.deployment.name("api"),
            header_behavior=cloudfront.OriginRequestHeaderBehavior.allow_list(
                VIEWER_ADDRESS, "Content-Type", "Sec-Fetch-Site"
            ),
            query_string_behavior=cloudfront.OriginRequestQueryStringBehavior.all(),
            cookie_behavior=cloudfront.OriginRequestCookieBehavior.none(),
        )
        headers = self._headers("api", {})

        def behavior(caching: cloudfront.ICachePolicy) -> cloudfront.BehaviorOptions:
            return cloudfront.BehaviorOptions(
                origin=api,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                cache_policy=caching,
                origin_request_policy=passed_on,
                response_headers_policy=headers,
                compress=True,
            )

        # Of requests with one key CloudFront sends one on and lets the others wait for its answer, which is not theirs.
        return behavior(by_token), behavior(cloudfront.CachePolicy.CACHING_DISABLED)

    def _keys_behavior(self, api: origins.HttpOrigin) -> cloudfront.BehaviorOptions:
        """Answers of the API that are the same for everybody, kept as long as they say themselves."""
        return cloudfront.BehaviorOptions(
            origin=api,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
            cache_policy=cloudfront.CachePolicy(
                self,
                "KeysCache",
                cache_policy_name=self.deployment.name("keys"),
                min_ttl=Duration.seconds(0),
                default_ttl=Duration.seconds(0),
                max_ttl=Duration.minutes(5),
            ),
            response_headers_policy=self._headers("keys", {}),
        )

    def _public_behaviors(self) -> dict[str, cloudfront.BehaviorOptions]:
        """For what everybody reads of buckets, by path, kept as long as each object says itself."""
        caching = cloudfront.CachePolicy(
            self,
            "LogCache",
            cache_policy_name=self.deployment.name("log"),
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=Duration.days(365),
        )
        headers = self._headers("log", {})

        def behavior(bucket: parts.Bucket) -> cloudfront.BehaviorOptions:
            stored = s3.Bucket.from_bucket_name(
                self, f"{construct_id(bucket.name)}Files", self.deployment.bucket_name(bucket.name)
            )
            return cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(stored),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
                cache_policy=caching,
                response_headers_policy=headers,
            )

        return {f"/{bucket.public_folder}*": behavior(bucket) for bucket in public_buckets()}

    def _headers(self, name: str, more: dict[str, str]) -> cloudfront.IResponseHeadersPolicy:
        """A policy with the headers of `portal_headers.PORTAL_HEADERS`, and more, or others in their place."""
        table = {**portal_headers.PORTAL_HEADERS, **more}
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
        others = {header: value for header, value in table.items() if header not in SECURITY_HEADERS}
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

    def _log(self) -> None:
        """Brings a line for each request to the bucket of logs, with the fields of `LOGGED` and no others."""
        source = logs.CfnDeliverySource(
            self,
            "Source",
            name=self.deployment.name("portal"),
            log_type="ACCESS_LOGS",
            resource_arn=self.distribution.distribution_arn,
        )
        target = logs.CfnDeliveryDestination(
            self,
            "Target",
            name=self.deployment.name("portal"),
            output_format="json",
            destination_resource_arn=f"arn:aws:s3:::{self.deployment.bucket_name('logs')}/{CLOUDFRONT_LOGS[:-1]}",
        )
        delivery = logs.CfnDelivery(
            self,
            "Delivery",
            delivery_source_name=source.name,
            delivery_destination_arn=target.attr_arn,
            record_fields=list(LOGGED),
        )
        delivery.node.add_dependency(source, target)


def public_buckets() -> list[parts.Bucket]:
    """The buckets of the wiring that everybody reads."""
    return [bucket for bucket in wiring.BUCKETS if bucket.public_folder]


def cached_routes() -> list[str]:
    """The paths of the wiring outside of `/api`, whose answers are the same for everybody."""
    paths = (route.path for function in wiring.FUNCTIONS for route in function.routes)
    return [path for path in paths if not path.startswith("/api/")]


def edge_code() -> str:
    """The code of the CloudFront function, with the list of the portal's files and its 404 page in it.

    Raises:
        ValueError: the code is larger than CloudFront accepts.
    """
    files = sorted(f"/{path.relative_to(PORTAL).as_posix()}" for path in PORTAL.rglob("*") if path.is_file())
    headers = {**portal_headers.PORTAL_HEADERS, "Cache-Control": portal_headers.PORTAL_CACHING}
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
