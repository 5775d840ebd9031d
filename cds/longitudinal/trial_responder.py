"""Responders of a trial and the number needed to treat: secondary to the outcome that the rule cuts in two."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import BoolArray
from cds.core.measure import Estimate, Interval, Measure, NotEstimable, Result
from cds.core.sample_binary import BinarySample
from cds.core.sample_trial import CONTROL, TrialSample
from cds.longitudinal.trial_effect import effect_interval, plain_interval, treatment_effect
from cds.longitudinal.trial_model import CLUSTERS, JUDGED, too_few
from cds.stats.newcombe import Proportion, newcombe

SECONDARY = (
    "secondary to the continuous outcome: a rule cuts it in two, which throws away most of what it says and makes "
    "patients on either side of the cut look unlike"
)
NEEDED = (
    "it is the reciprocal of a difference in risks: judge responder_risk_difference beside treatment_effect (or, of a "
    "binary outcome, treatment_effect)"
)
AGAINST = "against dichotomising: Altman & Royston 2006, doi:10.1136/bmj.332.7549.1080"


def _both_arms(sample: TrialSample, category: str) -> BoolArray:
    """Everyone randomised to the arm or the control, with or without an outcome."""
    both = sample.inside(sample.position(category)) | sample.inside(CONTROL)
    return np.asarray(both & (sample.weight > 0))


def responds(sample: TrialSample, horizon: float | None) -> BoolArray:
    """Who responded by the rule, shape (n,); those whose outcome or baseline does not tell did not."""

    def make() -> BoolArray:
        if sample.responder is None:
            raise TypeError("a trial without a responder rule has no responders")
        return sample.responder.responds(sample.at(horizon), sample.baseline)

    return sample.rows_memo(("responds", sample.column(horizon)), make)


def untold(sample: TrialSample, horizon: float | None) -> BoolArray:
    """Whose response is not known: no outcome, or no baseline where the rule needs one."""
    missing = np.isnan(sample.at(horizon))
    if sample.responder is not None and sample.responder.needs_baseline and sample.baseline is not None:
        missing = missing | np.isnan(sample.baseline)
    return np.asarray(missing)


def _refused(sample: TrialSample, category: str, horizon: float | None) -> NotEstimable | None:
    if sample.responder is None or sample.binary:
        return NotEstimable("the protocol declares no responder rule for this outcome")
    if category not in sample.categories:
        return NotEstimable(f"{category!r} is no arm beside the control")
    if horizon is not None and horizon not in sample.visits:
        return NotEstimable(f"there is no follow-up visit {horizon:g}")
    for k in (CONTROL, sample.position(category)):
        inside = sample.inside(k) & (sample.weight > 0)
        if not inside.any():
            return NotEstimable(f"nobody is in the arm {sample.arms[k]!r}")
        if untold(sample, horizon)[inside].all():
            return NotEstimable(f"nobody's response is known in the arm {sample.arms[k]!r}")
    return None


def responded(sample: TrialSample, category: str, horizon: float | None) -> tuple[Proportion, Proportion]:
    """Responders and everyone randomised, in the arm and in the control."""
    response, found = responds(sample, horizon), []
    for k in (sample.position(category), CONTROL):
        inside = sample.inside(k)
        found.append((float(sample.weight[inside] @ response[inside]), float(sample.weight[inside].sum())))
    return found[0], found[1]


def risk_difference(sample: TrialSample, *, category: str, horizon: float | None = None) -> float | NotEstimable:
    """r₁/n₁ − r₀/n₀ with everyone randomised in the denominators."""
    why = _refused(sample, category, horizon)
    if why is not None:
        return why
    (hits, total), (others, rest) = responded(sample, category, horizon)
    return hits / total - others / rest


def risk_difference_interval(
    sample: TrialSample, value: float, level: float, *, category: str, horizon: float | None = None
) -> Interval | NotEstimable:
    """Newcombe's hybrid score; with clusters the sandwich CR2 of a linear model."""
    if sample.clustered:
        response = responds(sample, horizon).astype(np.float64)
        return plain_interval(sample, response, _both_arms(sample, category), category, level)
    return newcombe(*responded(sample, category, horizon), level)


def responder_counted(sample: TrialSample, *, category: str, horizon: float | None = None) -> BinarySample:
    """Everyone randomised to both arms, with responders as events."""
    rows = _both_arms(sample, category)
    response = responds(sample, horizon)[rows].astype(np.float64)
    return BinarySample(
        outcome=response,
        risk=np.full(len(response), 0.5),
        weights=None if sample.weights is None else sample.weights[rows],
        patient=sample.patient_codes[rows],
    )


def responder_details(sample: TrialSample, *, category: str, horizon: float | None = None) -> dict[str, Any]:
    """The rule, responders and randomised by arm, of how many the response is not known, and an arm of few."""
    told: dict[str, Any] = {
        "rule": "" if sample.responder is None else sample.responder.told(sample.unit),
        "standing": "secondary to the continuous outcome",
    }
    missing = untold(sample, horizon)
    for name, k, (hits, total) in zip(
        ("arm", "control"), (sample.position(category), CONTROL), responded(sample, category, horizon), strict=True
    ):
        told[f"responders_{name}"] = round(hits)
        told[f"randomised_{name}"] = round(total)
        told[f"not_known_{name}"] = round(float(sample.weight[sample.inside(k) & missing].sum()))
    return told | too_few(sample, category, ~missing)


def needed_to_treat(difference: Result) -> Result:
    """1/d with the reciprocal bounds, of a difference in good outcomes; only where its interval excludes no effect.

    Altman 1998, doi:10.1136/bmj.317.7168.1309.
    """
    if isinstance(difference, NotEstimable):
        return difference
    found = difference.interval
    if isinstance(found, NotEstimable):
        return NotEstimable(f"the difference in risks has no interval: {found.reason}")
    told = f"{_percent(difference.value)} points ({100 * found.level:g} % interval {_percent(found.low)} to "
    told += f"{_percent(found.high)})"
    if found.low <= 0 <= found.high:
        return NotEstimable(
            f"the interval of the difference in risks does not exclude no effect: {told}. The number needed to treat "
            "would run through infinity to one needed to harm"
        )
    if difference.value < 0:
        return NotEstimable(
            f"fewer do well than under the control: {told}. One more patient does badly for every "
            f"{-1 / difference.value:.1f} treated"
        )
    interval = Interval(1 / found.high, 1 / found.low, found.level, f"reciprocal of {found.method}")
    return Estimate(1 / difference.value, interval, "identity", difference.n, difference.events)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".replace("-", "−")


def good_difference(sample: TrialSample, category: str, horizon: float | None) -> float | NotEstimable:
    """The difference in the share that does well: responders, or of a binary outcome those with the better one."""
    if not sample.binary:
        return risk_difference(sample, category=category, horizon=horizon)
    value = treatment_effect(sample, category=category, horizon=horizon)
    return value if isinstance(value, NotEstimable) else sample.sign * value


def good_interval(sample: TrialSample, category: str, horizon: float | None, level: float) -> Interval | NotEstimable:
    """The interval of ``good_difference``."""
    if not sample.binary:
        return risk_difference_interval(sample, 0.0, level, category=category, horizon=horizon)
    found = effect_interval(sample, 0.0, level, category=category, horizon=horizon)
    return found if isinstance(found, NotEstimable) else turned(found, sample.sign)


def turned(found: Interval, sign: float) -> Interval:
    """The interval of sign·value."""
    low, high = sorted((sign * found.low, sign * found.high))
    return Interval(low, high, found.level, found.method, found.se, found.scale_se, found.details)


def number_needed(sample: TrialSample, *, category: str, horizon: float | None = None) -> float | NotEstimable:
    """1/(difference in the share that does well), at the sample's level; the reason where there is none."""
    found = _needed(sample, sample.level, category, horizon)
    return found if isinstance(found, NotEstimable) else found.value


def number_needed_interval(
    sample: TrialSample, value: float, level: float, *, category: str, horizon: float | None = None
) -> Interval | NotEstimable:
    """The reciprocal bounds."""
    found = _needed(sample, level, category, horizon)
    return found if isinstance(found, NotEstimable) else found.interval


def _needed(sample: TrialSample, level: float, category: str, horizon: float | None) -> Result:
    value = good_difference(sample, category, horizon)
    if isinstance(value, NotEstimable):
        return value
    if not sample.analytic:
        return NotEstimable("the patients are weighted: it follows from the interval of the difference in risks")
    return needed_to_treat(Estimate(value, good_interval(sample, category, horizon, level)))


def needed_counted(sample: TrialSample, *, category: str, horizon: float | None = None) -> BinarySample:
    """Everyone behind the difference, with those who do well as events."""
    if not sample.binary:
        return responder_counted(sample, category=category, horizon=horizon)
    both = _both_arms(sample, category) & sample.observed(horizon)
    event = sample.at(horizon)[both]
    return BinarySample(outcome=event if sample.sign > 0 else 1 - event, risk=np.full(len(event), 0.5))


def needed_details(sample: TrialSample, *, category: str, horizon: float | None = None) -> dict[str, Any]:
    """An arm of few patients whose outcome, or response, is known."""
    known = sample.observed(horizon) if sample.binary else ~untold(sample, horizon)
    return too_few(sample, category, np.asarray(known))


RISK_DIFFERENCE = Measure(
    kind="trial",
    name="responder_risk_difference",
    family="longitudinal",
    label="Responders: difference in risks",
    compute=risk_difference,
    interval=risk_difference_interval,
    interval_name=f"Newcombe's hybrid score; {CLUSTERS}",
    parameters=("category", "horizon"),
    also_without_horizon=True,
    details=responder_details,
    counted=responder_counted,
    ideal=None,
    direction="higher",
    formula="r₁/n₁ − r₀/n₀, r responders by the protocol's rule, n everyone randomised",
    convention=f"intention to treat: those whose response is not known did not respond; {JUDGED}; {SECONDARY}",
    source="Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I; Dworkin 2008, "
    f"doi:10.1016/j.jpain.2007.09.005; {AGAINST}",
)
NUMBER_NEEDED = Measure(
    kind="trial",
    name="number_needed_to_treat",
    family="longitudinal",
    label="Number needed to treat",
    compute=number_needed,
    interval=number_needed_interval,
    interval_name="reciprocal of the difference in risks",
    parameters=("category", "horizon"),
    also_without_horizon=True,
    details=needed_details,
    counted=needed_counted,
    bootstrap=False,
    ideal=None,
    direction="none",
    formula="1/d, d the difference in the share that does well (responders; the better of two outcomes)",
    convention="only where the interval of d excludes no effect; for one more patient to do well at that visit; "
    f"{JUDGED}",
    source=f"Altman 1998, doi:10.1136/bmj.317.7168.1309; {AGAINST}",
    refused_as_criterion=NEEDED,
)
