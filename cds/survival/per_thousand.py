"""What happens to 1,000 patients by a horizon if one acts at a threshold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cds.core.finding import Table
from cds.core.measure import NotEstimable
from cds.core.sample_times import CompetingRisksSample

HEADER = (
    "horizon",
    "threshold",
    "found",
    "missed",
    "wrongly flagged",
    "correctly left",
    "net benefit",
    "treat all",
    "treat none",
)
NOTE = (
    "Counts are estimated with censored follow-up, by the observed risk ({curve}) of those flagged and of everybody. "
    "Net benefit per 1,000: patients found, less the wrongly flagged at the threshold's exchange rate."
)
NetBenefit = Callable[..., float | NotEstimable]  # of a sample, at a horizon, at a threshold


def per_thousand(
    samples: Sequence[CompetingRisksSample],
    horizons: Sequence[float],
    thresholds: Sequence[float],
    *,
    model: NetBenefit,
    treat_all: NetBenefit,
) -> Table:
    """Of 1,000 patients, how many are found, missed, wrongly flagged and rightly left by each horizon.

    ``samples`` are the imputations, over which the numbers are averaged. Where net benefit has no value (no follow-up
    reaches the horizon among those flagged), the row says so.
    """
    rows = []
    for horizon in horizons:
        for threshold in thresholds:
            each = [_row(sample, horizon, threshold, model, treat_all) for sample in samples]
            failed = next((one for one in each if isinstance(one, NotEstimable)), None)
            first = (f"{horizon:g}", f"{threshold:g}")
            if failed is not None:
                rows.append((*first, *("–",) * (len(HEADER) - 2)))
                continue
            mean = np.mean([one for one in each if not isinstance(one, NotEstimable)], axis=0)
            rows.append((*first, *(f"{1000 * value:.0f}" for value in mean)))
    curve = "Kaplan–Meier" if samples[0].kind == "survival" else "Aalen–Johansen"
    note = NOTE.format(curve=curve)
    return Table("per_thousand", "utility", "What happens to 1,000 patients", HEADER, tuple(rows), note)


def _row(
    sample: CompetingRisksSample, horizon: float, threshold: float, model: NetBenefit, treat_all: NetBenefit
) -> tuple[float, ...] | NotEstimable:
    """Shares found, missed, wrongly flagged and rightly left; net benefit of the model, of treating all and none.

    Net benefit is r·f − (1 − r)·f·o with the observed risk r among the share f that is flagged and the odds o of the
    threshold, so that f and net benefit give r; treating all gives everybody's risk in the same way.
    """
    benefit, everyone = model(sample, horizon, threshold), treat_all(sample, horizon, threshold)
    if isinstance(benefit, NotEstimable):
        return benefit
    if isinstance(everyone, NotEstimable):
        return everyone
    odds = threshold / (1 - threshold)
    flagged = float(sample.weight @ (sample.at(horizon).risk_now >= threshold)) / sample.total
    found, risk = ((value + odds * share) / (1 + odds) for value, share in ((benefit, flagged), (everyone, 1.0)))
    missed = max(risk - found, 0.0)
    return found, missed, flagged - found, max(1 - flagged - missed, 0.0), benefit, everyone, 0.0
