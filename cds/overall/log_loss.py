"""Log loss: the mean negative log likelihood of the predictions as given."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Measure, NotEstimable
from cds.core.sample_binary import BinarySample


def log_likelihood(sample: BinarySample) -> float:
    """Σ y·log p + (1 − y)·log(1 − p); −∞ where a risk of exactly 0 or 1 was wrong."""

    def per_row() -> FloatArray:
        p = np.clip(sample.risk, *sample.clip) if sample.clip else sample.risk
        with np.errstate(divide="ignore"):
            return np.where(sample.outcome == 1, np.log(p), np.log1p(-p))

    rows = sample.rows_memo("log_likelihood_rows", per_row)
    if bool(sample.rows_memo("log_likelihood_finite", lambda: bool(np.isfinite(rows).all()))):
        return float(sample.weight @ rows)
    present = sample.weight > 0
    return float(sample.weight[present] @ rows[present])


def log_loss(sample: BinarySample) -> float | NotEstimable:
    """−log likelihood / n."""
    value = -log_likelihood(sample) / sample.total
    if not np.isfinite(value):
        return NotEstimable(
            "infinite: a risk of exactly 0 or 1 was wrong, and the protocol declares no bounds to clip to"
        )
    return value


def clipped_risks(sample: BinarySample) -> dict[str, Any]:
    """How many risks were moved to the protocol's bounds, where it declares them."""
    return {"clipped": sample.clipped} if sample.clipped else {}


LOG_LOSS = Measure(
    kind="binary",
    name="log_loss",
    family="overall",
    label="Log loss",
    compute=log_loss,
    details=clipped_risks,
    ideal=0.0,
    direction="lower",
    formula="−mean(y·log p + (1 − y)·log(1 − p))",
    convention="of the predictions as given, clipped only where the protocol declares bounds; natural logarithm; "
    "infinite is not estimable",
    source="Gneiting & Raftery 2007, doi:10.1198/016214506000001437",
)
