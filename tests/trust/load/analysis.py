"""What a phase measured, and which answers are wrong."""

from collections import Counter
from dataclasses import dataclass, field

from tests.trust.load.client import Answer

TARGETS = {"verifications a second": 271, "verification p99 ms": 59, "certificate p95 ms": 697}
"""The published figures of DIVOC; see docs/trust.md."""
EXPECTED = {
    "request 201",
    "transcript 200",
    "certificate 200",
    "certificate 201",
    "verification 200",
    "wrong verification 404",
}
"""Kinds of requests and the statuses with which a service without faults answers them."""


@dataclass
class Findings:
    """The answers of one phase, their latencies, and what the machine spent on them."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    """Latencies by kind of request."""
    answers: Counter[str] = field(default_factory=Counter)
    """How many answers had which status, as `kind status`."""
    wrong: list[str] = field(default_factory=list)
    """Answers that contradict what was acknowledged."""
    wall: float = 0.0
    """Seconds that the phase took."""
    processor: dict[str, float] = field(default_factory=dict)
    """Seconds of processor used, by part; `others` is what else ran on this machine."""
    memory: list[tuple[float, list[int]]] = field(default_factory=list)
    """Seconds since the phase began, and the megabytes of the workers and the database then."""

    @property
    def errors(self) -> dict[str, int]:
        """Answers that a phase without faults must not meet."""
        return {answer: times for answer, times in self.answers.items() if answer not in EXPECTED}

    def add(self, kind: str, answer: Answer) -> None:
        """Counts an answer and its latency."""
        self.seconds.setdefault(kind, []).append(answer.seconds)
        self.answers[f"{kind} {answer.status}"] += 1

    def quantile(self, kind: str, share: float) -> float:
        """Milliseconds within which that share of the answers came."""
        ordered = sorted(self.seconds[kind])
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def may_be(status: str) -> bool:
    """Whether a verification may answer with that status: all certificates of a student say the same in a load, and a
    certificate is superseded only by one that says something else (rule 7).
    """
    return status == "valid"
