"""``python -m benchmarks.fairness_null [--quick] [--out FILE]``: run the simulation and write its tables."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.fairness_null.simulate import EVENTS, MECHANISMS, largest_less_smallest, partial_pooling, rejections
from benchmarks.fairness_null.writing import FILE, document

REPETITIONS, QUICK = 1000, 20
RUNS_OF_RANGE, REPLICATES = 60, 199


def main(arguments: list[str]) -> int:
    """Run and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fairness_null", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repetitions, to see that it runs")
    parser.add_argument("--out", type=Path, help="the file to write; with --quick it must be given")
    given = parser.parse_args(arguments)
    if given.quick and given.out is None:
        parser.error("--quick needs --out FILE, so that the committed results stay")
    started, repetitions = time.monotonic(), QUICK if given.quick else REPETITIONS
    with threadpool_limits(limits=1):
        rows = [
            row
            for key, mechanism in enumerate(MECHANISMS)
            for events in EVENTS
            for row in rejections(mechanism, events, repetitions, key=key)
        ]
        runs = 2 if given.quick else RUNS_OF_RANGE
        ranges = [row for events in EVENTS for row in largest_less_smallest(MECHANISMS[0], events, runs, REPLICATES)]
        pooled = list(partial_pooling(repetitions))
    (given.out or FILE).write_text(document(rows, ranges, pooled), encoding="utf-8")
    print(f"{len(rows) + len(ranges) + len(pooled)} rows in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
