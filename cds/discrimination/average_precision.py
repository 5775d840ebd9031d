"""Average precision: the step sum under the precision–recall curve; described, never a criterion."""

from __future__ import annotations

import numpy as np

from cds.core.measure import Measure, NotEstimable
from cds.core.sample_binary import BinarySample


def average_precision(sample: BinarySample) -> float | NotEstimable:
    """Σ(R_k − R_{k−1})·P_k over distinct risks from the highest down."""
    if sample.events == 0:
        return NotEstimable("no events")
    order = sample.order
    weight = sample.weight[order]
    events = weight * sample.outcome[order]
    starts = sample.tie_starts
    events, flagged = np.add.reduceat(events, starts)[::-1], np.add.reduceat(weight, starts)[::-1]
    found, all_flagged = np.cumsum(events), np.cumsum(flagged)
    counted = events > 0
    return float((events[counted] * found[counted] / all_flagged[counted]).sum()) / sample.events


AVERAGE_PRECISION = Measure(
    kind="binary",
    name="average_precision",
    family="discrimination",
    label="Average precision",
    compute=average_precision,
    ideal=1.0,
    direction="higher",
    formula="Σ(R_k − R_{k−1})·P_k over distinct risks",
    convention="step sum without interpolation; depends on the prevalence",
    source="Manning, Raghavan & Schütze 2008, chapter 8, doi:10.1017/CBO9780511809071; "
    "Van Calster 2025, doi:10.1016/j.landig.2025.100916",
    refused_as_criterion="it depends on the prevalence, ignores true negatives and has no clinical meaning of its own",
)
