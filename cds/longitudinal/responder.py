"""Responders by rule: who improved enough from baseline, and did the prediction say so? Secondary to the values."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.core.sample_repeated import RepeatedSample
from cds.stats.influence import of_a_mean
from cds.stats.intervals import wald, wilson
from cds.stats.mann_whitney import delong_placements, delong_variance, mann_whitney
from cds.stats.per_visit import nobody_seen

SECONDARY = (
    "a responder rule cuts a measured outcome in two, which throws away most of what it says and makes patients on "
    "either side of the cut look unlike; ask for calibration_in_the_large, calibration_slope or mae of the values"
)
SOURCE = (
    "Dworkin 2008, doi:10.1016/j.jpain.2007.09.005; Ostelo 2008, doi:10.1097/BRS.0b013e31815e3a10; "
    "against dichotomising: Altman & Royston 2006, doi:10.1136/bmj.332.7549.1080"
)
CONVENTION = (
    "observed and predicted response by the protocol's rule from the observed baseline; patients whose baseline is "
    "missing (or 0, of a relative change) are left out. Descriptive"
)
FEWEST = 2
Rate = Literal["sensitivity", "specificity"]


def responders(sample: RepeatedSample, horizon: float) -> BinarySample | NotEstimable:
    """Observed response (0/1) at a visit, and predicted response as a risk of 0 or 1, where the baseline tells."""
    rows = usable_rows(sample, horizon)
    if isinstance(rows, NotEstimable):
        return rows

    def unweighted() -> BinarySample:
        observed, predicted = (_responds(sample, rows, values) for values in (sample.observed, sample.predicted))
        return BinarySample(outcome=observed, risk=predicted, patient=sample.patient_codes[rows])

    plain = sample.rows_memo(("responders", horizon), unweighted)
    return plain if sample.weights is None else plain.reweight(sample.weight[rows])


def usable_rows(sample: RepeatedSample, horizon: float) -> IntArray | NotEstimable:
    """Row positions of a visit from whose baseline a response can be told; or why there are none."""
    if sample.responder is None or sample.baseline is None:
        return NotEstimable("the protocol declares no responder rule")
    refused = nobody_seen(sample, horizon)
    if refused is not None:
        return refused

    def made() -> IntArray:
        at = sample.rows_at(horizon)
        return np.asarray(at[np.isfinite(_improvement(sample, at, sample.observed))])

    rows: IntArray = sample.rows_memo(("usable_rows", horizon), made)
    if not sample.weight[rows].any():
        return NotEstimable(f"nobody at visit {horizon:g} has a baseline from which a response could be told")
    return rows


def _responds(sample: RepeatedSample, rows: IntArray, values: FloatArray) -> FloatArray:
    if sample.responder is None:
        raise TypeError("a sample without a responder rule has no responders")
    return sample.responder.responds(_improvement(sample, rows, values)).astype(np.float64)


def _improvement(sample: RepeatedSample, rows: IntArray, values: FloatArray) -> FloatArray:
    if sample.responder is None or sample.baseline is None:
        raise TypeError("a sample without a responder rule has no improvement")
    return sample.responder.improvement(sample.baseline[rows], values[rows])


def _both(sample: RepeatedSample, horizon: float) -> BinarySample | NotEstimable:
    found = responders(sample, horizon)
    if isinstance(found, NotEstimable) or found.has_both_classes:
        return found
    return NotEstimable(f"{'everybody' if found.events else 'nobody'} responded at visit {horizon:g}")


def _scored(sample: RepeatedSample, horizon: float) -> FloatArray:
    """Predicted improvement of the rows that ``responders`` holds."""
    rows = usable_rows(sample, horizon)
    if isinstance(rows, NotEstimable):
        raise TypeError(rows.reason)
    return sample.rows_memo(("predicted_improvement", horizon), lambda: _improvement(sample, rows, sample.predicted))


def responder_auroc(sample: RepeatedSample, *, horizon: float) -> float | NotEstimable:
    """P(i₁ > i₀) + ½ P(i₁ = i₀) with i the predicted improvement of a responder and of a non-responder."""
    found = _both(sample, horizon)
    if isinstance(found, NotEstimable):
        return found
    return mann_whitney(_scored(sample, horizon), found.outcome == 1, found.weight)


def auroc_interval(sample: RepeatedSample, value: float, level: float, *, horizon: float) -> Interval | NotEstimable:
    """DeLong's variance, Wald on the logit scale: at one visit every patient has one row."""
    found = _both(sample, horizon)
    if isinstance(found, NotEstimable):
        return found
    of_events, of_others = delong_placements(_scored(sample, horizon), found.outcome == 1)
    if min(len(of_events), len(of_others)) < FEWEST:
        return NotEstimable("fewer than two responders or non-responders")
    se = delong_variance(of_events, of_others) ** 0.5
    return wald(value, level, se=se, scale="logit", method="delong, logit scale")


def auroc_influence(sample: RepeatedSample, *, horizon: float) -> FloatArray | NotEstimable:
    """The placements about their mean, over √(m(m − 1)) of their class: their squares sum to DeLong's variance."""
    found = _both(sample, horizon)
    if isinstance(found, NotEstimable):
        return found
    is_event, terms = found.outcome == 1, np.empty(len(found))
    parts = delong_placements(_scored(sample, horizon), is_event)
    for inside, part in zip((is_event, ~is_event), parts, strict=True):
        own = of_a_mean(part)
        if isinstance(own, NotEstimable):
            return NotEstimable("fewer than two responders or non-responders")
        terms[inside] = own
    return terms


def _fraction(rate: Rate, found: BinarySample) -> tuple[float, float]:
    """Numerator and denominator of a rate."""
    inside = found.outcome == (1 if rate == "sensitivity" else 0)
    right = inside & (found.risk == found.outcome)
    return float(found.weight @ right), float(found.weight @ inside)


def _rate(rate: Rate, sample: RepeatedSample, *, horizon: float) -> float | NotEstimable:
    found = responders(sample, horizon)
    if isinstance(found, NotEstimable):
        return found
    right, total = _fraction(rate, found)
    if total > 0:
        return right / total
    return NotEstimable(f"{'nobody' if rate == 'sensitivity' else 'everybody'} responded at visit {horizon:g}")


def _rate_interval(
    rate: Rate, sample: RepeatedSample, value: float, level: float, *, horizon: float
) -> Interval | NotEstimable:
    found = responders(sample, horizon)
    return found if isinstance(found, NotEstimable) else wilson(*_fraction(rate, found), level)


def counted(sample: RepeatedSample, *, horizon: float) -> BinarySample:
    """The rows and responders that a number rests on."""
    found = responders(sample, horizon)
    if isinstance(found, NotEstimable):
        raise TypeError(found.reason)
    return found


def rule_details(sample: RepeatedSample, *, horizon: float) -> dict[str, Any]:
    """The rule in words, and how many rows of the visit have no baseline to tell a response from."""
    rows, at = usable_rows(sample, horizon), sample.rows_at(horizon)
    used = 0.0 if isinstance(rows, NotEstimable) else float(sample.weight[rows].sum())
    rule = "" if sample.responder is None else sample.responder.told()
    return {"rule": rule, "without_baseline": round(float(sample.weight[at].sum()) - used)}


def _measure(name: str, label: str, compute: Callable[..., float | NotEstimable], formula: str, **more: Any) -> Measure:
    shared: dict[str, Any] = {
        "kind": "repeated", "family": "longitudinal", "parameters": ("horizon",), "ideal": 1.0, "direction": "higher",
        "counted": counted, "details": rule_details, "refused_as_criterion": SECONDARY, "source": SOURCE,
    }  # fmt: skip
    return Measure(name=name, label=label, compute=compute, formula=formula, **{**shared, **more})


AUROC = _measure(
    "responder_auroc",
    "Responders: area under the ROC curve of the predicted improvement",
    responder_auroc,
    "P(i₁ > i₀) + ½·P(i₁ = i₀), i the predicted improvement",
    interval=auroc_interval,
    influence=auroc_influence,
    interval_name="DeLong on the logit scale",
    scale="logit",
    convention=CONVENTION,
)
SENSITIVITY = _measure(
    "responder_sensitivity",
    "Responders: sensitivity of the predicted response",
    partial(_rate, "sensitivity"),
    "share of responders whom the prediction says to respond",
    interval=partial(_rate_interval, "sensitivity"),
    interval_name="Wilson",
    is_proportion=True,
    convention=f"{CONVENTION}: a predicted mean varies less than patients do, so few or many may seem to respond",
)
SPECIFICITY = _measure(
    "responder_specificity",
    "Responders: specificity of the predicted response",
    partial(_rate, "specificity"),
    "share of non-responders whom the prediction says not to respond",
    interval=partial(_rate_interval, "specificity"),
    interval_name="Wilson",
    is_proportion=True,
    convention=f"{CONVENTION}: a predicted mean varies less than patients do, so few or many may seem to respond",
)
