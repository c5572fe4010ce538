"""What one certificate and one verification take, counted on Amazon's own DynamoDB engine.

`python -m tests.infra.cloud.units` counts among 1,000 and among 100,000 students, says whether that made a difference,
and writes `infra/costs/units.json`, which `infra.costs` turns into money.
"""

import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra import wiring
from infra.costs.journeys import UNITS, Run
from infra.local import service, storage
from infra.local.stream import StreamPoller
from tests import dynamodb_local
from tests.conftest import SAMPLES
from tests.infra.cloud.ledger import Exchange, Ledger
from tests.institution import ask, question, register
from tests.journeys.citizen import request_body
from tests.trust import population
from tests.trust.world import URL, Client

FEW, MANY = 1_000, 100_000
LIST = 100
"""Questions of a list."""
READS = ("GetItem", "Query", "BatchGetItem")
ROUNDS = 5
"""The processor time of a step is the median of so many."""


def weigh(exchange: Exchange, own_ms: float) -> Run:
    """One run of a function, in units."""
    sent = json.dumps(exchange.answer, default=str) if exchange.answer else ""
    return Run(
        function=exchange.function,
        own_ms=round(own_ms, 1),
        calls=len(exchange.replies),
        reads=sum(reply.units for reply in exchange.replies if reply.operation in READS),
        writes=sum(reply.units for reply in exchange.replies if reply.operation not in READS),
        objects_written=sum(reply.operation == "PutObject" for reply in exchange.replies),
        mails=sum(reply.operation == "SendEmail" for reply in exchange.replies),
        seals=signatures(exchange, "seal"),
        attestations=signatures(exchange, "attestation"),
        bytes_answered=len(sent.encode()),
    )


def signatures(exchange: Exchange, key: str) -> int:
    """How often a run signed with a key of the wiring."""
    name = storage.names()[wiring.key(key).setting]
    return sum(reply.operation == "Sign" and reply.parameters["KeyId"] == name for reply in exchange.replies)


def journeys(ledger: Ledger) -> tuple[list[Exchange], list[Exchange], int]:
    """The runs of one certificate and of one verification, and the bytes of the PDF."""
    citizen = Client(ledger)  # type: ignore[arg-type]
    # The first of a copy fetches the installation's keys, and a first certificate supersedes none: neither is the rule.
    first = citizen.obtain(request_body())
    citizen.prove_human("verification")
    citizen.verify("AAAAAAAA", "00000000")
    assert citizen.verify(first["virtual_code"], "71705600").status == 200
    poller = StreamPoller(wiring.function("send_certificate"), ledger.invoke)
    poller.poll(poller.stream)
    begun = len(ledger.exchanges)
    certificate = citizen.obtain(request_body())
    pdf = citizen.call("GET", certificate["pdf_url"].removeprefix(URL)).body
    poller.poll(poller.stream)
    issued = len(ledger.exchanges)
    assert citizen.verify(certificate["virtual_code"], "71705600").status == 200
    return ledger.exchanges[begun:issued], ledger.exchanges[issued:], len(pdf)


def count(engine: dynamodb_local.Engine, students: int, rounds: int = ROUNDS) -> dict[str, Any]:
    """The units among that many students."""
    from constancia.aws import dynamodb

    engine.empty()
    dynamodb.client.cache_clear()
    with service.moto(), Ledger().open() as ledger:
        ledger.weighing = True
        storage.create_tables(engine.client())
        storage.create_rest()
        storage.load(engine.client(), SAMPLES)
        fill(engine.client(), students)
        lived = [journeys(ledger) for _ in range(rounds)]
    dynamodb.client.cache_clear()
    counted: dict[str, Any] = {"pdf_bytes": lived[-1][2]}
    kinds = {"certificate": [life[0] for life in lived], "verification": [life[1] for life in lived]}
    for name, runs in kinds.items():
        counted[name] = [
            weigh(exchange, statistics.median(run[number].own_ms for run in runs))._asdict()
            for number, exchange in enumerate(runs[-1])
        ]
    return counted


def count_list(engine: dynamodb_local.Engine, questions: int) -> dict[str, Any]:
    """The units of a list with so many questions by predicate, each about another certificate of another student."""
    from constancia.aws import dynamodb

    engine.empty()
    dynamodb.client.cache_clear()
    with service.moto(), Ledger().open() as ledger, TemporaryDirectory() as folder:
        ledger.weighing = True
        storage.create_tables(engine.client())
        storage.create_rest()
        population.write(Path(folder), questions)
        storage.load(engine.client(), Path(folder))
        citizen = Client(ledger)  # type: ignore[arg-type]
        codes = [citizen.obtain(population.request_body(student))["virtual_code"] for student in range(questions)]
        asked = [question(code, population.document_number(student)) for student, code in enumerate(codes)]
        key = register(ledger.invoke)["key"]
        # The first list of a copy fetches the installation's keys.
        assert ask(citizen, key, asked[:1], "predicates").status == 200
        assert ask(citizen, key, asked, "predicates").status == 200
    dynamodb.client.cache_clear()
    last = ledger.exchanges[-1]
    reads, writes = units_of_list(last)
    run = weigh(last, last.own_ms)._replace(reads=reads, writes=writes)
    return {"list_questions": questions, "list": [run._asdict()]}


def units_of_list(exchange: Exchange) -> tuple[float, float]:
    """The read and write units of a list, counted by what it asks, none of which passes a unit's size.

    DynamoDB Local adds up the bytes of a batch before it counts kilobytes; DynamoDB counts each item for itself, and
    in a transaction twice, with its entry in an index once.
    """
    reads = writes = 0.0
    for reply in exchange.replies:
        reads += reply.operation == "GetItem"
        reads += sum(len(asked["Keys"]) for asked in reply.parameters.get("RequestItems", {}).values())
        writes += reply.operation == "UpdateItem"
        writes += 3 * len(reply.parameters.get("TransactItems", ()))
    return reads, writes


def fill(client: Any, students: int) -> None:
    """Other students around the one who asks: copies of one person and one school record, under keys of their own."""
    names = storage.names()
    copied = {}
    for table in (wiring.table("people"), wiring.table("school_records")):
        physical = names[table.setting]
        copied[physical] = (table.key, client.scan(TableName=physical, Limit=1)["Items"][0])

    def write(first: int) -> None:
        counted = {
            table: [
                {"PutRequest": {"Item": {**item, key: {"S": f"{10_000_000 + number:08d}"}}}}
                for number in range(first, min(first + storage.BATCH // 2, students))
            ]
            for table, (key, item) in copied.items()
        }
        assert not client.batch_write_item(RequestItems=counted).get("UnprocessedItems")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(0, students, storage.BATCH // 2)))


def without_time(counted: dict[str, Any]) -> dict[str, Any]:
    """What must be the same every time: all but processor time, and bytes, which names and codes move a little."""
    return {
        name: [
            {key: value for key, value in run.items() if key not in ("own_ms", "bytes_answered")}
            for run in counted[name]
        ]
        for name in ("certificate", "verification")
    }


def main() -> None:
    """Counts twice, compares, and writes."""
    with dynamodb_local.running("1g") as engine:
        import os

        os.environ.update({**service.ENVIRONMENT, **service.settings(URL), **engine.environment})
        found = {}
        for students in (FEW, MANY):
            started = time.monotonic()
            found[students] = count(engine, students)
            print(f"{students} students: counted in {time.monotonic() - started:.0f} s")
        listed = count_list(engine, LIST)
    same = without_time(found[FEW]) == without_time(found[MANY])
    Path(UNITS).write_text(json.dumps({"students": [FEW, MANY], **found[MANY], **listed}, indent=1) + "\n")
    print(f"a certificate among {MANY} students takes {'the same as' if same else 'NOT WHAT IT TAKES'} among {FEW}")
    sys.exit(not same)


if __name__ == "__main__":
    main()
