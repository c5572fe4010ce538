"""Thousands of certificates while AWS fails at random: `python -m tests.trust.faults [ISSUES] [--seed N]`.

Every citizen goes from the request to the certificate; during three steps of ten, up to three calls to AWS fail in a
way drawn from all those of `tests.trust.failing`. At the end everything is audited.
"""

import argparse
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from tests import dynamodb_local
from tests.journeys.citizen import MANY_TIMES, QUICK_PROOFS
from tests.trust import population
from tests.trust.audit import audit
from tests.trust.failing import FAULTS
from tests.trust.journey import Journey
from tests.trust.world import URL, Client, World

STRUCK_STEPS = 0.3
MOST_STRIKES = 3
"""In one step; a patient citizen tries oftener than that."""
REACH = 12
"""Calls of a step among which the failing ones are drawn; no step makes more in one try."""
MAILS_EVERY = 25
"""Issues between two deliveries of the stream."""


class Storm:
    """A world in which AWS fails at random."""

    def __init__(self, world: World, students: int, seed: int) -> None:
        self.world = world
        self.students = students
        self.chance = random.Random(seed)  # noqa: S311 not a secret
        self.strikes: Counter[str] = Counter()
        self.acknowledged: list[dict[str, Any]] = []

    def issue(self, number: int) -> None:
        """One citizen's way, through whatever fails."""
        journey = Journey(self.world, population.request_body(number % self.students), before=self.next_step)
        journey.client = Client(self.world, f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")
        self.acknowledged.append(journey.obtain())
        if number % MAILS_EVERY == 0:
            self.next_step("mail")
            self.world.deliver_mail()
        self.count()

    def next_step(self, _: str) -> None:
        """Draws what will fail in the next step, if anything."""
        self.count()
        struck = self.chance.random() < STRUCK_STEPS
        places = self.chance.sample(range(REACH), self.chance.randint(1, MOST_STRIKES)) if struck else []
        self.world.failing.plan(self.chance.choice(FAULTS), lambda number: number in places)

    def count(self) -> None:
        """Adds what failed since the last step to `strikes`."""
        fault, struck = self.world.failing.fault, self.world.failing.struck
        if fault and struck:
            self.strikes[fault.name] += struck
        self.world.failing.plan(None)

    def calm(self) -> list[str]:
        """Lets nothing fail any more, delivers what is left, and audits."""
        self.count()
        for _ in range(3):
            self.world.deliver_mail()
        return audit(self.acknowledged, self.world.views.outbox(), URL)


@contextmanager
def world_of(students: int, *, samples: bool = False) -> Iterator[World]:
    """The service over Amazon's engine, with so many invented students, or with the sample ones instead."""
    from constancia.aws import dynamodb

    from infra.local import service, storage

    with (
        tempfile.TemporaryDirectory() as folder,
        dynamodb_local.running("1g", lasting=True) as engine,
        service.moto(),
    ):
        population.write(Path(folder), students)
        os.environ.update({**service.ENVIRONMENT, **service.settings("https://constancia.example")})
        os.environ.update({**engine.environment, **QUICK_PROOFS, **MANY_TIMES})
        # A log line for each injected failure would bury the report.
        os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"
        logging.getLogger("infra.local").setLevel(logging.CRITICAL)
        dynamodb.client.cache_clear()
        storage.create_tables(engine.client())
        storage.load(engine.client(), service.SAMPLES if samples else Path(folder))
        storage.create_rest()
        world = World()
        # Powertools prints metrics by the hundred, switched off or not.
        with world.failing.installed(), Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            yield world


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("issues", type=int, nargs="?", default=1000)
    parser.add_argument("--students", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    chosen = parser.parse_args()
    started = time.monotonic()
    try:
        with world_of(chosen.students) as world:
            storm = Storm(world, chosen.students, chosen.seed)
            for number in range(chosen.issues):
                storm.issue(number)
                if number % 100 == 99:
                    print(f"\r{number + 1} of {chosen.issues} issues", end="", file=sys.stderr, flush=True)
            faults = storm.calm()
    except dynamodb_local.Unavailable as unavailable:
        sys.exit(str(unavailable))
    print(f"\n{chosen.issues} issues in {time.monotonic() - started:.0f} s, seed {chosen.seed}")
    for name, times in sorted(storm.strikes.items()):
        print(f"  {times:6} × {name}")
    orphans = sum("without" in fault for fault in faults)
    lost = sum("lost" in fault for fault in faults)
    print(
        f"{len(storm.acknowledged)} certificates acknowledged, each drawn anew: "
        f"{orphans} orphans, {len(faults) - orphans - lost} duplicates or disagreements, {lost} lost"
    )
    for fault in faults[:20]:
        print(f"  {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
