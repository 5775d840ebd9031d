"""The simulation's tables as a page."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.fairness_null.simulate import ASKED, SEED, Row

FOLDER = Path(__file__).parent
FILE, CONCLUSIONS = FOLDER / "results.md", FOLDER / "conclusions.md"
LOW, HIGH = 0.03, 0.07


def document(rows: Sequence[Row], ranges: Sequence[Row], pooled: Sequence[Row]) -> str:
    """Conclusions, which are written by hand, then the tables."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas"))
    parts = [
        "# Groups alike in truth",
        CONCLUSIONS.read_text(encoding="utf-8").strip(),
        "## How often a difference is found that is not there",
        f"Four groups of equal size from one mechanism, analytic standard errors, level 95 %, seed {SEED}, Python "
        f"{platform.python_version()}, {packages}. Rejected: Cochran's Q has p < 0.05, or not all three simultaneous "
        "intervals of the gaps with the first group hold 0, or 1 of a ratio (their simultaneous coverage is the rest). "
        f"In brackets the Monte Carlo error. Bold: outside 3–7 %. Events are expected per group.",
        _rejected(rows),
        "## The example not to follow",
        "The largest less the smallest AUROC of four equal groups, with a percentile bootstrap interval, held against "
        "0 (mechanism of the first rows above).",
        _ranges(ranges),
        "## Partial pooling",
        "Normal estimates with known variances and true values with standard deviation τ between groups, both in units "
        "of the variance 1. Held: share of the 95 % intervals that hold the group's true value, in all groups, and in "
        "the group with the largest variance. Error: root mean squared.",
        _pooled(pooled),
    ]
    return "\n\n".join(parts) + "\n"


def _rejected(rows: Sequence[Row]) -> str:
    lines = ["| mechanism | events | measure | method | rejected | held at once |", "|---|---:|---|---|---:|---:|"]
    first = [*ASKED, "any headline measure"]
    order = sorted(rows, key=lambda row: first.index(m) if (m := str(row["measure"])) in first else len(first))
    for row in order:
        share, error = float(str(row["rejected"])), float(str(row["mc_error"]))
        told = f"{100 * share:.1f} % ({100 * error:.1f})"
        held = f"{100 * (1 - share):.1f} %" if "simultaneous" in str(row["method"]) else "–"
        if not LOW <= share <= HIGH and "Holm" not in str(row["method"]):
            told = f"**{told}**"
        lines.append(f"| {row['mechanism']} | {row['events']} | {row['measure']} | {row['method']} | {told} | {held} |")
    return "\n".join(lines)


def _ranges(rows: Sequence[Row]) -> str:
    lines = ["| events | method | runs | 0 outside the interval |", "|---:|---|---:|---:|"]
    lines += [
        f"| {row['events']} | {row['method']} | {row['repetitions']} | {100 * float(str(row['rejected'])):.0f} % |"
        for row in rows
    ]
    return "\n".join(lines)


def _pooled(rows: Sequence[Row]) -> str:
    lines = ["| variances | τ | interval | held | held, least known group | error |", "|---|---:|---|---:|---:|---:|"]
    for row in rows:
        shares = " | ".join(f"{100 * float(str(row[name])):.1f} %" for name in ("held", "held_smallest"))
        error = float(str(row["error"]))
        lines.append(f"| {row['variances']} | {row['tau']:g} | {row['method']} | {shares} | {error:.2f} |")
    return "\n".join(lines)
