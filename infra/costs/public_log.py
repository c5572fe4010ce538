"""What the public log costs in a year, beside the price of each issue."""

from infra import wiring
from infra.costs.prices import MILLION, PRICES

ENTRIES = 8 * MILLION
"""Entries of a year: every certificate asked for anew once. Assumed."""
ACTIVE = 0.5
"""The share of the sequencer's windows in which anything happens. Assumed."""
YEAR_S = 365 * 24 * 3600
OBJECTS = 3
"""Objects written for a checkpoint: the bundle, the tile above it, the checkpoint."""
STATE_KB = 11
"""Kilobytes of the state on average: half a bundle, half a tile of each level above, and what waits."""
RUN_S = 0.25
"""Seconds of a run of the sequencer: fifteen calls of AWS. Assumed."""
PARTIAL_BYTES, FULL_BYTES = 8_200, 66
"""Bytes stored for a checkpoint (half a bundle and half a tile) and for an entry (its bundle and its tile)."""
ROW_BYTES, CERTIFICATE_BYTES = 150, 6_000
"""Bytes of an event's index with what DynamoDB adds, and of a certificate's record."""
AUDITS = 12
AUDIT_RUNS, AUDIT_RUN_S = 4, 780
"""Runs of an audit of all entries, and seconds of each: a certificate takes 0.1 ms and a tenth of a call."""
MONTHS = 12


def report() -> list[str]:
    """The lines of the table."""
    stream = wiring.function("log_certificates").stream
    assert stream is not None  # noqa: S101 it follows the certificates
    batches = YEAR_S / stream.window_s * ACTIVE
    read, write = PRICES["DynamoDB, read unit"], PRICES["DynamoDB, write unit"]
    table = (PRICES["DynamoDB, GB-month"] + PRICES["DynamoDB, GB-month restorable"]) * MONTHS
    scan = ENTRIES * (CERTIFICATE_BYTES / 4096 * 0.5 + 1) * read
    costs = {
        "objects (S3)": batches * OBJECTS * PRICES["S3, write"],
        "signatures (KMS)": batches * PRICES["KMS, signature by P-256"],
        "state (DynamoDB)": batches * 2 * STATE_KB * write,
        "indexes (DynamoDB)": ENTRIES * (write + read) + ENTRIES * ROW_BYTES / 1e9 * table,
        "Lambda": batches * (RUN_S * PRICES["Lambda, GB-second on Graviton"] + PRICES["Lambda, request"]),
        "storage (S3)": (batches * PARTIAL_BYTES + ENTRIES * FULL_BYTES) / 1e9 * PRICES["S3, GB-month"] * MONTHS,
    }
    function = wiring.function("audit_log")
    log_read = 2 * ENTRIES / 256 * PRICES["S3, read"]
    run = AUDIT_RUN_S * function.memory_mb / 1024 * PRICES["Lambda, GB-second on Graviton"]
    audits = AUDITS * (scan + AUDIT_RUNS * (log_read + run))
    return [
        f"| the public log, a year of {ENTRIES:,} entries | US$ |",
        "|---|---|",
        *(f"| {name} | {cost:.2f} |" for name, cost in costs.items()),
        f"| **all** | **{sum(costs.values()):.2f}** |",
        f"| {AUDITS} audits of them all (DynamoDB's reads, S3's reads, Lambda) | {audits:.2f} |",
    ]
