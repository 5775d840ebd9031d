"""log(−log(1 − risk)) at a horizon, and what becomes of risks of exactly 0 or 1, which have none."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, frozen
from cds.core.sample_times import CompetingRisksSample


def cloglog(sample: CompetingRisksSample) -> FloatArray:
    """log(−log(1 − r)) of every row's risk by the sample's horizon, after declared clipping, shape (n,).

    Rows whose risk has none hold 0 and get no weight in ``cloglog_weights``.
    """
    full = sample.origin  # its risks are those of every replicate and simulated sample

    def make() -> FloatArray:
        risk = np.where(_has_cloglog(full), full.risk_now, 0.5)
        return frozen(np.where(_has_cloglog(full), of_risk(risk, full.clip), 0.0))

    return full.rows_memo("cloglog", make)


def of_risk(risk: FloatArray, clip: tuple[float, float] | None) -> FloatArray:
    """log(−log(1 − r)) of risks between 0 and 1, after declared clipping.

    >>> of_risk(np.array([1 - np.exp(-1.0)]), None).round(12)
    array([0.])
    """
    return np.asarray(np.log(-np.log1p(-(np.clip(risk, *clip) if clip else risk))), dtype=np.float64)


def _has_cloglog(sample: CompetingRisksSample) -> BoolArray:
    """Rows whose risk is neither 0 nor 1, or all rows where the protocol declares bounds to clip to."""
    risk = sample.risk_now
    return np.full(len(sample), True) if sample.clip else (risk > 0) & (risk < 1)


def cloglog_weights(sample: CompetingRisksSample) -> FloatArray | None:
    """The weights with 0 where the risk is exactly 0 or 1 and no bounds are declared; None for one each."""
    full = sample.origin
    usable = full.rows_memo("has_cloglog", lambda: frozen(_has_cloglog(full)))
    if full.rows_memo("all_have_cloglog", lambda: bool(usable.all())):
        return sample.weights
    return sample.memo("cloglog_weights", lambda: frozen(sample.weight * usable))


def cloglog_details(sample: CompetingRisksSample) -> dict[str, Any]:
    """How many risks were clipped or left out, and that the value is then descriptive; empty where none were."""
    risk, weight = sample.risk_now, sample.weight
    if sample.clip:
        clipped = int(weight[(risk < sample.clip[0]) | (risk > sample.clip[1])].sum())
        return {"clipped": clipped} if clipped else {}
    count = int(weight[(risk <= 0) | (risk >= 1)].sum())
    if not count:
        return {}
    told = (
        f"{count} risks of exactly 0 or 1 have no complementary log-log and were left out, which flatters a bad model; "
        "declare clip = [low, high] in the protocol to judge this measure"
    )
    return {"left_out": count, "descriptive": told}


def follow_up_details(sample: CompetingRisksSample) -> dict[str, Any]:
    """Which follow-up a regression for the horizon saw, and that its risk sets respect delayed entry."""
    seen = {"follow_up": "all" if sample.horizon is None else sample.follow_up}
    return seen if sample.entry is None else {**seen, "delayed_entry": "risk sets hold those who have entered"}
