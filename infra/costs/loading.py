"""The time and cost of loading a nation's people and school records, and the limit that decides them."""

from constancia.loading.judging import KEYS_AT_ONCE
from constancia.loading.lines import LINES_A_BATCH
from constancia.loading.workflow import CALLS_AT_ONCE

from infra import wiring
from infra.costs.prices import PRICES

STUDENTS, YEARS_EACH = 8_000_000, 11
"""Students of Educación Básica Regular, and one school record for each year of primary and secondary school."""
PEOPLE_EACH = 2
"""People for each student: the student, and one of mother, father and guardians, whom siblings share. Assumed."""
RECORD_KB, PERSON_KB = 2, 1
"""Write units of a stored item. Generated school records take 1; those with every area and competence take 2."""
IN_A_TRANSACTION = 2
"""A transaction takes this many times the units of plain writes (docs/decisions/032)."""
OURS_US = 90
"""Microseconds of our processor time for a line: `tests.bench.loading` with a million lines, see docs/decisions/032."""
HUNDRED_LINES_MS = 80
"""Milliseconds of a read and a transaction of a hundred items in their region. Assumed."""
TABLE_WRITES, NEW_TABLE_WRITES = 40_000, 4_000
"""Write units a second of a table on demand: its quota until AWS raises it, and the capacity of a new table that was
not warmed (DynamoDB developer guide, "On-demand capacity mode")."""
DOUBLES_AFTER_S = 1800
"""Seconds after which a table on demand accepts twice its last peak."""


TRANSITIONS = 2
"""State transitions of a batch: its start and its one step."""


def seconds_of(units: float, a_second: float) -> float:
    """Seconds in which a table accepts `units` write units, if it starts with `a_second` units a second."""
    elapsed, left = 0.0, units
    while a_second < TABLE_WRITES and left > a_second * DOUBLES_AFTER_S:
        left -= a_second * DOUBLES_AFTER_S
        elapsed += DOUBLES_AFTER_S
        a_second = min(2 * a_second, TABLE_WRITES)
    return elapsed + left / a_second


def report() -> list[str]:
    """The lines of the table about a load, as Markdown."""
    ingest = wiring.function("ingest_records")
    assert ingest.files is not None  # noqa: S101 it is the function with files
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
        "DynamoDB, writes": units * PRICES["DynamoDB, write unit"],
        "DynamoDB, reads": lines * PRICES["DynamoDB, read unit"],
        "Lambda": copies * seconds * ingest.memory_mb / 1024 * PRICES["Lambda, GB-second on Graviton"],
        "S3": batches * (PRICES["S3, write"] + 3 * PRICES["S3, read"]),
        "Step Functions": batches * TRANSITIONS * PRICES["Step Functions, transition"],
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
