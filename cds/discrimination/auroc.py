"""Area under the ROC curve: the chance that a patient with the event has the higher risk."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.stats.influence import of_a_mean
from cds.stats.intervals import wald
from cds.stats.mann_whitney import delong_placements, delong_variance
from cds.stats.per_category import each_category

NO_CLASSES = "only one outcome class"


def auroc(sample: BinarySample) -> float | NotEstimable:
    """P(p₁ > p₀) + ½ P(p₁ = p₀), exactly, over all weighted pairs."""
    if not sample.has_both_classes:
        return NotEstimable(NO_CLASSES)
    order, starts = sample.order, sample.tie_starts
    outcome = sample.rows_memo("ordered_outcome", lambda: sample.outcome[order])
    weight = sample.weight[order]
    events = weight * outcome
    others = weight - events
    if len(starts) < len(order):
        events, others = np.add.reduceat(events, starts), np.add.reduceat(others, starts)
    below = np.cumsum(others) - 0.5 * others
    return float(events @ below) / (sample.events * (sample.total - sample.events))


def placements(sample: BinarySample) -> tuple[FloatArray, FloatArray]:
    """DeLong's structural components: for each event the share of non-events below it, and the reverse."""
    return delong_placements(sample.risk, sample.outcome == 1)


def delong_interval(sample: BinarySample, value: float, level: float) -> Interval | NotEstimable:
    """DeLong's variance, Wald on the logit scale; the plain Wald bounds stand in the details."""
    of_events, of_others = placements(sample)
    if min(len(of_events), len(of_others)) < 2:
        return NotEstimable("fewer than two patients in an outcome class")
    se = float(np.sqrt(delong_variance(of_events, of_others)))
    plain, interval = (
        wald(value, level, se=se),
        wald(value, level, se=se, scale="logit", method="delong, logit scale"),
    )
    if isinstance(interval, NotEstimable) or isinstance(plain, NotEstimable):
        return interval
    details = {"low_wald": plain.low, "high_wald": plain.high}
    return Interval(interval.low, interval.high, level, interval.method, interval.se, interval.scale_se, details)


def delong_influence(sample: BinarySample) -> FloatArray | NotEstimable:
    """The placements about their mean, over √(m(m − 1)) of their class: their squares sum to DeLong's variance."""
    of_events, of_others = placements(sample)
    terms = np.empty(len(sample))
    for inside, part in ((sample.outcome == 1, of_events), (sample.outcome == 0, of_others)):
        own = of_a_mean(part)
        if isinstance(own, NotEstimable):
            return NotEstimable("fewer than two patients in an outcome class")
        terms[inside] = own
    return terms


AUROC = Measure(
    kind="binary",
    name="auroc",
    family="discrimination",
    label="Area under the ROC curve",
    compute=auroc,
    interval=delong_interval,
    influence=delong_influence,
    interval_name="DeLong on the logit scale; too narrow with few events, plain Wald (in the details) more so",
    scale="logit",
    needs_prevalence=False,
    ideal=1.0,
    direction="higher",
    formula="P(p₁ > p₀) + ½·P(p₁ = p₀)",
    convention="exact Mann–Whitney, ties ½, on the risk itself; not turned round when below ½",
    source="DeLong 1988, doi:10.2307/2531595; Sun & Xu 2014, doi:10.1109/LSP.2014.2337313",
)
AUROC_NOMINAL, AUROC_ORDINAL = each_category(AUROC)
