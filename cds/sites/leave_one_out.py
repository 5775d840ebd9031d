"""Internal–external validation: the model is developed anew without each site in turn, and judged there.

Steyerberg & Harrell 2016, doi:10.1016/j.jclinepi.2015.04.005; Debray et al. 2013, doi:10.1002/sim.5732.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cds.core.alignment import align
from cds.core.arrays import BoolArray, IntArray
from cds.core.errors import InputError
from cds.core.finding import Table
from cds.core.measure import Estimate, NotEstimable
from cds.core.model import Refittable
from cds.core.outcome import Outcome
from cds.core.prediction import Prediction, stacked
from cds.core.sample import Sample
from cds.core.study import Answer, Request, Study, Subgroup
from cds.stats.asking import OTHER_SMOOTHER, requests
from cds.stats.between_sites import BetweenSites, between_sites, prediction
from cds.stats.estimation import estimate
from cds.stats.intervals import MAX_FAILED_SHARE
from cds.stats.refitting import SITE_STREAM, Refit, as_refittable, counted, refit_predictions

ANALYSIS = "leave_one_site_out"
TITLE = "Model developed anew without each site, and judged there"
SEVERAL_IMPUTATIONS = "the inputs were imputed several times: refitting in each of them is not analysed"
NO_ROWS = "the cohort's inputs and outcomes are not at hand row by row"


@dataclass(frozen=True, eq=False)
class WithoutEachSite:
    """What the refits gave: answers on the predictions of sites that took no part, and these sites together.

    ``table`` says of each site how the refit without it went.
    """

    table: Table
    answers: Sequence[Answer] = ()
    between: Sequence[BetweenSites] = ()
    analysis: str = ANALYSIS


def leave_one_site_out(study: Study) -> WithoutEachSite | None:
    """Refit without each site and judge there; None where the protocol does not ask for it.

    Asked for where the protocol demands it, or the design is internal and the protocol does not forbid it.
    """
    protocol = study.protocol
    asked = None if protocol is None else protocol.refitting.leave_one_site_out
    if protocol is None or asked is False:
        return None
    if asked is None and not protocol.needs_refits:
        return None
    model, cohort = as_refittable(study.model), study.cohort
    reason = model.reason if isinstance(model, NotEstimable) else _not_possible(study)
    if reason or isinstance(model, NotEstimable) or cohort.outcome is None:
        return WithoutEachSite(
            Table(ANALYSIS, "sites", TITLE, ("result", "reason"), (("not done", reason),), "", "sites")
        )
    made = _refits(study, model, cohort.outcome)
    return _judged(study, cohort.outcome, made)


def _not_possible(study: Study) -> str:
    if len(study.samples) > 1:
        return SEVERAL_IMPUTATIONS
    absent = study.cohort.outcome is None or len(study.cohort.features) != len(study.sample)
    return NO_ROWS if absent else ""


def _refits(study: Study, model: Refittable, outcome: Outcome) -> list[Refit]:
    masks = list(study.sites.values())
    return refit_predictions(
        model, study.cohort.features, outcome, [np.flatnonzero(~mask) for mask in masks],
        seed=study.settings.seed, stream=SITE_STREAM, weights=study.sample.weights,
        asked=[np.flatnonzero(mask) for mask in masks], jobs=study.jobs,
    )  # fmt: skip


def _judged(study: Study, outcome: Outcome, made: Sequence[Refit]) -> WithoutEachSite:
    table = _table(study, made)
    predicted = {s: one.result for s, one in zip(study.sites, made, strict=True) if not one.failed}
    if not predicted:
        return WithoutEachSite(table)
    rows = [np.flatnonzero(study.sites[site]) for site in predicted]
    everyone: IntArray = np.concatenate(rows)
    try:
        sample = _sample(study, outcome.take(everyone), stacked(list(predicted.values())), everyone)
    except InputError as fault:
        return WithoutEachSite(_refused(table, fault.what))
    masks = _masks(predicted, rows)
    groups = {subgroup: mask[everyone] for subgroup, mask in study.groups.items()}
    answers = _answers(study, sample, groups, masks, made)
    between = between_sites(answers, study.measures, study.sites, study.settings.level, analysis=ANALYSIS)
    if _too_many_failed(made):
        between = [replace(b, pooled=_refusal(made)) for b in between]
    told = {b.request: prediction(b) for b in between}
    counts = counted(made)
    return WithoutEachSite(table, [_with(a, {**counts, **told.get(_primary(a.request), {})}) for a in answers], between)


def _masks(sites: Mapping[Subgroup, Any], rows: Sequence[IntArray]) -> dict[Subgroup, BoolArray]:
    """Each site's rows in the predictions stacked site by site."""
    place = np.repeat(np.arange(len(rows)), [len(r) for r in rows])
    return {site: place == k for k, site in enumerate(sites)}


def _sample(study: Study, outcome: Outcome, predicted: Prediction, rows: IntArray) -> Sample:
    given = study.sample
    return align(
        outcome, predicted, weights=None if given.weights is None else given.weights[rows],
        patient=given.patient_codes[rows], design=given.design, shows_prevalence=given.shows_prevalence,
        clip=study.settings.clip,
    )  # fmt: skip


def _answers(
    study: Study,
    sample: Sample,
    groups: Mapping[Subgroup, BoolArray],
    masks: Mapping[Subgroup, BoolArray],
    made: Sequence[Refit],
) -> list[Answer]:
    """Every measure on the out-of-site predictions: over all sites, in each group and at each site."""
    categories = getattr(sample, "categories", ())
    asked = [
        request
        for request in requests(study.measures, groups, study.settings, categories, sites=masks)
        if request.analysis != OTHER_SMOOTHER
    ]
    found = estimate(asked, study.measures, sample, groups, study.settings, sites=masks, jobs=study.jobs)
    named = [replace(a, request=replace(a.request, analysis=ANALYSIS)) for a in found]
    refused = _too_many_failed(made)
    return [_without_interval(a, _refusal(made)) if refused and a.request.subgroup not in masks else a for a in named]


def _primary(request: Request) -> Request:
    return replace(request, analysis="primary")


def _with(answer: Answer, told: Mapping[str, Any]) -> Answer:
    if not answer.request.subgroup.overall or not isinstance(answer.result, Estimate):
        return answer
    return replace(answer, result=replace(answer.result, details={**answer.result.details, **told}))


def _without_interval(answer: Answer, reason: NotEstimable) -> Answer:
    if not isinstance(answer.result, Estimate):
        return answer
    return replace(answer, result=replace(answer.result, interval=reason))


def _too_many_failed(made: Sequence[Refit]) -> bool:
    return sum(one.failed for one in made) > MAX_FAILED_SHARE * len(made)


def _refusal(made: Sequence[Refit]) -> NotEstimable:
    failed = sum(one.failed for one in made)
    return NotEstimable(f"{failed} of {len(made)} refits without a site failed (limit 5 %)")


def _table(study: Study, made: Sequence[Refit]) -> Table:
    """How the refits went: those that failed with the reason, and what the others warned of."""
    failed = [
        (str(site.level), one.result.reason)
        for site, one in zip(study.sites, made, strict=True)
        if isinstance(one.result, NotEstimable)
    ]
    warned: dict[str, int] = {}
    for one in made:
        for kind in one.warned:
            warned[kind] = warned.get(kind, 0) + 1
    rows = (
        ("refits", f"{len(made)}, one without each site"),
        ("failed", str(len(failed))),
        *((f"without {site}", reason) for site, reason in failed),
        *((kind, f"given by {count} refits") for kind, count in warned.items()),
    )
    return Table(ANALYSIS, "sites", TITLE, ("step", "result"), rows, "", "sites")


def _refused(table: Table, reason: str) -> Table:
    return replace(table, rows=(*table.rows, ("not judged", reason)))
