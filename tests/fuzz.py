"""Mutants of every format for as long as one likes: `python -m tests.fuzz --minutes 30 --seed 1`."""

import argparse
import sys
import time
from collections import defaultdict
from itertools import count

from tests.hostile.seeds import COSTLY, FILES
from tests.hostile.trial import Outcome
from tests.hostile.trying import tried

ROUND = 500
"""Mutants of each file in one round; of those that take long, a fifth."""
APART = 10_000_000
"""Numbers between two seeds: no mutant is tried under both."""


def fuzz(minutes: float, seed: int) -> dict[str, Outcome]:
    """What became of the mutants of every file, round by round until the time is up."""
    total: dict[str, Outcome] = defaultdict(Outcome)
    end = time.monotonic() + 60 * minutes
    for turn in count():
        for name in FILES:
            if time.monotonic() > end:
                return total
            size = ROUND // 5 if name in COSTLY else ROUND
            for found, outcome in tried([(name, seed * APART + turn * size, size)]).items():
                add(total[found], outcome)
    return total


def add(total: Outcome, outcome: Outcome) -> None:
    """One more round."""
    total.tried, total.read = total.tried + outcome.tried, total.read + outcome.read
    total.refused, total.faults = total.refused + outcome.refused, total.faults + outcome.faults
    total.slowest, total.peak = max(total.slowest, outcome.slowest), max(total.peak, outcome.peak)


def main() -> int:
    """Print a table, and every fault; the exit code is 1 when there was one."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--minutes", type=float, default=30)
    said.add_argument("--seed", type=int, default=1)
    chosen = said.parse_args()
    print("| made of | tried | read | refused | slowest, s | grown by, MiB |\n| --- | --- | --- | --- | --- | --- |")
    faults: list[str] = []
    for name, one in fuzz(chosen.minutes, chosen.seed).items():
        print(f"| {name} | {one.tried} | {one.read} | {one.refused} | {one.slowest:.2f} | {one.peak:.0f} |")
        faults += one.faults
    print("\n".join(faults) or "No crash, no hang, nothing but frames and sentences.")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
