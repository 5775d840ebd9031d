"""The peer: the loop that an analyst writes, resampling rows and refitting with scikit-learn and statsmodels."""

from __future__ import annotations

import time
import warnings

import numpy as np


def replicate_seconds(outcome: np.ndarray, risk: np.ndarray, replicates: int) -> float:
    """Seconds per replicate of six measures."""
    rng = np.random.default_rng(1)
    started = time.perf_counter()
    for _ in range(replicates):
        rows = rng.integers(0, len(outcome), len(outcome))
        six_measures(outcome[rows], risk[rows])
    return (time.perf_counter() - started) / replicates


def six_measures(y: np.ndarray, p: np.ndarray) -> None:
    """AUROC, slope, calibration-in-the-large, O:E, Brier and ICI on a natural spline, as an analyst computes them."""
    import statsmodels.api as sm
    from patsy import dmatrix
    from sklearn.metrics import roc_auc_score

    logit = np.log(p / (1 - p))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        roc_auc_score(y, p)
        sm.GLM(y, sm.add_constant(logit), family=sm.families.Binomial()).fit()
        sm.GLM(y, np.ones((len(y), 1)), family=sm.families.Binomial(), offset=logit).fit()
        basis = np.asarray(dmatrix("cr(x, df=4)", {"x": logit}))
        observed = sm.GLM(y, basis, family=sm.families.Binomial()).fit().fittedvalues
    np.mean(y) / np.mean(p), np.mean((y - p) ** 2), np.mean(np.abs(p - observed))
