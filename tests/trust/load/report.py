"""What is printed of a measurement."""

import os

from tests.trust.load.analysis import TARGETS, Findings


def phase(title: str, findings: Findings) -> None:
    """Prints the latencies, the answers, the cores used and the memory of a phase."""
    print(f"\n{title}: {findings.wall:.1f} s")
    for kind, seconds in findings.seconds.items():
        quantiles = ", ".join(f"p{int(100 * q)} {findings.quantile(kind, q):.1f}" for q in (0.5, 0.95, 0.99))
        print(f"  {kind}: {len(seconds)}, {len(seconds) / findings.wall:.0f} a second; {quantiles} ms")
    print(f"  answers: {dict(sorted(findings.answers.items()))}; wrong answers: {len(findings.wrong)}")
    for wrong in findings.wrong[:5]:
        print(f"    {wrong}")
    if findings.processor:
        cores = {part: seconds / findings.wall for part, seconds in findings.processor.items()}
        print(f"  cores used, of {os.cpu_count()}: {', '.join(f'{part} {used:.2f}' for part, used in cores.items())}")
    for moment, megabytes in findings.memory:
        print(f"  after {moment:4.0f} s, MB of the workers and the database: {megabytes}")


def processor_time_of_one(findings: Findings, count: int) -> None:
    """Prints the processor time of one of `count` requests, by part."""
    spent = {part: 1000 * seconds / count for part, seconds in findings.processor.items()}
    print(f"  processor time of one: {', '.join(f'{name} {ms:.2f} ms' for name, ms in spent.items())}")


def against_target(name: str, measured: float, *, at_least: bool) -> bool:
    """Prints a figure beside its target; whether it met it."""
    target = TARGETS[name]
    met = measured >= target if at_least else measured < target
    print(f"  {'met    ' if met else 'NOT met'}  {name}: {measured:.0f}, target {'≥' if at_least else '<'} {target}")
    return met


def errors(phases: list[Findings]) -> bool:
    """Prints the answers that failed in any phase; whether there were any."""
    found = [phase.errors for phase in phases if phase.errors]
    print(f"\nanswers that failed: {found or 'none'}; load average {os.getloadavg()}")
    return bool(found)


def audit(acknowledged: int, faults: list[str]) -> None:
    """Prints what the audit found."""
    print(f"\naudit of {acknowledged} acknowledged certificates: {len(faults)} faults")
    for fault in faults[:10]:
        print(f"  {fault}")
