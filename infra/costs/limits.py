"""What gives way first as certificates come faster: concurrency, quotas of AWS, and single keys of DynamoDB."""

from typing import NamedTuple

from constancia.event_log import SHARDS

from infra import wiring
from infra.costs.journeys import Run

SHARD_WRITES = 1000
"""Write units a second of one partition key (DynamoDB developer guide, "Service quotas")."""


class Limit(NamedTuple):
    """Something that gives way, and how much of it there is."""

    what: str
    a_certificate: float
    """The amount that one certificate uses (per second at one certificate a second)."""
    most: float
    """The amount that there is a second, or at once."""
    kind: str
    """The origin of the limit."""
    remedy: str
    """What was done about it, or can be done."""

    @property
    def certificates_a_second(self) -> float:
        """The rate of certificates at which it gives way."""
        return self.most / self.a_certificate


def limits(runs: list[Run]) -> list[Limit]:
    """The limits, the lowest rate first, for the runs of one certificate."""
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
            "the stream waits up to a day and nobody else does; ask SES for the rate of the season",
        ),
        Limit(
            "signatures",
            1,
            1_000,
            "KMS, requests of each kind of asymmetric key",
            "one of each kind for a certificate; a quota to ask for before enrolment",
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
