"""What it takes to load a nation's school records: time and money, and the limit that decides them."""

from infra import wiring

STUDENTS, YEARS_EACH = 8_000_000, 11
"""Of Educación Básica Regular, with a record for each year of primary and secondary school."""
ITEM_KB = 2
"""Write units of a stored record: the generated ones take 1, records with every area and competence take 2."""
IN_A_TRANSACTION = 2
"""Times the units of a plain write (docs/decisions/032)."""
OURS_US = 146
"""Processor time of our side for a line, measured by `tests.bench.loading` with a million lines."""
HUNDRED_LINES_MS = 80
"""Assumed, not measured: a read and a transaction of a hundred items in their region, waited for four at a time."""
CALLS_AT_ONCE = 4
TABLE_WRITES = 40_000
"""Write units a second: the quota of a table on demand, until AWS raises it; a new table begins with a tenth of it."""
LINES_A_BATCH = 2000


def report(price: dict[str, float]) -> list[str]:
    """The section of the page, as Markdown; `price` as in `infra.cost.PRICES`."""
    ingest = wiring.function("ingest_records")
    assert ingest.files is not None  # noqa: S101 it is the function that takes files
    lines = STUDENTS * (1 + YEARS_EACH)
    batches = lines / LINES_A_BATCH
    batch_s = LINES_A_BATCH * OURS_US / 1e6 + LINES_A_BATCH / 100 * HUNDRED_LINES_MS / 1000 / CALLS_AT_ONCE
    units = ITEM_KB * IN_A_TRANSACTION
    by_copies = ingest.files.parallel * LINES_A_BATCH / batch_s
    by_table = TABLE_WRITES / units
    seconds = lines / min(by_copies, by_table)
    copies = ingest.files.parallel if by_table < by_copies else batches * batch_s / seconds
    money = {
        "DynamoDB, writes": lines * units * price["DynamoDB, write unit"],
        "DynamoDB, reads": lines * price["DynamoDB, read unit"],
        "Lambda": copies * seconds * ingest.memory_mb / 1024 * price["Lambda, GB-second on Graviton"],
        "S3": batches * (price["S3, write"] + 3 * price["S3, read"]),
        "Step Functions, express": batches * 1.00 / 1e6,
    }
    return [
        f"| loading {STUDENTS:,} students with {YEARS_EACH} years each, {lines:,} lines | |",
        "|---|---|",
        f"| batches of {LINES_A_BATCH:,} lines, {ingest.files.parallel} at a time | {batches:,.0f} |",
        f"| lines a second that {ingest.files.parallel} copies could do | {by_copies:,.0f} |",
        f"| lines a second that the table takes ({TABLE_WRITES:,} write units, {units} a line) | {by_table:,.0f} |",
        f"| **hours** | **{seconds / 3600:.1f}** |",
        *(f"| {name}, US$ | {costs:,.2f} |" for name, costs in money.items()),
        f"| **all, US$** | **{sum(money.values()):,.2f}** |",
        f"| the same files once more, reads only, US$ | {money['DynamoDB, reads']:,.2f} |",
    ]
