"""From arrays to findings: align, weigh and repeat the rows as the options say, then answer every measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypedDict

import numpy as np
import pandas as pd

from cds import catalog
from cds.array_inputs import (
    as_levels,
    attributes,
    floats,
    group_section,
    patient_codes,
    refuse_unknown_options,
    repeats,
    settings_of,
)
from cds.assembly.case_control import sampling
from cds.assembly.imputations import taken_apart
from cds.core.alignment import TimeRules, align
from cds.core.arrays import IntArray, same_length
from cds.core.cohort import MISSING_GROUP, Cohort
from cds.core.errors import DataError, row_list
from cds.core.finding import Finding, Findings
from cds.core.outcome import Outcome
from cds.core.prediction import Prediction
from cds.core.protocol import MeasuresSection
from cds.core.sample import Sample
from cds.core.study import Study, subgroups
from cds.stats.estimation import answer

NEEDS_A_RUN = ("dataquality", "internal", "comparison", "drift")


class Options(TypedDict, total=False):
    """What every function here takes beside its arrays.

    ``groups``: attribute name to each row's level, shape (n,), missing levels a group of their own; ``references``:
    the reference level per attribute, otherwise the largest group; ``intersections``: attributes to join, such as
    ``[("sex", "education")]``, which become the attribute ``sex×education``. ``site``: shape (n,), makes the intervals
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
    intersections: Sequence[Sequence[str]] | None
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


def evaluated(
    outcome: Outcome,
    prediction: Prediction,
    more: Mapping[str, Any],
    options: Options,
    *,
    names: tuple[str, str] = ("outcome", "probabilities"),
    rules: TimeRules | None = None,
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
    section = group_section(levels, options.get("references") or {}, options.get("intersections") or ())
    design = options.get("design", "simple")
    whole = Cohort(
        patients=(np.arange(len(outcome)) if codes is None else codes).astype(str),
        features=pd.DataFrame({"row": np.arange(len(outcome))}),
        outcome=outcome,
        predictions=prediction,
        groups=levels,
        crossed=section.crossed,
        sites=site,
        weights=weight,
        imputations=imputation,
    )
    parts = (whole,) if imputation is None else _imputations(whole, codes)
    if weight is not None and design == "simple" and repeats(weight):
        times = np.repeat(np.arange(len(parts[0])), parts[0].weights.astype(np.int64))  # type: ignore[union-attr]
        parts = tuple(replace(part.take(times), weights=None) for part in parts)
    if rules is not None and rules.censoring is not None and (len(parts) > 1 or len(parts[0]) != len(whole)):
        raise DataError("censoring covariates go with one row per patient: no imputations, no whole weights")
    samples = tuple(_sample(part, None if codes is None else part.codes, settings, options, rules) for part in parts)
    cohort = replace(parts[0], predictions=None, features=pd.DataFrame(index=range(len(parts[0]))))
    study = Study(
        cohort=cohort,
        samples=samples,
        measures=catalog.measures(outcome.kind),
        settings=settings,
        groups=subgroups(cohort.compared, orders=cohort.level_orders),
        sites={} if cohort.sites is None else subgroups({"site": cohort.sites}),
        references=section.named_references,
    )
    study = answer(study, jobs=options.get("jobs"))
    validators = {f: v for f, v in catalog.validators().items() if f not in NEEDS_A_RUN}
    return Findings([out for v in validators.values() for out in v(study) if isinstance(out, Finding)])


def _sample(
    part: Cohort, codes: IntArray | None, settings: MeasuresSection, options: Options, rules: TimeRules | None
) -> Sample:
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
        times=rules,
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
