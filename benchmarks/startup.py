"""How fast ``cds --help`` answers, beside an interpreter that only imports argparse, and one that imports pandas."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.printing import figure

RUNS = 7


def best_of(command: list[str]) -> float:
    """Shortest wall time of several runs."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    """Print the figure."""
    figure(
        "cds --help",
        seconds=best_of([sys.executable, "-m", "cds", "--help"]),
        peer="python -c 'import pandas', what an eager command line pays first",
        peer_seconds=best_of([sys.executable, "-c", "import pandas"]),
        target="<= 0.4 s",
        bare_interpreter_seconds=round(best_of([sys.executable, "-c", "import argparse"]), 3),
    )


if __name__ == "__main__":
    main()
