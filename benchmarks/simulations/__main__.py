"""Run the simulations and print the table; exit code 1 where a share lies outside its range."""

import argparse
import sys

from benchmarks.simulations import comparisons, coverage
from benchmarks.simulations.table import HEADER

TABLES = {"coverage": coverage.table, "comparisons": comparisons.table}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", choices=[*TABLES, []], help="which; both without a name")
    parser.add_argument("--quick", action="store_true", help="fewer settings, 1,000 simulations each")
    asked = parser.parse_args()
    print(HEADER)
    held = True
    for name in asked.tables or TABLES:
        for row in TABLES[name](quick=asked.quick):
            print(row.line(), flush=True)
            held &= row.holds
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
