"""``python -m benchmarks.coverage [--quick] [--out DIR] [PART ...]``: run the study, or the named parts of it."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.coverage.parts import PARTS
from benchmarks.coverage.simulate import QUICK, Effort
from benchmarks.coverage.writing import FOLDER, save


def main(arguments: list[str]) -> int:
    """Run and save part after part."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="few repetitions, to see that it runs")
    parser.add_argument("--out", type=Path, help="folder of the results; with --quick it must be given")
    parser.add_argument("--measure", action="append", help="only this measure of the parts, the others' rows stay")
    given = parser.parse_args(arguments)
    unknown = [part for part in given.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {unknown[0]!r}; there are: {', '.join(PARTS)}")
    if given.quick and given.out is None:
        parser.error("--quick needs --out DIR, so that the committed results stay")
    for part in given.parts or PARTS:
        started = time.monotonic()
        with threadpool_limits(limits=1):
            effort = QUICK if given.quick else Effort()
            rows = list(PARTS[part](replace(effort, only=tuple(given.measure or ()))))
        save(part, rows, given.out or FOLDER)
        print(f"{part}: {len(rows)} rows in {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
