"""The sites in a table: how many patients, the main results, and which site a mean does without and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cds.core.finding import Table
from cds.core.headlines import HEADLINES
from cds.core.measure import Estimate, Interval, NotEstimable, Result
from cds.core.small_cells import hidden
from cds.core.study import Answer, Study
from cds.sites.forest import label_of, site_counts
from cds.stats.between_sites import PREDICTION_COVERS, BetweenSites, by_reason, mean_of_sites

MOST_ROWS, MOST_NAMES = 60, 6
SHORT = {
    "auroc": "AUROC",
    "calibration_in_the_large": "calibration in the large",
    "calibration_slope": "slope",
    "observed_expected": "O:E",
}


def sites_table(study: Study, found: Sequence[BetweenSites]) -> Table:
    """Patients, events, share and the main estimates of each site; the largest sites where there are very many."""
    main = [s for s in found if s.request.measure in HEADLINES and s.request.threshold is None]
    counts = site_counts(study)
    limit = study.small_cell
    names = sorted(sorted(counts, key=lambda name: -counts[name][0])[:MOST_ROWS], key=list(counts).index)
    with_events = any(events is not None for _, events in counts.values())
    header = ("site", "patients", *(("events",) if with_events else ()), "share", *(_heading(study, s) for s in main))
    sizes, events = _printed([counts[n][0] for n in counts], limit), _printed([counts[n][1] for n in counts], limit)
    told, total = dict(zip(counts, zip(sizes, events, strict=True), strict=True)), len(study.sample)
    rows = tuple(
        (
            name,
            told[name][0],
            *((told[name][1],) if with_events else ()),
            "×" if told[name][0] == "×" else f"{100 * counts[name][0] / total:.1f}%",
            *(_estimate(sites, name) for sites in main),
        )
        for name in names
    )
    return Table(
        "sites", "sites", "Sites", header, rows, _note(study, found, len(names), any("×" in r for r in rows)), "sites"
    )


def means_table(
    study: Study, found: Sequence[BetweenSites], *, analysis: str = "", together: Sequence[Answer] = ()
) -> Table:
    """The random-effects mean of every number, the interval for a new site, and how much sites differ.

    ``together`` are the answers on all out-of-site predictions at once, for a column of their own.
    """
    level = f"{100 * study.settings.level:g}%"
    header = ["measure", "sites", "mean", f"{level} interval", f"{level} interval in a new site", "variance τ²", "I²"]
    shown = [sites for sites in found if sites.request.measure in main_measures(study)]
    rows = [[label_of(study, sites.request), *_mean(sites)] for sites in shown]
    if together:
        header.append("all sites together")
        overall = {replace(a.request, analysis="primary"): a.result for a in together if a.request.subgroup.overall}
        for row, sites in zip(rows, shown, strict=True):
            row.append(_with_interval(overall.get(sites.request)))
    title = "Mean of the sites, and what to expect of a new site"
    if analysis:
        title = "Sites left out of the fit: mean of the sites, and what to expect of a new site"
    note = (
        "Random effects on the measure's own scale (logarithm, logit): variance between sites τ² by restricted maximum "
        "likelihood, interval of the mean by Hartung and Knapp, interval for a new site with k − 2 degrees of freedom. "
        f"It is often too narrow: {PREDICTION_COVERS}. "
        "All measures stand in estimates.csv."
    )
    return Table(
        f"means_of_sites{analysis and '_'}{analysis}",
        "sites",
        title,
        tuple(header),
        tuple(tuple(row) for row in rows),
        note,
        "sites",
    )


def main_measures(study: Study) -> frozenset[str]:
    """The measures that have a criterion or are headlines: those that tables and figures of sites show."""
    criteria = () if study.protocol is None else study.protocol.criteria
    return HEADLINES | {criterion.measure for criterion in criteria}


def named(names: Sequence[str]) -> str:
    """Sites by name, the first of them where there are many."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _mean(sites: BetweenSites) -> tuple[str, ...]:
    found = mean_of_sites(sites)
    if isinstance(found, NotEstimable):
        return (str(len(sites.used)), found.reason, "–", "–", "–", "–")
    told, interval = found.details, found.interval
    new = _range(told["prediction_low"], told["prediction_high"]) if "prediction_low" in told else "–"
    between = _range(interval.low, interval.high) if isinstance(interval, Interval) else "–"
    return (
        str(told["sites_used"]), _number(found.value), between, new, _variance(told['tau2']), f"{100 * told['i2']:.0f}%"
    )  # fmt: skip


def _variance(value: float) -> str:
    """Three digits, without powers of ten."""
    return "below 0.0001" if 0 < value < 0.0001 else f"{value:.3g}"


def _with_interval(result: Result | None) -> str:
    if not isinstance(result, Estimate):
        return "–"
    interval = result.interval
    bounds = f" ({_range(interval.low, interval.high)})" if isinstance(interval, Interval) else ""
    return f"{_number(result.value)}{bounds}"


def _range(low: float, high: float) -> str:
    return f"{_number(low)} to {_number(high)}"


def _number(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _estimate(sites: BetweenSites, name: str) -> str:
    result = sites.answers[name].result if name in sites.answers else None
    if not isinstance(result, Estimate):
        return "–"
    return f"{result.value:.2f}{'*' if name in sites.left_out else ''}"


def _printed(counts: Sequence[int | None], limit: int) -> list[str]:
    small = hidden(counts, limit)
    return ["–" if c is None else "×" if i in small else f"{c:,}" for i, c in enumerate(counts)]


def _heading(study: Study, sites: BetweenSites) -> str:
    short = SHORT.get(sites.request.measure)
    return label_of(study, sites.request) if short is None else short


def _note(study: Study, found: Sequence[BetweenSites], shown: int, suppressed: bool) -> str:
    told = []
    if shown < len(study.sites):
        told.append(f"The {shown} largest of {len(study.sites)} sites; all of them stand in estimates.csv.")
    few = [
        name
        for name, (n, events) in site_counts(study).items()
        if events is not None and min(events, n - events) < study.minimum_events
    ]
    if few:
        told.append(
            f"Fewer than {study.minimum_events} events or non-events at {len(few)} of {len(study.sites)} sites: "
            f"{named(few)}."
        )
    told += [_without(study, sites) for sites in found if sites.left_out and sites.request.measure in HEADLINES]
    if suppressed:
        told.append("× Small counts, and those from which they could be worked out, are not printed.")
    return " ".join(told)


def _without(study: Study, sites: BetweenSites) -> str:
    reasons = "; ".join(f"{named(names)} ({reason})" for reason, names in by_reason(sites.left_out).items())
    return f"* The mean of {label_of(study, sites.request)} does without {reasons}."
