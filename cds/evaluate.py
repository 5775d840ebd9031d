"""The same measures on plain arrays, for a notebook: arrays in, findings out, nothing judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds import catalog
from cds.core.arrays import FloatArray, IntArray, same_length
from cds.core.cohort import Cohort
from cds.core.errors import DataError, all_at_once, nearest
from cds.core.finding import Finding, Findings
from cds.core.model import level_key
from cds.core.outcome import Binary
from cds.core.protocol import MeasuresSection, Smoother
from cds.core.sample import BinarySample
from cds.core.study import Study, subgroups
from cds.core.verdict import MISSING_GROUP
from cds.stats.estimation import answer

MOST_ROWS = 50_000_000


def binary(
    outcome: Any,
    risk: Any,
    *,
    thresholds: Sequence[float] = (),
    groups: Mapping[str, Any] | None = None,
    references: Mapping[str, str] | None = None,
    smoother: Smoother = "rcs",
    level: float = 0.95,
    replicates: int = 1000,
    seed: int = 1,
    weights: Any = None,
    design: Literal["simple", "sampling"] = "simple",
    patient: Any = None,
    clip: tuple[float, float] | None = None,
    jobs: int | None = None,
) -> Findings:
    """Every binary measure of risks against outcomes, with intervals, overall and by group.

    Args:
        outcome: 0/1 or boolean, shape (n,); NumPy, pandas, Polars or Arrow, as all arrays here.
        risk: probability of 1, shape (n,), in [0, 1].
        thresholds: risks at which one would act, each in (0, 1).
        groups: attribute name to each row's level, shape (n,); missing levels form a group of their own.
        references: the reference level per attribute; otherwise the largest group.
        smoother: ``rcs``, ``lowess`` or ``loess``, for the calibration distances.
        level: of the intervals, in (0, 1).
        replicates: bootstrap replicates; with 0, bounds that need them are refused with the reason.
        seed: of the bootstrap; the numbers do not depend on ``jobs``.
        weights: shape (n,). Whole numbers mean repeated rows, others are sampling weights.
        design: ``sampling`` makes whole weights sampling weights too. Those are relative: rows themselves are
            counted, and intervals come from the bootstrap.
        patient: patient of each row, where patients have several; the bootstrap draws patients.
        clip: bounds for the logits of risks of exactly 0 or 1.
        jobs: worker processes; all cores by default.

    Raises:
        DataError: missing or infinite values, other outcomes than 0 and 1, parts of different length, groups that
            are no mapping.
        PredictionError: a risk outside [0, 1], with the row positions.

    >>> found = binary([0, 1, 1, 0, 1, 0], [0.1, 0.8, 0.6, 0.3, 0.4, 0.5], replicates=0)
    >>> round(found["auroc"].estimate, 4)
    0.8889
    """
    settings = _settings(
        thresholds=_thresholds(thresholds),
        smoother=smoother,
        level=level,
        replicates=replicates,
        seed=seed,
        clip=clip,
    )
    weight = None if weights is None else _floats(weights, "weights")
    observed, predicted = _floats(outcome, "outcome"), _floats(risk, "risk")
    levels = {name: as_levels(values) for name, values in _attributes(groups).items()}
    codes = None if patient is None else _codes(patient)
    given = {"outcome": observed, "risk": predicted, **levels, "weights": weight, "patient": codes}
    same_length(**{name: len(values) for name, values in given.items() if values is not None})
    _refuse_unknown_references(references or {}, levels)
    if weight is not None and design == "simple" and _repeats(weight):
        rows = np.repeat(np.arange(len(weight)), weight.astype(np.int64))
        observed, predicted = observed[rows], predicted[rows]
        levels = {name: values[rows] for name, values in levels.items()}
        codes, weight = (None if codes is None else codes[rows]), None
    sample = BinarySample(
        outcome=observed,
        risk=predicted,
        weights=weight,
        patient=codes,
        clip=clip,
        design="simple" if weight is None else "sampling",
    )
    return Findings(list(_findings(sample, levels, references or {}, settings, jobs)))


def _repeats(weight: FloatArray) -> bool:
    """Whether weights are whole numbers, which then mean repeated rows."""
    whole = bool(np.isfinite(weight).all() and (weight >= 0).all() and (weight == np.round(weight)).all())
    if whole and weight.sum() > MOST_ROWS:
        raise DataError(
            f"whole weights mean repeated rows, and these add up to {weight.sum():.3g}",
            do='Give design="sampling" if they are sampling weights',
        )
    return whole and bool(weight.any())


def _attributes(groups: Any) -> Mapping[str, Any]:
    if groups is None:
        return {}
    if not isinstance(groups, Mapping):
        raise DataError('groups must be a mapping of names to levels, such as {"sex": sex}')
    return groups


def _thresholds(given: Any) -> tuple[float, ...]:
    try:
        return tuple(float(t) for t in given)
    except (TypeError, ValueError):
        raise DataError("thresholds must be a sequence of numbers, such as (0.1, 0.2)") from None


def _settings(**given: Any) -> MeasuresSection:
    from pydantic import ValidationError

    try:
        return MeasuresSection(**given)
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in e['loc']) or 'settings'}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        ]
        raise DataError("; ".join(faults)) from None


def _refuse_unknown_references(references: Mapping[str, str], levels: Mapping[str, NDArray[np.str_]]) -> None:
    faults = [
        DataError(f"references names {attribute!r}, which is not among groups", do=nearest(attribute, levels))
        for attribute in references
        if attribute not in levels
    ]
    faults += [
        DataError(f"{reference!r} is no level of {attribute!r}", do=nearest(reference, set(levels[attribute])))
        for attribute, reference in references.items()
        if attribute in levels and reference not in levels[attribute]
    ]
    if faults:
        raise all_at_once(faults)


def _findings(
    sample: BinarySample,
    levels: Mapping[str, NDArray[np.str_]],
    references: Mapping[str, str],
    settings: MeasuresSection,
    jobs: int | None,
) -> list[Finding]:
    cohort = Cohort(
        patients=sample.patient_codes.astype(str),
        features=pd.DataFrame(index=range(len(sample))),
        outcome=Binary(sample.outcome),
        groups=levels,
    )
    study = Study(
        cohort=cohort,
        samples=(sample,),
        measures=catalog.measures("binary"),
        settings=settings,
        groups=subgroups(levels),
        references=references,
    )
    study = answer(study, jobs=jobs)
    outputs = [
        out for family, validator in catalog.validators().items() if family != "dataquality" for out in validator(study)
    ]
    return [out for out in outputs if isinstance(out, Finding)]


def as_levels(values: Any) -> NDArray[np.str_]:
    """Group levels as text; whole numbers without a decimal point, missing ones as a level of their own."""
    raw = pd.Series(_native(values), dtype=object)
    return np.array([MISSING_GROUP if pd.isna(value) else level_key(value) for value in raw], dtype=np.str_)


def _native(values: Any) -> NDArray[Any]:
    """NumPy from NumPy, lists, pandas, Polars or Arrow."""
    import narwhals as nw

    series = nw.from_native(values, series_only=True, pass_through=True)
    return series.to_numpy() if isinstance(series, nw.Series) else np.asarray(values)


def _floats(values: Any, name: str) -> FloatArray:
    try:
        return np.asarray(_native(values), dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} must be numbers, got text or mixed values") from None


def _codes(patient: Any) -> IntArray:
    codes, _ = pd.factorize(np.asarray(_native(patient), dtype=object))
    if (codes < 0).any():
        raise DataError("patient must not be missing")
    return codes.astype(np.int64)
