"""Time and memory of a bootstrap from 10,000 to a million rows: both should grow with the rows, not faster.

Writes ``scaling.csv`` and ``scaling.svg`` beside this file.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.printing import figure
from cds.core.arrays import FloatArray
from cds.report.drawing import ACCENT, Board, Frame, Scale, ticks

HERE = Path(__file__).parent
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
REPLICATES = 40


def one(rows: int) -> dict[str, float]:
    """Seconds and peak gigabytes of the core measures with replicates, in this process alone."""
    from benchmarks import large_cohort
    from benchmarks.large_groups import plan_of
    from cds.stats.resampling import bootstrap

    large_cohort.PATIENTS = rows
    outcome, risk = large_cohort.cohort()
    started = time.perf_counter()
    bootstrap(plan_of(outcome, risk, {}), replicates=REPLICATES, seed=1, jobs=1)
    return {"rows": rows, "seconds": time.perf_counter() - started, "gigabytes": large_cohort.peak_gigabytes()}


def exponent(rows: FloatArray, values: FloatArray) -> float:
    """The power of the rows with which the values grow: the slope on logarithmic scales."""
    return float(np.polyfit(np.log(rows), np.log(values), 1)[0])


def plot(found: list[dict[str, float]]) -> str:
    """Seconds and gigabytes over rows, as SVG; straight lines are linear growth."""
    board = Board(700, 300)
    rows = np.array([r["rows"] for r in found]) / 1000
    for left, key, label in ((60, "seconds", "Seconds"), (410, "gigabytes", "Peak memory in gigabytes")):
        values = np.array([r[key] for r in found])
        marks = ticks(0, float(values.max()) * 1.1)
        top = max(marks[-1], float(values.max()))
        frame = Frame(board, Scale(0, 1000, left, left + 270), Scale(0, top, 250, 20))
        frame.axes(x_ticks=(0, 250, 500, 750, 1000), y_ticks=marks, x_label="Thousand rows", y_label=label)
        frame.line(rows, values, width=2, stroke=ACCENT)
        for x, y in zip(rows, values, strict=True):
            board.marker(frame.x.at(x), frame.y.at(y))
    words = f"Seconds and peak memory of {REPLICATES} replicates of six measures from 10,000 to a million rows."
    return board.finish(words)


def main() -> None:
    """Measure each size in a process of its own; print the growth and write table and plot."""
    found = []
    for rows in SIZES:
        command = [sys.executable, "-m", "benchmarks.scaling", str(rows)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found.append(json.loads(done.stdout))
    with (HERE / "scaling.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["rows", "seconds", "gigabytes"])
        writer.writeheader()
        writer.writerows({k: f"{v:.4g}" if k != "rows" else int(v) for k, v in r.items()} for r in found)
    (HERE / "scaling.svg").write_text(plot(found) + "\n", encoding="utf-8")
    rows = np.array([r["rows"] for r in found], dtype=float)
    large = rows >= 100_000
    time_power = exponent(rows[large], np.array([r["seconds"] for r in found])[large])
    memory_power = exponent(rows[large], np.array([r["gigabytes"] for r in found])[large])
    figure(
        f"{REPLICATES} replicates of six measures at a million rows",
        seconds=found[-1]["seconds"],
        peer="the same at 100,000 rows, times ten",
        peer_seconds=10 * found[2]["seconds"],
        target="time and memory grow linearly",
        gigabytes=round(found[-1]["gigabytes"], 2),
        time_grows_with_rows_to_the_power=round(time_power, 2),
        memory_grows_with_rows_to_the_power=round(memory_power, 2),
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one(int(sys.argv[1]))))
    else:
        main()
