"""The three smoothers of a calibration curve: observed risk as a smooth function of predicted risk.

``rcs`` is a logistic regression on a restricted cubic spline of the logit; ``lowess`` and ``loess`` are Cleveland's
local linear and local quadratic regressions on the risk itself. Conventions are printed by ``cds measures ici``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.errors import InputError, nearest
from cds.core.measure import NotEstimable
from cds.core.sample_binary import BinarySample
from cds.stats.logistic import LogisticFit, expit, fit_logistic, tolerance
from cds.stats.splines import five_knots, restricted_cubic

LOWESS_SPAN = 2 / 3
LOESS_SPAN = 0.75
LOESS_LIMIT = 10_000
FEWEST_DISTINCT = 6
FEWEST_KNOTS = 3
CHUNK = 2_000_000  # elements of a distance matrix held at once
REPLICATE_POINTS = 41


@dataclass(frozen=True, eq=False)
class Smooth:
    """A smoothed calibration curve: observed risk at each row of ``sample``, and a function for other risks."""

    sample: BinarySample
    observed: FloatArray
    at: Callable[[FloatArray], FloatArray]
    details: dict[str, Any] = field(default_factory=dict)


def smooth(sample: BinarySample, smoother: str) -> Smooth | NotEstimable:
    """The sample's calibration curve, fitted once per sample and smoother.

    NotEstimable with fewer than six distinct risks, with one outcome class, or beyond the smoother's own limits.
    """
    fitters = {"rcs": _rcs, "lowess": _lowess, "loess": _loess}
    if smoother not in fitters:
        raise InputError(f"no smoother {smoother!r}", do=nearest(smoother, fitters))
    return sample.memo(("smooth", smoother), lambda: _refused(sample) or fitters[smoother](sample))


def _refused(sample: BinarySample) -> NotEstimable | None:
    if not sample.has_both_classes:
        return NotEstimable("only one outcome class")
    if not sample.is_replicate and distinct_risks(sample) < FEWEST_DISTINCT:
        return NotEstimable(
            f"{distinct_risks(sample)} distinct risks are too few for a curve; see observed/expected per distinct risk"
        )
    return None


def distinct_risks(sample: BinarySample) -> int:
    """How many different risks occur among rows with weight."""
    risks = sample.risk if sample.weights is None else sample.risk[sample.weights > 0]
    return len(np.unique(risks))


def rcs_knots(sample: BinarySample) -> FloatArray:
    """The spline's knots on the logit scale, frozen at the full sample's in a bootstrap replicate."""
    origin = sample.origin
    return origin.memo("rcs_knots", lambda: five_knots(origin.logit, origin.weights))


def _rcs(sample: BinarySample) -> Smooth | NotEstimable:
    part = sample.logit_sample
    if not part.has_both_classes:
        return NotEstimable("only one outcome class among risks other than 0 and 1")
    knots = rcs_knots(part)
    if len(knots) < FEWEST_KNOTS:
        return NotEstimable("too few distinct risks for a spline: its knots coincide")
    design = (
        part.rows_memo("rcs_design", lambda: _rcs_design(part.logit, knots))
        if _frozen(part)
        else _rcs_design(part.logit, knots)
    )
    start = None
    if part.is_replicate:
        full = smooth(part.origin, "rcs")
        start = None if isinstance(full, NotEstimable) else full.details["coefficients"]
    fit = fit_logistic(design, part.outcome, weights=part.weights, start=start, tolerance=tolerance(part))
    if isinstance(fit, NotEstimable):
        return fit
    details = {"knots_logit": knots, "coefficients": fit.coefficients, "covariance": fit.covariance}
    return Smooth(part, fit.fitted, _rcs_at(fit, knots, part.clip), details)


def _frozen(sample: BinarySample) -> bool:
    """Whether the spline's covariates depend on the rows alone: unweighted samples and their replicates."""
    return sample.origin.weights is None


def _rcs_design(logit: FloatArray, knots: FloatArray) -> FloatArray:
    return np.vstack([np.ones(len(logit)), restricted_cubic(logit, knots)])


def spline_design(risk: FloatArray, knots: FloatArray, clip: tuple[float, float] | None) -> FloatArray:
    """The spline's covariates of any risks, after declared clipping: intercept, logit and nonlinear terms as rows."""
    p = np.clip(risk, *clip) if clip else risk
    return _rcs_design(np.log(p) - np.log1p(-p), knots)


def _rcs_at(
    fit: LogisticFit, knots: FloatArray, clip: tuple[float, float] | None
) -> Callable[[FloatArray], FloatArray]:
    def at(risk: FloatArray) -> FloatArray:
        return expit(fit.coefficients @ spline_design(risk, knots, clip))

    return at


def _expanded(sample: BinarySample) -> tuple[FloatArray, FloatArray] | NotEstimable:
    """Risks and outcomes by increasing risk, an integer weight w repeating its row w times."""
    order = sample.order
    risk, outcome = sample.risk[order], sample.outcome[order]
    if sample.weights is None:
        return risk, outcome
    weights = sample.weights[order]
    if (weights != np.round(weights)).any():
        return NotEstimable("local regression has no convention for fractional weights; use the smoother rcs")
    counts = weights.astype(np.int64)
    return np.repeat(risk, counts), np.repeat(outcome, counts)


def _lowess(sample: BinarySample) -> Smooth | NotEstimable:
    rows = _expanded(sample)
    if isinstance(rows, NotEstimable):
        return rows
    x, fitted = rows[0], lowess(*rows)
    knots, first = np.unique(x, return_index=True)
    values = np.add.reduceat(fitted, first) / np.diff(np.r_[first, len(x)])  # tied x averaged

    def at(risk: FloatArray) -> FloatArray:
        return np.interp(risk, knots, values)

    return Smooth(sample, at(sample.risk), at)


def lowess(x: FloatArray, y: FloatArray) -> FloatArray:
    """Cleveland's locally weighted linear regression at every x, without robustness iterations.

    ``x`` must increase. Span 2/3; fits are skipped within 1 % of the range (delta) and interpolated, as R's
    ``lowess(x, y, iter = 0)`` does. Cleveland, JASA 1979, doi:10.1080/01621459.1979.10481038.
    """
    n = len(x)
    window = max(2, min(n, int(LOWESS_SPAN * n + 1e-7)))
    spread = float(x[-1] - x[0])
    fitted = np.empty(n)
    reach = x[: n - window] + x[window:] if window < n else np.empty(0)
    anchors = _lowess_anchors(x, 0.01 * spread)
    for i in anchors:
        left = int(np.searchsorted(reach, 2 * x[i], side="left"))
        fitted[i] = _lowess_fit(x, y, float(x[i]), left=left, right=left + window - 1, spread=spread)
    fitted[:] = np.interp(x, x[anchors], fitted[anchors])
    return fitted


def _lowess_anchors(x: FloatArray, delta: float) -> list[int]:
    """The points that get a fit of their own: the first, then the last within delta of the previous one, the last."""
    anchors, last, n = [0], 0, len(x)
    while True:
        same = int(np.searchsorted(x, x[last], side="right")) - 1  # ties share the fit
        beyond = int(np.searchsorted(x, x[same] + delta, side="right"))
        following = max(same + 1, beyond - 1)
        if same >= n - 1 or following >= n:
            return anchors
        anchors.append(following)
        last = following


def _lowess_fit(x: FloatArray, y: FloatArray, at: float, *, left: int, right: int, spread: float) -> float:
    h = max(at - x[left], x[right] - at)
    stop = int(np.searchsorted(x, at + 0.999 * h, side="right"))  # ties beyond the window belong to it
    xs, ys = x[left : max(stop, left + 1)], y[left : max(stop, left + 1)]
    distance = np.abs(xs - at)
    weights = np.where(distance <= 0.001 * h, 1.0, (1 - (distance / h) ** 3) ** 3) if h > 0 else np.ones(len(xs))
    weights[distance > 0.999 * h] = 0.0 if h > 0 else 1.0
    weights = weights / weights.sum()
    centre = float(weights @ xs)
    deviation = xs - centre
    variance = float(weights @ deviation**2)
    if h > 0 and np.sqrt(variance) > 0.001 * spread:
        weights = weights * (1 + (at - centre) / variance * deviation)
    return float(weights @ ys)


def _loess(sample: BinarySample) -> Smooth | NotEstimable:
    rows = _expanded(sample)
    if isinstance(rows, NotEstimable):
        return rows
    x, y = rows
    if len(x) > LOESS_LIMIT:
        return NotEstimable(
            f"direct loess is quadratic in n: not computed above {LOESS_LIMIT:,} patients, n = {len(x):,}"
        )
    window = int(LOESS_SPAN * len(x) + 1e-5)
    if window < FEWEST_KNOTS + 1:
        return NotEstimable("too few patients for local quadratic regression")

    def at(risk: FloatArray) -> FloatArray:
        return np.clip(loess(x, y, risk, window), 0, 1)

    if sample.is_replicate and len(sample) > REPLICATE_POINTS:
        points = sample.origin.memo("loess_points", lambda: _loess_points(sample.origin))
        return Smooth(sample, np.interp(sample.risk, points, at(points)), at)
    distinct, place = np.unique(sample.risk, return_inverse=True)
    raw = loess(x, y, distinct, window)[place]
    truncated = float(sample.weight[(raw < 0) | (raw > 1)].sum())
    return Smooth(sample, np.clip(raw, 0, 1), at, {"truncated_to_0_1": int(truncated)})


def _loess_points(sample: BinarySample) -> FloatArray:
    """Where replicates evaluate loess: 41 quantiles of the full sample's distinct risks, joined linearly."""
    return np.unique(np.quantile(np.unique(sample.risk), np.linspace(0, 1, REPLICATE_POINTS)))


def loess(x: FloatArray, y: FloatArray, at: FloatArray, window: int) -> FloatArray:
    """Local quadratic regression with tricube weights over the ``window`` nearest points, evaluated directly.

    As R's ``loess(degree = 2, surface = "direct")``. Cleveland & Devlin, JASA 1988, doi:10.1080/01621459.1988.10478639.
    """
    fitted, bandwidth = np.empty(len(at)), _bandwidth(x, at, window)
    starts = np.flatnonzero(np.r_[True, x[1:] != x[:-1]])
    points = _Points(x[starts], np.diff(np.r_[starts, len(x)]).astype(np.float64), np.add.reduceat(y, starts))
    step = max(1, CHUNK // len(starts))
    for begin in range(0, len(at), step):
        part = slice(begin, begin + step)
        fitted[part] = _loess_chunk(points, at[part], bandwidth[part])
    return fitted


@dataclass(frozen=True, eq=False)
class _Points:
    """Distinct x with the number and the sum of y at each: ties and repeated rows are weighed once."""

    x: FloatArray
    counts: FloatArray
    sums: FloatArray


def _loess_chunk(points: _Points, at: FloatArray, bandwidth: FloatArray) -> FloatArray:
    u = (points.x[None, :] - at[:, None]) / bandwidth[:, None]
    size = np.abs(u)
    weights = np.maximum(1 - size * size * size, 0)
    weights = weights * weights * weights
    weights[size >= 0.999] = 0.0
    weights[size <= 0.001] = 1.0
    power = weights
    moments, responses = [power @ points.counts], [power @ points.sums]
    for k in range(1, 5):
        power = power * u
        moments.append(power @ points.counts)
        if k <= 2:
            responses.append(power @ points.sums)
    return _at_centre(np.stack(moments), np.stack(responses))


def _bandwidth(x: FloatArray, at: FloatArray, window: int) -> FloatArray:
    """Distance from each point to its ``window``-th nearest x; x increases, so the nearest lie side by side."""
    first, last = x[: len(x) - window + 1], x[window - 1 :]
    place = np.searchsorted(first + last, 2 * at)
    reach = [
        np.maximum(at - first[k], last[k] - at) for k in (np.maximum(place - 1, 0), np.minimum(place, len(first) - 1))
    ]
    nearest_window = np.minimum(*reach)
    return np.where(nearest_window > 0, nearest_window, 1.0)


def _at_centre(m: FloatArray, r: FloatArray) -> FloatArray:
    """The fitted quadratic's value at its centre from moments m₀…m₄ and responses r₀…r₂ (Cramer's rule).

    Where too few distinct risks lie nearby for a quadratic, the least-norm solution, as R gives.
    """
    c0, c1, c2 = m[2] * m[4] - m[3] ** 2, m[2] * m[3] - m[1] * m[4], m[1] * m[3] - m[2] ** 2
    determinant = m[0] * c0 + m[1] * c1 + m[2] * c2
    singular = determinant <= 1e-12 * m[0] * m[2] * m[4]
    value = (c0 * r[0] + c1 * r[1] + c2 * r[2]) / np.where(singular, 1.0, determinant)
    for k in np.flatnonzero(singular):
        gram = np.array([m[j : j + 3, k] for j in range(3)])
        value[k] = np.linalg.pinv(gram, rcond=1e-12, hermitian=True)[0] @ r[:, k]
    return value  # type: ignore[no-any-return]
