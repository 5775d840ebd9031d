"""Sites: the mean over them, how much they differ, a forest plot per main measure, and refits without each site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cds.core.finding import Curve, Finding, Table
from cds.core.study import Answer, Study
from cds.sites.forest import forest
from cds.sites.leave_one_out import leave_one_site_out
from cds.sites.tables import main_measures, means_table, sites_table
from cds.stats.between_sites import BetweenSites, between_sites, mean_of_sites

RANDOM_EFFECTS = "random_effects"
SEVERAL = 2


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """What the sites say together; nothing where there are fewer than two."""
    if len(study.sites) < SEVERAL:
        return
    found = between_sites(study.answers.values(), study.measures, study.sites, study.settings.level)
    yield from means(study, found, RANDOM_EFFECTS)
    yield sites_table(study, found)
    yield means_table(study, found)
    yield from forests(study, found)
    without = leave_one_site_out(study)
    if without is None:
        return
    yield without.table
    yield from (study.finding(answer) for answer in without.answers)
    yield from means(study, without.between, f"{without.analysis}_{RANDOM_EFFECTS}")
    if without.between:
        yield means_table(study, without.between, analysis=without.analysis, together=without.answers)
        yield from forests(study, without.between, analysis=without.analysis)


def means(study: Study, found: Sequence[BetweenSites], analysis: str) -> Iterator[Finding]:
    """The random-effects mean of every number, as findings of this analysis."""
    for sites in found:
        yield study.finding(Answer(replace(sites.request, analysis=analysis), mean_of_sites(sites)))


def forests(study: Study, found: Sequence[BetweenSites], *, analysis: str = "") -> Iterator[Curve]:
    """A forest plot of each measure that has a criterion or is a headline."""
    shown = main_measures(study)
    yield from (forest(study, sites, analysis=analysis) for sites in found if sites.request.measure in shown)
