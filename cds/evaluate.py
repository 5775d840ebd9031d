"""The same measures on plain arrays, for a notebook: arrays in, findings out, nothing judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import numpy as np

from cds.array_inputs import (
    classes_of,
    floats,
    optional_floats,
    table_of,
    threshold_values,
    whole_codes,
)
from cds.array_study import Options, evaluated
from cds.core.alignment import TimeRules
from cds.core.arrays import same_length
from cds.core.errors import DataError, row_list
from cds.core.finding import Findings
from cds.core.outcome import Binary, CompetingRisks, Continuous, Nominal, Ordinal, Repeated, Survival
from cds.core.prediction import Risk, RiskByHorizon, Value
from cds.core.protocol import Smoother
from cds.core.sample_times import FollowUp

__all__ = ["Options", "binary", "competing_risks", "continuous", "nominal", "ordinal", "repeated", "survival"]


def binary(
    outcome: Any,
    risk: Any,
    *,
    thresholds: Sequence[float] = (),
    smoother: Smoother = "rcs",
    clip: tuple[float, float] | None = None,
    **options: Unpack[Options],
) -> Findings:
    """Every binary measure of risks against outcomes, with intervals, overall and by group.

    Args:
        outcome: 0/1 or boolean, shape (n,); NumPy, pandas, Polars or Arrow, as all arrays here.
        risk: probability of 1, shape (n,), in [0, 1].
        thresholds: risks at which one would act, each in (0, 1).
        smoother: ``rcs``, ``lowess`` or ``loess``, for the calibration distances.
        clip: bounds for the logits of risks of exactly 0 or 1.
        **options: see :class:`Options`.

    Raises:
        DataError: missing or infinite values, other outcomes than 0 and 1, parts of different length, groups that
            are no mapping.
        PredictionError: a risk outside [0, 1], with the row positions.

    >>> found = binary([0, 1, 1, 0, 1, 0], [0.1, 0.8, 0.6, 0.3, 0.4, 0.5], replicates=0)
    >>> round(found["auroc"].estimate, 4)
    0.8889
    """
    observed = floats(outcome, "outcome")
    if (bad := ~(np.isnan(observed) | (observed == 0) | (observed == 1))).any():
        raise DataError(f"outcome must be 0 or 1, got another value at {row_list(np.flatnonzero(bad).tolist())}")
    more = {"thresholds": threshold_values(thresholds), "smoother": smoother, "clip": clip}
    return evaluated(Binary(observed), Risk(floats(risk, "risk")), more, options, names=("outcome", "risk"))


def nominal(
    outcome: Any,
    probabilities: Any,
    *,
    classes: Sequence[Any],
    thresholds: Sequence[float] = (),
    smoother: Smoother = "rcs",
    clip: tuple[float, float] | None = None,
    **options: Unpack[Options],
) -> Findings:
    """Every measure of class probabilities against unordered categories, overall, per category and by group.

    Args:
        outcome: the category of each row, shape (n,), one of ``classes``.
        probabilities: shape (n, classes), columns in the order of ``classes``; each row sums to 1.
        classes: the categories; the first is the reference of the log-ratios.
        thresholds: probabilities of a category at which one would act, each in (0, 1).
        smoother: for the one-vs-rest calibration distances.
        clip: bounds for the logarithms of probabilities of exactly 0 or 1.
        **options: see :class:`Options`.

    Raises:
        DataError: outcomes missing or outside ``classes``, a class named twice, parts of different length.
        PredictionError: probabilities outside [0, 1] or rows that do not sum to 1, with the row positions.
    """
    coded, predicted = classes_of(outcome, probabilities, classes, Nominal)
    more = {"thresholds": threshold_values(thresholds), "smoother": smoother, "clip": clip}
    return evaluated(coded, predicted, more, options)


def ordinal(
    outcome: Any,
    probabilities: Any,
    *,
    classes: Sequence[Any],
    thresholds: Sequence[float] = (),
    smoother: Smoother = "rcs",
    clip: tuple[float, float] | None = None,
    **options: Unpack[Options],
) -> Findings:
    """Every measure of class probabilities against ordered categories; ``classes`` in their order.

    See :func:`nominal` for the arguments and the errors.
    """
    coded, predicted = classes_of(outcome, probabilities, classes, Ordinal)
    more = {"thresholds": threshold_values(thresholds), "smoother": smoother, "clip": clip}
    return evaluated(coded, predicted, more, options)


def continuous(
    observed: Any,
    predicted: Any,
    *,
    low: Any = None,
    high: Any = None,
    interval_level: float = 0.95,
    **options: Unpack[Options],
) -> Findings:
    """Every measure of predicted against observed values in the same unit, overall and by group.

    Args:
        observed: shape (n,), finite.
        predicted: shape (n,), finite.
        low: lower bound of each row's prediction interval, shape (n,), where the model gives one.
        high: upper bound.
        interval_level: the share of outcomes that these intervals are meant to hold.
        **options: see :class:`Options`.

    Raises:
        DataError: missing or infinite outcomes, parts of different length.
        PredictionError: predictions that are not finite, one bound without the other, bounds in the wrong order or
            that do not hold their prediction.

    >>> found = continuous([3.0, 5.0, 8.0, 6.0], [4.0, 5.0, 7.0, 4.0])
    >>> found["mae"].estimate, found["calibration_in_the_large"].estimate
    (1.0, 0.5)
    """
    below, above = (None if bound is None else floats(bound, name) for name, bound in (("low", low), ("high", high)))
    share = _share(interval_level)
    level = None if below is None and above is None else share
    value = Value(floats(predicted, "predicted"), below, above, level)
    return evaluated(Continuous(floats(observed, "observed"), ""), value, {}, options, names=("observed", "predicted"))


def repeated(
    observed: Any,
    predicted: Any,
    *,
    visit: Any,
    low: Any = None,
    high: Any = None,
    interval_level: float = 0.95,
    visits: Sequence[float] | None = None,
    **options: Unpack[Options],
) -> Findings:
    """Every measure of predicted against observed values at each visit and over all visits, clustered by patient.

    Args:
        observed: shape (n,), finite; leave out rows that were not measured.
        predicted: shape (n,), finite.
        visit: time of each row, shape (n,); a finding at a visit has it as its ``horizon``.
        low: lower bound of each row's prediction interval, shape (n,), where the model gives one.
        high: upper bound.
        interval_level: the share of outcomes that these intervals are meant to hold.
        visits: those that are judged by themselves; all that occur by default.
        **options: see :class:`Options`; ``patient`` is required, with one row at each visit.

    Raises:
        DataError: no ``patient``, a patient twice at a visit, missing values, parts of different length.
        PredictionError: predictions that are not finite, bounds that do not hold their prediction.
    """
    if options.get("patient") is None:
        raise DataError("repeated outcomes need patient: whose rows are the same person's")
    below, above = optional_floats(low, "low"), optional_floats(high, "high")
    share = _share(interval_level)
    level = None if below is None and above is None else share
    outcome = Repeated(Continuous(floats(observed, "observed"), ""), floats(visit, "visit"))
    asked = np.unique(outcome.visit).tolist() if visits is None else [float(v) for v in visits]
    value = Value(floats(predicted, "predicted"), below, above, level)
    return evaluated(outcome, value, {"horizons": tuple(asked)}, options, names=("observed", "predicted"))


def survival(
    time: Any,
    event: Any,
    risk: Mapping[float, Any],
    *,
    linear_predictor: Any = None,
    entry: Any = None,
    horizons: Sequence[float] | None = None,
    thresholds: Sequence[float] = (),
    follow_up: FollowUp = "to_horizon",
    censoring: Any = None,
    grid: Sequence[float] = (),
    time_unit: str = "",
    clip: tuple[float, float] | None = None,
    **options: Unpack[Options],
) -> Findings:
    """Every measure of predicted risks against times to an event, with intervals, overall, per horizon and by group.

    Args:
        time: end of follow-up, shape (n,), 0 or more.
        event: 1 where the event ended follow-up, 0 where it was censored, shape (n,). Another event that can end it
            makes them competing risks.
        risk: horizon to each row's risk of the event by then, shape (n,); no risk falls with the horizon.
        linear_predictor: log relative hazard, shape (n,), for Harrell's and Uno's C and the slope over all follow-up.
        entry: start of observation, shape (n,), before ``time`` (left truncation).
        horizons: those that are judged; all of ``risk`` by default.
        thresholds: risks at which one would act, each in (0, 1).
        follow_up: whether regressions for one horizon see follow-up up to it (``to_horizon``) or ``all`` of it.
        censoring: covariates of a Cox model of censoring, shape (n,) or (n, k); by default it depends on nothing.
        grid: times of the integrated Brier score, among ``risk``; all of ``risk`` by default.
        time_unit: named in messages.
        clip: bounds for the logarithms of risks of exactly 0 or 1.
        **options: see :class:`Options`.

    Raises:
        DataError: times that are missing or negative, other events than 0 and 1, entry at or after the end of
            follow-up, parts of different length, horizons without a risk.
        PredictionError: a risk outside [0, 1], or one that falls with the horizon, with the row positions.

    >>> found = survival([2, 4, 5, 8], [1, 1, 0, 1], {6: [0.9, 0.6, 0.4, 0.3]}, replicates=0)
    >>> round(found.get("observed_expected", horizon=6).estimate, 4)
    0.9091
    """
    outcome = Survival(floats(time, "time"), whole_codes(event, "event"), time_unit, optional_floats(entry, "entry"))
    rules = TimeRules(
        follow_up=follow_up, censoring=table_of(censoring, "censoring"), grid=tuple(float(t) for t in grid)
    )
    more = {"horizons": horizons, "thresholds": thresholds, "clip": clip}
    return _of_times(outcome, risk, linear_predictor, rules, more=more, options=options)


def competing_risks(
    time: Any,
    status: Any,
    risk: Mapping[float, Any],
    *,
    cause: int = 1,
    linear_predictor: Any = None,
    entry: Any = None,
    horizons: Sequence[float] | None = None,
    thresholds: Sequence[float] = (),
    censoring: Any = None,
    grid: Sequence[float] = (),
    time_unit: str = "",
    clip: tuple[float, float] | None = None,
    **options: Unpack[Options],
) -> Findings:
    """Every measure of predicted risks of one cause where other events can come first.

    ``status`` is 0 where follow-up was censored, else the code of the cause that ended it; ``risk`` holds the risks
    of ``cause``. See :func:`survival` for the other arguments and the errors.

    Raises:
        DataError: also where ``status`` never holds ``cause``.
    """
    outcome = CompetingRisks(
        floats(time, "time"), whole_codes(status, "status"), time_unit, optional_floats(entry, "entry")
    )
    if isinstance(cause, (bool, str)) or cause != int(cause):
        raise DataError("cause must be a whole number, a code of status, such as cause=1")
    if (outcome.status > 0).any() and not (outcome.status == cause).any():
        raise DataError(f"status never holds {cause}, the cause of interest")
    rules = TimeRules(cause=cause, censoring=table_of(censoring, "censoring"), grid=tuple(float(t) for t in grid))
    more = {"horizons": horizons, "thresholds": thresholds, "clip": clip}
    return _of_times(outcome, risk, linear_predictor, rules, more=more, options=options)


def _share(interval_level: float) -> float:
    if not 0 < interval_level < 1:
        raise DataError(f"interval_level must lie between 0 and 1, got {interval_level:g}")
    return interval_level


def _horizon(given: Any) -> float:
    try:
        return float(given)
    except (TypeError, ValueError):
        raise DataError(f"horizons of risk must be numbers, got {given!r}") from None


def _of_times(
    outcome: CompetingRisks,
    risk: Mapping[float, Any],
    linear_predictor: Any,
    rules: TimeRules,
    *,
    more: Mapping[str, Any],
    options: Options,
) -> Findings:
    """Check that outcome, risks and horizons fit together, and evaluate them."""
    if not isinstance(risk, Mapping) or not risk:
        raise DataError("risk must be a mapping of horizons to risks, such as {90: risk_90, 365: risk_365}")
    if not outcome.observed.all():
        raise DataError(f"follow-up is missing at {row_list(np.flatnonzero(~outcome.observed).tolist())}")
    at = {_horizon(h): floats(values, f"risk by {h}") for h, values in risk.items()}
    order = tuple(sorted(at))
    same_length(time=len(outcome), **{f"risk by {h:g}": len(at[h]) for h in order})
    asked = order if more["horizons"] is None else tuple(float(h) for h in more["horizons"])
    absent = [h for h in (*asked, *rules.grid) if h not in at]
    if absent:
        raise DataError(f"there is no risk by {', '.join(f'{h:g}' for h in absent)}; risk has {list(order)}")
    lp = optional_floats(linear_predictor, "linear_predictor")
    prediction = RiskByHorizon(np.column_stack([at[h] for h in order]), order, lp)
    settings = {**more, "thresholds": threshold_values(more["thresholds"]), "horizons": asked}
    return evaluated(
        outcome, prediction, {**settings, "follow_up": rules.follow_up}, options, names=("time", "risk"), rules=rules
    )
