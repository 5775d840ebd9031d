"""How the main measures change with what is assumed about outcomes that were not observed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from cds import catalog
from cds.assembly.missing_outcomes import with_outcome
from cds.core.arrays import FloatArray, IntArray
from cds.core.cohort import Cohort
from cds.core.errors import InputError
from cds.core.finding import Table
from cds.core.measure import Measure
from cds.core.outcome import Binary, Continuous
from cds.core.prediction import Prediction, Risk
from cds.core.protocol import ValidationProtocol
from cds.core.sample import Sample
from cds.stats.intervals import from_scale, to_scale

ODDS = (1 / 3, 1 / 2, 1.0, 2.0, 3.0)
SHIFTS = (-0.5, 0.0, 0.5)  # in standard deviations of the observed outcome
MAIN = {
    "binary": ("calibration_in_the_large", "calibration_slope", "observed_expected", "auroc", "net_benefit_gain"),
    "continuous": ("calibration_in_the_large", "calibration_slope"),
    "nominal": ("hand_till_m", "polytomous_discrimination_index", "brier"),
    "ordinal": ("ordinal_c", "brier"),
}
DEPARTURES = {
    "binary": "δ multiplies the odds that the model predicts for patients whose outcome was not observed; at 1 they "
    "did as predicted, which favours the model.",
    "continuous": "Patients whose outcome was not observed are given their predicted value plus a shift, in standard "
    "deviations of the observed outcome.",
}
NO_DEPARTURES = (
    "Departures from the prediction are not shown for outcomes with categories: which of them would gain is not one "
    "number."
)
SampleOf = Callable[[ValidationProtocol, Cohort, Prediction], Sample]
Rows = Sequence[tuple[Cohort, Prediction]]


def outcome_sensitivity(protocol: ValidationProtocol, rows: Rows, sample_of: SampleOf) -> Table:
    """The main measures under exclusion, weighting and departures from what is predicted, one row each.

    ``rows`` are every patient with a prediction, per imputation; estimates are averaged over imputations on their
    scales. A binary outcome that was not observed enters as an event with the predicted odds times δ, and as a
    non-event with the rest: two weighted rows. Pattern mixtures: Little 1993, doi:10.1080/01621459.1993.10594302.
    """
    measures = catalog.measures(protocol.outcome.kind)
    main = [measures[name] for name in MAIN[protocol.outcome.kind] if name in measures]
    asked = [(m, p) for m in main for p in _each(m, protocol)]
    assumed: list[tuple[str, tuple[str, ...]]] = []
    for label, makers in _assumptions(protocol, rows, sample_of):
        try:
            samples = [make() for make in makers]
        except InputError as fault:  # a weight that cannot be estimated is a row with its reason
            assumed.append((f"{label}: not estimable, {fault.what}", ("–",) * len(asked)))
            continue
        assumed.append((label, tuple(_average(samples, m, p) for m, p in asked)))
    header = ("assumption", *(m.label + (f" at {p['threshold']:g}" if p else "") for m, p in asked))
    note = f"Estimates without intervals. {DEPARTURES.get(protocol.outcome.kind, NO_DEPARTURES)}"
    title = "Main measures by what is assumed about the missing outcomes"
    return Table("missing_outcome_sensitivity", "dataquality", title, header, tuple((a, *b) for a, b in assumed), note,
                 section="missing")  # fmt: skip


def _each(measure: Measure, protocol: ValidationProtocol) -> list[dict[str, object]]:
    if "threshold" in measure.parameters:
        return [{"threshold": t} for t in protocol.measures.thresholds]
    return [] if "category" in measure.parameters else [{}]


def _assumptions(
    protocol: ValidationProtocol, rows: Rows, sample_of: SampleOf
) -> Iterator[tuple[str, list[Callable[[], Sample]]]]:
    """Each assumption with what makes its sample in every imputation."""
    for rule, label in (("exclude", "excluded"), ("weight", "weighted")):
        changed = protocol.model_copy(update={"outcome": protocol.outcome.model_copy(update={"missing": rule})})
        told = f"{label}{' (primary)' if rule == protocol.outcome.missing else ''}"
        yield told, [partial(_ruled, changed, c, p, sample_of) for c, p in rows]
    outcome = rows[0][0].outcome
    if isinstance(outcome, Binary):
        for odds in ODDS:
            label = f"δ = {_fraction(odds)}"
            yield label, [partial(_mixed, protocol, c, p, _tilted(p, odds), sample_of) for c, p in rows]
        for event, label in ((0.0, "nobody had the event"), (1.0, "everybody had the event")):
            yield label, [partial(_mixed, protocol, c, p, np.full(len(c), event), sample_of) for c, p in rows]
    elif isinstance(outcome, Continuous):
        spread = float(np.nanstd(outcome.value, ddof=1))
        for shift in SHIFTS:
            label = f"as predicted, shifted by {shift:+g} sd"
            yield label, [partial(_shifted, protocol, c, p, shift * spread, sample_of) for c, p in rows]


def _ruled(protocol: ValidationProtocol, cohort: Cohort, prediction: Prediction, sample_of: SampleOf) -> Sample:
    kept = with_outcome(protocol, cohort, prediction)
    return sample_of(protocol, kept.cohort, kept.prediction)


def _fraction(odds: float) -> str:
    return f"1/{round(1 / odds)}" if odds < 1 else f"{odds:g}"


def _tilted(prediction: Prediction, odds: float) -> FloatArray:
    """The predicted risk with its odds multiplied."""
    p = prediction.values if isinstance(prediction, Risk) else np.empty(0)
    return odds * p / (1 - p + odds * p)


def _mixed(
    protocol: ValidationProtocol, cohort: Cohort, prediction: Prediction, risk: FloatArray, sample_of: SampleOf
) -> Sample:
    """Observed rows as they are, each missing outcome as an event weighing ``risk`` and a non-event with the rest."""
    outcome = cohort.outcome
    if not isinstance(outcome, Binary):
        raise TypeError("a mixture of events and non-events is binary")
    observed = np.flatnonzero(outcome.observed)
    gap = np.flatnonzero(~outcome.observed)
    rows: IntArray = np.concatenate([observed, gap, gap])
    event = np.concatenate([outcome.event[observed], np.ones(len(gap)), np.zeros(len(gap))])
    own = np.ones(len(cohort)) if cohort.weights is None else cohort.weights
    share = np.concatenate([np.ones(len(observed)), risk[gap], 1 - risk[gap]])
    kept = share > 0
    made = replace(cohort.take(rows[kept]), outcome=Binary(event[kept]), weights=(own[rows] * share)[kept])
    return sample_of(protocol, made, prediction.take(rows[kept]))


def _shifted(
    protocol: ValidationProtocol, cohort: Cohort, prediction: Prediction, shift: float, sample_of: SampleOf
) -> Sample:
    outcome = cohort.outcome
    if not isinstance(outcome, Continuous):
        raise TypeError("a shift is of a number")
    values = np.where(outcome.observed, outcome.value, prediction.values + shift)
    return sample_of(protocol, replace(cohort, outcome=Continuous(values, outcome.unit)), prediction)


def _average(samples: Sequence[Sample], measure: Measure, parameters: dict[str, object]) -> str:
    """The estimate averaged over imputations on the measure's scale, or why there is none."""
    values = [measure.compute(s, **parameters) for s in samples]
    good = [v for v in values if isinstance(v, float)]
    if len(good) < len(values):
        return next(v.reason for v in values if not isinstance(v, float))
    mean = float(np.mean([to_scale(v, measure.scale) for v in good]))
    return f"{from_scale(mean, measure.scale):.3f}" if np.isfinite(mean) else "at the edge of its range"
