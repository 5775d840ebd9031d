"""Patients who share every input and the outcome, more often than chance would have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cds.core.arrays import IntArray
from cds.core.finding import Finding, Severity
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.dataquality.columns import coded_inputs, coded_outcome, first_rows
from cds.dataquality.counts import counted, of_rows

UNLIKELY = 0.02  # the chance that two patients who agree on all else agree on the columns set apart too
NEARLY_ALL = 0.8  # of those who agree on all else, who agree on the columns set apart too
LEVEL = 0.001
MOST_APART = 8
MOST_COMPARED = 12
MANY = 0.05
DUPLICATES = DataCheck(
    code="DQ016",
    name="patients_alike_in_everything",
    what="Different patients who share every input and the outcome, more often than chance: of the pairs that agree on "
    "all other columns at least 80 % agree on the most telling columns too, where at most 2 % would by chance (an "
    "exact binomial test at 0.001; the chance is learnt from pairs that differ elsewhere, so that inputs that go "
    "together do not count as copies) (warning; blocking above 5 % of the patients). Of a patient with several rows "
    "the first is compared.",
    source="Kahn et al., eGEMs 2016, uniqueness plausibility, doi:10.13063/2327-9214.1244; the comparison with pairs "
    "that differ in one other column is this program's own",
)
Hash = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows as sums of a random number per level and column: a column is left out by subtraction."""

    whole: Hash
    columns: Mapping[str, Hash]

    @classmethod
    def of(cls, codes: Mapping[str, IntArray]) -> _Rows:
        rng = np.random.default_rng(20160911)  # the numbers do not matter, only that they differ
        columns = {}
        for name, code in codes.items():
            drawn = rng.integers(0, 2**64, size=int(code.max()) + 2, dtype=np.uint64)
            columns[name] = drawn[code]  # a missing value has code −1, the last entry
        return cls(_summed(columns.values()), columns)

    def without(self, names: Sequence[str]) -> Hash:
        """The rows' numbers without these columns."""
        return self.whole - _summed(self.columns[name] for name in names)

    def pairs(self, *names: str) -> int:
        """How many pairs of rows agree on everything but these columns, which may differ."""
        return _pairs(self.without(names) if names else self.whole)


def _summed(columns: Iterable[Hash]) -> Hash:
    return np.asarray(np.sum(list(columns), axis=0, dtype=np.uint64))


def _pairs(values: Hash) -> int:
    _, counts = np.unique(values, return_counts=True)
    return int((counts.astype(np.int64) * (counts - 1) // 2).sum())


def duplicates(study: Study) -> Iterator[Finding]:
    """A fault where patients are copies of each other; a clear row where none is, or the inputs cannot tell."""
    if study.card is None:
        yield DUPLICATES.not_run(NO_CARD)
        return
    rows = first_rows(study)
    codes = {
        name: np.unique(code[rows], return_inverse=True)[1] - (code[rows].min() < 0)
        for name, code in (coded_inputs(study, totals=False) | coded_outcome(study.cohort.outcome)).items()
    }
    codes = {name: code for name, code in codes.items() if len(np.unique(code)) > 1}
    if len(rows) < 2 or len(codes) < 2:
        yield DUPLICATES.clear({"patients": len(rows), "columns": len(codes)})
        return
    hashed = _Rows.of(codes)
    _, inverse, counts = np.unique(hashed.whole, return_inverse=True, return_counts=True)
    alike = int((counts[inverse] > 1).sum())
    small = study.small_cell
    details: dict[str, object] = {"patients": len(rows), "alike": counted(alike, small), "columns": len(codes)}
    chance = _chance(hashed, codes) if alike else None
    if chance is None:
        yield DUPLICATES.clear(details)
        return
    severity: Severity = "blocking" if alike > MANY * len(rows) else "warning"
    told = "fewer than 1" if chance < 1 else f"about {chance:.0f}"
    sentence = (
        f"{of_rows(alike, len(rows), small, 'patients').capitalize()} share all {len(codes)} columns compared (inputs "
        f"and outcome) with another patient; chance would make {told} such pairs. Likely cause: patients entered twice "
        "under two names, or rows copied. Keep one row of each: copies make every interval too narrow."
    )
    yield DUPLICATES.fault(severity, sentence, details)


def _chance(rows: _Rows, codes: Mapping[str, IntArray]) -> float | None:
    """How many pairs alike in everything chance would make, where there are clearly more; None where there are not.

    Columns are set apart, the most telling first, until two patients who agree on all others would hardly agree on
    them. With columns that take few values that point is not reached, and nothing is claimed.
    """
    from scipy.stats import binom

    order = sorted(codes, key=lambda name: _agreement(codes[name]))
    alike, apart, chance = rows.pairs(), list[str](), 1.0
    for name in order[: min(MOST_APART, len(order) - 1)]:
        chance *= _conditional(rows, name, order, _agreement(codes[name]), alike)
        apart.append(name)
        if chance <= UNLIKELY:
            near = rows.pairs(*apart)
            improbable = float(binom.sf(alike - 1, near, chance)) < LEVEL / MOST_APART
            if improbable and alike >= NEARLY_ALL * near:
                return near * chance
    return None


def _agreement(code: IntArray) -> float:
    """The share of all pairs of patients who agree on a column."""
    counts, n = np.unique(code, return_counts=True)[1], len(code)
    return float((counts * (counts - 1.0)).sum() / (n * (n - 1.0)))


def _conditional(rows: _Rows, name: str, order: Sequence[str], marginal: float, alike: int) -> float:
    """How often pairs agree on a column that agree on all others but one, in which they differ; at least as by chance.

    Copies differ in none, so that they do not raise it; inputs that go together do.
    """
    agreeing = differing = 0
    without = rows.pairs(name)
    for other in [o for o in order if o != name][:MOST_COMPARED]:
        agreeing += rows.pairs(other) - alike
        differing += rows.pairs(name, other) - without
    return max(marginal, agreeing / differing) if differing else marginal
