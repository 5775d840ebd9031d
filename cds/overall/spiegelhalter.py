"""Spiegelhalter's z: a pure test of calibration, never a criterion."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.measure import Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.stats.intervals import two_sided_p


def spiegelhalter_z(sample: BinarySample) -> float | NotEstimable:
    """Σ(y − p)(1 − 2p) / √Σ(1 − 2p)²p(1 − p)."""
    p, w = sample.risk, sample.weight
    variance = float(w @ ((1 - 2 * p) ** 2 * p * (1 - p)))
    if variance <= 0:
        return NotEstimable("zero variance: every risk is 0, ½ or 1")
    return float(w @ ((sample.outcome - p) * (1 - 2 * p))) / float(np.sqrt(variance))


def p_value(sample: BinarySample) -> dict[str, Any]:
    """Two-sided p-value of the statistic; none for weighted or clustered rows, whose variance the formula misses."""
    z = spiegelhalter_z(sample)
    if isinstance(z, NotEstimable):
        return {}
    return {"p_value": two_sided_p(z)} if sample.analytic else {"no_p_value": "rows are weighted or clustered"}


SPIEGELHALTER_Z = Measure(
    kind="binary",
    name="spiegelhalter_z",
    family="overall",
    label="Spiegelhalter's z",
    compute=spiegelhalter_z,
    details=p_value,
    bootstrap=False,
    interval_name="none: a test statistic with its p-value",
    ideal=0.0,
    direction="none",
    formula="Σ(y − p)(1 − 2p) / √Σ(1 − 2p)²p(1 − p)",
    convention="printed with its two-sided p-value, which weighted or clustered rows do not have; never a criterion",
    source="Spiegelhalter 1986, doi:10.1002/sim.4780050506",
    refused_as_criterion="it is a pure test: its p-value falls with the sample size however good the calibration",
)
