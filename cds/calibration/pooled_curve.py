"""Calibration curves of several imputations as one: Rubin's rules on the logit, point by point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from cds.calibration.curve import POINTS, calibration_curve, tenths
from cds.core.arrays import FloatArray
from cds.core.finding import Curve
from cds.core.measure import NotEstimable
from cds.core.sample_binary import BinarySample
from cds.core.study import OVERALL, Study, Subgroup
from cds.stats.pooled_curves import independent, pooled_curve
from cds.stats.pooling import pooled_wilson


def pooled_curves(study: Study) -> Iterator[Curve]:
    """The curve overall and by group, over the risks that occur in every imputation, and the tenths."""
    samples = [s for s in study.samples if isinstance(s, BinarySample)]
    for subgroup, mask in {OVERALL: None, **study.groups}.items():
        if mask is not None and not mask.any():
            continue
        parts = samples if mask is None else [s.where(mask) for s in samples]
        curve = _curve(study, parts, subgroup)
        yield from () if curve is None else (curve,)
        if subgroup.overall:
            yield _tenths(study, parts)


def _curve(study: Study, parts: Sequence[BinarySample], subgroup: Subgroup) -> Curve | None:
    settings = study.settings
    present = [_drawn_risks(s, settings.smoother) for s in parts]
    if not all(len(risk) for risk in present):
        return None
    low, high = max(risk.min() for risk in present), min(risk.max() for risk in present)
    if not low < high:
        return None
    grid = np.linspace(low, high, POINTS)
    curves = [calibration_curve(s, settings.smoother, settings.level, subgroup, grid=grid) for s in parts]
    if any(isinstance(c, NotEstimable) for c in curves):
        return None
    drawn = [c for c in curves if isinstance(c, Curve)]
    return pooled_curve(drawn, "observed", "logit", level=settings.level, independent=independent(study))


def _drawn_risks(sample: BinarySample, smoother: str) -> FloatArray:
    """The risks of rows with weight, for ``rcs`` only those that have a logit."""
    rows = sample.logit_sample if smoother == "rcs" else sample
    return rows.risk[rows.weight > 0]


def _tenths(study: Study, parts: Sequence[BinarySample]) -> Curve:
    """Tenths within each imputation, averaged; the first imputation's where ties make their numbers differ."""
    level = study.settings.level
    each = [tenths(s, level, OVERALL) for s in parts]
    m = len(each)
    if len({len(c.columns["n"]) for c in each}) > 1:
        return replace(each[0], note=f"{each[0].note}; the first of {m} imputations")
    mean = {name: np.mean([c.columns[name] for c in each], axis=0) for name in each[0].columns}
    for k in range(len(mean["n"])):
        shares = [float(c.columns["observed"][k]) for c in each]
        bounds = (np.nan, np.nan)
        if min(shares) > 0 and max(shares) < 1:
            variances = [p * (1 - p) / float(c.columns["n"][k]) for p, c in zip(shares, each, strict=True)]
            interval = pooled_wilson(shares, variances, independent=independent(study), level=level)
            bounds = (interval.low, interval.high)
        mean["low"][k], mean["high"][k] = bounds
    note = f"{each[0].note}; formed within each of {m} imputations and pooled"
    return replace(each[0], columns=mean, note=note, facts={**each[0].facts, "imputations": m})
