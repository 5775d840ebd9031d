"""Times to an event: curves per horizon, error over time, risk groups, and 1,000 patients at each threshold.

The numbers are findings of the families whose question they answer (calibration, discrimination, utility, overall).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.finding import Curve, Finding, Table
from cds.core.measure import NotEstimable
from cds.core.sample_times import CompetingRisksSample, SurvivalSample
from cds.core.study import OVERALL, Study, Subgroup
from cds.stats.cloglog import cloglog_weights
from cds.stats.per_category import of_the_first
from cds.stats.pooled_curves import independent, pooled_curve
from cds.survival import decision_curve, net_benefit, risk_groups
from cds.survival.brier_curves import brier_curve
from cds.survival.calibration_curve import POINTS, calibration_curve
from cds.survival.per_thousand import NetBenefit, per_thousand

Drawn = Curve | NotEstimable


@dataclass(frozen=True)
class Drawing:
    """What draws the curves of a kind of outcome."""

    calibration: Callable[..., Drawn]
    tenths: Callable[..., Curve]
    risk_groups: Callable[..., Curve]
    decision: Callable[..., Drawn]
    highest_risk: Callable[..., float]
    net_benefit: NetBenefit
    treat_all: NetBenefit


SURVIVAL = Drawing(
    calibration_curve,
    risk_groups.tenths,
    risk_groups.risk_groups,
    decision_curve.decision_curve,
    decision_curve.highest_risk,
    net_benefit.net_benefit,
    net_benefit.net_benefit_treat_all,
)


def _competing() -> Drawing:
    from cds.survival import competing_curves, competing_net_benefit

    return Drawing(
        competing_curves.calibration_curve,
        competing_curves.tenths,
        competing_curves.risk_groups,
        competing_curves.decision_curve,
        competing_curves.highest_risk,
        competing_net_benefit.net_benefit,
        competing_net_benefit.net_benefit_treat_all,
    )


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """Curves and tables of times to an event; the numbers at landmarks are drawn over the landmarks instead."""
    samples = [s for s in study.samples if isinstance(s, CompetingRisksSample)]
    if not samples or not study.judged_as_a_whole:
        return
    draw = SURVIVAL if isinstance(samples[0], SurvivalSample) else _competing()
    settings = study.settings
    for horizon in settings.horizons:
        yield from _calibration(study, draw, samples, horizon)
        yield from _decision(study, draw, samples, horizon)
    yield of_the_first(draw.risk_groups(samples[0], settings.level), len(samples))
    if len(samples[0].grid or samples[0].horizons) > 1:
        yield from _pooled(study, [brier_curve(s, settings.level) for s in samples], "brier", "identity")
    if settings.thresholds:
        yield per_thousand(
            samples, settings.horizons, settings.thresholds, model=draw.net_benefit, treat_all=draw.treat_all
        )


def _calibration(
    study: Study, draw: Drawing, samples: Sequence[CompetingRisksSample], horizon: float
) -> Iterator[Curve]:
    """The curve overall and by group, and the tenths overall, at one horizon."""
    for subgroup, mask in {OVERALL: None, **study.groups}.items():
        if mask is not None and not mask.any():
            continue
        parts = list(samples) if mask is None else [s.where(mask) for s in samples]
        yield from _pooled(study, _over_common_risks(study, draw, parts, horizon, subgroup), "observed", "logit")
        if subgroup.overall:
            tenths = draw.tenths(parts[0], horizon, study.settings.level)
            yield from (of_the_first(tenths, len(parts)),) if len(tenths.columns["n"]) else ()


def _over_common_risks(
    study: Study, draw: Drawing, parts: Sequence[CompetingRisksSample], horizon: float, subgroup: Subgroup
) -> list[Drawn]:
    """The curve of each imputation, over the risks that occur in every one of them."""
    level = study.settings.level
    if len(parts) == 1:
        return [draw.calibration(parts[0], horizon, level, subgroup)]
    present = [_drawn_risks(s.at(horizon)) for s in parts]
    if not all(len(risk) for risk in present):
        return [NotEstimable("an imputation has no risks between 0 and 1")]
    low, high = max(risk.min() for risk in present), min(risk.max() for risk in present)
    if not low < high:
        return [NotEstimable("the imputations have no range of risks in common")]
    grid = np.linspace(low, high, POINTS)
    return [draw.calibration(s, horizon, level, subgroup, grid=grid) for s in parts]


def _drawn_risks(sample: CompetingRisksSample) -> FloatArray:
    """The risks by the sample's horizon of rows with weight that have a log(−log)."""
    weights = cloglog_weights(sample)
    return sample.risk_now[(sample.weight if weights is None else weights) > 0]


def _decision(study: Study, draw: Drawing, samples: Sequence[CompetingRisksSample], horizon: float) -> Iterator[Curve]:
    thresholds, level = study.settings.thresholds, study.settings.level
    highest = max(draw.highest_risk(s, horizon) for s in samples)
    curves = [draw.decision(s, horizon, thresholds, level, highest=highest) for s in samples]
    yield from _pooled(study, curves, "model", "identity")


def _pooled(study: Study, curves: Sequence[Drawn], value: str, scale: str) -> Iterator[Curve]:
    """One curve of the imputations'; none where one of them has none (the findings say why)."""
    drawn = [curve for curve in curves if isinstance(curve, Curve)]
    if len(drawn) < len(curves):
        return
    if len(drawn) == 1:
        yield drawn[0]
    elif len({len(next(iter(curve.columns.values()))) for curve in drawn}) == 1:
        level = study.settings.level
        yield pooled_curve(drawn, value, scale, level=level, independent=independent(study))  # type: ignore[arg-type]  # a Scale
