"""Run the simulations, print the table; exit code 1 where a share is out of its range by over two standard errors."""

import argparse
import sys

from benchmarks.simulations import comparisons, coverage
from benchmarks.simulations.table import HEADER

TABLES = {"coverage": coverage.table, "comparisons": comparisons.table}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=TABLES, help="one of the two tables")
    parser.add_argument("--quick", action="store_true", help="fewer settings, 1,000 simulations each")
    asked = parser.parse_args()
    print(HEADER)
    held = True
    for name in [asked.only] if asked.only else TABLES:
        for row in TABLES[name](quick=asked.quick):
            print(row.line(), flush=True)
            held &= row.holds != "NO"
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
