"""The outcome as one value per patient, for checks that set single inputs, or the predictions, against it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import BoolArray, FloatArray
from cds.core.outcome import Binary, CompetingRisks, Continuous, Nominal, Ordinal, Outcome, Repeated, Survival
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample, OrdinalSample
from cds.core.sample_repeated import RepeatedSample
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import Study

ENOUGH = 10  # patients with and without the event, from which a horizon is preferred to an earlier one
NO_OUTCOME = "the rows that are judged are not those of the data, and the data's own outcome is not known"


@dataclass(frozen=True, eq=False)
class Endpoint:
    """One value per row: 1 and 0 of an event, codes of ordered categories, or numbers; NaN where there is none.

    Of a patient with several rows one has a value: the first, or that of the last visit. ``about`` says which category
    or horizon it is (empty where there is one outcome). ``predicted`` is what the model says of it, shape (n,).
    """

    value: FloatArray
    is_event: bool
    about: str = ""
    predicted: FloatArray | None = None
    is_ordered: bool = False

    @property
    def known(self) -> BoolArray:
        """The rows that have a value."""
        return ~np.isnan(self.value)


def endpoints(study: Study) -> tuple[Endpoint, ...]:
    """The endpoints row by row of the cohort; none where its outcome is not known."""
    outcome = _observed(study)
    return () if outcome is None else _of(outcome, study.cohort.patients, study.sample, study.settings.horizons)


def predicted_endpoints(study: Study) -> tuple[Endpoint, ...]:
    """The same row by row of the first sample, with the predictions; none of an outcome without predictions of it."""
    sample = study.sample
    outcome = _of_sample(sample)
    if outcome is None:
        return ()
    made = _of(outcome, sample.patient_codes.astype(str), sample, study.settings.horizons)
    return tuple(Endpoint(one.value, one.is_event, one.about, _predicted(sample, k, one)) for k, one in enumerate(made))


def _observed(study: Study) -> Outcome | None:
    cohort = study.cohort
    if cohort.outcome is not None:
        return cohort.outcome
    return _of_sample(study.sample) if len(study.sample) == len(cohort) else None


def _of_sample(sample: Sample) -> Outcome | None:
    match sample:
        case BinarySample():
            return Binary(sample.outcome)
        case OrdinalSample():
            return Ordinal(sample.code, sample.categories)
        case NominalSample():
            return Nominal(sample.code, sample.categories)
        case ContinuousSample():
            return Continuous(sample.observed, "")
        case RepeatedSample():
            return Repeated(Continuous(sample.observed, ""), sample.visit)
        case CompetingRisksSample():
            made = Survival if sample.kind == "survival" else CompetingRisks
            return made(sample.time, sample.status, sample.time_unit, sample.entry)
        case _:
            return None


def _of(
    outcome: Outcome, patients: NDArray[np.str_], sample: Sample, horizons: tuple[float, ...]
) -> tuple[Endpoint, ...]:
    """The endpoints of an outcome; of times, the event by the last horizon by which enough had it and had it not."""
    match outcome:
        case Binary():
            return (Endpoint(_one_each(outcome.event, patients), is_event=True),)
        case Continuous():
            return (Endpoint(_one_each(outcome.value, patients), is_event=False),)
        case Repeated():
            return _at_the_last_visit(outcome, patients, sample)
        case Ordinal():
            codes = np.where(outcome.observed, outcome.code, np.nan)
            return (Endpoint(_one_each(codes, patients), is_event=False, is_ordered=True),)
        case Nominal():
            return tuple(
                Endpoint(
                    _one_each(np.where(outcome.observed, outcome.code == k, np.nan), patients),
                    is_event=True,
                    about=f"category {name}",
                )
                for k, name in enumerate(outcome.categories)
            )
        case CompetingRisks():
            cause = sample.cause if isinstance(sample, CompetingRisksSample) else 1
            made = [_by(outcome, patients, cause, h) for h in horizons or (float(np.nanmax(outcome.time)),)]
            enough = [one for one in made if _smaller(one.value) >= ENOUGH]
            return ((enough or made)[-1],)


def _at_the_last_visit(outcome: Repeated, patients: NDArray[np.str_], sample: Sample) -> tuple[Endpoint, ...]:
    seen = outcome.visit[outcome.observed]
    if not len(seen):
        return ()
    inner = _of(outcome.measured, np.arange(len(outcome)).astype(str), sample, ())
    at = outcome.visit == seen.max()
    about = f"at {seen.max():g}"
    return tuple(
        replace(one, value=_one_each(np.where(at, one.value, np.nan), patients), about=f"{one.about} {about}".strip())
        for one in inner
    )


def _by(outcome: CompetingRisks, patients: NDArray[np.str_], cause: int, horizon: float) -> Endpoint:
    """1 with the event by the horizon, 0 where it is known not to have come by then, NaN censored before."""
    time, status = outcome.time, outcome.status
    event = (status == cause) & (time <= horizon)
    other = (status > 0) & (status != cause)
    free = outcome.observed & ~event & ((time > horizon) | other | ((time == horizon) & (status == 0)))
    value = np.where(event, 1.0, np.where(free, 0.0, np.nan))
    return Endpoint(_one_each(value, patients), is_event=True, about=f"by {horizon:g} {outcome.time_unit}".rstrip())


def _one_each(values: FloatArray, patients: NDArray[np.str_]) -> FloatArray:
    """The values, missing in all rows of a patient but the first that has one."""
    kept = np.array(values, dtype=np.float64)
    rows = np.flatnonzero(~np.isnan(kept))
    kept[rows[pd.Series(patients[rows]).duplicated().to_numpy()]] = np.nan
    return kept


def _smaller(value: FloatArray) -> int:
    return int(min((value == 1).sum(), (value == 0).sum()))


def _predicted(sample: Sample, k: int, endpoint: Endpoint) -> FloatArray | None:
    match sample:
        case BinarySample():
            return sample.risk
        case OrdinalSample():
            return sample.probability @ np.arange(len(sample.categories), dtype=np.float64)
        case NominalSample():
            return sample.probability[:, k]
        case ContinuousSample() | RepeatedSample():
            return sample.predicted
        case CompetingRisksSample():
            named = [h for h in sample.horizons if endpoint.about == f"by {h:g} {sample.time_unit}".rstrip()]
            return sample.at(named[0] if named else sample.horizons[-1]).risk_now
        case _:
            return None
