"""Calibration along a continuous attribute such as age: a smooth curve with its interval, and whether it is level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, NotEstimable, Result
from cds.core.sample import Sample
from cds.core.sample_kinds import NominalSample, OrdinalSample
from cds.core.sample_repeated import RepeatedSample
from cds.core.sample_times import CompetingRisksSample
from cds.core.sample_trial import TrialSample
from cds.core.study import Study
from cds.fairness.along_fit import AlongFit, fit_along
from cds.stats.intervals import t_quantile, weighted_quantiles
from cds.stats.pooled_curves import independent, pooled_curve
from cds.stats.wald_test import SeveralTerms, pooled_terms, several_terms

FAMILY, ANALYSIS, MEASURE, SECTION = "fairness", "along", "calibration_in_the_large", "groups"
POINTS = 101
SHOWN = (0.1, 0.5, 0.9)
ENDS = 0.01  # the curve leaves out at least this share of patients at each end
HIGHER = "above 0 the outcome came more often than predicted, below 0 less often"


@dataclass(frozen=True)
class View:
    """One question along an attribute: at which horizon, of which category; everything where both are None."""

    horizon: float | None = None
    category: str | None = None

    def of(self, sample: Sample) -> Sample:
        """The sample that looks at it; of ordered categories, being in this one or a lower one."""
        if isinstance(sample, OrdinalSample) and self.category is not None:
            return sample.up_to(self.category)
        if isinstance(sample, NominalSample) and self.category is not None:
            return sample.one_vs_rest(self.category)
        if isinstance(sample, CompetingRisksSample) and self.horizon is not None:
            return sample.at(self.horizon)
        return sample.at(None) if isinstance(sample, RepeatedSample) else sample


def along(study: Study) -> Iterator[Finding | Curve | Table]:
    """A curve and a test for each continuous attribute (and horizon, and category), and a table of them.

    The test's null hypothesis is that the error is the same at every value: the Wald test of all terms of the
    spline. That it does not reject is no proof that predictions are equally right for all. A trial has no predictions
    to be right or wrong along anything.
    """
    if isinstance(study.sample, TrialSample):
        return
    rows: list[tuple[str, ...]] = []
    for attribute, values in study.cohort.continuous.items():
        for view in views(study.sample):
            fits = [fit_along(view.of(sample), values, _sites(study)) for sample in study.samples]
            refused = next((fit for fit in fits if isinstance(fit, NotEstimable)), None)
            found = [fit for fit in fits if isinstance(fit, AlongFit)]
            if refused is not None:
                yield _finding(study, attribute, view, refused)
                rows.append((attribute, _at(study, view), "", "", "", "", refused.reason))
                continue
            test = level_test(found)
            yield _finding(study, attribute, view, _result(found, test))
            curve = curve_along(study, attribute, view, found)
            yield curve
            rows.append((attribute, _at(study, view), str(found[0].n), *_shown(curve), _p(test)))
    if rows:
        yield _table(study, rows)


def views(sample: Sample) -> tuple[View, ...]:
    """What is followed along an attribute: every horizon, every category (of ordered ones all but the last)."""
    match sample:
        case CompetingRisksSample():
            return tuple(View(horizon=h) for h in sample.horizons)
        case OrdinalSample():
            return tuple(View(category=c) for c in sample.categories[:-1])
        case NominalSample():
            return tuple(View(category=c) for c in sample.categories)
    return (View(),)


def level_test(fits: Sequence[AlongFit], *, first: int = 1) -> SeveralTerms | NotEstimable:
    """The test that the coefficients from ``first`` on are 0, pooled over imputations; the intercept is the 0th."""
    each = [(fit.coefficients[first:], fit.covariance[first:, first:]) for fit in fits]
    if len({len(values) for values, _ in each}) > 1:
        return NotEstimable("the imputations differ in how many terms the curve has")
    if len(fits) > 1:
        return pooled_terms([values for values, _ in each], [covariance for _, covariance in each])
    return several_terms(*each[0], fits[0].df)


def curve_along(study: Study, attribute: str, view: View, fits: Sequence[AlongFit]) -> Curve:
    """The error at 101 values with its pointwise interval; pooled by Rubin's rules over imputations.

    The ends hold at least as many patients beyond them as the protocol's small cell, so that no single one shows.
    """
    level, first = study.settings.level, fits[0]
    ends = quantiles(study, attribute, view, _ends(study, first))
    grid = np.linspace(ends[0], ends[1], POINTS)
    at = _at(study, view)
    x_label, unit = _label(study, attribute)
    pointwise = f"pointwise {100 * level:g}% interval"
    test = level_test(fits)
    facts: dict[str, Any] = {
        "of": f"{attribute} {at}".strip(), "attribute": attribute, "ideal": 0.0, "n": first.n, "level": level,
        "marks": quantiles(study, attribute, view, SHOWN).tolist(),
        "p_value": test.p_value if isinstance(test, SeveralTerms) else None,
        **({} if view.horizon is None else {"horizon": view.horizon}),
        **({} if view.category is None else {"category": view.category}),
    }  # fmt: skip
    curves = [
        Curve(
            "calibration_along", FAMILY, f"Calibration along {attribute}{at and ', '}{at}",
            dict(zip(("value", "difference", "low", "high"), (grid, *_bounds(fit, grid, level)), strict=True)),
            x_label=f"{x_label} ({unit})" if unit else x_label, y_label=scale_of(study),
            note=f"{_higher(study)}; {pointwise}; the marks on the axis are the 10%, 50% and 90% quantiles",
            facts=facts,
        )
        for fit in fits
    ]  # fmt: skip
    if len(curves) == 1:
        return curves[0]
    return pooled_curve(curves, "difference", "identity", level=level, independent=independent(study))


def scale_of(study: Study) -> str:
    """What the curve's height is, by the kind of outcome."""
    match study.sample:
        case CompetingRisksSample():
            return "Observed against predicted (log of the ratio of cumulative hazards)"
        case RepeatedSample():
            return "Observed − predicted"
        case sample if sample.kind == "continuous":
            unit = getattr(study.protocol.outcome, "unit", "") if study.protocol else ""
            return f"Observed − predicted ({unit})" if unit else "Observed − predicted"
    return "Observed against predicted (log-odds)"


def quantiles(study: Study, attribute: str, view: View, shares: Sequence[float]) -> FloatArray:
    """Quantiles of the attribute among those with a value."""
    sample = view.of(study.sample)
    x = study.cohort.continuous[attribute]
    has = np.isfinite(x)
    return weighted_quantiles(x[has], None if sample.weights is None else sample.weights[has], shares)


def _higher(study: Study) -> str:
    if study.sample.kind in ("continuous", "repeated"):
        return "above 0 the outcome was higher than predicted, below 0 lower"
    if study.sample.kind == "ordinal":
        return "above 0 this category or a lower one came more often than predicted, below 0 less often"
    return HIGHER


def _ends(study: Study, fit: AlongFit) -> tuple[float, float]:
    small = study.small_cell
    beyond = min(max(ENDS, small / max(fit.n, 1)), 0.25)
    return beyond, 1 - beyond


def _bounds(fit: AlongFit, at: FloatArray, level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    value, se = fit.at(at)
    half = t_quantile(level, fit.df) * se
    return value, value - half, value + half


def _sites(study: Study) -> IntArray | None:
    """Each row's site where there are several."""
    if len(study.sites) < 2:
        return None
    codes = np.zeros(len(study.sample), dtype=np.int64)
    for k, mask in enumerate(study.sites.values()):
        codes[mask] = k
    return codes


def _finding(study: Study, attribute: str, view: View, result: Result) -> Finding:
    return Finding(
        MEASURE, FAMILY, result, analysis=ANALYSIS, attribute=attribute, horizon=view.horizon, category=view.category,
        parameters=study.sample.shown_parameters,
    )  # fmt: skip


def _result(fits: Sequence[AlongFit], test: SeveralTerms | NotEstimable) -> Result:
    """The statistic as a finding's result: what it is, its degrees of freedom, and the test against a straight line."""
    if isinstance(test, NotEstimable):
        return test
    first = fits[0]
    bent = level_test(fits, first=2) if len(first.coefficients) > 2 else NotEstimable("a straight line")
    about: dict[str, Any] = {
        "statistic": test.name, "df": test.df, "p_value": test.p_value, "knots": len(first.knots),
        **({} if test.denominator_df == inf else {"denominator_df": test.denominator_df}),
        **({"p_value_nonlinear": bent.p_value} if isinstance(bent, SeveralTerms) else {}),
        **({"imputations": len(fits)} if len(fits) > 1 else {}),
        **first.details,
    }  # fmt: skip
    none = NotEstimable("a test statistic has no interval")
    return Estimate(test.statistic, none, "identity", first.n, first.events, about)


def _at(study: Study, view: View) -> str:
    if view.category is not None:
        return f"{view.category} or lower" if study.sample.kind == "ordinal" else view.category
    unit = study.protocol.time_unit if study.protocol else ""
    return "" if view.horizon is None else f"by {view.horizon:g} {unit}".strip()


def _label(study: Study, attribute: str) -> tuple[str, str]:
    """The attribute's name and unit as the model card has them, else its own name."""
    for feature in study.card.inputs if study.card else ():
        if feature.name == attribute:
            return feature.label or attribute, feature.unit
    return attribute, ""


def _shown(curve: Curve) -> tuple[str, ...]:
    """The curve near the 10 %, 50 % and 90 % quantiles, with its interval."""
    told = []
    for mark in curve.facts["marks"]:
        k = int(np.abs(curve.columns["value"] - mark).argmin())
        value, low, high = (float(curve.columns[name][k]) for name in ("difference", "low", "high"))
        bounds = f" ({_signed(low)} to {_signed(high)})" if np.isfinite(low) else ""
        told.append(f"at {mark:.3g}: {_signed(value)}{bounds}")
    return tuple(told)


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _p(test: SeveralTerms | NotEstimable) -> str:
    if isinstance(test, NotEstimable):
        return test.reason
    df = f"{test.df}" if test.denominator_df == inf else f"{test.df} and {test.denominator_df:.0f}"
    p = "p < 0.001" if test.p_value < 0.001 else f"p = {test.p_value:.3f}"
    return f"{'χ²' if test.denominator_df == inf else 'F'} {test.statistic:.1f} on {df}, {p}"


def _table(study: Study, rows: Sequence[tuple[str, ...]]) -> Table:
    header: tuple[str, ...] = (
        "attribute", "of", "patients", "10% quantile", "median", "90% quantile", "is it level?",
    )  # fmt: skip
    note = (
        f"{scale_of(study)}: {_higher(study)}. A restricted cubic spline of the attribute beside the predictions as "
        "they are (for times, regression of pseudo-values, which takes censoring to be independent of the attribute); "
        "the test asks whether the error is the same at every value. One that does not reject is no proof that it is."
    )
    if all(not row[1] for row in rows):
        header, rows = (header[0], *header[2:]), [(row[0], *row[2:]) for row in rows]
    title = "Calibration along continuous attributes"
    return Table("calibration_along", FAMILY, title, header, tuple(rows), note, SECTION)
