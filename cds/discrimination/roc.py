"""The ROC curve, and the predicted risks of patients with and without the outcome."""

from __future__ import annotations

import numpy as np

from cds.core.finding import Curve
from cds.core.sample_binary import BinarySample

BINS = 20


def roc_curve(sample: BinarySample) -> Curve:
    """True against false positive rate over all distinct risks, from the highest down."""
    weight = sample.weight[sample.order]
    events = np.add.reduceat(weight * sample.outcome[sample.order], sample.tie_starts)[::-1]
    everyone = np.add.reduceat(weight, sample.tie_starts)[::-1]
    tpr = np.r_[0.0, np.cumsum(events) / sample.events]
    fpr = np.r_[0.0, np.cumsum(everyone - events) / (sample.total - sample.events)]
    return Curve(
        "roc", "discrimination", "Receiver operating characteristic",
        {"false_positive_rate": fpr, "true_positive_rate": tpr},
        x_label="1 − specificity", y_label="Sensitivity",
    )  # fmt: skip


def risk_distribution(sample: BinarySample) -> Curve:
    """Counts of events and non-events in bins of predicted risk, .05 wide."""
    edges = np.linspace(0, 1, BINS + 1)
    place = np.minimum((sample.risk * BINS).astype(int), BINS - 1)
    events = np.bincount(place, weights=sample.weight * sample.outcome, minlength=BINS)
    everyone = np.bincount(place, weights=sample.weight, minlength=BINS)
    return Curve(
        "risk_distribution", "discrimination", "Predicted risks by outcome",
        {"left": edges[:-1], "right": edges[1:], "events": events, "non_events": everyone - events},
        x_label="Predicted risk", y_label="Patients",
    )  # fmt: skip
