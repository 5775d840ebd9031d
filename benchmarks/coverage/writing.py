"""Writes results.csv and, for people, results.md: what lies outside 93–97 % is flagged."""

from __future__ import annotations

import csv
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from benchmarks.coverage.simulate import SEED
from benchmarks.coverage.tally import FIELDS
from cds import __version__

FOLDER = Path(__file__).parent
CONCLUSIONS = FOLDER / "conclusions.md"  # by hand: what the numbers say, and what was changed for them
LOW, HIGH = 0.93, 0.97
LIBRARIES = ("numpy", "scipy")


def save(part: str, rows: list[dict[str, object]], folder: Path = FOLDER) -> None:
    """Put a part's rows into results.csv in place of the same ones, and write the table anew."""
    path = folder / "results.csv"
    told = {_key(row): {name: str(row[name]) for name in FIELDS} for row in rows}
    every = [told.pop(_key(row), row) for row in read(folder)]
    every += list(told.values())
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(every)
    (folder / "results.md").write_text(table(every), encoding="utf-8")


def _key(row: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("part", "mechanism", "n", "measure", "method"))


def read(folder: Path = FOLDER) -> list[dict[str, str]]:
    """The rows that are there."""
    path = folder / "results.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def outside(row: dict[str, str]) -> bool:
    """Whether coverage lies outside 93–97 % by more than Monte Carlo error explains (two standard errors)."""
    if row["quantity"] != "coverage" or row["coverage"] in ("", "nan"):
        return False
    value, error = float(row["coverage"]), float(row["monte_carlo_error"])
    return value < LOW - 2 * error or value > HIGH + 2 * error


def table(rows: list[dict[str, str]]) -> str:
    """The study as Markdown: coverage by size in columns, a line per measure, method and mechanism."""
    told = ", ".join([f"cds {__version__}", *(f"{name} {version(name)}" for name in LIBRARIES)])
    lines = [
        "# Do the intervals cover?",
        "",
        "Written by `python -m benchmarks.coverage`; the plan (ADEMP) is in `benchmarks/coverage/__init__.py`, every "
        "number with its misses and widths in `results.csv`.",
        f"Nominal level 95 %. Seed {SEED}; Python {platform.python_version()}, {told}.",
        "",
        CONCLUSIONS.read_text(encoding="utf-8").strip(),
        "",
        "## How to read the tables",
        "",
        "Each cell: coverage in % ± Monte Carlo standard error; `(x % none)` where some repetitions gave no interval. "
        "**Bold**: outside 93–97 % by more than two Monte Carlo errors.",
    ]
    for part in dict.fromkeys(row["part"] for row in rows):
        mine = [row for row in rows if row["part"] == part]
        lines += ["", f"## {part.capitalize()}", ""]
        if mine[0]["quantity"] != "coverage":
            lines += [f"Here each cell is the {mine[0]['quantity']} in % when the risks are perfectly calibrated.", ""]
        sizes = sorted({int(row["n"]) for row in mine})
        columns = ["measure", "method", "mechanism", *(f"n = {n:,}" for n in sizes)]
        lines += [_line(columns), _line(["---"] * len(columns))]
        keys = dict.fromkeys((row["measure"], row["method"], row["mechanism"]) for row in mine)
        for key in sorted(keys, key=lambda k: (list(dict.fromkeys(a[0] for a in keys)).index(k[0]), k[1], k[2])):
            cells = []
            for n in sizes:
                found = [r for r in mine if (r["measure"], r["method"], r["mechanism"]) == key and int(r["n"]) == n]
                cells.append(_cell(found[0]) if found else "")
            lines.append(_line([*key, *cells]))
    return "\n".join(lines) + "\n"


def _cell(row: dict[str, str]) -> str:
    if row["coverage"] in ("", "nan"):
        return "no interval"
    shown = f"{100 * float(row['coverage']):.1f} ± {100 * float(row['monte_carlo_error']):.1f}"
    shown = f"**{shown}**" if outside(row) else shown
    none = float(row["not_estimable"])
    return shown + (f" ({100 * none:.1f} % none)" if none else "")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
