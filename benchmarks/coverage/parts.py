"""The parts of the study by name; each gives its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from benchmarks.coverage import combined, corrected, distances, paired, simultaneous, weighted
from benchmarks.coverage.mechanisms import BINARY, CONTINUOUS, NOMINAL, ORDINAL, SIZES, Mechanism
from benchmarks.coverage.simulate import Effort, coverage_of
from cds import catalog

Rows = Iterator[dict[str, object]]


def _kind(part: str, kind: str, mechanisms: tuple[Mechanism, ...], place: int) -> Callable[[Effort], Rows]:
    """A part that simulates one kind of outcome.

    Of several classes only the measures of their own, at 100 and 500 patients and with a quarter of the bootstraps:
    those of one category against the rest are the binary ones.
    """
    classes = kind in ("nominal", "ordinal")

    def rows(effort: Effort) -> Rows:
        given = replace(effort, bootstrap=effort.bootstrap // 4) if classes else effort
        apart = set(catalog.measures("binary")) - {"brier", "log_loss"} if classes else set()
        measures = {name: measure for name, measure in catalog.measures(kind).items() if name not in apart}
        for m, mechanism in enumerate(mechanisms):
            for n in SIZES[:2] if classes else SIZES:
                yield from coverage_of(part, mechanism, n, measures, given, key=(place, m))

    return rows


PARTS: dict[str, Callable[[Effort], Rows]] = {
    "binary": _kind("binary", "binary", BINARY, 1),
    "distances": distances.rows,
    "continuous": _kind("continuous", "continuous", CONTINUOUS, 2),
    "nominal": _kind("nominal", "nominal", NOMINAL, 3),
    "ordinal": _kind("ordinal", "ordinal", ORDINAL, 4),
    "gaps": combined.gap_rows,
    "sites": combined.site_rows,
    "imputations": combined.imputed_rows,
    "optimism": corrected.rows,
    "simultaneous": simultaneous.rows,
    "weighted": weighted.rows,
    "paired": paired.rows,
}
