"""A month of guessing: `python -m tests.trust.guessing [--students N] [--networks N] [--days N]`.

The attacker knows every number and every date of birth, needs only the given names of a student's parents, tries the
commonest first, and has many networks. The counters are the service's own, with its own limits; the names are drawn
from a distribution that is stated here. Then the handler itself is timed, cause by cause.
"""

import argparse
import gc
import json
import os
import random
import statistics
import sys
import time
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import accumulate
from typing import Any

from constancia import settings
from constancia.attempts import DAY, HOUR, Guard, Limit, Limits

from tests import dynamodb_local
from tests.journeys.citizen import request_body
from tests.trust.faults import world_of
from tests.trust.world import Client, World

NAMES = 20_000
FLATTENING = 20
"""Of given names as a whole ("JUAN CARLOS") the n-th commonest has a share of 1 / (n + 20); the first, 0.7 %."""


def limits(purpose: str) -> Limits:
    """The limits as shipped."""

    def most(name: str) -> int:
        return int(settings.SETTINGS[f"{purpose}_FAILURES_{name}"].default or "")

    return Limits(Limit(most("HERE"), DAY), Limit(most("TARGET"), DAY), Limit(most("NETWORK"), HOUR))


UNLIMITED = {
    f"{purpose}_FAILURES_{name}": "1000000000"
    for purpose in ("IDENTITY", "VERIFICATION")
    for name in ("HERE", "TARGET", "NETWORK")
}
"""Settings for what is tried far oftener than the limits allow."""


class Counters:
    """The attempts table in memory: reserves all counters or none, and gives back on success."""

    def __init__(self) -> None:
        self.failures: defaultdict[str, int] = defaultdict(int)

    def attempt(self, guard: Guard, student: str, network: str, moment: int, *, right: bool) -> bool:
        """Whether the attempt was evaluated."""
        counters = guard.counters(student, network, moment)
        if any(self.failures[counter.key] >= counter.most for counter in counters):
            return False
        if not right:
            for counter in counters:
                self.failures[counter.key] += 1
        return True


def pairs_by_likelihood() -> Iterator[tuple[int, int]]:
    """Pairs of ranks (father's and mother's names), the likeliest first."""

    def entry(father: int, mother: int) -> tuple[int, int, int]:
        return (father + FLATTENING) * (mother + FLATTENING), father, mother

    waiting = [entry(0, 0)]
    seen = {(0, 0)}
    while waiting:
        _, father, mother = heappop(waiting)
        yield father, mother
        for following in ((father + 1, mother), (father, mother + 1)):
            if following not in seen and max(following) < NAMES:
                seen.add(following)
                heappush(waiting, entry(*following))


@dataclass
class Month:
    """What came of it."""

    tried: int = 0
    evaluated: int = 0
    found: int = 0
    """Students whose parents' names were guessed."""
    honest_attacked: Counter[str] | None = None
    honest_others: Counter[str] | None = None


def simulate(students: int, networks: int, days: int, seed: int = 16) -> Month:
    """So many students attacked from so many networks, one guess each in turn, while honest families ask as well."""
    chance = random.Random(seed)  # noqa: S311 not a secret
    shares = list(accumulate(1 / (rank + 1 + FLATTENING) for rank in range(NAMES)))

    def name() -> int:
        return bisect(shares, chance.random() * shares[-1])

    guard, counters = Guard("IDENTITY", limits("IDENTITY"), b"simulated"), Counters()
    truth = [(name(), name()) for _ in range(students)]
    guesses = [pairs_by_likelihood() for _ in range(students)]
    found: set[int] = set()
    month = Month(honest_attacked=Counter(), honest_others=Counter())
    assert month.honest_attacked is not None
    assert month.honest_others is not None
    for day in range(days):
        # Attackers begin as soon as a day's counters do, and go on a third longer than any guess is evaluated.
        for number in range(limits("IDENTITY").target.most * 4 // 3):
            for student in range(students):
                if student in found:
                    continue
                network = f"bot{(student + number) % networks}"
                moment = day * DAY + number * DAY // 200
                month.tried += 1
                guess = next(guesses[student])
                right = guess == truth[student]
                if counters.attempt(guard, f"attacked{student}", network, moment, right=right):
                    month.evaluated += 1
                    if right:
                        found.add(student)
                else:
                    guesses[student] = _again(guess, guesses[student])
        for family in range(students):
            moment = day * DAY + chance.randrange(DAY)
            for kind, outcome in (("attacked", month.honest_attacked), ("other", month.honest_others)):
                # An honest family mistypes once before it succeeds.
                counters.attempt(guard, f"{kind}{family}", f"home{family}", moment, right=False)
                well = counters.attempt(guard, f"{kind}{family}", f"home{family}", moment, right=True)
                outcome["served" if well else "refused"] += 1
    month.found = len(found)
    return month


def _again(guess: tuple[int, int], rest: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    yield guess
    yield from rest


def refused_requests() -> dict[str, dict[str, Any]]:
    """One request for each cause of `identity_not_confirmed`, otherwise right, from the sample students."""
    causes: dict[str, dict[str, Any]] = {}

    def cause(name: str, whose: str, field: str, value: Any) -> None:
        causes[name] = request_body()
        causes[name][whose][field] = value

    cause("unknown student", "student", "document_number", "99999999")
    cause("unknown guardian", "applicant", "document_number", "99999999")
    cause("somebody else's guardian", "applicant", "document_number", "41000002")
    cause("student's date of birth", "student", "birth_date", "2010-02-27")
    cause("guardian's date of birth", "applicant", "birth_date", "1980-05-18")
    cause("student's father", "student", "father_given_names", "Juan Alberto")
    cause("student's father left out", "student", "father_given_names", None)
    cause("a mother where none is registered", "student", "mother_given_names", "Ana Lucía")
    cause("guardian's father", "applicant", "father_given_names", "PABLO")
    cause("guardian's mother", "applicant", "mother_given_names", "ANA MARTA")
    causes["all of it"] = request_body(
        applicant={**causes["guardian's father"]["applicant"], "birth_date": "1981-01-01"},
        student={**causes["student's father"]["student"], "birth_date": "2011-01-01"},
    )
    return causes


def ask(client: Client, body: dict[str, Any], proof: str) -> Any:
    """One request; its answer."""
    return client.call("POST", "/api/requests", json.dumps({**body, "captcha": proof}).encode())


def median_times(world: World, rounds: int) -> dict[str, float]:
    """Milliseconds of the whole request by cause: medians of measurements in turn, so that noise meets all alike."""
    client = Client(world)
    causes = refused_requests()
    times: dict[str, list[float]] = {cause: [] for cause in causes}
    for _ in range(rounds):
        for cause, body in causes.items():
            proof = client.prove_human("request")
            gc.disable()
            started = time.perf_counter()
            answer = ask(client, body, proof)
            times[cause].append(time.perf_counter() - started)
            gc.enable()
            assert answer.status == 403, answer
    return {cause: 1000 * statistics.median(measured) for cause, measured in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--networks", type=int, default=100)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=100, help="measurements of each cause; 0 leaves them out")
    chosen = parser.parse_args()
    month = simulate(chosen.students, chosen.networks, chosen.days)
    assert month.honest_attacked is not None
    assert month.honest_others is not None
    print(f"{chosen.students} students attacked from {chosen.networks} networks for {chosen.days} days")
    print(
        f"  guesses tried {month.tried}, evaluated {month.evaluated} "
        f"({month.evaluated / chosen.students / chosen.days:.1f} a student and day), names found {month.found}"
    )
    print(f"  families of attacked students: {dict(month.honest_attacked)}")
    print(f"  families of others: {dict(month.honest_others)}")
    if chosen.rounds:
        try:
            os.environ.update(UNLIMITED)
            with world_of(1, samples=True) as world:
                medians = median_times(world, chosen.rounds)
        except dynamodb_local.Unavailable as unavailable:
            sys.exit(str(unavailable))
        middle = statistics.median(medians.values())
        print(f"the handler, medians of {chosen.rounds} by cause (all: {middle:.2f} ms)")
        for cause, milliseconds in medians.items():
            print(f"  {100 * (milliseconds / middle - 1):+5.1f} %  {cause}")


if __name__ == "__main__":
    main()
