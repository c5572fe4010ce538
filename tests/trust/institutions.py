"""A hundred thousand questions of an institution: `python -m tests.trust.institutions [QUESTIONS]`.

The service runs in processes of its own over Amazon's DynamoDB engine. An institution verifies a file by predicates
(`constancia institution verify`), once undisturbed and once killed three times, each time at a random moment. Every
answer is held against what is known of the certificate; nothing of a person may stand in the answers; both runs must
end with the same table. With `--by-file` it asks them once more, by one file, and its command dies as often. Besides,
single verifications are timed in the same service.
"""

import argparse
import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from constancia.verifying.predicates import predicates_of

from infra.console.services import Local
from tests import dynamodb_local
from tests.institution import register
from tests.trust import population
from tests.trust.load.phases import Load
from tests.trust.load.processes import memory, service

TARGET_S, TARGET_TIMES = 600, 5
"""Seconds for a hundred thousand questions, and how many times the rate of single verifications lists are to have."""
DEATHS = 3
SEED = 20261126


def questions(load: Load, count: int, annulled: set[str]) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """Rows of a file, each with the answer that is right: certificates, some unknown codes, some bad rows."""
    dice = random.Random(SEED)  # noqa: S311 not a secret
    found: list[tuple[dict[str, str], dict[str, Any]]] = []
    for number in range(count):
        student, certificate = load.acknowledged[number % len(load.acknowledged)]
        code = certificate["virtual_code"]
        row = {"código": code, "DNI": population.document_number(student), "referencia": f"postulante {number}"}
        right: dict[str, Any] = {"reference": row["referencia"], "virtual_code": code, "status": "valid"}
        if code in annulled:
            right["status"] = "annulled"
        else:
            right |= predicates_of(population.transcript_of(student)).as_json()
        if number % 100 == 7:
            row["código"] = "".join(dice.choice("GHJKMNPQRSTVWXYZ") for _ in range(8))
            right = {**right, "virtual_code": row["código"], "status": "not_found"}
        elif number % 1000 == 13:
            row["DNI"] = "X"
            right["status"] = "invalid"
        found.append((row, right))
    return found


def write_file(path: Path, rows: list[tuple[dict[str, str], dict[str, Any]]]) -> None:
    """The file as Excel writes it in Spanish: with a mark, parted by semicolons."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, ("código", "DNI", "referencia"), delimiter=";")
        table.writeheader()
        table.writerows(row for row, _ in rows)


def wrong_answers(path: Path, rows: list[tuple[dict[str, str], dict[str, Any]]]) -> int:
    """How many answers are missing or say something else than what is right."""
    with path.open(encoding="utf-8", newline="") as file:
        answers = list(csv.DictReader(file))
    wrong = abs(len(answers) - len(rows))
    for answer, (_, right) in zip(answers, rows, strict=False):
        facts = right if right["status"] == "valid" else {"status": right["status"], "reference": right["reference"]}
        said = {name: {True: "yes", False: "no"}.get(value, str(value)) for name, value in facts.items()}
        wrong += any(answer[name] != value for name, value in said.items())
        wrong += right["status"] != "valid" and bool(answer["rules"])
    return wrong


def personal(path: Path, load: Load) -> int:
    """How many names, document numbers and subjects stand in the answers."""
    text = path.read_text()
    words = {*population.SURNAMES, *population.AREAS}
    words |= {population.document_number(student) for student, _ in load.acknowledged}
    return sum(word in text for word in words)


def verify(url: str, key: str, file: Path, output: Path, deaths: list[float], *how: str) -> float:
    """Verifies the file by processes that are killed after so many seconds, and by one that may end."""
    console = [sys.executable, "-c", "from infra.console import main; main()"]
    command = [*console, "institution", "verify", str(file), *how]
    environment = {**os.environ, "CONSTANCIA_KEY": key}
    started = time.monotonic()
    for seconds in [*deaths, None]:
        process = subprocess.Popen(
            [*command, "-o", str(output), "--local", url], env=environment, stderr=subprocess.DEVNULL
        )
        try:
            assert process.wait(seconds) == 0, "it ended before it was killed, or failed"
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    return time.monotonic() - started


def measure(count: int, certificates: int, singles: int, *, by_file: bool) -> bool:
    """Runs all of it and prints the figures; False if one does not meet its target or an answer was wrong."""
    same_by_file = True
    with (
        TemporaryDirectory() as folder,
        dynamodb_local.running("1g", lasting=True) as engine,
        service(engine.url, 1, certificates, 4) as started,
    ):
        load = Load(started["url"], 2, certificates)
        load.certificates(certificates)
        console = Local(started["url"])
        annulled = {certificate["virtual_code"] for _, certificate in load.acknowledged[::20]}
        for code in annulled:
            order = {"virtual_code": code, "reason": "Acta de otro estudiante", "operator": "mrojas"}
            assert console.call("annul_certificate", order)["annulled_now"]
        single = load.verifications(singles) if singles else None
        made = register(console.call, quota=1_000_000)
        rows = questions(load, count, annulled)
        file = Path(folder) / "postulantes.csv"
        write_file(file, rows)
        undisturbed, killed = Path(folder) / "una.csv", Path(folder) / "otra.csv"
        before = memory(started["workers"])
        took = verify(started["url"], made["key"], file, undisturbed, [])
        after = memory(started["workers"])
        dice = random.Random(SEED)  # noqa: S311 not a secret
        verify(started["url"], made["key"], file, killed, [1 + dice.uniform(0.05, 0.25) * took for _ in range(DEATHS)])
        if by_file:
            sent = Path(folder) / "archivo.csv"
            dying = [1 + dice.uniform(0.05, 0.25) * took for _ in range(DEATHS)]
            took_by_file = verify(started["url"], made["key"], file, sent, dying, "--by-file")
            same_by_file = sent.read_bytes() == undisturbed.read_bytes()
            print(f"by file, its command killed {DEATHS} times: {took_by_file:.1f} s, one part at a time; ", end="")
            print("the same table" if same_by_file else "ANOTHER TABLE")
        wrong, said = wrong_answers(undisturbed, rows), personal(undisturbed, load)
        same = undisturbed.read_bytes() == killed.read_bytes()
    a_second = count / took
    print(f"{count} questions by predicate: {took:.1f} s, {a_second:.0f} a second, one connection")
    print(f"a hundred thousand at that rate: {100_000 / a_second:.0f} s (target {TARGET_S})")
    print(f"wrong: {wrong}; names, numbers and subjects in the answers: {said}")
    print(f"memory of the service, MB: {before} before, {after} after")
    print(f"killed {DEATHS} times and resumed: {'the same table' if same else 'ANOTHER TABLE'}")
    good = not wrong and not said and same and same_by_file and 100_000 / a_second < TARGET_S
    if single:
        rate = singles / single.wall
        print(f"single verifications: {rate:.0f} a second; lists have {a_second / rate:.1f} times that")
        good = good and a_second / rate >= TARGET_TIMES
    print(json.dumps({"met": good}))
    return good


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=int, nargs="?", default=100_000)
    parser.add_argument("--certificates", type=int, default=1_000)
    parser.add_argument("--singles", type=int, default=500, help="single verifications; 0 leaves them out")
    parser.add_argument("--by-file", action="store_true", help="the same questions once more, by one file")
    chosen = parser.parse_args()
    try:
        sys.exit(not measure(chosen.questions, chosen.certificates, chosen.singles, by_file=chosen.by_file))
    except dynamodb_local.Unavailable as unavailable:
        sys.exit(str(unavailable))


if __name__ == "__main__":
    main()
