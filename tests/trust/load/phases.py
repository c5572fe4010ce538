"""What the clients do in each phase, and how they hold the answers against what was acknowledged."""

import random
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from constancia import virtual_code

from tests.trust import population
from tests.trust.load.analysis import Findings, may_be
from tests.trust.load.client import Answer, Clients, Connection, NoAnswer
from tests.trust.load.processes import Parts

PROOFS_AHEAD = 10_000
"""A proof is good for twenty minutes, so they are made in portions."""


@cache
def transcript_as_json(student: int) -> dict[str, Any]:
    """The transcript of the n-th student, as the API answers it."""
    return population.transcript_of(student).as_json()


SHOWN = ("virtual_code", "serial_number", "issued_at", "sha256", "attestation")
"""What a verification shows of a certificate, as its issue acknowledged it."""


class Load:
    """The phases, against one service; what it acknowledged is kept for the audit."""

    def __init__(self, url: str, clients: int, students: int, parts: Parts | None = None) -> None:
        self.clients = Clients(url, clients)
        self.students = students
        self.parts = parts or Parts()
        self.chance = random.Random(16)  # noqa: S311 not a secret
        self.acknowledged: list[tuple[int, dict[str, Any]]] = []
        """Student and certificate, as the service answered it."""

    def certificates(self, count: int) -> Findings:
        """So many students, one after the other, from the human proof to the certificate."""
        findings = Findings()
        findings.wall = self.clients.run(lambda connection, n: self.obtain(connection, n, findings), count)
        return findings

    def obtain(self, connection: Connection, number: int, findings: Findings, *, patient: bool = False) -> None:
        """Asks for one certificate; a patient client repeats each step that fails."""
        student = number % self.students

        def step(kind: str, *good: int, act: Callable[[], Answer]) -> Answer | None:
            for _ in range(120 if patient else 1):
                try:
                    answer = act()
                except NoAnswer:
                    findings.answers[f"{kind} no answer"] += 1
                else:
                    findings.add(kind, answer)
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
        path, token = f"/api/requests/{asked.json['request_id']}", asked.json["access_token"]
        shown = step("transcript", 200, act=lambda: connection.call("GET", f"{path}/transcript", token=token))
        if not shown:
            return
        if {**shown.json, "current_certificate": None} != {**transcript_as_json(student), "current_certificate": None}:
            findings.wrong.append(f"student {student} was shown other marks")
        made = step("certificate", 200, 201, act=lambda: connection.call("POST", f"{path}/certificate", token=token))
        if made:
            self.acknowledged.append((student, made.json))

    def verifications(self, count: int) -> Findings:
        """So many verifications of certificates that exist, with proofs fetched and solved before the clock starts."""
        findings = Findings()
        for start in range(0, count, PROOFS_AHEAD):
            self.verify_portion(min(PROOFS_AHEAD, count - start), findings)
        return findings

    def verify_portion(self, count: int, findings: Findings) -> None:
        """At most as many verifications as proofs can be held before they expire."""
        proofs: list[str] = []
        self.clients.run(lambda connection, _: proofs.append(connection.proof("verification")), count)
        asked = [self.chance.choice(self.acknowledged) for _ in range(count)]
        before = self.parts.processor_times()
        findings.wall += self.clients.run(
            lambda connection, n: self.verify(connection, *asked[n], proofs[n], findings), count
        )
        for part, seconds in self.parts.processor_times().items():
            findings.processor[part] = findings.processor.get(part, 0) + seconds - before[part]

    def verify(
        self, connection: Connection, student: int, certificate: dict[str, Any], proof: str, findings: Findings
    ) -> None:
        """Asks about a certificate that exists, and holds the answer against what was acknowledged."""
        number = population.document_number(student)
        question = {"virtual_code": certificate["virtual_code"], "document_number": number, "captcha": proof}
        code = certificate["virtual_code"]
        answer = connection.post("/api/verifications", question)
        findings.add("verification", answer)
        if answer.status == 404:
            findings.wrong.append(f"{code}: exists and was not found")
        if answer.status == 200:
            body = answer.json
            expected = {name: certificate[name] for name in SHOWN}
            if (body["certificate"], body["transcript"]) != (expected, transcript_as_json(student)):
                findings.wrong.append(f"{code}: another one was shown")
            if not may_be(body["status"]):
                findings.wrong.append(f"{code}: answered as {body['status']}")

    def guess(self, connection: Connection, findings: Findings) -> None:
        """Asks about a certificate that nobody issued."""
        question = {
            "virtual_code": virtual_code.draw(),
            "document_number": f"{self.chance.randrange(10**8):08d}",
            "captcha": connection.proof("verification"),
        }
        answer = connection.post("/api/verifications", question)
        findings.add("wrong verification", answer)
        if answer.status == 200:
            findings.wrong.append(f"{question['virtual_code']}: nobody issued it, and it was verified")

    def mix(self, seconds: float, *, patient: bool = False) -> Findings:
        """70 % verifications, 20 % from request to certificate, 10 % wrong verifications, human proofs included."""
        findings = Findings()
        first = len(self.acknowledged)

        def act(connection: Connection, number: int) -> None:
            chance = self.chance.random()
            try:
                if chance < 0.7:
                    student, certificate = self.chance.choice(self.acknowledged)
                    self.verify(connection, student, certificate, connection.proof("verification"), findings)
                elif chance < 0.9:
                    self.obtain(connection, first + number, findings, patient=patient)
                else:
                    self.guess(connection, findings)
            except NoAnswer:
                findings.answers["no answer"] += 1
                time.sleep(0.2)

        before = self.parts.processor_times()
        with self.parts.sampled_memory(seconds, findings.memory):
            findings.wall = self.clients.run(act, 10**9, until=time.monotonic() + seconds)
        findings.processor = {part: used - before[part] for part, used in self.parts.processor_times().items()}
        return findings
