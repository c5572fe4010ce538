"""A month of guessing and of closing, and the price of each refusal: `python -m tests.trust.guessing [--days N]`.

Who guesses at an identity knows every number and every date of birth and needs only the given names of a student's
parents, the commonest first; who guesses at a certificate holds its code and needs the document number, out of as many
as one year's births may have. Honest people mistype once. The counters are the service's own, with its own limits; the
names are drawn from a distribution that is stated here. Then the handlers themselves are timed, cause by cause.
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
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import accumulate, islice
from typing import Any

from constancia import settings
from constancia.certificate import Certificate
from constancia.current_certificates import CurrentCertificates
from constancia.errors import TooManyCertificates
from constancia.guarding.attempts import DAY, HOUR, Attempt, Limit, Limiter, Limits
from constancia.guarding.human_proof import Proof
from constancia.lima import LIMA

from tests import dynamodb_local
from tests.journeys.citizen import request_body
from tests.trust.faults import world_of
from tests.trust.population import transcript_of
from tests.trust.world import Client

NAMES = 20_000
DOCUMENTS = 600_000
"""Numbers that a student's may be, to whoever knows the year of birth: about as many as are born in a year."""
FLATTENING = 20
"""Of given names as a whole ("JUAN CARLOS") the n-th commonest has a share of 1 / (n + 20); the first, 0.7 %."""


def shipped(name: str) -> int:
    """The default of a setting."""
    return int(settings.SETTINGS[name].default or "")


def limits(purpose: str) -> Limits:
    """The limits as shipped."""
    return Limits(
        Limit(shipped(f"{purpose}_FAILURES_TARGET"), DAY),
        shipped(f"{purpose}_FAILURES_HERE"),
        Limit(shipped(f"{purpose}_FAILURES_NETWORK"), HOUR),
        closes=purpose == "VERIFICATION",
    )


UNLIMITED = {
    f"{purpose}_FAILURES_{name}": "1000000000"
    for purpose in ("IDENTITY", "VERIFICATION")
    for name in ("HERE", "TARGET", "NETWORK")
}
"""Settings for what is tried far oftener than the limits allow."""


EVALUATED, CLOSED, REFUSED = "evaluated", "closed", "refused"


class Counters:
    """The attempts table in memory: counts at the target, then at the network, and gives back on success."""

    def __init__(self) -> None:
        self.failures: Counter[str] = Counter()
        self.here: Counter[tuple[str, str]] = Counter()

    def attempt(self, attempt: Attempt, *, right: bool) -> str:
        """Whether the attempt is evaluated; `closed` where it is for those alone whom nobody can close."""
        target, network = attempt.target, attempt.network
        here = (target.key, target.network)
        closed = self.failures[target.key] >= target.most
        if self.here[here] >= target.most_here or self.failures[network.key] >= network.most:
            return REFUSED
        if closed and attempt.closes:
            return REFUSED
        if not right:
            self.here[here] += 1
            self.failures[network.key] += 1
            self.failures[target.key] += not closed
        return CLOSED if closed else EVALUATED


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


@dataclass(frozen=True)
class Attack:
    """Who guesses at whom."""

    title: str
    purpose: str
    targets: int
    """Students, or codes."""
    networks: int
    tries: int
    """At each target, a day."""
    hours: int
    """Of each day in which the tries are made."""


MANY_TRIES = 80
"""A day at one target: a third more than are evaluated."""
ATTACKS = (
    Attack("many networks at each of 200 students", "IDENTITY", 200, 10_000, MANY_TRIES, 6),
    Attack("one network at 20,000 students", "IDENTITY", 20_000, 1, 1, 24),
    Attack("many networks at each of 200 codes", "VERIFICATION", 200, 10_000, MANY_TRIES, 6),
    Attack("one network at 20,000 codes", "VERIFICATION", 20_000, 1, 1, 24),
)
SAME, BESIDE, OTHERS = "at the attacked from elsewhere", "at others from the attacker's network", "at others"
MIDNIGHT = 5 * HOUR
"""The first Lima midnight of Unix time."""
HONEST = 200
"""People of each kind who come in a day."""


@dataclass
class Month:
    """What came of it."""

    tried: int = 0
    evaluated: int = 0
    found: int = 0
    """Targets without a contact on record whose secret was guessed: a certificate of theirs is the guesser's."""
    named: int = 0
    """Targets with a contact on record whose names were guessed: a code goes to their contact, and nothing opens."""
    served: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    """Honest people, by where they came from."""
    served_with_contact: int = 0
    refused_with_contact: int = 0
    """Honest families of attacked students, of those with a contact on record."""


def has_contact(target: int) -> bool:
    """Every other student's family has a contact on record."""
    return target % 2 == 0


def truths(attack: Attack, chance: random.Random) -> list[Any]:
    """What is to be guessed of each target."""
    if attack.purpose == "VERIFICATION":
        return [chance.randrange(DOCUMENTS) for _ in range(attack.targets)]
    shares = list(accumulate(1 / (rank + 1 + FLATTENING) for rank in range(NAMES)))

    def name() -> int:
        return bisect(shares, chance.random() * shares[-1])

    return [(name(), name()) for _ in range(attack.targets)]


def simulate(attack: Attack, days: int, seed: int = 16) -> Month:
    """One guess at each target in turn, from one network after the other, while honest people come as well."""
    chance = random.Random(seed)  # noqa: S311 not a secret
    truth, month = truths(attack, chance), Month()
    verifying = attack.purpose == "VERIFICATION"
    guesses: Sequence[Any] = range(DOCUMENTS)
    if not verifying:
        guesses = list(islice(pairs_by_likelihood(), days * attack.tries + 1))
    guard = Limiter(attack.purpose, limits(attack.purpose), b"simulated")
    # Nobody with sense tries the same document at every code: each has its own limit.
    apart = DOCUMENTS // attack.targets if verifying else 0
    position, found, named = [apart * target for target in range(attack.targets)], set[int](), set[int]()
    every_day = attack.targets * attack.tries

    def attempt(target: str, network: str, moment: int, *, right: bool) -> str:
        return counters.attempt(guard.attempt(Proof("", 0), target, network, moment), right=right)

    for day in range(days):
        counters = Counters()
        midnight = day * DAY + MIDNIGHT
        tries = [(midnight + number * attack.hours * HOUR // every_day, number) for number in range(every_day)]
        visits = [(midnight + chance.randrange(DAY), -1 - number) for number in range(3 * HONEST)]
        for moment, number in sorted(tries + visits):
            if number < 0:
                kind = (SAME, BESIDE, OTHERS)[number % 3]
                who = str(chance.randrange(attack.targets)) if kind == SAME else f"other{number}"
                network = "bot0" if kind == BESIDE else f"home{number}"
                attempt(who, network, moment, right=False)
                contact = not verifying and kind == SAME and has_contact(int(who))
                met = attempt(who, network, moment, right=True)
                well = met == EVALUATED or (met == CLOSED and contact)
                (month.served if well else month.refused)[kind] += 1
                month.served_with_contact += well and contact
                month.refused_with_contact += contact and not well
                continue
            target = number % attack.targets
            if target in found or target in named:
                continue
            guess = guesses[position[target] % len(guesses)]
            network = f"bot{(target + number // attack.targets) % attack.networks}"
            right = guess == truth[target]
            contact = not verifying and has_contact(target)
            month.tried += 1
            met = attempt(str(target), network, moment, right=right)
            if met == EVALUATED or (met == CLOSED and contact):
                month.evaluated += 1
                position[target] += 1
                if right:
                    (named if contact else found).add(target)
    month.found, month.named = len(found), len(named)
    return month


@dataclass
class Spoiled:
    """What the three attacks on an open front door did in a month."""

    issued: int = 0
    superseded: int = 0
    mails: int = 0
    closed_days: int = 0
    """Days on which the real family, with a contact on record, was refused."""
    closed_without: int = 0
    """The same of a family without one."""


def flood_one_student(days: int, a_day: int = 200) -> Spoiled:
    """A confirmed identity has as many certificates issued as it can, to a stranger's mailbox (rules 3 and 7)."""
    met, current = Spoiled(), CurrentCertificates()
    start = datetime(2026, 11, 1, 8, tzinfo=LIMA)
    family = _certificate("FAMILY00", start)
    current, _ = current.after_issue(family, start - timedelta(days=1))
    for day in range(days):
        for number in range(a_day):
            moment = start + timedelta(days=day, seconds=number)
            try:
                current.check(family.transcript, moment, shipped("CERTIFICATES_STUDENT"))
            except TooManyCertificates:
                continue
            certificate = _certificate(f"{day:03d}{number:05d}", moment)
            current, superseded = current.after_issue(certificate, moment)
            met.issued += 1
            met.superseded += len(superseded)
    met.mails = min(met.issued, days * shipped("MAILS_ADDRESS"))
    return met


def _certificate(code: str, moment: datetime) -> Certificate:
    return Certificate(code, 1, moment, transcript_of(1), "", "guardian", "job", "stranger@example.com", issued=True)


def close_one_student(days: int, networks: int) -> Spoiled:
    """Sixty failures a day and more with invented data at a student's number, then the real family asks (rule 3).

    Args:
        days: of the attack.
        networks: from which the failures come; four is a page that four people visit.
    """
    met, guard = Spoiled(), Limiter("IDENTITY", limits("IDENTITY"), b"simulated")
    failures = 100
    for day in range(days):
        counters, moment = Counters(), day * DAY + MIDNIGHT
        for number in range(failures):
            counters.attempt(guard.attempt(Proof("", 0), "1", f"bot{number % networks}", moment), right=False)
        family = counters.attempt(guard.attempt(Proof("", 0), "1", "home", moment), right=True)
        met.closed_days += family == REFUSED
        met.closed_without += family != EVALUATED
    return met


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


def causes_of_not_found(client: Client) -> dict[str, dict[str, Any]]:
    """One question for each cause of `certificate_not_found`, about a certificate that is issued for it."""
    code = client.obtain(request_body())["virtual_code"]
    number = request_body()["student"]["document_number"]
    return {
        "unknown code": {"virtual_code": "ZZZZZZZZ", "document_number": number},
        "somebody else's code": {"virtual_code": code, "document_number": "72000002"},
        "code and document unknown": {"virtual_code": "ZZZZZZZY", "document_number": "99999999"},
    }


def median_times(
    client: Client, path: str, action: str, causes: dict[str, dict[str, Any]], rounds: int
) -> dict[str, tuple[float, float]]:
    """Milliseconds of the whole request by cause, and those of the processor: medians of measurements in turn."""
    times: dict[str, list[tuple[float, float]]] = {cause: [] for cause in causes}
    for _ in range(rounds):
        for cause, body in causes.items():
            content = json.dumps({**body, "captcha": client.prove_human(action)}).encode()
            gc.disable()
            started, begun = time.perf_counter(), time.process_time()
            answer = client.call("POST", path, content)
            times[cause].append((time.perf_counter() - started, time.process_time() - begun))
            gc.enable()
            assert answer.json["code"] in ("identity_not_confirmed", "certificate_not_found"), answer
    return {
        cause: (1000 * statistics.median(wall), 1000 * statistics.median(processor))
        for cause, (wall, processor) in ((cause, zip(*measured, strict=True)) for cause, measured in times.items())
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30, help="of each attack; 0 leaves them out")
    parser.add_argument("--rounds", type=int, default=1000, help="measurements of each cause; 0 leaves them out")
    chosen = parser.parse_args()
    for attack in ATTACKS if chosen.days else ():
        month = simulate(attack, chosen.days)
        print(
            f"{attack.title}, {chosen.days} days: tried {month.tried}, evaluated {month.evaluated}, {month.found} found"
        )
        if attack.purpose == "IDENTITY":
            print(
                f"  with a contact on record: 0 found ({month.named} names guessed, each asked for a code), honest "
                f"families of the attacked: {month.served_with_contact} served, {month.refused_with_contact} refused"
            )
        for kind in (SAME, BESIDE, OTHERS):
            print(f"  honest {kind}: {month.served[kind]} served, {month.refused[kind]} refused")
    if chosen.days:
        flood = flood_one_student(chosen.days)
        print(
            f"one identity issues all it can to one mailbox, {chosen.days} days: {flood.issued} certificates, "
            f"{flood.mails} e-mails, {flood.superseded} of the family's spoiled"
        )
        for networks, title in ((1, "one network"), (4, "four visitors of one page"), (1000, "many networks")):
            closed = close_one_student(chosen.days, networks)
            print(
                f"100 failures a day at one student by {title}: the family is refused on {closed.closed_days} days "
                f"with a contact on record, on {closed.closed_without} without"
            )
    if chosen.rounds:
        try:
            os.environ.update(UNLIMITED)
            with world_of(1, samples=True) as world:
                client = Client(world)
                timed = {
                    "identity_not_confirmed": median_times(
                        client, "/api/requests", "request", refused_requests(), chosen.rounds
                    ),
                    "certificate_not_found": median_times(
                        client, "/api/verifications", "verification", causes_of_not_found(client), chosen.rounds
                    ),
                }
        except dynamodb_local.Unavailable as unavailable:
            sys.exit(str(unavailable))
        for code, medians in timed.items():
            walls, processors = zip(*medians.values(), strict=True)
            wall, processor = statistics.median(walls), statistics.median(processors)
            print(f"{code}: medians of {chosen.rounds} (all: {wall:.2f} ms, processor {processor:.2f} ms)")
            for cause, (own_wall, own_processor) in medians.items():
                print(
                    f"  {100 * (own_wall / wall - 1):+5.1f} %, {100 * (own_processor / processor - 1):+5.1f} %  {cause}"
                )


if __name__ == "__main__":
    main()
