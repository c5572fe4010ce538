"""What the service costs and what gives way first, from counted units: `python -m infra.cost`.

The units in `infra/units.json` are counted by `tests.infra.cloud.units` on Amazon's own DynamoDB engine; a test says
when they are no longer true. The prices are Amazon's list prices for one region, written down by hand with their date.
"""

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

from infra import cost_of_loading, wiring

UNITS = Path(__file__).with_name("units.json")

REGION = "us-east-1"
PRICES_OF = "2025-11"
"""Month of the list prices, from the pricing pages of each service (aws.amazon.com/SERVICE/pricing). No discounts, no
free tier, no support plan, no taxes. Look again before you sign a budget."""

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
    "CloudWatch, GB of logs": 0.50,
    "X-Ray, trace": 5.00 / MILLION,
}
MONTHLY = {
    "two keys (KMS)": 2 * 1.00,
    "firewall and its four rules (WAF)": 5.00 + 4 * 1.00,
    "a secret": 0.40,
    "a dashboard": 3.00,
    "about 80 alarms": 80 * 0.10,
    "about 60 metrics of our own": 60 * 0.30,
    "snapshots of four functions, two versions each": 2 * 4.9 * 30 * 86400 * 0.0000015046,
}
"""What is paid though nobody comes."""

CALL_MS = 8.0
"""Assumed, not measured: what a function waits for one call of DynamoDB or S3 in its region, TLS kept alive."""
FULL_CORE_MB = 1769
"""The memory at which Lambda gives one whole processor (Lambda developer guide, "Configuring memory")."""
COLD_SHARE = 0.005
"""Assumed share of calls that restore a snapshot."""
LOG_BYTES = 600
"""Of one run: Lambda's own lines and our metrics."""
TRACED = 0.05
"""X-Ray's default sampling."""
PAGES_REQUESTS, PAGES_BYTES = 25, 60_000
"""Files of the portal that a first visit asks for, and their bytes, compressed."""
DOWNLOADS = 1.5
"""How often a certificate is downloaded, on average: assumed."""


class Run(NamedTuple):
    """One run of a function, in units."""

    function: str
    own_ms: float
    """Processor time of its own code."""
    calls: int
    reads: float
    writes: float
    objects_written: int
    mails: int
    bytes_answered: int

    @property
    def row(self) -> wiring.Function:
        """The function in the table."""
        return wiring.function(self.function)

    @property
    def billed_ms(self) -> float:
        """Its own code at the speed that its memory buys, and the waiting."""
        return self.own_ms * max(1.0, FULL_CORE_MB / self.row.memory_mb) + self.calls * CALL_MS


Bill = dict[str, float]
"""US dollars by service."""


def bill(runs: list[Run], downloads: float, pdf_bytes: int) -> Bill:
    """What one journey costs.

    Args:
        runs: the functions' runs in it.
        downloads: how often the PDF is fetched by its link.
        pdf_bytes: how large it is.
    """
    requests = sum(bool(run.row.routes) for run in runs)
    gigabyte_seconds = sum(run.billed_ms / 1000 * run.row.memory_mb / 1024 for run in runs)
    restored = sum(COLD_SHARE * run.row.memory_mb / 1024 for run in runs if run.row.routes)
    answered = sum(run.bytes_answered for run in runs if run.row.routes)
    price = PRICES
    return {
        "Lambda": gigabyte_seconds * price["Lambda, GB-second on Graviton"] + len(runs) * price["Lambda, request"],
        "SnapStart": restored * price["SnapStart, GB restored"],
        "DynamoDB": sum(run.reads for run in runs) * price["DynamoDB, read unit"]
        + sum(run.writes for run in runs) * price["DynamoDB, write unit"],
        "HTTP API": requests * price["HTTP API, request"],
        "CloudFront": (requests + PAGES_REQUESTS) * price["CloudFront, request from South America"]
        + (answered + PAGES_BYTES) / 1e9 * price["CloudFront, GB to South America"],
        "WAF": (requests + PAGES_REQUESTS) * price["WAF, request"],
        "S3": sum(run.objects_written for run in runs) * price["S3, write"]
        + PAGES_REQUESTS * price["S3, read"]
        + downloads * (price["S3, read"] + pdf_bytes / 1e9 * price["S3, GB to the internet"]),
        "SES": sum(run.mails for run in runs) * price["SES, e-mail"],
        "CloudTrail": downloads * price["CloudTrail, data event"],
        "Watching": len(runs) * (LOG_BYTES / 1e9 * price["CloudWatch, GB of logs"] + TRACED * price["X-Ray, trace"]),
    }


class Limit(NamedTuple):
    """Something that gives way."""

    what: str
    a_certificate: float
    """How much of it one certificate takes."""
    most: float
    """How much there is."""
    kind: str
    """Where the number is from."""
    done: str
    """What was done, or is to be done, about it."""

    @property
    def certificates_a_second(self) -> float:
        """The rate at which it gives way."""
        return self.most / self.a_certificate


SHARD_WRITES = 1000
"""Write units a second of one partition key (DynamoDB developer guide, "Service quotas")."""


def limits(runs: list[Run]) -> list[Limit]:
    """What gives way as certificates come faster, first things first."""
    from constancia.event_log import SHARDS  # noqa: PLC0415 the only thing here that needs our own layer

    found = []
    for function in wiring.FUNCTIONS:
        busy = sum(run.billed_ms for run in runs if run.function == function.name) / 1000
        if busy and function.concurrency:
            found.append(
                Limit(
                    f"copies of {function.name}",
                    busy,
                    function.concurrency,
                    "reserved in the table",
                    "raise its row and the account's quota; verification keeps its own share meanwhile",
                )
            )
    requests = sum(bool(run.row.routes) for run in runs)
    writes = sum(run.writes for run in runs)
    events = sum(bool(run.writes) for run in runs)
    mails = sum(run.mails for run in runs)
    found += [
        Limit(
            "API requests",
            requests,
            10_000,
            "API Gateway, quota of an account",
            "each route throttled by itself; a quota to ask for",
        ),
        Limit(
            "the serial counter",
            1,
            SHARD_WRITES,
            "DynamoDB, one item",
            "one plain write, outside of transactions; beyond, draw numbers in blocks",
        ),
        Limit(
            "the index by issue day",
            1,
            SHARD_WRITES,
            "DynamoDB, one partition key",
            "keys only; beyond, a shard in its key as in the event log",
        ),
        Limit(
            "the event log",
            2 * events / SHARDS,
            SHARD_WRITES,
            f"DynamoDB, {SHARDS} partition keys a day",
            "raise event_log.SHARDS",
        ),
        Limit(
            "writes of a new table",
            writes,
            40_000,
            "DynamoDB, quota of a table",
            "on demand grows by itself to twice its last peak; warm it before enrolment",
        ),
        Limit(
            "e-mails",
            mails,
            14,
            "SES, usual rate after the sandbox",
            "the stream waits up to a day, nobody else does; ask SES for the rate of the season",
        ),
        Limit(
            "key uses",
            0.02,
            100_000,
            "KMS, symmetric requests in us-east-1",
            "bucket keys and DynamoDB's table keys: about one use for fifty certificates (assumed)",
        ),
    ]
    return sorted(found, key=lambda limit: limit.certificates_a_second)


def counted() -> tuple[dict[str, list[Run]], dict[str, Any]]:
    """The runs of each journey, and the rest of what was counted."""
    told = json.loads(UNITS.read_text())
    return {name: [Run(**run) for run in told[name]] for name in ("certificate", "verification")}, told


def report() -> list[str]:
    """The whole page, line by line, as Markdown."""
    runs, told = counted()
    few, many = told["students"]
    lines = [
        f"Prices: Amazon's list prices for {REGION}, {PRICES_OF}, without discounts or free tier.",
        f"Units: counted on DynamoDB Local, the same among {few:,} and among {many:,} students.",
        "",
        "| one … takes | functions run | calls of AWS | read units | write units | own processor ms | PDF bytes |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, journey in runs.items():
        sums = [len(journey)] + [sum(getattr(run, unit) for run in journey) for unit in ("calls", "reads", "writes")]
        own, pdf = sum(run.own_ms for run in journey), told["pdf_bytes"] if name == "certificate" else 0
        lines.append(f"| {name} | {' | '.join(f'{value:g}' for value in sums)} | {own:.1f} | {pdf} |")
    bills = {
        "certificate": bill(runs["certificate"], DOWNLOADS, told["pdf_bytes"]),
        "verification": bill(runs["verification"], 0, 0),
    }
    lines += ["", "| US$ for a million | certificates | verifications |", "|---|---|---|"]
    for service in bills["certificate"]:
        costs = [bills[name][service] * MILLION for name in bills]
        lines.append(f"| {service} | {costs[0]:,.2f} | {costs[1]:,.2f} |")
    totals = [sum(costs.values()) * MILLION for costs in bills.values()]
    lines.append(f"| **all** | **{totals[0]:,.2f}** | **{totals[1]:,.2f}** |")
    lines += ["", f"Whether or not anybody comes: US$ {sum(MONTHLY.values()):.2f} a month."]
    rates = (10, 100, 1000)
    lines += [
        "",
        "| what | gives way at, a second | "
        + " | ".join(f"at {rate}/s" for rate in rates)
        + " | limit | what is done |",
        "|---|---|" + "---|" * len(rates) + "---|---|",
    ]
    for limit in limits(runs["certificate"]):
        uses = " | ".join(f"{rate * limit.a_certificate / limit.most:.0%}" for rate in rates)
        most = f"{limit.most:,} ({limit.kind})"
        lines.append(f"| {limit.what} | {limit.certificates_a_second:,.0f} | {uses} | {most} | {limit.done} |")
    return [*lines, "", *cost_of_loading.report(PRICES)]


def main() -> None:
    """Prints it."""
    sys.stdout.write("\n".join(report()) + "\n")


if __name__ == "__main__":
    main()
