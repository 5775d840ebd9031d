"""What if those without an outcome fared otherwise? Departures from the trial's assumption about missing outcomes."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.finding import Table
from cds.core.measure import Interval, NotEstimable
from cds.core.sample_trial import CONTROL, TrialSample
from cds.core.small_cells import hidden
from cds.longitudinal.trial_effect import effect_interval, treatment_effect
from cds.longitudinal.trial_model import adjustment, ancova, arm_columns, arm_term, fit_rows, refused
from cds.longitudinal.trial_responder import responded, responds, untold
from cds.longitudinal.trial_written import FAMILY, HIDDEN, bounds, counted_as, number
from cds.stats.newcombe import newcombe

STEPS = (0.25, 0.5, 1.0)  # standard deviations of the outcome
MEAN_SCORE = "White, Carpenter & Horton 2018, doi:10.5705/ss.202016.0308"


def shifted_effect(
    sample: TrialSample, category: str, horizon: float | None, *, arm: float, control: float
) -> float | NotEstimable:
    """The effect if those without an outcome differ from what the model expects of them by so many points.

    Each missing outcome of the arm (control) becomes its fitted value plus ``arm`` (``control``), of other arms its
    fitted value, and the model is fitted anew to everyone randomised; with 0 and 0 the effect is the primary one.
    """
    fit = ancova(sample, horizon)
    if isinstance(fit, NotEstimable):
        return fit
    columns = {"intercept": np.ones(len(sample)), **arm_columns(sample), **adjustment(sample)}
    expected = np.column_stack([columns[name] for name in fit.names]) @ fit.coefficients
    shift = np.where(sample.inside(sample.position(category)), arm, np.where(sample.inside(CONTROL), control, 0.0))
    outcome = np.where(np.isnan(sample.at(horizon)), expected + shift, sample.at(horizon))
    known = {**arm_columns(sample), **adjustment(sample)}
    again = fit_rows(sample, known, outcome, np.asarray(sample.weight > 0))
    return again if isinstance(again, NotEstimable) else again.value(arm_term(sample.position(category)))


def tipping(sample: TrialSample, category: str, horizon: float | None, found: Interval) -> float | NotEstimable:
    """By how much those of the arm without an outcome would have to fare worse than expected for the effect to vanish.

    In the outcome's unit, the error staying as it is: until the interval touches 0.
    """
    if found.low <= 0 <= found.high:
        return NotEstimable("the interval holds no effect as it is")
    start = shifted_effect(sample, category, horizon, arm=0.0, control=0.0)
    moved = shifted_effect(sample, category, horizon, arm=1.0, control=0.0)
    if isinstance(start, NotEstimable) or isinstance(moved, NotEstimable):
        return start if isinstance(start, NotEstimable) else NotEstimable("the model cannot be fitted")
    nearest = found.low if found.low > 0 else found.high
    return NotEstimable("nobody of the arm is missing") if moved == start else nearest / (start - moved)


def missing_outcomes(
    sample: TrialSample, category: str, horizon: float | None, level: float, small: int
) -> Table | None:
    """The effect under several assumptions about those without an outcome; None where nobody is missing."""
    if refused(sample, category, horizon) is not None or not sample.analytic:
        return None
    inside = sample.inside(sample.position(category)) | sample.inside(CONTROL)
    if not np.isnan(sample.at(horizon)[inside]).any():
        return None
    rows = _of_risks(sample, category, horizon, level) if sample.binary else _of_means(sample, category, horizon, level)
    note = (
        "Fitted values shifted by so much, the error left as it is (" + MEAN_SCORE + ")." if not sample.binary else ""
    )
    where = "" if horizon is None else f" at {horizon:g} {sample.time_unit}".rstrip()
    return Table(
        f"trial_missing_{sample.position(category)}" + ("" if horizon is None else f"_{horizon:g}"), FAMILY,
        f"If those without an outcome fared otherwise: {category} against {sample.control}{where}",
        ("assumption about those without an outcome", "effect", f"{100 * level:g} % interval"), tuple(rows),
        f"The trial itself cannot tell which of these holds. {note}".strip(), section="missing",
    )  # fmt: skip


def _of_means(sample: TrialSample, category: str, horizon: float | None, level: float) -> list[tuple[str, ...]]:
    value = treatment_effect(sample, category=category, horizon=horizon)
    if isinstance(value, NotEstimable):
        return [("as expected from those observed", value.reason, "")]
    found = effect_interval(sample, value, level, category=category, horizon=horizon)
    seen: FloatArray = sample.at(horizon)[sample.observed(horizon)]
    spread, worse = float(np.std(seen, ddof=1)) if len(seen) > 1 else 0.0, -sample.sign
    unit = f" {sample.unit}".rstrip()
    rows: list[tuple[str, ...]] = [
        ("as expected from those observed (the primary analysis)", *_shown(value, found, 0.0))
    ]
    for step in STEPS:
        points = worse * step * spread
        told = f"worse than expected by {number(abs(points))}{unit} ({step:g} sd)"
        for name, arm, control in (
            (f"{category}: {told}", points, 0.0), (f"both arms: {told}", points, points),
            (f"{sample.control}: {told}", 0.0, points),
        ):  # fmt: skip
            moved = shifted_effect(sample, category, horizon, arm=arm, control=control)
            if not isinstance(moved, NotEstimable):
                rows.append((name, *_shown(moved, found, moved - value)))
    if isinstance(found, Interval):
        tip = tipping(sample, category, horizon, found)
        if isinstance(tip, float):
            fares = "worse" if tip * worse > 0 else "better"
            rows.append((f"{category}: {fares} by {number(abs(tip))}{unit}, where the interval reaches 0", "", ""))
    return rows


def _shown(value: float, found: Interval | NotEstimable, shift: float) -> tuple[str, str]:
    if isinstance(found, NotEstimable):
        return number(value), f"none: {found.reason}"
    return number(value), f"{number(found.low + shift)} to {number(found.high + shift)}"


def _of_risks(sample: TrialSample, category: str, horizon: float | None, level: float) -> list[tuple[str, ...]]:
    missing, event = np.isnan(sample.at(horizon)), np.nan_to_num(sample.at(horizon))
    return _scenarios(sample, category, event == 1, missing, level, good=sample.sign > 0)


def _scenarios(
    sample: TrialSample, category: str, happened: np.ndarray, missing: np.ndarray, level: float, *, good: bool
) -> list[tuple[str, ...]]:
    """Complete outcomes, and every combination of all and none of those missing having the event."""
    parts = []
    for k in (sample.position(category), CONTROL):
        inside = sample.inside(k)
        known = inside & ~missing
        parts.append((float(happened[known].sum()), float(known.sum()), float((inside & missing).sum())))
    (x, n, gone), (y, m, lost) = parts
    best, worst = (gone, 0.0), (0.0, lost)
    best, worst = (best, worst) if good else ((0.0, lost), (gone, 0.0))
    cases = {
        "left out": ((x, n), (y, m)),
        "none has the event": ((x, n + gone), (y, m + lost)),
        "all have the event": ((x + gone, n + gone), (y + lost, m + lost)),
        f"worst for {category}": ((x + worst[0], n + gone), (y + worst[1], m + lost)),
        f"best for {category}": ((x + best[0], n + gone), (y + best[1], m + lost)),
    }
    rows: list[tuple[str, ...]] = []
    for name, (one, other) in cases.items():
        if not one[1] or not other[1]:
            continue
        found: Interval | NotEstimable = NotEstimable("clusters were randomised")
        if not sample.clustered:
            found = newcombe(one, other, level)
        rows.append((name, number(one[0] / one[1] - other[0] / other[1]), bounds(found)))
    return rows


def responder_table(sample: TrialSample, horizon: float | None, level: float, small: int) -> Table | None:
    """Responders by arm among everyone randomised, and what other rules for those not known would give."""
    if sample.responder is None or sample.binary or sample.weights is not None:
        return None
    response, missing = responds(sample, horizon), untold(sample, horizon)
    rows: list[tuple[str, ...]] = []
    kept_back = False
    for category in sample.categories:
        (hits, total), (others, rest) = responded(sample, category, horizon)
        if not total or not rest:
            continue
        shown = []
        for part, whole in ((hits, total), (others, rest)):
            few = bool(hidden([round(part), round(whole - part)], small))
            kept_back = kept_back or few
            shown.append(counted_as(part, whole, hide=few))
        for name, difference, interval in _scenarios(sample, category, response, missing, level, good=True):
            told = {"none has the event": "did not respond (intention to treat)", "all have the event": "all responded"}
            counts = shown if name == "none has the event" else ["", ""]
            rows.append((category, told.get(name, name), *counts, difference, interval))
    where = "" if horizon is None else f" at {horizon:g} {sample.time_unit}".rstrip()
    return Table(
        "trial_responders" + ("" if horizon is None else f"_{horizon:g}"), FAMILY,
        f"Responders{where}: {sample.responder.told(sample.unit)}",
        (
            "arm", "those whose response is not known", "responders, arm", f"responders, {sample.control}",
            "difference in risks", f"{100 * level:g} % interval",
        ),
        tuple(rows),
        "Secondary to the continuous outcome, from which the rule is cut. Everyone randomised is in the denominators "
        "but where those not known are left out." + (HIDDEN if kept_back else ""),
    )  # fmt: skip
