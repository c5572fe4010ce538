"""The firewall in front of CloudFront: rates for each address, Amazon's lists, and a log of what was blocked."""

import json
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as wafv2
from constancia import wording
from constancia.errors import TooManyAttempts
from constructs import Construct

from infra.cloud.deployment import REGION, Deployment

WINDOW = 300
"""Seconds over which the firewall counts requests."""
REQUESTS_AN_ADDRESS = 3000
"""Requests of the API in a window; a school's computer room or a mobile operator's customers share one address."""
WRITES_AN_ADDRESS = 600

API = "/api/"
REFUSAL = "too-many"
"""The name of the answer within the firewall."""
BLOCKED_KEPT = logs.RetentionDays.ONE_MONTH
"""How long the log of blocked requests is kept: as long as a network is worth blocking."""


class Firewall(Construct):
    """The web ACL of a distribution, and its log.

    Amazon counts single addresses. It has no key for the /48 of an IPv6 address, so the functions' own limits count
    that (decision 051).
    """

    def __init__(self, scope: Construct, deployment: Deployment) -> None:
        super().__init__(scope, "Firewall")
        self.deployment = deployment
        rules = [
            self._rate("requests", REQUESTS_AN_ADDRESS, _of_api()),
            self._rate("writes", WRITES_AN_ADDRESS, {"andStatement": {"statements": [_of_api(), _posts()]}}),
            *(
                {
                    "name": group,
                    "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": group}},
                    "overrideAction": {"none": {}},
                }
                for group in ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")
            ),
        ]
        self.acl = wafv2.CfnWebACL(
            self,
            "Acl",
            name=deployment.name("firewall"),
            scope="CLOUDFRONT",
            default_action={"allow": {}},
            visibility_config=self._seen_as("firewall"),
            custom_response_bodies={REFUSAL: {"contentType": "APPLICATION_JSON", "content": refusal()}},
            rules=[
                {"priority": place, "visibilityConfig": self._seen_as(str(rule["name"])), **rule}
                for place, rule in enumerate(rules)
            ],
        )
        self._log()

    def _rate(self, name: str, limit: int, scope: dict[str, Any]) -> dict[str, Any]:
        counted = {
            "limit": limit,
            "evaluationWindowSec": WINDOW,
            "aggregateKeyType": "IP",
            "scopeDownStatement": scope,
        }
        answer = {
            "responseCode": 429,
            "customResponseBodyKey": REFUSAL,
            "responseHeaders": [{"name": "Retry-After", "value": str(WINDOW)}],
        }
        return {
            "name": name,
            "statement": {"rateBasedStatement": counted},
            "action": {"block": {"customResponse": answer}},
        }

    def _seen_as(self, name: str) -> dict[str, Any]:
        metric = f"{self.deployment.name(name)}"
        return {"cloudWatchMetricsEnabled": True, "sampledRequestsEnabled": False, "metricName": metric}

    def _log(self) -> None:
        """Logs what was blocked, without paths and queries. Addresses are masked for who may not unmask them."""
        group = logs.LogGroup(
            self,
            "Blocked",
            # WAF accepts no other beginning.
            log_group_name=f"aws-waf-logs-{self.deployment.name('blocked')}",
            retention=BLOCKED_KEPT,
            removal_policy=self.deployment.on_removal,
            data_protection_policy=logs.DataProtectionPolicy(identifiers=[logs.DataIdentifier.IPADDRESS]),
        )
        arn = f"arn:aws:logs:{REGION}:{Aws.ACCOUNT_ID}:log-group:aws-waf-logs-{self.deployment.name('blocked')}"
        policy = logs.CfnResourcePolicy(
            self,
            "Delivery",
            policy_name=self.deployment.name("firewall"),
            policy_document=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "delivery.logs.amazonaws.com"},
                            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                            "Resource": f"{arn}:*",
                            "Condition": {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
                        }
                    ],
                }
            ),
        )
        logging = wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=self.acl.attr_arn,
            log_destination_configs=[arn],
            redacted_fields=[{"uriPath": {}}, {"queryString": {}}],
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
                    }
                ],
            },
        )
        logging.node.add_dependency(group, policy)


def refusal() -> str:
    """The body of the firewall's refusal: the same problem as the functions' own. WAF calls it `application/json`."""
    status, title, detail = wording.PROBLEMS[TooManyAttempts.code]
    problem = {
        "type": f"urn:constancia:problem:{TooManyAttempts.code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": TooManyAttempts.code,
    }
    return json.dumps(problem, ensure_ascii=False)


def _of_api() -> dict[str, Any]:
    """Paths of the API however they are written: CloudFront finds its behaviour for `/%61pi/` too."""
    return _bytes({"uriPath": {}}, "STARTS_WITH", API, "URL_DECODE", "NORMALIZE_PATH")


def _posts() -> dict[str, Any]:
    return _bytes({"method": {}}, "EXACTLY", "POST")


def _bytes(field: dict[str, Any], constraint: str, wanted: str, *read_as: str) -> dict[str, Any]:
    return {
        "byteMatchStatement": {
            "fieldToMatch": field,
            "positionalConstraint": constraint,
            "searchString": wanted,
            "textTransformations": [
                {"priority": place, "type": kind} for place, kind in enumerate(read_as or ("NONE",))
            ],
        }
    }
