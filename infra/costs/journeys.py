"""What one certificate and one verification cost, from counted units.

`python -m tests.infra.cloud.units` counts the units on Amazon's own DynamoDB engine and writes them into `units.json`;
a test fails when a journey takes other units.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from infra import parts, wiring
from infra.costs.prices import PRICES

UNITS = Path(__file__).with_name("units.json")

CALL_MS = 8.0
"""Milliseconds that a function waits for one call of DynamoDB or S3 in its region, TLS kept alive. Assumed."""
FULL_CORE_MB = 1769
"""Megabytes of memory at which Lambda gives one whole processor (Lambda developer guide, "Configuring memory")."""
COLD_SHARE = 0.005
"""The share of calls that restore a snapshot. Assumed."""
LOG_BYTES = 600
"""Bytes in the log of one run: Lambda's own lines and our metrics."""
TRACED = 0.05
"""The share of runs that X-Ray samples by default."""
PAGES_REQUESTS, PAGES_BYTES = 25, 60_000
"""Files of the portal that a first visit requests, and their compressed bytes."""
DOWNLOADS = 1.5
"""Downloads of one certificate, on average. Assumed."""


COPIES = 12
"""Copies of a table in its vault at a time. A test holds it against `infra.cloud.copies`."""
CERTIFICATE_BYTES, EVENTS, EVENT_BYTES = 6_000, 6, 300
"""Bytes of a certificate's record with its transcript; events about it; bytes of one, index included. Assumed."""


class Run(NamedTuple):
    """One run of a function: DynamoDB's units, calls of AWS, milliseconds and bytes."""

    function: str
    own_ms: float
    """Processor time of its own code, without the calls of AWS."""
    calls: int
    reads: float
    writes: float
    objects_written: int
    mails: int
    seals: int
    """Signatures by the seal's key."""
    attestations: int
    """Signatures by the attestations' key."""
    bytes_answered: int

    @property
    def row(self) -> parts.Function:
        """The row of its function."""
        return wiring.function(self.function)

    @property
    def billed_ms(self) -> float:
        """Milliseconds that Lambda bills: its own code at the speed that its memory buys, and the waiting for calls."""
        return self.own_ms * max(1.0, FULL_CORE_MB / self.row.memory_mb) + self.calls * CALL_MS


Bill = dict[str, float]
"""US dollars by service."""


def bill(runs: list[Run], downloads: float, pdf_bytes: int, *, visits: int = 1) -> Bill:
    """The cost of one journey.

    Args:
        runs: the runs of functions in it.
        downloads: how often its PDF is downloaded.
        pdf_bytes: the size of the PDF.
        visits: how often the pages of the portal are fetched for it; a program fetches none.
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
        "CloudFront": (requests + visits * PAGES_REQUESTS) * price["CloudFront, request from South America"]
        + (answered + visits * PAGES_BYTES) / 1e9 * price["CloudFront, GB to South America"],
        "WAF": (requests + visits * PAGES_REQUESTS) * price["WAF, request"],
        "S3": sum(run.objects_written for run in runs) * price["S3, write"]
        + visits * PAGES_REQUESTS * price["S3, read"]
        + downloads * (price["S3, read"] + pdf_bytes / 1e9 * price["S3, GB to the internet"]),
        "SES": sum(run.mails for run in runs) * price["SES, e-mail"],
        "KMS": sum(run.seals for run in runs) * price["KMS, signature by RSA 2048"]
        + sum(run.attestations for run in runs) * price["KMS, signature by P-256"],
        "CloudTrail": downloads * price["CloudTrail, data event"],
        "Watching": len(runs) * (LOG_BYTES / 1e9 * price["CloudWatch, GB of logs"] + TRACED * price["X-Ray, trace"]),
    }


def kept(pdf_bytes: int) -> Bill:
    """The cost of keeping what one certificate leaves behind for a month."""
    gigabytes = (CERTIFICATE_BYTES + EVENTS * EVENT_BYTES) / 1e9
    return {
        "S3": pdf_bytes / 1e9 * PRICES["S3, GB-month"],
        "DynamoDB": gigabytes * PRICES["DynamoDB, GB-month"],
        "DynamoDB, restorable": gigabytes * PRICES["DynamoDB, GB-month restorable"],
        "copies": COPIES * gigabytes * PRICES["AWS Backup, GB-month of DynamoDB"],
    }


def counted_list() -> tuple[list[Run], int]:
    """The run that answers a list of an institution, and how many questions it has."""
    units = json.loads(UNITS.read_text())
    return [Run(**run) for run in units["list"]], units["list_questions"]


def counted() -> tuple[dict[str, list[Run]], dict[str, Any]]:
    """The runs of each journey, and everything that `units.json` holds."""
    units = json.loads(UNITS.read_text())
    return {name: [Run(**run) for run in units[name]] for name in ("certificate", "verification")}, units
