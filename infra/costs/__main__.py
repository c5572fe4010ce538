"""The page of costs and limits: `python -m infra.costs` prints the tables of docs/cost.md."""

import sys

from infra.costs.report import report

if __name__ == "__main__":
    sys.stdout.write("\n".join(report()) + "\n")
