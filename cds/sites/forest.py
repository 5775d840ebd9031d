"""A forest plot as data: each site's estimate, its weight in the mean, the mean, and the interval for a new site."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.finding import Curve
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.study import Request, Study
from cds.stats.between_sites import BetweenSites, mean_of_sites


def forest(study: Study, sites: BetweenSites, *, analysis: str = "") -> Curve:
    """One row per site; what the mean does without has no weight and says why."""
    measure, request = study.measures[sites.request.measure], sites.request
    counts = site_counts(study)
    names = list(sites.answers)
    numbers = np.array([_numbers(sites, name) for name in names])
    weight = dict(zip(sites.used, [] if isinstance(sites.pooled, NotEstimable) else sites.pooled.weights, strict=False))
    events = [np.nan if counts[name][1] is None else counts[name][1] for name in names]
    columns: dict[str, Any] = {
        "site": np.array(names), "n": np.array([counts[name][0] for name in names]), "events": np.array(events, float),
        "estimate": numbers[:, 0], "low": numbers[:, 1], "high": numbers[:, 2],
        "weight": np.array([float(weight.get(name, 0.0)) for name in names]),
        "left_out": np.array([sites.left_out.get(name, "") for name in names]),
    }  # fmt: skip
    told = "Each site was predicted by the model refitted without it" if analysis else ""
    title = f"{label_of(study, request)} by site" + (", each left out of the fit" if analysis else "")
    return Curve(
        name="forest", family="sites", title=title, columns=columns,
        x_label=label_of(study, request), note=told,
        facts={
            "of": _file_name(request, analysis), "analysis": analysis, "measure": request.measure,
            "threshold": request.threshold, "category": request.category, "horizon": request.horizon,
            "scale": sites.scale, "ideal": measure.ideal, "direction": measure.direction,
            "level": study.settings.level, **_pooled(sites),
        },
    )  # fmt: skip


def label_of(study: Study, request: Request) -> str:
    """A measure's label with the threshold, horizon and category that it was computed for."""
    return request.labelled(study.measures[request.measure].label)


def site_counts(study: Study) -> dict[str, tuple[int, int | None]]:
    """Rows and events of each site, unweighted; None where the outcome has no events to count."""
    events = study.sample.event_rows
    return {
        str(site.level): (int(mask.sum()), None if events is None else int(events[mask].sum()))
        for site, mask in study.sites.items()
    }


def _numbers(sites: BetweenSites, name: str) -> tuple[float, float, float]:
    result = sites.answers[name].result
    if not isinstance(result, Estimate):
        return np.nan, np.nan, np.nan
    if not isinstance(result.interval, Interval):
        return result.value, np.nan, np.nan
    return result.value, result.interval.low, result.interval.high


def _pooled(sites: BetweenSites) -> dict[str, Any]:
    found = mean_of_sites(sites)
    if isinstance(found, NotEstimable):
        return {"no_mean": found.reason}
    bounds = (
        {} if not isinstance(found.interval, Interval) else {"low": found.interval.low, "high": found.interval.high}
    )
    return {"mean": found.value, **bounds, **found.details}


def _file_name(request: Request, analysis: str) -> str:
    named = (request.measure, request.category, request.horizon, request.threshold, analysis)
    return "-".join(f"{part:g}" if isinstance(part, float) else str(part) for part in named if part)
