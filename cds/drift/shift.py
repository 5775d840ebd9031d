"""Are the patients still those of the development data? Shift of each input, and of the predictions themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import sqrt

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray
from cds.core.errors import InputError
from cds.core.finding import Table
from cds.core.model_card import Feature, InputSummary, level_key
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.study import Study
from cds.drift.by_window import smallest_cell
from cds.drift.windows import Window
from cds.stats.inputs import prepare_inputs
from cds.stats.intervals import weighted_quantiles

LARGE_SMD, LARGE_PSI = 0.25, 0.25
LEAST_CHANGE = 0.005  # of a share of missing values, to be listed
LATEST = 6  # windows that fit beside each other
BINS = 10
SMD_SOURCE = "Austin 2009, doi:10.1002/sim.3697"
PSI_SOURCE = "Yurdakul & Naranjo 2020, doi:10.21314/JRMV.2020.227"


def smd(mean: float, sd: float, other_mean: float, other_sd: float) -> float | None:
    """(mean − other mean) / √((sd² + other sd²)/2); None where neither varies. Austin 2009, doi:10.1002/sim.3697

    >>> smd(6.0, 1.0, 5.0, 1.0)
    1.0
    """
    spread = sqrt((sd**2 + other_sd**2) / 2)
    return (mean - other_mean) / spread if spread > 0 else None


def psi(counts: FloatArray, other: FloatArray) -> float:
    """Population stability index Σ(q − p)·ln(q/p) of two sets of counts over the same bins.

    Where a bin is empty on either side, ½ is added to every bin of both. Twice n₁n₂/(n₁ + n₂) of it is about a χ²
    with bins − 1 degrees of freedom when nothing has changed. Yurdakul & Naranjo 2020, doi:10.21314/JRMV.2020.227

    >>> round(psi(np.array([50.0, 50.0]), np.array([60.0, 40.0])), 4)
    0.0405
    """
    if (counts == 0).any() or (other == 0).any():
        counts, other = counts + 0.5, other + 0.5
    q, p = counts / counts.sum(), other / other.sum()
    return float(((q - p) * np.log(q / p)).sum())


def psi_by_chance(bins: int, n: float, other: float) -> float:
    """What the index would be on average if nothing had changed: (bins − 1)(1/n₁ + 1/n₂)."""
    return (bins - 1) * (1 / n + 1 / other)


def input_shift(study: Study, parts: list[Window]) -> Iterator[Table]:
    """Each input against the card's summary of the development data, in everyone and by window; else a reason."""
    title, name = "Inputs compared with the development data", "drift_inputs"
    development = None if study.card is None else study.card.development
    if study.card is None or development is None or not development.inputs:
        reason = (
            "The predictions came with the data: no model card describes the development data."
            if study.card is None
            else "The model's card holds no summary of its development data (cds registry add --development …)."
        )
        yield Table(name, "drift", title, ("not compared",), ((reason,),))
        return
    try:
        frame = prepare_inputs(study.card, study.cohort.features)
    except InputError:
        yield Table(name, "drift", title, ("not compared",), (("The cohort does not hold the model's inputs.",),))
        return
    shown = [w for w in parts if w.patients >= smallest_cell(study)][-LATEST:]
    everyone = Window("everyone", parts[0].start, np.full(len(frame), True))
    rows = [
        (f.title, what, *(_marked(values[w.label]) for w in (everyone, *shown)))
        for f in study.card.inputs
        if f.name in development.inputs
        for what, values in _of_input(f, frame[f.name], development.inputs[f.name], (everyone, *shown)).items()
    ]
    note = (
        f"Standardised mean difference (SMD, {SMD_SOURCE}) for numbers; population stability index (PSI, {PSI_SOURCE}) "
        "over levels, or over the development data's 5 %, 50 % and 95 % points; 0 is no change, * marks 0.25 and more "
        "either way. A small window shows a PSI above 0 by chance. A share of missing values stands here where it "
        "changed by at least half a percentage point. The latest windows are shown. Rows count alike, "
        "whatever their weight."
    )
    yield Table(
        name, "drift", title, ("input", "measured by", "everyone", *(w.label for w in shown)), tuple(rows), note
    )


def _of_input(
    feature: Feature, values: pd.Series, then: InputSummary, parts: tuple[Window, ...]
) -> dict[str, dict[str, float | None]]:
    """By statistic and window; None where it does not exist."""
    found: dict[str, dict[str, float | None]] = {}
    if then.counts is not None:
        found["PSI"] = {w.label: _psi_of_levels(values[w.rows], then.counts) for w in parts}
    elif then.mean is not None and then.sd is not None:
        found["SMD"] = {w.label: _smd_of(values[w.rows], then.mean, then.sd) for w in parts}
        if feature.type == "number" and _edges(then) is not None:
            found["PSI"] = {w.label: _psi_of_numbers(values[w.rows], then) for w in parts}
    if then.n + then.missing:
        was = then.missing / (then.n + then.missing)
        change = {w.label: float(values[w.rows].isna().mean()) - was if w.rows.any() else None for w in parts}
        if any(c is not None and abs(c) >= LEAST_CHANGE for c in change.values()):
            found["missing, change in share"] = change
    return found


def _smd_of(values: pd.Series, mean: float, sd: float) -> float | None:
    present = values.dropna().to_numpy(dtype=np.float64)
    return smd(float(present.mean()), float(present.std(ddof=1)), mean, sd) if len(present) > 1 else None


def _psi_of_levels(values: pd.Series, counts: Mapping[str, int]) -> float | None:
    now = values.dropna().map(level_key).value_counts()
    levels = [*counts, *(key for key in now.index if key not in counts)]
    if not len(now) or len(levels) < 2:
        return None
    return psi(np.array([float(now.get(k, 0)) for k in levels]), np.array([float(counts.get(k, 0)) for k in levels]))


def _edges(then: InputSummary) -> tuple[float, float, float] | None:
    """The development data's 5 %, 50 % and 95 % points, where they differ: many equal values share no such bins."""
    if then.q05 is None or then.median is None or then.q95 is None:
        return None
    return (then.q05, then.median, then.q95) if then.q05 < then.median < then.q95 else None


def _psi_of_numbers(values: pd.Series, then: InputSummary) -> float | None:
    edges, present = _edges(then), values.dropna().to_numpy(dtype=np.float64)
    if edges is None or not len(present):
        return None
    now = np.bincount(np.searchsorted(edges, present, side="left"), minlength=4).astype(np.float64)
    return psi(now, then.n * np.array([0.05, 0.45, 0.45, 0.05]))


def _marked(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:z.2f} *" if abs(value) >= LARGE_SMD else f"{value:z.2f}"


def score_shift(study: Study, parts: list[Window]) -> Iterator[Table]:
    """Mean prediction and outcome by window, and the predictions' stability against the first window."""
    for category, predicted, observed, what in _scores(study.sample):
        yield _score_table(study, parts, predicted=predicted, observed=observed, what=what, category=category)


def _scores(sample: Sample) -> Iterator[tuple[str | None, FloatArray, FloatArray, str]]:
    if isinstance(sample, BinarySample):
        yield None, sample.risk, sample.outcome, "predicted risk"
    elif isinstance(sample, ContinuousSample):
        yield None, sample.predicted, sample.observed, "predicted value"
    elif isinstance(sample, NominalSample):
        for category in sample.categories:
            part = sample.one_vs_rest(category)
            yield category, part.risk, part.outcome, f"predicted probability of {category}"


def _score_table(
    study: Study,
    parts: list[Window],
    *,
    predicted: FloatArray,
    observed: FloatArray,
    what: str,
    category: str | None,
) -> Table:
    large_enough = [w for w in parts if w.patients >= smallest_cell(study)]
    w = study.sample.weight
    first = large_enough[0] if large_enough else parts[0]
    inner = weighted_quantiles(predicted[first.rows], w[first.rows], np.linspace(0, 1, BINS + 1)[1:-1].tolist())
    place = np.searchsorted(np.unique(inner), predicted, side="left")
    bins = int(place.max()) + 1

    def counts(rows: BoolArray) -> FloatArray:
        return np.bincount(place[rows], w[rows], minlength=bins).astype(np.float64)

    rows = []
    for part in parts:
        if part not in large_enough:
            rows.append((part.label, "0" if not part.patients else f"under {smallest_cell(study)}", *("–",) * 4))
            continue
        means = [float(np.average(v[part.rows], weights=w[part.rows])) for v in (predicted, observed)]
        index, chance = "reference", "–"
        if part is not first and bins > 1:
            index = _marked(psi(counts(part.rows), counts(first.rows)))
            chance = f"{psi_by_chance(bins, part.patients, first.patients):.2f}"
        rows.append((part.label, str(part.patients), f"{means[0]:.3f}", f"{means[1]:.3f}", index, chance))
    note = (
        f"PSI ({PSI_SOURCE}) over tenths of the {what} in the first window; * marks {LARGE_PSI:g} and more. Beside it, "
        "its average were nothing to have changed."
    )
    development = None if study.card is None else study.card.development
    if development is not None and development.outcome_mean is not None and category is None:
        note += f" In the development data the outcome's mean was {development.outcome_mean:.3f}."
    header = ("window", "patients", f"mean {what}", "mean outcome", "PSI against the first window", "by chance")
    title = f"{what[:1].upper()}{what[1:]} by calendar window"
    return Table("drift_scores", "drift", title, header, tuple(rows), note)
