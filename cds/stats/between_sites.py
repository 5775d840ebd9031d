"""What the sites' own results say together: their mean, how much they differ, what to expect of a new site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Any

from cds.core.arrays import BoolArray
from cds.core.measure import Estimate, Interval, Measure, NotEstimable, Result, Scale
from cds.core.study import OVERALL, Answer, Request, Subgroup
from cds.stats.asking import BY_SITE
from cds.stats.intervals import from_scale, scale_slope, to_scale
from cds.stats.meta_analysis import RandomEffects, random_effects
from cds.stats.replicates import LARGEST

METHOD = "REML, Hartung–Knapp"
EDGE = "its estimate lies at the edge of the measure's range"
ENDLESS = "the sites differ so much that the interval has no end"
NO_ERROR = "its estimate has no standard error"
MOST_LEFT_OUT = 1 / 3  # of the patients: sites are left out for want of events, so the rest is no fair selection
MENTIONED = 0.05
PREDICTION_COVERS = (
    "in simulated cohorts of 10 sites with 50 patients each, this interval for a new site held the new site's true "
    "value in 84 % instead of 95 %; with 500 patients each in 93 %"
)
NARROW = (
    "the sites agree more closely than their own standard errors let expect; this interval and the one for a new site "
    "are then too narrow"
)


@dataclass(frozen=True, eq=False)
class BetweenSites:
    """One number at every site: the request that asks for it in everyone, each site's answer, and their mean.

    ``scale`` is the measure's, of a proportion the logit. ``left_out`` says of each site that the mean does without,
    why; ``patients`` how many rows each site has; ``pooled`` why there is no mean where there is none.
    """

    request: Request
    scale: Scale
    answers: Mapping[str, Answer]
    left_out: Mapping[str, str]
    patients: Mapping[str, int]
    pooled: RandomEffects | NotEstimable

    @property
    def used(self) -> list[str]:
        """The sites that the mean rests on, in the order of its weights."""
        return [site for site in self.answers if site not in self.left_out]

    @property
    def share_left_out(self) -> float:
        """The share of the patients that are at sites which the mean does without."""
        return sum(self.patients[site] for site in self.left_out) / sum(self.patients.values())


def between_sites(
    answers: Iterable[Answer],
    measures: Mapping[str, Measure],
    sites: Mapping[Subgroup, BoolArray],
    level: float,
    *,
    analysis: str = BY_SITE,
) -> list[BetweenSites]:
    """Each number that sites were asked for in an analysis, pooled over them on the measure's scale."""
    found: dict[Request, dict[str, Answer]] = {}
    for answer in answers:
        request = answer.request
        if request.analysis == analysis and not request.subgroup.overall:
            asked = replace(request, subgroup=OVERALL, analysis="primary")
            found.setdefault(asked, {})[str(request.subgroup.level)] = answer
    patients = {str(site.level): int(mask.sum()) for site, mask in sites.items()}
    return [_pooled(r, each, patients, scale_of(measures[r.measure]), level) for r, each in found.items()]


def scale_of(measure: Measure) -> Scale:
    """The scale on which sites are pooled: of a proportion the logit, so that no bound leaves 0 to 1."""
    return "logit" if measure.is_proportion else measure.scale


def _pooled(
    request: Request, answers: Mapping[str, Answer], patients: Mapping[str, int], scale: Scale, level: float
) -> BetweenSites:
    usable: list[tuple[float, float]] = []
    left_out: dict[str, str] = {}
    for site, answer in answers.items():
        point = on_scale(answer.result, scale)
        if isinstance(point, NotEstimable):
            left_out[site] = point.reason
        else:
            usable.append(point)
    pooled = random_effects([y for y, _ in usable], [se**2 for _, se in usable], level=level)
    found = BetweenSites(request, scale, answers, left_out, patients, pooled)
    if found.share_left_out > MOST_LEFT_OUT:
        told = f"the sites without an estimate hold {found.share_left_out:.0%} of the patients"
        return replace(found, pooled=NotEstimable(told))
    return found


def on_scale(result: Result, scale: Scale) -> tuple[float, float] | NotEstimable:
    """A site's estimate and standard error on the measure's scale, or why it cannot be pooled."""
    if isinstance(result, NotEstimable):
        return result
    if isinstance(result.interval, NotEstimable):
        return result.interval
    value, interval = to_scale(result.value, scale), result.interval
    if half_added(result, scale):
        total = float(interval.details["denominator"])
        successes = result.value * total + 0.5
        return log(successes / (total + 1 - successes)), sqrt(1 / successes + 1 / (total + 1 - successes))
    if abs(value) == float("inf"):
        return NotEstimable(EDGE)
    se = interval.scale_se if result.scale == scale else None
    if se is None and interval.se is not None:
        se = interval.se * scale_slope(result.value, scale)
    return NotEstimable(NO_ERROR) if not se else (value, se)


def half_added(result: Result, scale: Scale) -> bool:
    """Whether a proportion of 0 or 1 enters with ½ added to both counts (Anscombe 1956, doi:10.1093/biomet/43.3-4.461).

    Leaving out the sites where nothing was missed would make the mean of a good model look worse.
    """
    if scale != "logit" or not isinstance(result, Estimate) or not isinstance(result.interval, Interval):
        return False
    return result.value in (0.0, 1.0) and "denominator" in result.interval.details


def mean_of_sites(sites: BetweenSites) -> Result:
    """The random-effects mean as an estimate on the measure's own scale, the prediction interval in its details."""
    pooled, scale = sites.pooled, sites.scale
    if not sites.used and len(set(sites.left_out.values())) == 1:
        return NotEstimable(next(iter(sites.left_out.values())))
    if isinstance(pooled, NotEstimable):
        return NotEstimable(_with_reasons(pooled.reason, sites.left_out))
    used = [r for s in sites.used if isinstance(r := sites.answers[s].result, Estimate)]
    value, bounds = from_scale(pooled.mean, scale), _brought_back((pooled.low, pooled.high), scale)
    interval: Interval | NotEstimable = NotEstimable(ENDLESS)
    if bounds is not None:
        se = pooled.se / scale_slope(value, scale)
        interval = Interval(*bounds, pooled.level, METHOD, se, pooled.se, {"df": pooled.k - 1})
    events = [r.events for r in used if r.events is not None]
    return Estimate(
        value, interval, scale, sum(r.n for r in used), sum(events) if len(events) == len(used) else None,
        _details(sites, pooled),
    )  # fmt: skip


def _details(sites: BetweenSites, pooled: RandomEffects) -> dict[str, Any]:
    low, high = pooled.tau2_interval
    told: dict[str, Any] = {
        "tau2": pooled.tau2, "tau2_low": low, "tau2_high": high, "i2": pooled.i2, "q": pooled.q,
        "q_p_value": pooled.q_p, "sites_used": pooled.k, **prediction(sites),
    }  # fmt: skip
    if sites.left_out:
        told["sites_left_out"] = by_reason(sites.left_out)
    halves = sum(half_added(sites.answers[s].result, sites.scale) for s in sites.used)
    if halves:
        told["sites_with_half_added"] = halves
    cautions = [NARROW] if pooled.narrow else []
    if sites.share_left_out > MENTIONED:
        cautions.append(
            f"the mean does without sites that hold {sites.share_left_out:.0%} of the patients, and with few events "
            "it is those with the fewest that are left out"
        )
    descriptive = [s for s in sites.used if _is_descriptive(sites.answers[s].result)]
    if descriptive:
        told["descriptive"] = f"at {len(descriptive)} sites risks of exactly 0 or 1 have no logit and were left out"
        cautions.append(f"{told['descriptive']}, which flatters a bad model")
    if cautions:
        told["caution"] = "; ".join(cautions)
    return told


def prediction(sites: BetweenSites) -> dict[str, Any]:
    """The interval for a new site on the measure's own scale, or why there is none."""
    if isinstance(sites.pooled, NotEstimable):
        return {"no_prediction": sites.pooled.reason}
    found = sites.pooled.prediction
    if isinstance(found, NotEstimable):
        return {"no_prediction": found.reason}
    bounds = _brought_back(found, sites.scale)
    if bounds is None:
        return {"no_prediction": ENDLESS}
    low, high = bounds
    return {"prediction_low": low, "prediction_high": high, "prediction_sites": sites.pooled.k,
            "prediction_coverage": PREDICTION_COVERS}  # fmt: skip


def _brought_back(bounds: tuple[float, float], scale: Scale) -> tuple[float, float] | None:
    """Bounds on the measure's own scale; None where they have no end in floating-point numbers."""
    if scale != "identity" and max(map(abs, bounds)) > LARGEST:
        return None
    return from_scale(bounds[0], scale), from_scale(bounds[1], scale)


def beside_overall(
    answers: list[Answer], measures: Mapping[str, Measure], sites: Mapping[Subgroup, BoolArray], level: float
) -> list[Answer]:
    """The answers, each overall one of the primary analysis with the interval for a new site in its details."""
    told = {found.request: prediction(found) for found in between_sites(answers, measures, sites, level)}
    return [
        replace(a, result=replace(a.result, details={**a.result.details, **told[a.request]}))
        if a.request in told and isinstance(a.result, Estimate)
        else a
        for a in answers
    ]


def by_reason(left_out: Mapping[str, str]) -> dict[str, list[str]]:
    """Reasons with the sites that share them, in the order of the sites."""
    found: dict[str, list[str]] = {}
    for site, reason in left_out.items():
        found.setdefault(reason, []).append(site)
    return found


def _with_reasons(reason: str, left_out: Mapping[str, str]) -> str:
    told = "; ".join(
        f"{len(sites)} {'site' if len(sites) == 1 else 'sites'}: {why}" for why, sites in by_reason(left_out).items()
    )
    return f"{reason} ({told})" if told else reason


def _is_descriptive(result: Result) -> bool:
    return isinstance(result, Estimate) and bool(result.details.get("descriptive"))
