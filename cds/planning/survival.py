"""Interval widths of a survival outcome's measures in n patients, by simulation.

Riley et al. 2022, doi:10.1002/sim.9275: no closed form holds with censoring, so cohorts are drawn with event times
from the linear predictor, each is analysed as a validation would be, and the variances carry over to other sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, log1p, sinh, sqrt
from typing import Literal

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.errors import InputError, all_at_once
from cds.planning.risks import SD_RANGE, auroc_above_half, normal, share_between
from cds.stats.intervals import normal_quantile
from cds.stats.logistic import expit

SurvivalMeasure = Literal["observed_expected", "calibration_slope", "harrell_c"]
MEASURES: tuple[SurvivalMeasure, ...] = ("observed_expected", "calibration_slope", "harrell_c")
LEAST_PATIENTS, MOST_PATIENTS, EVENTS = 500, 20_000, 200  # of one simulated cohort
FEWEST_EVENTS, FEWEST_WITHOUT = 20, 10  # expected in a cohort; fewer leave cohorts from which nothing is estimated
# Beyond these times and weights leave what a computer can hold, and no study is planned there.
MOST_SPREAD, MOST_CENSORED, SHAPES = 10.0, 0.95, (0.1, 20.0)


@dataclass(frozen=True, kw_only=True)
class SurvivalSetting:
    """What is expected of the study: risks by the horizon, censoring, shape of the hazard.

    Attributes:
        risk: expected share with the event by the horizon, without censoring.
        lp_sd: standard deviation of the normal linear predictor (log hazard ratio).
        censored: share that would be censored before the horizon, were there no events.
        shape: of the Weibull hazard; 1 is a constant hazard.

    Raises:
        InputError: lists every value that cannot be, or from which no cohort can be simulated.
    """

    risk: float
    lp_sd: float
    censored: float = 0.0
    shape: float = 1.0

    def __post_init__(self) -> None:
        share_between(self.risk, "the risk by the horizon")
        low, high = SHAPES
        faults = []
        if not SD_RANGE[0] <= self.lp_sd <= MOST_SPREAD:
            faults.append(
                f"the standard deviation of the linear predictor must lie between {SD_RANGE[0]:g} and "
                f"{MOST_SPREAD:g}, got {self.lp_sd:g}"
            )
        if not 0 <= self.censored <= MOST_CENSORED:
            faults.append(f"the censored share must lie between 0 and {MOST_CENSORED:g}, got {self.censored:g}")
        if not low <= self.shape <= high:
            faults.append(f"the Weibull shape must lie between {low:g} and {high:g}, got {self.shape:g}")
        if not faults:
            faults = self._too_few()
        if faults:
            raise all_at_once([InputError(fault) for fault in faults])

    @property
    def patients(self) -> int:
        """Of one simulated cohort: enough for about 200 events."""
        return int(min(max(LEAST_PATIENTS, ceil(EVENTS / self.seen)), MOST_PATIENTS))

    @property
    def seen(self) -> float:
        """The share whose event is seen, about: the risk times the mean follow-up until censoring or the horizon.

        Of a censored share q that follow-up is q / −log(1 − q); exact of rare events at a constant hazard.
        """
        return self.risk * (self.censored / -log1p(-self.censored) if self.censored else 1.0)

    def _too_few(self) -> list[str]:
        events, without = self.patients * self.seen, self.patients * (1 - self.risk)
        told = f"in a simulated cohort of {self.patients:,} patients a risk by the horizon of {self.risk} leaves"
        faults = []
        if events < FEWEST_EVENTS:
            faults.append(f"{told} {events:.2g} events; fewer than {FEWEST_EVENTS} tell nothing")
        if without < FEWEST_WITHOUT * (1 - 1e-9):
            faults.append(f"{told} {without:.2g} patients without the event; fewer than {FEWEST_WITHOUT} tell nothing")
        return faults


@dataclass(frozen=True)
class Simulated:
    """A measure's variance times n, averaged over the simulated cohorts, and the Monte Carlo error of that mean.

    The variance is that of log O:E for observed_expected.
    """

    measure: SurvivalMeasure
    unit_variance: float
    error: float
    ratio: float = 1.0

    def width(self, n: float, *, level: float = 0.95) -> float:
        """Width of the measure's interval in n patients: 2z·se, of O:E 2·OE·sinh(z·se)."""
        half = normal_quantile(level) * sqrt(self.unit_variance / n)
        return 2 * self.ratio * sinh(min(half, 700)) if self.measure == "observed_expected" else 2 * half

    def size(self, width: float, *, level: float = 0.95) -> tuple[int, int]:
        """The smallest n that reaches a width, and the Monte Carlo standard error of it, rounded up."""
        from cds.planning.search import smallest

        n = smallest(lambda m: self.width(m, level=level), width)
        return n, ceil(n * self.error / self.unit_variance)


def lp_sd_from_c(c: float) -> float:
    """The standard deviation of a normal linear predictor whose C is this under proportional hazards.

    Of two patients the one whose linear predictor is higher by d fails first with probability expit(d); C is the
    mean of expit(|d|) with d normal, variance 2·sd². Without censoring and by bisection.

    Raises:
        InputError: a C outside (.5, 1), or one that no spread from 0.001 to 10 gives.

    >>> round(lp_sd_from_c(0.7), 3)
    0.844
    """
    auroc_above_half(c)

    def gained(sd: float) -> float:
        difference, share = normal(0, sqrt(2) * sd).points((0.0,))
        return float(share @ expit(np.abs(difference)))

    low, high = SD_RANGE[0], MOST_SPREAD
    if not gained(low) <= c <= gained(high):
        told = f"the C-statistic of a survival outcome must lie between {gained(low):.4f} and {gained(high):.4f}"
        raise InputError(f"{told} to be planned for, got {c}")
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if gained(middle) < c else (low, middle)
    return (low + high) / 2


def simulate(
    setting: SurvivalSetting, *, cohorts: int = 100, seed: int = 1, ratio: float = 1.0
) -> dict[SurvivalMeasure, Simulated]:
    """Draw and analyse cohorts; the variance of each measure per patient, with its Monte Carlo error.

    Each cohort has about 200 events. Times are Weibull from the linear predictor, censored at random at a constant
    rate and at the horizon. O:E: Greenwood's variance of log(1 − Kaplan–Meier); slope: Cox's information;
    C: the infinitesimal jackknife of Harrell's.

    Raises:
        InputError: fewer than 2 cohorts.
    """
    if cohorts < 2:
        raise InputError(f"at least 2 cohorts must be simulated, got {cohorts}")
    hazard = _baseline(setting)
    n = setting.patients
    found = np.array([_variances(setting, hazard, n, rng) for rng in _generators(seed, cohorts)]) * n
    means, errors = found.mean(axis=0), found.std(axis=0, ddof=1) / sqrt(cohorts)
    return {
        name: Simulated(name, float(mean), float(error), ratio if name == "observed_expected" else 1.0)
        for name, mean, error in zip(MEASURES, means, errors, strict=True)
    }


def _generators(seed: int, count: int) -> list[np.random.Generator]:
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(count)]


def _baseline(setting: SurvivalSetting) -> float:
    """The cumulative baseline hazard at the horizon that gives the expected risk, by bisection on its logarithm."""
    lp, share = normal(0, setting.lp_sd).points(())
    low, high = -60.0, 60.0
    for _ in range(100):
        middle = (low + high) / 2
        risk = float(share @ -np.expm1(-np.exp(middle + lp)))
        low, high = (middle, high) if risk < setting.risk else (low, middle)
    return float(np.exp((low + high) / 2))


def _variances(setting: SurvivalSetting, hazard: float, n: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """Variances in one simulated cohort: of log O:E, of the slope, of Harrell's C. The horizon is time 1."""
    lp = rng.normal(0, setting.lp_sd, n)
    log_time = (np.log(rng.exponential(size=n) / hazard) - lp) / setting.shape
    time = np.exp(np.minimum(log_time, 1.0))  # whatever comes after the horizon is not seen
    rate = -log(1 - setting.censored)
    censoring = rng.exponential(1 / rate, n) if rate else np.full(n, np.inf)
    end = np.minimum(censoring, 1.0)
    event = time <= end
    order = np.argsort(np.minimum(time, end), kind="stable")
    at, event, lp = np.minimum(time, end)[order], event[order], lp[order]
    return _log_risk_variance(event), 1 / _cox_information(event, lp), _c_variance(at, event, lp)


def _log_risk_variance(event: BoolArray) -> float:
    """Greenwood's variance of log(1 − S) at the end; rows in order of time, times of events differ."""
    at_risk = np.arange(len(event), 0, -1, dtype=np.float64)[event]
    at_risk = at_risk[at_risk > 1]
    survival = float(np.prod(1 - 1 / at_risk))
    greenwood = float(np.sum(1 / (at_risk * (at_risk - 1))))
    return greenwood * survival**2 / (1 - survival) ** 2


def _cox_information(event: BoolArray, lp: FloatArray) -> float:
    """Information on the coefficient of lp at 1, its true value; rows in order of time."""
    weight = np.exp(lp)
    sums = [np.cumsum((weight * lp**k)[::-1])[::-1][event] for k in range(3)]
    mean = sums[1] / sums[0]
    return float(np.sum(sums[2] / sums[0] - mean**2))


def _c_variance(time: FloatArray, event: BoolArray, lp: FloatArray) -> float:
    """The infinitesimal-jackknife variance of Harrell's C, as survival::concordance computes it."""
    agree, pairs = np.zeros(len(lp)), np.zeros(len(lp))
    for i in np.flatnonzero(event):
        later = slice(i + 1, None)  # whoever is followed longer than the event can be compared with it
        lower = (lp[later] < lp[i]).astype(np.float64)
        agree[i] += lower.sum()
        agree[later] += lower
        pairs[i] += len(lower)
        pairs[later] += 1
    c = agree.sum() / pairs.sum()
    return float(np.sum((agree - c * pairs) ** 2) / (pairs.sum() / 2) ** 2)
