"""D-calibration: are the survival probabilities at the patients' own event times spread evenly between 0 and 1?"""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Measure, NotEstimable
from cds.core.sample_times import SurvivalSample

BINS = 10
FEWEST_HORIZONS = 10
FEWEST_PATIENTS = 50  # five expected in each tenth


def survival_by(sample: SurvivalSample, when: FloatArray) -> FloatArray:
    """Each patient's predicted survival at its own time: cumulative hazard linear between horizons, shape (n,)."""
    edges = np.concatenate([[0.0], sample.horizons])
    survival = np.column_stack([np.ones(len(when)), 1 - sample.risk])
    k = np.clip(np.searchsorted(edges, when, side="right") - 1, 0, len(edges) - 2)
    share = np.clip((when - edges[k]) / np.diff(edges)[k], 0, 1)
    rows = np.arange(len(when))
    begin, end = survival[rows, k], survival[rows, k + 1]
    kept = np.divide(end, begin, out=np.ones_like(end), where=begin > 0)
    return np.asarray(begin * kept**share, dtype=np.float64)


def bin_shares(sample: SurvivalSample) -> FloatArray:
    """Σ of weights in each tenth of the predicted survival at the end of follow-up, lowest first, shape (10,).

    An event counts in the tenth of its own survival probability; a censored patient, whose probability at the event
    lies below s = S(c), is spread evenly over [0, s]. Follow-up beyond the last horizon counts as censored there.
    """
    last = sample.horizons[-1]
    is_event = (sample.is_event > 0) & (sample.time <= last)
    survival = survival_by(sample, np.minimum(sample.time, last))
    if sample.entry is not None:
        by_entry = survival_by(sample, np.minimum(sample.entry, last))
        survival = np.divide(survival, by_entry, out=np.ones_like(survival), where=by_entry > 0)
    lower = np.arange(BINS) / BINS
    own = np.clip(np.floor(survival * BINS).astype(np.int64), 0, BINS - 1)
    found = np.bincount(own[is_event], weights=sample.weight[is_event], minlength=BINS).astype(np.float64)
    censored, weight = survival[~is_event], sample.weight[~is_event]
    covered = np.clip(censored[:, None] - lower, 0, 1 / BINS)
    spread = np.divide(covered, censored[:, None], out=np.zeros_like(covered), where=censored[:, None] > 0)
    spread[censored <= 0, 0] = 1.0
    return found + weight @ spread  # type: ignore[no-any-return]


def d_calibration(sample: SurvivalSample) -> float | NotEstimable:
    """Σ (n_k − n/10)² / (n/10) over tenths of the survival probability."""
    if len(sample.horizons) < FEWEST_HORIZONS:
        return NotEstimable(
            f"D-calibration needs the predicted survival at each patient's own time: give risks by at least "
            f"{FEWEST_HORIZONS} horizons (there are {len(sample.horizons)})"
        )
    if sample.total < FEWEST_PATIENTS:
        return NotEstimable(f"fewer than {FEWEST_PATIENTS} patients: under five expected in each tenth")
    expected = sample.total / BINS
    return float(((bin_shares(sample) - expected) ** 2).sum() / expected)


def d_calibration_details(sample: SurvivalSample) -> dict[str, Any]:
    """The p-value from χ² with 9 degrees of freedom, and the share of patients in each tenth, lowest survival first."""
    value = d_calibration(sample)
    if isinstance(value, NotEstimable):
        return {}
    shares = (bin_shares(sample) / sample.total).tolist()
    shown: dict[str, Any] = {"df": BINS - 1, "shares": shares, "horizons": len(sample.horizons)}
    if not sample.analytic:
        return {**shown, "no_p_value": "rows are weighted or clustered"}
    from scipy.special import chdtrc

    return {**shown, "p_value": float(chdtrc(BINS - 1, value))}


D_CALIBRATION = Measure(
    kind="survival",
    name="d_calibration",
    family="calibration",
    label="D-calibration",
    compute=d_calibration,
    details=d_calibration_details,
    bootstrap=False,
    interval_name="none: a test statistic with its p-value",
    ideal=None,
    direction="none",
    formula="Σ (n_k − n/10)²/(n/10) over tenths of S(T | x)",
    convention="χ² with 9 degrees of freedom; censored patients are spread evenly below S(c | x), which makes the test "
    "the milder the more are censored; survival between horizons by a linear cumulative hazard, follow-up beyond the "
    "last horizon counts as censored there; with delayed entry S(T)/S(entry); at least 10 horizons and 50 patients; "
    "secondary, never a criterion",
    source="Haider, Hoehn, Davis & Greiner 2020, JMLR 21(85), jmlr.org/papers/v21/18-772.html; probability integral "
    "transform: David & Johnson 1948, doi:10.1093/biomet/35.1-2.182",
    refused_as_criterion="it is a pure test: its p-value falls with the sample size however good the calibration",
)
