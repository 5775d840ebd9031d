"""Follow-up in another time unit than the protocol's horizons: days against months."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cds.core.finding import Finding
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import Study
from cds.dataquality.check import DataCheck
from cds.stats.aalen_johansen import cumulative_incidence
from cds.stats.units import mistaken_units

FAR = 3.0  # observed over expected beyond which units are suspected, either way
NEAR = 1.6  # observed over expected within which another unit explains it
LONGEST = 3.0  # follow-up over the last horizon, in the unit that is suspected
UNITS = ("days", "weeks", "months", "years")
WRONG_TIME_UNIT = DataCheck(
    code="DQ009",
    name="follow_up_in_another_unit",
    what="The card and the protocol name different time units. Or follow-up ends before the first horizon, and would "
    "end between the last one and three times that in another unit; or events by the last horizon are three times "
    "rarer or commoner than "
    "predicted, and would be as predicted (within a factor of 1.6) in another unit (blocking).",
    source="Kahn et al., eGEMs 2016, atemporal plausibility, doi:10.13063/2327-9214.1244",
)


def time_unit(study: Study) -> Iterator[Finding]:
    """Whether follow-up and horizons are in the same unit."""
    sample = study.sample
    if not isinstance(sample, CompetingRisksSample) or not study.settings.horizons:
        yield WRONG_TIME_UNIT.clear({"times": 0})  # an outcome without follow-up has no unit to mistake
        return
    declared = "" if study.card is None else study.card.time_unit
    if declared and sample.time_unit and _plain(declared) != _plain(sample.time_unit):
        sentence = (
            f"The protocol's time unit is {sample.time_unit}, the model's card says {declared}: are the horizons and "
            "the follow-up in the model's unit?"
        )
        yield WRONG_TIME_UNIT.fault("blocking", sentence, {"protocol": sample.time_unit, "card": declared})
        return
    if not sample.time_unit:
        yield WRONG_TIME_UNIT.not_run("the protocol declares no time_unit")
        return
    found = [(unit, factor) for unit, factor in _others(sample.time_unit) if _explains(sample, study, factor)]
    details = {"last_time": sample.last_time, "horizons": list(study.settings.horizons)}
    if not found:
        yield WRONG_TIME_UNIT.clear(details)
        return
    unit = found[0][0]
    beyond = sample.last_time < study.settings.horizons[0]
    too_far = " Or, if the unit is right, the horizons lie beyond follow-up: name earlier ones." if beyond else ""
    sentence = (
        f"Follow-up is declared in {sample.time_unit} and ends at {sample.last_time:.4g}, the horizons are "
        f"{', '.join(f'{h:g}' for h in study.settings.horizons)}: read in {unit}, follow-up would fit the horizons and "
        f"the predicted risks. Convert the times, or correct time_unit and the horizons.{too_far}"
    )
    yield WRONG_TIME_UNIT.fault("blocking", sentence, {**details, "suspected": unit})


def _others(unit: str) -> list[tuple[str, float]]:
    """Other units of time, each with the factor that brings its values to this one."""
    return [(name, factor) for name, factor in mistaken_units(unit, 0, 0) if name in UNITS]


def _explains(sample: CompetingRisksSample, study: Study, factor: float) -> bool:
    """Whether times multiplied by the factor would fit the horizons where the times as they are do not."""
    first, last = study.settings.horizons[0], study.settings.horizons[-1]
    if sample.last_time < first:
        return last <= factor * sample.last_time <= LONGEST * last
    now, then = _observed_expected(sample, last, last), _observed_expected(sample, last, last / factor)
    return (now <= 1 / FAR or now >= FAR) and 1 / NEAR <= then <= NEAR


def _observed_expected(sample: CompetingRisksSample, horizon: float, when: float) -> float:
    """Observed incidence at a time over the mean risk by the horizon; NaN where nobody is followed so far."""
    expected = float(np.average(sample.at(horizon).risk_now, weights=sample.weights))
    if when > sample.last_time or expected <= 0:
        return np.nan
    return cumulative_incidence(sample, when) / expected


def _plain(unit: str) -> str:
    return unit.strip().lower().rstrip("s")
