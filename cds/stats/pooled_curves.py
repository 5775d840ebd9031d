"""One curve from the curves of each imputation: Rubin's rules point by point, or averages where there is no band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.finding import Curve
from cds.core.measure import Interval, Scale
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.study import Study
from cds.stats.intervals import from_scale, normal_quantile, to_scale
from cds.stats.pooling import pooled_interval, rubin


def independent(study: Study) -> int:
    """How many independent units there are: sites where several are declared, else patients."""
    return len(study.sites) if len(study.sites) > 1 else len(np.unique(study.sample.patient_codes))


def pooled_curve(curves: Sequence[Curve], value: str, scale: Scale, *, level: float, independent: int) -> Curve:
    """The curve pooled point by point on a scale; other columns are averaged.

    ``curves`` share their first column; ``value``, ``low`` and ``high`` are columns, the bounds Wald intervals on the
    scale. Where a value lies at the scale's edge or a bound is absent, the values are averaged and have no band.
    """
    first = curves[0]
    columns = {name: np.mean([c.columns[name] for c in curves], axis=0) for name in first.columns}
    parts = [np.array([c.columns[name] for c in curves], dtype=np.float64) for name in (value, "low", "high")]
    points = [
        _point(*(part[:, k] for part in parts), scale=scale, level=level, independent=independent)
        for k in range(parts[0].shape[1])
    ]
    columns |= {
        name: np.array(column) for name, column in zip((value, "low", "high"), zip(*points, strict=True), strict=True)
    }
    told = f"pooled over {len(curves)} imputations by Rubin's rules"
    return replace(
        first, columns=columns, note=f"{first.note}; {told}", facts={**first.facts, "imputations": len(curves)}
    )


def _point(
    values: FloatArray, lows: FloatArray, highs: FloatArray, *, scale: Scale, level: float, independent: int
) -> tuple[float, float, float]:
    scaled = np.array([to_scale(float(v), scale) for v in values])
    if not np.isfinite(scaled).all():
        return float(values.mean()), np.nan, np.nan
    centre = from_scale(float(scaled.mean()), scale)
    bounds = np.array([[to_scale(float(v), scale) for v in side] for side in (lows, highs)])
    if not np.isfinite(bounds).all():
        return centre, np.nan, np.nan
    errors = (bounds[1] - bounds[0]) / (2 * normal_quantile(level))
    found = rubin(scaled.tolist(), (errors**2).tolist(), independent=independent)
    interval = pooled_interval(found, level, scale)
    return (centre, interval.low, interval.high) if isinstance(interval, Interval) else (centre, np.nan, np.nan)


def stacked(samples: Sequence[Sample]) -> BinarySample:
    """The imputations below one another, each row weighing 1/m: for counts, whose average over imputations it gives."""
    parts = [s for s in samples if isinstance(s, BinarySample)]
    if len(parts) == 1:
        return parts[0]
    whole = BinarySample(
        outcome=np.concatenate([p.outcome for p in parts]),
        risk=np.concatenate([p.risk for p in parts]),
        patient=np.concatenate([p.patient_codes for p in parts]),
        clip=parts[0].clip,
    )
    return whole.reweight(np.concatenate([p.weight for p in parts]) / len(parts))
