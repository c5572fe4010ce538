"""Amazon's list prices for one region, and what is paid every month without any use.

The prices were copied by hand from the pricing page of each service (aws.amazon.com/SERVICE/pricing), in US dollars.
They contain no discounts, no free tier, no support plan and no taxes. Check them again before you sign a budget.
"""

from infra import wiring

REGION = "us-east-1"
PRICES_OF = "2025-11"
"""The month of the list prices."""

MILLION = 1_000_000
PRICES = {
    "Lambda, GB-second on Graviton": 0.0000133334,
    "Lambda, request": 0.20 / MILLION,
    "SnapStart, GB restored": 0.0001397998,
    "SnapStart, GB-second kept": 0.0000015046,
    "DynamoDB, read unit": 0.125 / MILLION,
    "DynamoDB, write unit": 0.625 / MILLION,
    "HTTP API, request": 1.00 / MILLION,
    "CloudFront, request from South America": 2.20 / MILLION,
    "CloudFront, GB to South America": 0.110,
    "WAF, request": 0.60 / MILLION,
    "S3, write": 5.00 / MILLION,
    "S3, read": 0.40 / MILLION,
    "S3, GB to the internet": 0.09,
    "SES, e-mail": 100.0 / MILLION,
    "CloudTrail, data event": 1.00 / MILLION,
    "Step Functions, transition": 25.00 / MILLION,
    "S3, GB-month": 0.023,
    "DynamoDB, GB-month": 0.25,
    "DynamoDB, GB-month restorable": 0.20,
    "AWS Backup, GB-month of DynamoDB": 0.10,
    "CloudWatch, GB of logs": 0.50,
    "KMS, signature by RSA 2048": 3.00 / MILLION,
    "KMS, signature by P-256": 15.00 / MILLION,
    "X-Ray, trace": 5.00 / MILLION,
}

KEYS, FIREWALL_RULES, SECRETS, DASHBOARDS = 6, 4, 2, 1
ALARMS = 139
METRICS = 206
"""The most metrics that our functions can count. A test holds these numbers against the templates and the code."""
SNAPSHOTS_GB = 2 * sum(function.memory_mb for function in wiring.FUNCTIONS if function.routes) / 1024
"""Two published versions of each function that has a snapshot."""

MONTH_S = 30 * 86400
MONTHLY = {
    f"{KEYS} keys (KMS)": KEYS * 1.00,
    f"firewall and its {FIREWALL_RULES} rules (WAF)": 5.00 + FIREWALL_RULES * 1.00,
    f"{SECRETS} secrets": SECRETS * 0.40,
    f"{DASHBOARDS} dashboard": DASHBOARDS * 3.00,
    f"{ALARMS} alarms": ALARMS * 0.10,
    f"{METRICS} metrics of our own": METRICS * 0.30,
    "snapshots": SNAPSHOTS_GB * MONTH_S * PRICES["SnapStart, GB-second kept"],
}
"""US dollars a month that are paid without any use."""
