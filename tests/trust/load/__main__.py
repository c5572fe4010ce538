"""The command `python -m tests.trust.load`."""

import argparse
import sys

from tests import dynamodb_local
from tests.trust import load
from tests.trust.load import report
from tests.trust.load.against import compare
from tests.trust.load.runs import Size, measure, outage


def main() -> None:
    """Measures, then runs the outage; ends with 0 if every figure met its target and nothing was wrong."""
    parser = argparse.ArgumentParser(description=load.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verifications", type=int, default=20_000)
    parser.add_argument("--certificates", type=int, default=1_000)
    parser.add_argument("--mix", type=float, default=60, help="seconds")
    parser.add_argument("--soak", type=float, default=0, help="seconds")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--clients", type=int, default=7)
    parser.add_argument("--students", type=int, default=2_000)
    parser.add_argument("--outage", type=float, default=30, help="seconds; 0 leaves it out")
    parser.add_argument("--against", metavar="COMMIT", help="verifications alone, in turns with an earlier commit")
    chosen = vars(parser.parse_args())
    commit, seconds = chosen.pop("against"), chosen.pop("outage")
    if commit:
        chosen |= {"mix": 0, "soak": 0}
        sys.exit(not compare(commit, [word for name, value in chosen.items() for word in (f"--{name}", str(value))]))
    try:
        well = measure(Size(**chosen))
        if seconds:
            findings, faults = outage(seconds, workers=chosen["workers"], clients=chosen["clients"])
            report.phase("the mix while a worker is killed and then the database ends", findings)
            unexpected = {answer for answer in findings.errors if answer.split()[-1] not in ("503", "answer", "outage")}
            print(f"answers beside 'try again' and none at all: {unexpected or 'none'}")
            well = well and not faults and not findings.wrong and not unexpected
        sys.exit(0 if well else 1)
    except dynamodb_local.Unavailable as unavailable:
        sys.exit(str(unavailable))


if __name__ == "__main__":
    main()
