"""Nagelkerke's R² of the predictions as given (not of a refitted model)."""

from __future__ import annotations

from math import exp, isfinite, log

from cds.core.measure import Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.overall.log_loss import clipped_risks, log_likelihood


def nagelkerke_r2(sample: BinarySample) -> float | NotEstimable:
    """(1 − exp(2(ℓ₀ − ℓ)/n)) / (1 − exp(2ℓ₀/n)), ℓ₀ the log likelihood of the prevalence."""
    if not sample.has_both_classes:
        return NotEstimable("only one outcome class")
    n, prevalence, likelihood = sample.total, sample.prevalence, log_likelihood(sample)
    if not isfinite(likelihood):
        return NotEstimable("infinite log loss: a risk of exactly 0 or 1 was wrong")
    null = n * (prevalence * log(prevalence) + (1 - prevalence) * log(1 - prevalence))
    return (1 - exp(2 * (null - likelihood) / n)) / (1 - exp(2 * null / n))


NAGELKERKE_R2 = Measure(
    kind="binary",
    name="nagelkerke_r2",
    family="overall",
    label="Nagelkerke R²",
    compute=nagelkerke_r2,
    details=clipped_risks,
    ideal=1.0,
    direction="higher",
    formula="(1 − exp(2(ℓ₀ − ℓ)/n)) / (1 − exp(2ℓ₀/n))",
    convention="of the predictions as given (clipped only where the protocol declares bounds), not refitted; the null "
    "model is the prevalence in these data",
    source="Nagelkerke 1991, doi:10.1093/biomet/78.3.691",
)
