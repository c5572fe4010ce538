"""What it takes to load a nation's people and school records: time and money, and the limit that decides them."""

from infra import wiring

STUDENTS, YEARS_EACH = 8_000_000, 11
"""Of Educación Básica Regular, with a record for each year of primary and secondary school."""
PEOPLE_EACH = 2
"""The student, and of mother, father and guardians one more: brothers and sisters share them. Assumed, not counted."""
RECORD_KB, PERSON_KB = 2, 1
"""Write units of a stored item: the generated records take 1, those with every area and competence take 2."""
IN_A_TRANSACTION = 2
"""Times the units of a plain write (docs/decisions/032)."""
OURS_US = 103
"""Processor time of our side for a line, measured by `tests.bench.loading` with a million lines."""
HUNDRED_LINES_MS = 80
"""Assumed, not measured: a read and a transaction of a hundred items in their region."""
TABLE_WRITES, NEW_TABLE_WRITES = 40_000, 4_000
"""Write units a second: the quota of a table on demand, until AWS raises it, and what a new one takes that nobody
warmed (DynamoDB developer guide, "On-demand capacity mode")."""
DOUBLES_AFTER_S = 1800
"""Such a table takes twice its last peak after half an hour."""


def seconds_of(units: float, a_second: float) -> float:
    """How long a table takes so many write units if it begins with so many a second."""
    taken, left = 0.0, units
    while a_second < TABLE_WRITES and left > a_second * DOUBLES_AFTER_S:
        left -= a_second * DOUBLES_AFTER_S
        taken += DOUBLES_AFTER_S
        a_second = min(2 * a_second, TABLE_WRITES)
    return taken + left / a_second


def report(price: dict[str, float]) -> list[str]:
    """The section of the page, as Markdown; `price` as in `infra.cost.PRICES`."""
    from constancia.lines import LINES_A_BATCH  # noqa: PLC0415 as in infra.cost
    from constancia.loading import CALLS_AT_ONCE, KEYS_AT_ONCE  # noqa: PLC0415

    ingest = wiring.function("ingest_records")
    assert ingest.files is not None  # noqa: S101 it is the function that takes files
    records, people = STUDENTS * YEARS_EACH, STUDENTS * PEOPLE_EACH
    lines = records + people
    units = (records * RECORD_KB + people * PERSON_KB) * IN_A_TRANSACTION
    batches = lines / LINES_A_BATCH
    calls_s = LINES_A_BATCH / KEYS_AT_ONCE * HUNDRED_LINES_MS / 1000 / CALLS_AT_ONCE
    batch_s = LINES_A_BATCH * OURS_US / 1e6 + calls_s
    by_copies = ingest.files.parallel * LINES_A_BATCH / batch_s
    by_table = TABLE_WRITES / (units / lines)
    seconds = max(lines / by_copies, seconds_of(units, TABLE_WRITES))
    copies = ingest.files.parallel if by_table < by_copies else batches * batch_s / seconds
    money = {
        "DynamoDB, writes": units * price["DynamoDB, write unit"],
        "DynamoDB, reads": lines * price["DynamoDB, read unit"],
        "Lambda": copies * seconds * ingest.memory_mb / 1024 * price["Lambda, GB-second on Graviton"],
        "S3": batches * (price["S3, write"] + 3 * price["S3, read"]),
        "Step Functions, express": batches * 1.00 / 1e6,
    }
    return [
        f"| loading {STUDENTS:,} students with {YEARS_EACH} years each and {people:,} people, {lines:,} lines | |",
        "|---|---|",
        f"| batches of {LINES_A_BATCH:,} lines, {ingest.files.parallel} at a time | {batches:,.0f} |",
        f"| lines a second that {ingest.files.parallel} copies could do | {by_copies:,.0f} |",
        f"| lines a second that the table takes ({TABLE_WRITES:,} write units, {units / lines:.1f} a line) |"
        f" {by_table:,.0f} |",
        f"| **hours** | **{seconds / 3600:.1f}** |",
        f"| hours, if the table is new and was not warmed | {seconds_of(units, NEW_TABLE_WRITES) / 3600:.1f} |",
        *(f"| {name}, US$ | {costs:,.2f} |" for name, costs in money.items()),
        f"| **all, US$** | **{sum(money.values()):,.2f}** |",
        f"| the same files once more, reads only, US$ | {money['DynamoDB, reads']:,.2f} |",
    ]
