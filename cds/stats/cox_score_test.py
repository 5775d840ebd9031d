"""The score test of one covariate in a Cox regression: which way it goes with the hazard, without a fit."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray
from cds.stats.partial_likelihood import partial_likelihood
from cds.stats.risk_sets import RiskSets, Ties

NOTHING = 1e-9  # information about a standardised covariate that is no more than rounding


def score_test(x: FloatArray, sets: RiskSets) -> float | None:
    """U(0)/√I(0) of Efron's partial likelihood, positive where the hazard rises with x; None where x does not vary.

    Its square is the score test of R's ``coxph``; of a group it is the log-rank test but for ties. Cox 1972,
    doi:10.1111/j.2517-6161.1972.tb00899.x.

    >>> time, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 1, 0, 1])
    >>> round(score_test(np.array([1.0, 1.0, 0.0, 0.0]), RiskSets.of(time, event)), 6)
    1.697749
    """
    if not np.ptp(x):
        return None
    standardised = (x - x.mean()) / x.std()
    there = partial_likelihood(np.zeros(1), standardised[None, :], sets, None, Ties.of(sets, None))
    information = float(there.information[0, 0])
    return float(there.score[0]) / information**0.5 if information > NOTHING else None
