"""Discrimination slope: how far apart the mean risks of events and non-events lie."""

from __future__ import annotations

from cds.core.measure import Measure, NotEstimable
from cds.core.sample_binary import BinarySample


def discrimination_slope(sample: BinarySample) -> float | NotEstimable:
    """Mean risk of events − mean risk of non-events."""
    if not sample.has_both_classes:
        return NotEstimable("only one outcome class")
    of_events = float(sample.weight @ (sample.risk * sample.outcome))
    of_all = float(sample.weight @ sample.risk)
    return of_events / sample.events - (of_all - of_events) / (sample.total - sample.events)


DISCRIMINATION_SLOPE = Measure(
    kind="binary",
    name="discrimination_slope",
    family="discrimination",
    label="Discrimination slope",
    compute=discrimination_slope,
    needs_prevalence=False,
    ideal=1.0,
    direction="higher",
    formula="mean(p | y = 1) − mean(p | y = 0)",
    convention="also the coefficient of discrimination (Tjur's R²)",
    source="Yates 1982, doi:10.1016/0030-5073(82)90237-9; Tjur 2009, doi:10.1198/tast.2009.08210",
)
