"""The same measures on plain arrays, for a notebook: arrays in, findings out, nothing judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypedDict, Unpack

import numpy as np
import pandas as pd

from cds import catalog
from cds.array_inputs import (
    as_levels,
    attributes,
    floats,
    native,
    patient_codes,
    refuse_unknown_options,
    refuse_unknown_references,
    repeats,
    settings_of,
    threshold_values,
)
from cds.assembly.case_control import sampling
from cds.assembly.imputations import taken_apart
from cds.core.alignment import align
from cds.core.arrays import IntArray, same_length
from cds.core.cohort import Cohort
from cds.core.errors import DataError, row_list
from cds.core.finding import Finding, Findings
from cds.core.model import level_key
from cds.core.outcome import Binary, Continuous, Nominal, Ordinal, Outcome
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.core.protocol import MeasuresSection, Smoother
from cds.core.sample import Sample
from cds.core.study import Study, subgroups
from cds.core.verdict import MISSING_GROUP
from cds.stats.estimation import answer

NEEDS_A_RUN = ("dataquality", "internal", "comparison", "drift")


class Options(TypedDict, total=False):
    """What every function here takes beside its arrays.

    ``groups``: attribute name to each row's level, shape (n,), missing levels a group of their own; ``references``:
    the reference level per attribute, otherwise the largest group. ``site``: shape (n,), makes the intervals
    cluster-robust and adds each site's numbers. ``level`` of the intervals, ``replicates`` of the bootstrap (with 0,
    bounds that need them are refused with the reason), its ``seed`` and ``interval`` (``percentile`` or ``bca``).
    ``weights``: shape (n,), whole numbers mean repeated rows, others are sampling weights; ``design = "sampling"``
    makes whole ones sampling weights too. In the design ``"case_control"`` a binary outcome's ``prevalence`` weighs
    cases and controls; without it measures of absolute risk are refused. ``patient`` of each row, where patients have
    several. ``imputation`` of each row, shape (n,), with ``patient``: the rows are stacked imputations of the same
    patients, and every number is pooled by Rubin's rules.
    ``jobs``: worker processes; the numbers do not depend on it.
    """

    groups: Mapping[str, Any] | None
    references: Mapping[str, str] | None
    site: Any
    level: float
    replicates: int
    seed: int
    weights: Any
    interval: Literal["percentile", "bca"]
    design: Literal["simple", "sampling", "case_control"]
    prevalence: float | None
    patient: Any
    imputation: Any
    jobs: int | None


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
    return _evaluated(Binary(observed), Risk(floats(risk, "risk")), more, options, names=("outcome", "risk"))


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
    coded, predicted = _classes(outcome, probabilities, classes, Nominal)
    more = {"thresholds": threshold_values(thresholds), "smoother": smoother, "clip": clip}
    return _evaluated(coded, predicted, more, options)


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
    coded, predicted = _classes(outcome, probabilities, classes, Ordinal)
    more = {"thresholds": threshold_values(thresholds), "smoother": smoother, "clip": clip}
    return _evaluated(coded, predicted, more, options)


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
    if not 0 < interval_level < 1:
        raise DataError(f"interval_level must lie between 0 and 1, got {interval_level:g}")
    level = None if below is None and above is None else interval_level
    value = Value(floats(predicted, "predicted"), below, above, level)
    return _evaluated(Continuous(floats(observed, "observed"), ""), value, {}, options, names=("observed", "predicted"))


def _classes(
    outcome: Any, probabilities: Any, classes: Sequence[Any], made: type[Nominal]
) -> tuple[Nominal, ClassProbabilities]:
    names = tuple(level_key(name) for name in classes)
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise DataError(f"classes names {', '.join(map(repr, twice))} more than once")
    keys = [None if pd.isna(value) else level_key(value) for value in pd.Series(native(outcome), dtype=object)]
    place = {name: k for k, name in enumerate(names)}
    strange = [row for row, key in enumerate(keys) if key is None or key not in place]
    if strange:
        raise DataError(f"outcome must be one of {', '.join(names)}, it is not at {row_list(strange)}")
    table = floats(probabilities, "probabilities")
    code = np.array([place[str(key)] for key in keys], dtype=np.int64)
    return made(code, names), ClassProbabilities(table, names)


def _evaluated(
    outcome: Outcome,
    prediction: Prediction,
    more: Mapping[str, Any],
    options: Options,
    *,
    names: tuple[str, str] = ("outcome", "probabilities"),
) -> Findings:
    """Align, weigh and repeat the rows as the options say, then answer every measure of the kind."""
    refuse_unknown_options(options, Options.__annotations__)
    named = {name: options[name] for name in ("level", "replicates", "seed", "interval") if name in options}
    settings = settings_of(**more, **named)
    weight = None if options.get("weights") is None else floats(options["weights"], "weights")
    levels = {name: as_levels(values) for name, values in attributes(options.get("groups")).items()}
    site = None if options.get("site") is None else as_levels(options["site"])
    codes = None if options.get("patient") is None else patient_codes(options["patient"])
    given: dict[str, Any] = {names[0]: outcome, names[1]: prediction, **levels}
    imputation = None if options.get("imputation") is None else as_levels(options["imputation"])
    given |= {"weights": weight, "patient": codes, "site": site, "imputation": imputation}
    same_length(**{name: len(values) for name, values in given.items() if values is not None})
    references = options.get("references") or {}
    refuse_unknown_references(references, levels)
    design = options.get("design", "simple")
    whole = Cohort(
        patients=(np.arange(len(outcome)) if codes is None else codes).astype(str),
        features=pd.DataFrame({"row": np.arange(len(outcome))}),
        outcome=outcome,
        predictions=prediction,
        groups=levels,
        sites=site,
        weights=weight,
        imputations=imputation,
    )
    parts = (whole,) if imputation is None else _imputations(whole, codes)
    if weight is not None and design == "simple" and repeats(weight):
        times = np.repeat(np.arange(len(parts[0])), parts[0].weights.astype(np.int64))  # type: ignore[union-attr]
        parts = tuple(replace(part.take(times), weights=None) for part in parts)
    samples = tuple(_sample(part, None if codes is None else part.codes, settings, options) for part in parts)
    cohort = replace(parts[0], predictions=None, features=pd.DataFrame(index=range(len(parts[0]))))
    study = Study(
        cohort=cohort,
        samples=samples,
        measures=catalog.measures(outcome.kind),
        settings=settings,
        groups=subgroups(cohort.groups),
        sites={} if cohort.sites is None else subgroups({"site": cohort.sites}),
        references=references,
    )
    study = answer(study, jobs=options.get("jobs"))
    validators = {f: v for f, v in catalog.validators().items() if f not in NEEDS_A_RUN}
    return Findings([out for v in validators.values() for out in v(study) if isinstance(out, Finding)])


def _sample(part: Cohort, codes: IntArray | None, settings: MeasuresSection, options: Options) -> Sample:
    if part.outcome is None or part.predictions is None:
        raise TypeError("arrays hold an outcome and a prediction")
    design, prevalence = options.get("design", "simple"), options.get("prevalence")
    drawn = sampling(part.outcome, part.weights, design=design, prevalence=prevalence)
    return align(
        part.outcome,
        part.predictions,
        weights=drawn.weights,
        patient=codes,
        design=drawn.design,
        shows_prevalence=drawn.shows_prevalence,
        clip=settings.clip,
    )


def _imputations(whole: Cohort, codes: IntArray | None) -> tuple[Cohort, ...]:
    """The rows of each imputation, the same patients in the same order.

    Raises:
        DataError: no ``patient``; an imputation missing; a patient twice in one; imputations that do not fit together.
    """
    if codes is None or whole.imputations is None:
        raise DataError("imputation needs patient: whose rows are the same person's")
    if len(bad := np.flatnonzero(whole.imputations == MISSING_GROUP)):
        raise DataError(f"imputation is missing at {row_list(bad.tolist())}")
    twice = pd.DataFrame({"patient": codes, "imputation": whole.imputations}).duplicated(keep=False).to_numpy()
    if twice.any():
        raise DataError(f"a patient has several rows in one imputation, at {row_list(np.flatnonzero(twice).tolist())}")
    return taken_apart(whole).imputations
