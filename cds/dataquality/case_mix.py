"""Case mix: how these patients differ from those of the development data, and what that does to discrimination."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import InputError
from cds.core.finding import Finding, Table
from cds.core.measure import NotEstimable
from cds.core.model_card import Feature, InputSummary, level_key
from cds.core.study import Study
from cds.dataquality.attribution import table_rows, told_of_concordance
from cds.dataquality.check import NO_CARD, DataCheck
from cds.dataquality.columns import first_rows
from cds.dataquality.implied import Predicted, implied_finding, predicted
from cds.stats.inputs import prepare_inputs
from cds.stats.standardised_difference import of_means, of_shares

FAR = 0.5  # standard deviations
NARROWER = 2 / 3  # of the linear predictor's spread in development
CLEARLY = 2.58  # standard errors
SHOWN = 3  # inputs that the sentence names
HIDDEN = "×"
CASE_MIX = DataCheck(
    code="DQ022",
    name="case_mix",
    what="Patients against the card's development summary: an input more than half a standard deviation away (a "
    "number's mean over the development sd, a category's shares by √Σ(p − q)²/p̄), or a linear predictor that spreads "
    "less than two thirds as much, either beyond 2.58 standard errors (warning); an observed C-statistic below that of "
    "development, the claimed one, or the one that the model's own risks imply here, laid to case mix or to the model "
    "(info).",
    source="van Klaveren et al. 2016, doi:10.1002/sim.6997; Debray et al. 2015, doi:10.1016/j.jclinepi.2014.06.018",
)


@dataclass(frozen=True)
class _Compared:
    """One input against development: both in words, and how far they differ (NaN where that is not known)."""

    feature: Feature
    development: str
    here: str
    difference: float
    se: float
    signed: bool = True

    @property
    def far(self) -> bool:
        """Whether it differs by more than half a standard deviation, and by more than chance."""
        return abs(self.difference) > max(FAR, CLEARLY * self.se)


def case_mix(study: Study) -> Iterator[Finding | Table]:
    """Faults, the implied concordance beside the observed one, and a table; a clear row where nothing is remarkable."""
    if not study.sample.shows_prevalence:
        yield CASE_MIX.not_run("a case-control sample whose prevalence is not declared was chosen by its outcome")
        return
    views = predicted(study)
    yield from (finding for view in views if (finding := implied_finding(study, view)) is not None)
    if study.card is None:
        yield CASE_MIX.not_run(NO_CARD)
        return
    if study.card.development is None:
        yield from _table(study, [], views)
        yield CASE_MIX.not_run("the card holds no summary of the development data: register the model with them")
        return
    compared = _inputs(study)
    if isinstance(compared, NotEstimable):
        yield CASE_MIX.not_run(compared.reason)
        return
    yield from _table(study, compared, views)
    found = [*_far_inputs(compared), *_narrower(views), *_concordance(views)]
    yield from found or [CASE_MIX.clear({"inputs_compared": len(compared), "predictions_compared": len(views)})]


def _inputs(study: Study) -> list[_Compared] | NotEstimable:
    """Each input with a summary, as the model is given it, in the first row of each patient."""
    if study.card is None or study.card.development is None:
        return []
    try:
        prepared = prepare_inputs(study.card, study.cohort.features)
    except InputError:
        return NotEstimable("the inputs are not as the card declares them")
    rows = first_rows(study)
    sample, cohort = study.sample, study.cohort
    weight = sample.weight if len(sample) == len(cohort) else np.ones(len(cohort))
    found = []
    for feature in study.card.inputs:
        summary = study.card.development.inputs.get(feature.name)
        if summary is not None and feature.name in cohort.features:
            one = _compare(study, feature, summary, (prepared[feature.name].iloc[rows], weight[rows]))
            found += [] if one is None else [one]
    return found


def _compare(
    study: Study, feature: Feature, summary: InputSummary, weighed: tuple[pd.Series, FloatArray]
) -> _Compared | None:
    """Values with their weights against the summary of the same input."""
    here, weight = weighed
    known = here.notna().to_numpy(dtype=bool) & (weight > 0)
    values, w = here[known], weight[known]
    if not len(values) or not summary.n:
        return None
    effective = float(w.sum() ** 2 / (w @ w))
    se = float(np.sqrt(1 / effective + 1 / summary.n))
    small = len(values) < study.small_cell
    if summary.counts:
        return _shares(study, feature, summary.counts, (values, w), se)
    if summary.mean is None or summary.sd is None:
        return None
    numbers = values.to_numpy(dtype=np.float64)
    mean = float(w @ numbers / w.sum())
    sd = float(np.sqrt(w @ (numbers - mean) ** 2 / w.sum()))
    told = HIDDEN if small else f"{mean:.3g} (sd {sd:.2g})"
    return _Compared(
        feature, f"{summary.mean:.3g} (sd {summary.sd:.2g})", told, of_means(mean, summary.mean, summary.sd), se
    )


def _shares(
    study: Study, feature: Feature, counts: dict[str, int], weighed: tuple[pd.Series, FloatArray], se: float
) -> _Compared:
    """The level whose share differs most stands for the input; levels of few patients here are not named."""
    values, weight = weighed
    keys = values.map(level_key).to_numpy(dtype=object)
    here = {str(key): float(weight[keys == key].sum()) for key in pd.unique(keys)}
    rows = {key: int((keys == key).sum()) for key in here}
    p = {key: count / sum(here.values()) for key, count in here.items()}
    q = {key: count / sum(counts.values()) for key, count in counts.items()}
    fewest = study.small_cell
    printable = [
        key for key in {*p, *q} if not 0 < rows.get(key, 0) < fewest and not 0 < len(values) - rows.get(key, 0) < fewest
    ]
    difference = of_shares(p, q)
    if not printable:
        return _Compared(feature, "by level", HIDDEN, difference, se, signed=False)
    most = max(sorted(printable), key=lambda key: abs(p.get(key, 0) - q.get(key, 0)))
    name = feature.shown(most)
    return _Compared(
        feature, f"{name}: {q.get(most, 0):.0%}", f"{name}: {p.get(most, 0):.0%}", difference, se, signed=False
    )


def _far_inputs(compared: list[_Compared]) -> Iterator[Finding]:
    far = sorted((one for one in compared if one.far), key=lambda one: -abs(one.difference))
    if not far:
        return
    named = "; ".join(f"{o.feature.title}: {o.here} here, {o.development} in development" for o in far[:SHOWN])
    more = f" (the first {SHOWN} of them)" if len(far) > SHOWN else ""
    sentence = (
        f"{len(far)} of {len(compared)} inputs lie more than half a standard deviation from development{more}: "
        f"{named}. If these are the patients whom the protocol means, the model meets others than it learned from; if "
        "not, look at the coding and units of these inputs first."
    )
    details = {one.feature.name: one.difference if isfinite(one.difference) else None for one in far}
    yield CASE_MIX.fault("warning", sentence, {"standardised_differences": details})


def _narrower(views: tuple[Predicted, ...]) -> Iterator[Finding]:
    """A linear predictor (of a number the prediction itself) that spreads a third less than in development."""
    for view in views:
        here, then = view.spread, view.development_spread
        if here is None or not then or view.development is None:
            continue
        se = float(np.sqrt(1 / (2 * view.rows) + 1 / (2 * max(view.development.n, 1))))
        if here / then >= NARROWER or (here > 0 and np.log(here / then) > -CLEARLY * se):
            continue
        sentence = (
            f"The {view.what_spreads}{view.about} spreads less here (sd {here:.2f}) than in development (sd "
            f"{then:.2f}): these patients are more alike, so that the model can tell them apart less; a lower "
            "C-statistic, or R², is to be expected of a model that is right. An overfitted one spreads its predictions "
            "more in its own development data."
        )
        yield CASE_MIX.fault("warning", sentence, {"sd": here, "development_sd": then})


def _concordance(views: tuple[Predicted, ...]) -> Iterator[Finding]:
    for view in views:
        told = told_of_concordance(view)
        if told is not None:
            yield CASE_MIX.fault("info", told.sentence, told.details)


def _table(study: Study, compared: list[_Compared], views: tuple[Predicted, ...]) -> Iterator[Table]:
    rows = [(one.feature.title, one.development, one.here, _printed(one)) for one in compared]
    rows += [row for view in views for row in table_rows(view, hide=len(study.sample) < study.small_cell)]
    if not rows:
        return
    note = (
        "Standardised differences: of a number's mean, over the sd in development; of a category's shares, of which "
        "the level that differs most is shown. The implied C-statistic is that of outcomes that follow the model's own "
        "risks in these patients: it falls where they are more alike, and takes the risks as they are, so that too "
        "extreme ones (calibration slope below 1) imply too much."
    )
    if any(row[2] == HIDDEN for row in rows):
        note += " × Not printed: few patients."
    header = ("", "Development", "Here", "Standardised difference")
    yield Table("case_mix", "dataquality", "Case mix against development", header, tuple(rows), note)


def _printed(one: _Compared) -> str:
    if abs(one.difference) == inf:
        return "no variation in development"
    return f"{one.difference:+.2f}".replace("-", "−") if one.signed else f"{one.difference:.2f}"
