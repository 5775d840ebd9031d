"""Who was randomised to which arm, who was seen, and how alike the arms were before treatment: counts, no p-values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cds.core.arrays import BoolArray, FloatArray
from cds.core.finding import Curve, Table
from cds.core.sample_trial import TrialSample
from cds.core.small_cells import hidden
from cds.longitudinal.trial_written import FAMILY, HIDDEN, counted_as, number
from cds.stats.intervals import t_quantile


def visit_name(sample: TrialSample, j: int) -> str:
    """A column of the outcome in words."""
    return f"at {sample.visits[j]:g} {sample.time_unit}".rstrip() if sample.visits else "at follow-up"


def arms_table(sample: TrialSample, small: int) -> Table:
    """Randomised and seen at each visit, arm by arm, with the mean outcome: who is missing from the analysis."""
    rows, kept_back = [], False
    for k, arm in enumerate(sample.arms):
        inside = sample.inside(k) & (sample.weight > 0)
        randomised = round(float(sample.weight[inside].sum()))
        cells = [arm if k else f"{arm} (control)", str(randomised)]
        for j in range(sample.outcome.shape[1]):
            seen = inside & ~np.isnan(sample.outcome[:, j])
            n = round(float(sample.weight[seen].sum()))
            few = 0 < n < small
            kept_back = kept_back or few
            cells += [counted_as(n, randomised, hide=few), "×" if few else _spread(sample, seen, j)]
        rows.append(tuple(cells))
    header = ["arm", "randomised"]
    for j in range(sample.outcome.shape[1]):
        where = visit_name(sample, j)
        header += [f"outcome known {where}", f"risk {where}" if sample.binary else f"mean (sd) {where}"]
    note = (
        "Intention to treat: everyone stays in the arm as randomised. Those without an outcome are counted here and "
        "take part where they were seen; nobody is moved or left out for what happened after randomisation."
    )
    note += HIDDEN if kept_back else ""
    return Table("trial_arms", FAMILY, "Randomised and followed", tuple(header), tuple(rows), note)


def _spread(sample: TrialSample, rows: BoolArray, j: int) -> str:
    return _mean(sample.outcome[rows, j], sample.weight[rows], share=sample.binary)


def _mean(values: FloatArray, weight: FloatArray, *, share: bool = False) -> str:
    total = float(weight.sum())
    if not total:
        return "–"
    mean = float(weight @ values) / total
    if share:
        return f"{100 * mean:.0f} %"
    spread = float(np.sqrt(weight @ (values - mean) ** 2 / (total - 1))) if total > 1 else 0.0
    return f"{number(mean)} ({number(spread)})"


def baseline_table(sample: TrialSample, groups: Mapping[str, NDArray[np.str_]], small: int) -> Table | None:
    """What was known before randomisation, arm by arm; None where nothing was."""
    rows: list[tuple[str, ...]] = []
    unit = f" ({sample.unit})" if sample.unit else ""
    for name, values in ((f"outcome at baseline{unit}", sample.baseline), ("predicted risk", sample.risk)):
        if values is None:
            continue
        known = ~np.isnan(values)
        cells = []
        for k in range(len(sample.arms)):
            inside = sample.inside(k) & known & (sample.weight > 0)
            few = 0 < float(sample.weight[inside].sum()) < small
            cells.append("×" if few else _mean(values[inside], sample.weight[inside]))
        rows.append((f"{name}, mean (sd)", *cells))
    for name, levels in groups.items():
        for level in np.unique(levels):
            rows.append((f"{name}: {level}", *_level_by_arm(sample, np.asarray(levels == level), small)))
    if not rows:
        return None
    note = (
        "Descriptive. Differences between arms here came about by chance, so no test is made of them; the analysis "
        "adjusts for the baseline and for the covariates of the randomisation whatever this table shows."
    )
    kept_back = any("×" in cell for row in rows for cell in row)
    return Table(
        "trial_baseline", FAMILY, "Before treatment, by arm",
        ("", *(arm if k else f"{arm} (control)" for k, arm in enumerate(sample.arms))), tuple(rows),
        note + (HIDDEN if kept_back else ""),
    )  # fmt: skip


def _level_by_arm(sample: TrialSample, rows: BoolArray, small: int) -> list[str]:
    found = []
    for k in range(len(sample.arms)):
        whole = round(float(sample.weight[sample.inside(k)].sum()))
        part = round(float(sample.weight[sample.inside(k) & rows].sum()))
        found.append(counted_as(part, whole, hide=bool(hidden([part, whole - part], small))))
    return found


def course(sample: TrialSample, level: float, small: int) -> Curve | None:
    """The mean outcome (risk) of each arm at each visit with its interval, the baseline first where its time is known.

    None where the outcome was measured once, or patients are weighted.
    """
    if len(sample.visits) < 2 or sample.weights is not None:
        return None
    columns: dict[str, NDArray[np.float64]] = {"visit": np.array(sample.visits)}
    for k, arm in enumerate(sample.arms):
        cells = [_with_bounds(sample.outcome[sample.inside(k), j], level, small) for j in range(len(sample.visits))]
        mean, low, high = np.array(cells).T
        columns.update({arm: mean, f"{arm} low": low, f"{arm} high": high})
    return Curve(
        "trial_course", FAMILY, "The outcome over the visits, by arm", columns,
        x_label=f"Visit ({sample.time_unit})" if sample.time_unit else "Visit",
        y_label="Risk" if sample.binary else f"Mean outcome ({sample.unit})" if sample.unit else "Mean outcome",
        note="Means of those seen, unadjusted, with intervals of a mean",
        facts={"level": level, "arms": list(sample.arms)},
    )  # fmt: skip


def _with_bounds(values: FloatArray, level: float, small: int) -> tuple[float, float, float]:
    known = values[~np.isnan(values)]
    if len(known) < max(small, 1):
        return float("nan"), float("nan"), float("nan")
    mean = float(known.mean())
    if len(known) < 2:
        return mean, float("nan"), float("nan")
    half = t_quantile(level, len(known) - 1) * float(np.std(known, ddof=1)) / float(np.sqrt(len(known)))
    return mean, mean - half, mean + half
