"""What the report says about missing inputs: how many, what was filled in, and which analyses were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.cohort import Cohort
from cds.core.finding import Table
from cds.core.model_card import ModelCard
from cds.core.protocol import ValidationProtocol

if TYPE_CHECKING:
    from cds.assembly.imputer import Filled, Imputations

MODEL_RULE, COMPLETE_CASE, IMPUTED = "model_rule", "complete_case", "imputed"
NAMES = {IMPUTED: "multiple imputation", COMPLETE_CASE: "complete cases", MODEL_RULE: "the model's own rule"}
FEWEST_DRAWS = 4  # of a chain's second half, below which it shows nothing
WELL_MIXED = 1.1
HIDDEN = "×"
SMALL = "× Small counts, and what would give them away, are not printed."


def missing_by_input(card: ModelCard, gaps: Mapping[str, BoolArray], *, small: int) -> Table:
    """How many patients lack each input, the commonest first, and how many lack none; not where ``small`` would show.

    A count is not printed where it, or what is left of all patients, lies from 1 to below ``small``.
    """
    order = sorted((name for name in gaps if gaps[name].any()), key=lambda name: -gaps[name].sum())
    n = len(next(iter(gaps.values())))
    counts = {card.feature(name).title: int(gaps[name].sum()) for name in order}
    counts["patients with every input"] = int((~np.any(list(gaps.values()), axis=0)).sum())
    rows = tuple(
        (name, HIDDEN, HIDDEN) if _too_few(count, n, small) else (name, str(count), f"{count / n:.1%}")
        for name, count in counts.items()
    )
    header = ("input", "missing", "of the patients")
    return Table("inputs_missing", "dataquality", "Missing inputs", header, rows, _explained(rows), section="missing")


def _too_few(count: int, total: int, small: int) -> bool:
    """Whether a count, or what it leaves of the total, must not be printed."""
    return 0 < count < small or 0 < total - count < small


def _explained(rows: Sequence[Sequence[str]], note: str = "") -> str:
    """The note, and what × means where a cell holds it."""
    return f"{note} {SMALL}".strip() if any(HIDDEN in row for row in rows) else note


def analyses_table(
    primary: str, found: Mapping[str, tuple[Cohort, ...]], absent: Mapping[str, str], *, small: int
) -> Table:
    """Which analyses were made of the missing inputs, on how many patients, and why one was not.

    Neither few patients are counted, nor so many that they tell of few who were left out.
    """
    rows, most = [], max(len(cohorts[0]) for cohorts in found.values())
    for name in (primary, *(n for n in (IMPUTED, COMPLETE_CASE, MODEL_RULE) if n != primary)):
        told = f"{NAMES[name]} (primary)" if name == primary else NAMES[name]
        if name in found:
            m = len(found[name])
            patients = len(found[name][0])
            few = patients < small or _too_few(patients, most, small)
            rows.append((told, HIDDEN if few else str(patients), str(m) if m > 1 else "–"))
        elif name in absent:
            rows.append((f"{told}: not made, {absent[name]}", "–", "–"))
    note = (
        "Imputation uses the outcome, which nobody has at the bedside: what patients will meet is the model's own rule "
        "for missing inputs. Measures of each analysis stand in the table of the analyses side by side."
    )
    header = ("analysis", "patients", "imputations")
    return Table(
        "missing_input_analyses", "dataquality", "How missing inputs were dealt with", header, tuple(rows),
        _explained(rows, note), section="missing",
    )  # fmt: skip


def diagnostics(made: Imputations, protocol: ValidationProtocol, cohort: Cohort) -> Table:
    """Observed beside imputed values of each input, and whether its chains mixed."""
    rows = tuple(_diagnosed(one, protocol.cohort.small_cell) for one in made.filled)
    settings = protocol.missing_inputs
    note = (
        f"{settings.imputations} imputations of {settings.iterations} iterations. Numbers: chained Bayesian linear "
        "regressions, their parameters drawn once per imputation; categories: drawn classes of a multinomial logistic "
        "regression on a bootstrap sample. Predictors are the inputs, auxiliary columns, groups and the outcome, "
        "without interactions. Imputed values may differ from the observed where missingness depends on what is "
        f"observed. Mixing is the potential scale reduction of the chains' means; above {WELL_MIXED:g} ask for more "
        "iterations."
    )
    if cohort.weights is not None:
        note += " The imputation model does not use the weights."
    header = ("input", "missing", "observed", "imputed", "moved into the range", "mixing")
    return Table(
        "imputation_diagnostics", "dataquality", "Observed and imputed values", header, rows, _explained(rows, note),
        section="missing",
    )  # fmt: skip


def _diagnosed(one: Filled, small: int) -> tuple[str, ...]:
    """One row of the diagnostics: mean (sd) of a number, the share of a category's commonest level.

    Two observed values are known from their mean and sd: few values are not summarised, nor few gaps counted.
    """
    column, feature = one.column, one.column.feature
    seen, title = column.values[~column.missing], column.name if feature is None else feature.title
    mixing = _shown(potential_scale_reduction(one.trace))
    if column.kind == "category":
        commonest = int(np.bincount(seen.astype(np.int64)).argmax())
        level = column.levels[commonest]
        named = level if feature is None or not feature.levels else feature.levels.get(level, level)
        shares = (f"{(values == commonest).mean():.1%}" for values in (seen, one.drawn))
        return _kept_back(one, small, (f"{title}: {named}", str(int(column.imputed.sum())), *shares, "–", mixing))
    cells = (f"{values.mean():.4g} (sd {values.std():.3g})" for values in (seen, one.drawn))
    moved = "no range declared" if feature is None or feature.range is None else f"{one.outside} of {one.drawn.size}"
    return _kept_back(one, small, (title, str(int(column.imputed.sum())), *cells, moved, mixing))


def _kept_back(one: Filled, small: int, row: tuple[str, ...]) -> tuple[str, ...]:
    """The row without what few observed values or few gaps would give away."""
    title, _, observed, imputed, moved, mixing = row
    gaps = int(one.column.imputed.sum())
    total = gaps + int((~one.column.missing).sum())
    if total - gaps < small:
        return (title, HIDDEN, HIDDEN, HIDDEN, HIDDEN, mixing)  # what is imputed from them would show them too
    if gaps < small:
        return (title, HIDDEN, observed, imputed, HIDDEN if " of " in moved else moved, mixing)
    return row


def potential_scale_reduction(trace: FloatArray) -> float | None:
    """√(pooled variance / within) of the chains' second halves, shape (chains, draws); None with too few draws.

    Gelman & Rubin 1992, doi:10.1214/ss/1177011136; 1 where the chains cannot be told apart.
    """
    half = trace[:, trace.shape[1] // 2 :]
    n = half.shape[1] if half.ndim == 2 else 0
    if n < FEWEST_DRAWS or len(half) < 2:
        return None
    within, between = float(half.var(axis=1, ddof=1).mean()), float(half.mean(axis=1).var(ddof=1))
    if within <= 0:
        return None
    return float(np.sqrt(((n - 1) / n * within + between) / within))


def _shown(value: float | None) -> str:
    return "too short to tell" if value is None else f"{value:.2f}"
