"""What to compute: every measure, overall and by group and site, per threshold, category and analysis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from cds.core.measure import Measure
from cds.core.protocol import MeasuresSection
from cds.core.study import OVERALL, Request, Subgroup

SMOOTHERS = ("rcs", "lowess", "loess")
OTHER_SMOOTHER, BY_SITE = "other_smoother", "by_site"


def requests(
    measures: Mapping[str, Measure],
    subgroups: Iterable[Subgroup],
    settings: MeasuresSection,
    categories: Iterable[str] = (),
    *,
    sites: Iterable[Subgroup] = (),
    overall: bool = True,
) -> Iterator[Request]:
    """Every measure in the whole cohort, each subgroup and site, per horizon, threshold and category where it has one.

    The smoothers other than the protocol's are asked for too, in the whole cohort, to show their influence. Sites are
    not asked for what would show their sizes only. Landmarks have no ``overall`` number.
    """
    categories = tuple(categories)
    whole = [(OVERALL, "primary")] if overall else []
    places = [*whole, *((s, "primary") for s in subgroups), *((s, BY_SITE) for s in sites)]
    for (subgroup, analysis), measure in product(places, measures.values()):
        if analysis == BY_SITE and not tells_sites_apart(measure):
            continue
        smoother = settings.smoother if "smoother" in measure.parameters else None
        yield from _each(measure, settings, categories, subgroup=subgroup, smoother=smoother, analysis=analysis)
    for measure in measures.values():
        if "smoother" in measure.parameters:
            for other in SMOOTHERS:
                if other != settings.smoother:
                    yield from _each(measure, settings, categories, smoother=other, analysis=OTHER_SMOOTHER)


def tells_sites_apart(measure: Measure) -> bool:
    """Whether a measure may be compared between sites.

    A distance is positive by chance alone, most so in a small site, and a test statistic grows with the site.
    """
    return measure.bootstrap and not measure.is_distance


def further_requests(
    measures: Mapping[str, Measure], settings: MeasuresSection, analysis: str, categories: Iterable[str] = ()
) -> Iterator[Request]:
    """Every measure in the whole cohort, under the name of a further analysis."""
    categories = tuple(categories)
    for measure in measures.values():
        smoother = settings.smoother if "smoother" in measure.parameters else None
        yield from _each(measure, settings, categories, smoother=smoother, analysis=analysis)


def _each(
    measure: Measure,
    settings: MeasuresSection,
    categories: tuple[str, ...],
    *,
    subgroup: Subgroup = OVERALL,
    smoother: str | None = None,
    analysis: str = "primary",
) -> Iterator[Request]:
    thresholds = settings.thresholds if "threshold" in measure.parameters else (None,)
    horizons: tuple[float | None, ...] = (None,)
    if "horizon" in measure.parameters:
        horizons = (*((None,) if measure.also_without_horizon else ()), *settings.horizons)
    named: tuple[str | None, ...] = (None,)
    if "category" in measure.parameters:
        named = measure.categories(categories) if measure.categories else categories
    for category, horizon, threshold in product(named, horizons, thresholds):
        yield Request(
            measure.name,
            subgroup,
            horizon=horizon,
            threshold=threshold,
            category=category,
            smoother=smoother,
            analysis=analysis,
        )
