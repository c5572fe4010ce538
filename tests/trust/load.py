"""Load: the service as several processes over Amazon's engine, asked by many at once, and audited at the end.

`python -m tests.trust.load [--verifications N] [--certificates N] [--mix SECONDS] [--soak SECONDS] [--workers N]
[--clients N] [--students N] [--outage SECONDS]`

Everything runs on this machine: the clients, the gateway, the functions, the database and the store of PDFs share its
cores, and what else uses them meanwhile is told. Latencies are from the first byte sent to the last received, over
connections that stay open. Human proofs are asked for and solved before the clock starts, unless the phase is the mix
or the soak (the mix again, for longer), which do all that a browser does.
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import urlsplit

from constancia import delivery, virtual_code

from infra.local.citizen import solve
from tests import dynamodb_local
from tests.dynamodb_local import processor_time
from tests.trust import population

ROOT = Path(__file__).parents[2]
REQUESTS_A_NETWORK = 40
"""After so many requests a client goes on as somebody else, from another network."""
PROOFS_AHEAD = 10_000
"""A proof is good for twenty minutes, so they are made in portions."""
TARGETS = {"verifications a second": 271, "verification p99 ms": 59, "certificate p95 ms": 697}
GOOD = {
    "request 201",
    "transcript 200",
    "certificate 200",
    "certificate 201",
    "verification 200",
    "wrong verification 404",
}
"""Answers that are none of a failure."""
WARMING_CERTIFICATES, WARMING_VERIFICATIONS = 300, 2000
"""Before anything is measured: Java compiles what it sees often."""
LOOKS = 12
"""At the memory, in a phase."""


class Answer(NamedTuple):
    """An answer and how long it took."""

    status: int
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Silence(Exception):
    """The connection ended without an answer."""


class Connection:
    """One open connection at a time; as light as can be, for it runs on the cores that it measures."""

    def __init__(self, url: str, seed: int) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "", parts.port or 0)
        self.chance = random.Random(seed)  # noqa: S311 not a secret
        self.socket: socket.socket | None = None
        self.left = 0

    def call(self, method: str, path: str, body: bytes = b"") -> Answer:
        """One request.

        Raises:
            Silence: nobody answers.
        """
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        message = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        started = time.perf_counter()
        try:
            if self.socket is None or self.left == 0:
                self._open()
            assert self.socket is not None
            self.left -= 1
            self.socket.sendall(message)
            status, answered = self._read(self.socket)
        except OSError as error:
            self._close()
            raise Silence from error
        return Answer(status, answered, time.perf_counter() - started)

    def _open(self) -> None:
        self._close()
        network = ".".join(str(self.chance.randrange(1, 255)) for _ in range(3))
        self.socket = socket.create_connection(self.address, timeout=30, source_address=(f"127.{network}", 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.left = REQUESTS_A_NETWORK

    def _close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def _read(self, connection: socket.socket) -> tuple[int, bytes]:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self._more(connection)
        return int(head[9:12]), body

    @staticmethod
    def _more(connection: socket.socket) -> bytes:
        more = connection.recv(65536)
        if not more:
            raise ConnectionResetError
        return more

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        return self.call("POST", path, json.dumps(body).encode())

    def proof(self, action: str) -> str:
        """A solved challenge.

        Raises:
            Silence: there was none to solve.
        """
        answer = self.call("GET", f"/api/captcha?for={action}")
        if answer.status != 200:
            raise Silence
        return solve(answer.json)


@dataclass
class Findings:
    """What a phase met."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    """Latencies by kind of request."""
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """Answers that say what is not so."""
    wall: float = 0.0
    processor: dict[str, float] = field(default_factory=dict)
    """Seconds of processor used, by part; `others` is what else ran on this machine."""
    memory: list[tuple[float, list[int]]] = field(default_factory=list)
    """Seconds since the phase began, and the megabytes of the workers and the database then."""

    @property
    def errors(self) -> dict[str, int]:
        """Answers that a phase without faults must not meet."""
        return {answer: times for answer, times in self.answers.items() if answer not in GOOD}

    def took(self, kind: str, answer: Answer) -> None:
        self.seconds.setdefault(kind, []).append(answer.seconds)
        self.answers[f"{kind} {answer.status}"] += 1

    def quantile(self, kind: str, share: float) -> float:
        """Milliseconds within which that share of the answers came."""
        ordered = sorted(self.seconds[kind])
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def report(self, title: str) -> None:
        print(f"\n{title}: {self.wall:.1f} s")
        for kind, seconds in self.seconds.items():
            quantiles = ", ".join(f"p{int(100 * q)} {self.quantile(kind, q):.1f}" for q in (0.5, 0.95, 0.99))
            print(f"  {kind}: {len(seconds)}, {len(seconds) / self.wall:.0f} a second; {quantiles} ms")
        print(f"  answers: {dict(sorted(self.answers.items()))}; wrong answers: {len(self.wrong)}")
        for wrong in self.wrong[:5]:
            print(f"    {wrong}")
        if self.processor:
            cores = {part: seconds / self.wall for part, seconds in self.processor.items()}
            print(
                f"  cores used, of {os.cpu_count()}: {', '.join(f'{part} {used:.2f}' for part, used in cores.items())}"
            )
        for moment, megabytes in self.memory:
            print(f"  after {moment:4.0f} s, MB of the workers and the database: {megabytes}")


class Crowd:
    """Clients in threads, each with a connection of its own."""

    def __init__(self, url: str, size: int) -> None:
        self.connections = [Connection(url, seed) for seed in range(size)]

    def run(self, act: Callable[[Connection, int], None], times: int, until: float = float("inf")) -> float:
        """Does `act` with the numbers below `times`, each once, until the clock says `until`; the seconds it took."""
        numbers = iter(range(times))
        lock = threading.Lock()
        failures: list[BaseException] = []

        def work(connection: Connection) -> None:
            while time.monotonic() < until and not failures:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                try:
                    act(connection, number)
                except Exception as error:
                    failures.append(error)

        threads = [threading.Thread(target=work, args=(connection,)) for connection in self.connections]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return time.perf_counter() - started


@dataclass
class Own:
    """One student's certificates, as far as clients know."""

    begun: int = 0
    codes: list[str] = field(default_factory=list)
    """As they were acknowledged."""
    tangled: bool = False
    """Two were asked for at once, and nobody here knows which came first."""

    def may_say(self, status: str, code: str, known: int) -> bool:
        """Whether a verification may answer so.

        Args:
            status: the answer's.
            code: of the certificate.
            known: how many of the codes were acknowledged before the question was sent.
        """
        if self.tangled:
            return status in ("valid", "superseded")
        newer_was_known = code in self.codes[: known - 1]
        newer_may_exist = self.codes.index(code) + 1 < self.begun
        return (
            status == "superseded"
            if newer_was_known
            else status == "valid" or (status == "superseded" and newer_may_exist)
        )


@cache
def transcript_as_json(student: int) -> dict[str, Any]:
    """What a certificate of the n-th student says."""
    return population.transcript_of(student).as_json()


class Load:
    """The phases, against one service; what it was told is kept for the audit."""

    def __init__(self, url: str, clients: int, students: int) -> None:
        self.crowd = Crowd(url, clients)
        self.students = students
        self.chance = random.Random(16)  # noqa: S311 not a secret
        self.told: list[tuple[int, dict[str, Any]]] = []
        """Student and certificate, as the service acknowledged it."""
        self.parts: dict[str, list[int]] = {}
        """The processes whose time is measured, by what they are."""
        self.students_own: dict[int, Own] = {}

    def certificates(self, count: int) -> Findings:
        """So many students, one after the other, from the captcha to the certificate."""
        findings = Findings()
        findings.wall = self.crowd.run(lambda connection, n: self.obtain(connection, n, findings), count)
        return findings

    def obtain(self, connection: Connection, number: int, findings: Findings, *, patient: bool = False) -> None:
        """A citizen's way; a patient one repeats what is answered with 'try again'."""
        student = number % self.students

        def step(kind: str, *good: int, act: Callable[[], Answer]) -> Answer | None:
            for _ in range(120 if patient else 1):
                try:
                    answer = act()
                except Silence:
                    findings.answers[f"{kind} no answer"] += 1
                else:
                    findings.took(kind, answer)
                    if answer.status in good:
                        return answer
                if patient:
                    time.sleep(0.5)
            return None

        body = population.request_body(student)
        asked = step(
            "request",
            201,
            act=lambda: connection.post("/api/requests", {**body, "captcha": connection.proof("request")}),
        )
        if not asked:
            return
        path = f"/api/requests/{asked.json['request_id']}"
        shown = step("transcript", 200, act=lambda: connection.call("GET", f"{path}/transcript"))
        if not shown:
            return
        if shown.json != transcript_as_json(student):
            findings.wrong.append(f"student {student} was shown other marks")
        own = self.students_own.setdefault(student, Own())
        own.tangled |= own.begun > len(own.codes)
        own.begun += 1
        made = step("certificate", 200, 201, act=lambda: connection.call("POST", f"{path}/certificate"))
        if made:
            own.codes.append(made.json["virtual_code"])
            self.told.append((student, made.json))

    def verifications(self, count: int) -> Findings:
        """So many verifications of certificates that exist, the proofs solved ahead."""
        findings = Findings()
        for start in range(0, count, PROOFS_AHEAD):
            self.verify_portion(min(PROOFS_AHEAD, count - start), findings)
        return findings

    def verify_portion(self, count: int, findings: Findings) -> None:
        """As many verifications as proofs can be kept."""
        proofs: list[str] = []
        self.crowd.run(lambda connection, _: proofs.append(connection.proof("verification")), count)
        asked = [self.chance.choice(self.told) for _ in range(count)]
        before = self.processor_times()
        findings.wall += self.crowd.run(
            lambda connection, n: self.verify(connection, *asked[n], proofs[n], findings), count
        )
        for part, seconds in self.processor_times().items():
            findings.processor[part] = findings.processor.get(part, 0) + seconds - before[part]

    def processor_times(self) -> dict[str, float]:
        """Seconds of processor that each part has used."""
        parts = {part: sum(map(processor_time, pids)) for part, pids in self.parts.items()}
        return {**parts, "others": machine_time() - sum(parts.values())} if parts else {}

    def verify(
        self, connection: Connection, student: int, certificate: dict[str, Any], proof: str, findings: Findings
    ) -> None:
        """Asks about a certificate that exists, and holds the answer against what was acknowledged."""
        number = population.document_number(student)
        question = {"virtual_code": certificate["virtual_code"], "document_number": number, "captcha": proof}
        code, own = certificate["virtual_code"], self.students_own[student]
        known = len(own.codes)
        answer = connection.post("/api/verifications", question)
        findings.took("verification", answer)
        if answer.status == 404:
            findings.wrong.append(f"{code}: exists and was not found")
        if answer.status == 200:
            said = answer.json
            told = {name: certificate[name] for name in ("virtual_code", "serial_number", "issued_at", "sha256")}
            if (said["certificate"], said["transcript"]) != (told, transcript_as_json(student)):
                findings.wrong.append(f"{code}: another one was shown")
            if not own.may_say(said["status"], code, known):
                findings.wrong.append(f"{code}: said to be {said['status']}")

    def guess(self, connection: Connection, findings: Findings) -> None:
        """Asks about a certificate that nobody issued."""
        question = {
            "virtual_code": virtual_code.draw(),
            "document_number": f"{self.chance.randrange(10**8):08d}",
            "captcha": connection.proof("verification"),
        }
        answer = connection.post("/api/verifications", question)
        findings.took("wrong verification", answer)
        if answer.status == 200:
            findings.wrong.append(f"{question['virtual_code']}: nobody issued it, and it was verified")

    def mix(self, seconds: float, *, patient: bool = False) -> Findings:
        """70 % verifications, 20 % from request to certificate, 10 % wrong, proofs included."""
        findings = Findings()
        first = len(self.told)

        def act(connection: Connection, number: int) -> None:
            chance = self.chance.random()
            try:
                if chance < 0.7:
                    student, certificate = self.chance.choice(self.told)
                    self.verify(connection, student, certificate, connection.proof("verification"), findings)
                elif chance < 0.9:
                    self.obtain(connection, first + number, findings, patient=patient)
                else:
                    self.guess(connection, findings)
            except Silence:
                findings.answers["no answer"] += 1
                time.sleep(0.2)

        before = self.processor_times()
        with self.watching_memory(seconds, findings):
            findings.wall = self.crowd.run(act, 10**9, until=time.monotonic() + seconds)
        findings.processor = {part: used - before[part] for part, used in self.processor_times().items()}
        return findings

    @contextmanager
    def watching_memory(self, seconds: float, findings: Findings) -> Iterator[None]:
        """Looks at the memory now and again while the block runs."""
        pids = [pid for part in ("workers", "database") for pid in self.parts.get(part, [])]
        ending, started = threading.Event(), time.monotonic()

        def watch() -> None:
            while pids:
                findings.memory.append((time.monotonic() - started, memory(pids)))
                if ending.wait(seconds / LOOKS):
                    return

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            yield
        finally:
            ending.set()
            watching.join()


@contextmanager
def service(engine: str, workers: int, students: int, clients: int, *, keep: bool = False) -> Iterator[dict[str, Any]]:
    """The service in processes of its own, each with its share of the clients, as a balancer would give it."""
    connections = -(-clients // workers)
    quick = {"ALTCHA_COST": "1", "ALTCHA_NUMBERS": "2"}
    with tempfile.TemporaryDirectory() as folder:
        population.write(Path(folder), students)
        command = [sys.executable, "-m", "infra.local.workers", engine, "--data", folder]
        command += ["--workers", str(workers), "--connections", str(connections)]
        said = Path(folder) / "said.log"
        process = subprocess.Popen(
            [*command, *(["--keep"] if keep else [])],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said.open("w"),
            env={**os.environ, **quick},
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, said.read_text()
            started: dict[str, Any] = json.loads(line)
            _wait_for(started["url"], workers, connections)
            yield {**started, "process": process.pid}
        finally:
            process.communicate()


def _wait_for(url: str, workers: int, connections: int) -> None:
    """Until every worker has answered in all likelihood."""
    crowd = Crowd(url, workers * connections)
    crowd.run(lambda connection, _: connection.call("GET", "/api/captcha?for=request") and None, 40 * workers)


def memory(pids: list[int]) -> list[int]:
    """Resident megabytes of these processes."""
    found = []
    for pid in pids:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        found.append(int(status.partition("VmRSS:")[2].split()[0]) // 1024)
    return found


def machine_time() -> float:
    """Seconds of processor that everything on this machine has used."""
    user, nice, system, _, _, irq, softirq = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def judge(name: str, measured: float, *, at_least: bool) -> bool:
    """Says a figure beside its target."""
    target = TARGETS[name]
    met = measured >= target if at_least else measured < target
    print(f"  {'met    ' if met else 'NOT met'}  {name}: {measured:.0f}, target {'≥' if at_least else '<'} {target}")
    return met


def settle(seconds: float = 120) -> list[str]:
    """Waits until every certificate's e-mail is settled or a dead letter; those that are neither after so long."""
    from tests.trust.audit import dead_letters, items_of

    told = (delivery.REFUSED, delivery.UNKNOWN)
    """Each with a dead letter; any further one is of a change that could not be brought to the function."""
    until = time.monotonic() + seconds
    while True:
        issued = [item for item in items_of("CERTIFICATES_TABLE") if item.get("state") == "issued"]
        left = [
            f"{item['virtual_code']}: its e-mail is not settled"
            for item in issued
            if item.get("mail") not in (delivery.SENT, *told)
        ]
        buried = dead_letters() - sum(item.get("mail") in told for item in issued)
        if len(left) <= buried:
            return []
        if time.monotonic() > until:
            return left
        time.sleep(1)


def check(load: Load, started: dict[str, Any]) -> list[str]:
    """The audit of everything that was acknowledged."""
    from infra.local import service as local
    from tests.trust.audit import audit

    with patch.dict(os.environ, {**local.ENVIRONMENT, **local.settings(started["url"]), **started["aws"]}):
        faults = settle() + audit((certificate for _, certificate in load.told), portal=started["url"])
    if not load.told:
        faults.append("nothing was acknowledged, so nothing is shown")
    print(f"\naudit of {len(load.told)} acknowledged certificates: {len(faults)} faults")
    for fault in faults[:10]:
        print(f"  {fault}")
    return faults


def measure(chosen: argparse.Namespace) -> bool:
    """All phases; whether every figure met its target, no answer failed and the audit found nothing."""
    with (
        dynamodb_local.running("1g", lasting=True) as engine,
        service(engine.url, chosen.workers, chosen.students, chosen.clients) as started,
    ):
        load = Load(started["url"], chosen.clients, chosen.students)
        load.parts = {
            "clients": [os.getpid()],
            "workers": started["workers"],
            "database": [engine.process],
            "mail and files": [started["process"]],
        }
        warming = [load.certificates(WARMING_CERTIFICATES), load.verifications(WARMING_VERIFICATIONS)]
        phases = [load.certificates(chosen.certificates)]
        phases[-1].report(f"certificates, {chosen.clients} clients")
        judged = [judge("certificate p95 ms", phases[-1].quantile("certificate", 0.95), at_least=False)]
        if chosen.verifications:
            phases.append(load.verifications(chosen.verifications))
            phases[-1].report(f"verifications, {chosen.clients} clients")
            spent = {part: 1000 * seconds / chosen.verifications for part, seconds in phases[-1].processor.items()}
            print(f"  processor time of one: {', '.join(f'{name} {ms:.2f} ms' for name, ms in spent.items())}")
            judged += [
                judge("verifications a second", chosen.verifications / phases[-1].wall, at_least=True),
                judge("verification p99 ms", phases[-1].quantile("verification", 0.99), at_least=False),
            ]
        for name, seconds in (("mix", chosen.mix), ("soak", chosen.soak)):
            if seconds:
                phases.append(load.mix(seconds))
                phases[-1].report(f"the {name}: 70 % verifications, 20 % certificates, 10 % wrong; proofs included")
        errors = [phase.errors for phase in [*warming, *phases] if phase.errors]
        print(f"\nanswers that failed: {errors or 'none'}; load average {os.getloadavg()}")
        return not check(load, started) and not errors and not any(phase.wrong for phase in phases) and all(judged)


def outage(seconds: float, *, workers: int = 2, clients: int = 6, students: int = 200) -> tuple[Findings, list[str]]:
    """The mix while a worker is killed, then the database, which comes back; what was met, and the audit's faults."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as engines:
        first = engines.enter_context(dynamodb_local.running("512m", folder=Path(folder)))
        with service(first.url, workers, students, clients) as started:
            load = Load(started["url"], clients, students)
            load.certificates(2 * clients)

            def strike() -> None:
                time.sleep(seconds / 3)
                os.kill(started["workers"][0], signal.SIGKILL)
                time.sleep(seconds / 3)
                first.kill()
                time.sleep(2)
                engines.enter_context(
                    dynamodb_local.running("512m", folder=Path(folder), port=urlsplit(first.url).port or 0)
                )

            striking = threading.Thread(target=strike)
            striking.start()
            findings = load.mix(seconds, patient=True)
            striking.join()
            recovered = load.mix(2)
            findings.wrong += recovered.wrong
            findings.answers["verification 200 after the outage"] = recovered.answers["verification 200"]
            return findings, check(load, started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verifications", type=int, default=20_000)
    parser.add_argument("--certificates", type=int, default=1_000)
    parser.add_argument("--mix", type=float, default=60, help="seconds")
    parser.add_argument("--soak", type=float, default=0, help="seconds")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--clients", type=int, default=7)
    parser.add_argument("--students", type=int, default=2_000)
    parser.add_argument("--outage", type=float, default=30, help="seconds; 0 leaves it out")
    chosen = parser.parse_args()
    try:
        well = measure(chosen)
        if chosen.outage:
            findings, faults = outage(chosen.outage, workers=chosen.workers, clients=chosen.clients)
            findings.report("the mix while a worker and then the database are killed")
            unexpected = {answer for answer in findings.errors if answer.split()[-1] not in ("503", "answer", "outage")}
            print(f"answers beside 'try again' and none at all: {unexpected or 'none'}")
            well = well and not faults and not findings.wrong and not unexpected
        sys.exit(0 if well else 1)
    except dynamodb_local.Unavailable as unavailable:
        sys.exit(str(unavailable))


if __name__ == "__main__":
    main()
