"""Concordance with competing events: does the one who has the event, and has it earlier, have the higher risk?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.aalen_johansen import time_places
from cds.stats.concordance_counts import Counts, time_ranks
from cds.stats.end_of_follow_up import refused_with_entry, refused_without_anyone_beyond
from cds.stats.intervals import wald
from cds.stats.kaplan_meier import censoring_survival, risk_table
from cds.stats.later_and_lower import Layout, dense_rank, lay_out

NO_EVENTS = "no events"
NO_PAIRS = "no two patients can be compared: nobody outlasts one who had the event, or has another event before"
MARGINAL = (
    "1/(G(t_i−)·G(t_i)) and 1/(G(t_i−)·G(t_j−)), G the reverse Kaplan–Meier of all patients (censoring independent)"
)
NOT_MODELLED = "; the covariates of the protocol's censoring model are not used here"
SOURCE = "Wolbers 2014, doi:10.1093/biostatistics/kxt059; Wolbers 2009, doi:10.1097/EDE.0b013e3181a39056"


@dataclass(frozen=True, eq=False)
class Weighting:
    """What each row's pairs weigh, shape (n,) each.

    As the event: ``outlasting`` in pairs with somebody followed longer, ``taken`` in pairs with somebody whom another
    event took by then; both 0 for rows that are not events that count. As the one taken: ``of_taken``.
    """

    outlasting: FloatArray
    taken: FloatArray
    of_taken: FloatArray


def harrell_c(sample: CompetingRisksSample) -> float | NotEstimable:
    """Share of comparable pairs in which the event has the higher risk, equal risks half, over all follow-up.

    An event at t_i is compared with everybody who is followed longer, and with those whom another event took by t_i:
    they cannot have this one any more. Not estimable with delayed entry or without comparable pairs.
    """
    weighting = unweighted(sample)
    return weighting if isinstance(weighting, NotEstimable) else _concordance(_largest(sample), weighting)


def uno_c(sample: CompetingRisksSample, horizon: float) -> float | NotEstimable:
    """The same over events by the horizon, each pair weighted so that it does not depend on censoring.

    Σ W_ij·(1(r_i > r_j) + ½·1(r_i = r_j)) / Σ W_ij over the pairs. Not estimable with delayed entry, where nobody is
    followed beyond the horizon, or without comparable pairs. As ``pec::cindex`` with a cause.
    """
    weighting = inverse_weighted(sample.at(horizon))
    return weighting if isinstance(weighting, NotEstimable) else _concordance(sample.at(horizon), weighting)


def harrell_influence(sample: CompetingRisksSample) -> FloatArray | NotEstimable:
    """Infinitesimal-jackknife terms, shape (n,); their squares sum to the variance."""
    weighting = unweighted(sample)
    if isinstance(weighting, NotEstimable):
        return weighting
    terms = _Terms.of(_largest(sample), weighting)
    return terms if isinstance(terms, NotEstimable) else terms.direct


def uno_influence(sample: CompetingRisksSample, horizon: float) -> FloatArray | NotEstimable:
    """Infinitesimal-jackknife terms, shape (n,), the estimation of the censoring weights included."""
    view = sample.at(horizon)
    weighting = inverse_weighted(view)
    if isinstance(weighting, NotEstimable):
        return weighting
    terms = _Terms.of(view, weighting)
    return terms if isinstance(terms, NotEstimable) else terms.direct + _through_weights(view, terms)


def unweighted(sample: CompetingRisksSample) -> Weighting | NotEstimable:
    """Every pair counts 1."""
    refused = refused_with_entry(sample, "the concordance with competing events")
    if refused or not (sample.weight @ sample.is_event):
        return refused or NotEstimable(NO_EVENTS)
    return Weighting(sample.is_event, sample.is_event, _taken(sample).astype(np.float64))


def inverse_weighted(view: CompetingRisksSample) -> Weighting | NotEstimable:
    """The inverse of the chance that neither of the pair is censored before it can be compared."""

    def make() -> Weighting | NotEstimable:
        refused = refused_with_entry(view, "the weighted concordance") or refused_without_anyone_beyond(view)
        if refused or not view.events:
            return refused or NotEstimable(f"no events by {view.span}")
        free = censoring_survival(view)
        before, at = (_inverse(found) for found in (free.before(view.time), free.at(view.time)))
        return Weighting(view.happened * before * at, view.happened * before, _taken(view) * before)

    return view.memo("concordance_weighting", make)


def _inverse(share: FloatArray) -> FloatArray:
    return np.divide(1.0, share, out=np.zeros(len(share)), where=share > 0)


def _largest(sample: CompetingRisksSample) -> CompetingRisksSample:
    return sample.at(max(sample.horizons))


def _layouts(view: CompetingRisksSample) -> tuple[Layout, Layout]:
    """The rows laid out so that those who outlast an event come after it; so that those taken by its time do.

    At one time: events, then censorings, which outlast them; other events at the time of an event come by it.
    """

    def make() -> tuple[Layout, Layout]:
        place, rank, is_event = 2 * time_ranks(view), dense_rank(view.risk_now), view.is_event > 0
        outlasting = lay_out(place + (view.status == 0), rank, is_event)
        return outlasting, lay_out(_taken(view) - place, rank, is_event)

    return view.rows_memo("competing_pairs", make)


def _taken(sample: CompetingRisksSample) -> BoolArray:
    """Rows whose follow-up another event ended."""
    return sample.rows_memo("taken", lambda: (sample.status > 0) & (sample.status != sample.cause))


def _counts(layout: Layout, weight: FloatArray) -> Counts:
    return Counts(layout.weight_later(weight), layout.weight_later_and_lower(weight))


def _of_events(view: CompetingRisksSample, weighting: Weighting) -> tuple[Counts, Counts]:
    """Per event, the weight of those who outlast it and of those taken by then."""
    outlasting, taken = _layouts(view)
    return _counts(outlasting, view.weight), _counts(taken, view.weight * weighting.of_taken)


def _concordance(view: CompetingRisksSample, weighting: Weighting) -> float | NotEstimable:
    return _ratio(view, weighting, _of_events(view, weighting))


def _ratio(view: CompetingRisksSample, weighting: Weighting, found: tuple[Counts, Counts]) -> float | NotEstimable:
    pairs = _pairs(view, weighting, found)
    if pairs <= 1e-12 * float(view.weight @ weighting.taken) * view.total:
        return NotEstimable(NO_PAIRS)
    first, second = view.weight * weighting.outlasting, view.weight * weighting.taken
    return float(first @ found[0].lower + second @ found[1].lower) / pairs


def _pairs(view: CompetingRisksSample, weighting: Weighting, found: tuple[Counts, Counts]) -> float:
    first, second = view.weight * weighting.outlasting, view.weight * weighting.taken
    return float(first @ found[0].comparable + second @ found[1].comparable)


@dataclass(frozen=True, eq=False)
class _Terms:
    """What each row adds to C, shape (n,) each: ``direct`` through its own pairs, and the pull of its weights.

    ``before`` is ∂C/∂log of its 1/G(t−), ``at`` that of its 1/G(t).
    """

    direct: FloatArray
    before: FloatArray
    at: FloatArray

    @classmethod
    def of(cls, view: CompetingRisksSample, weighting: Weighting) -> _Terms | NotEstimable:
        found = _of_events(view, weighting)
        value = _ratio(view, weighting, found)
        if isinstance(value, NotEstimable):
            return value
        weight, pairs = view.weight, _pairs(view, weighting, found)

        def won(counts: Counts) -> FloatArray:
            return (counts.lower - value * counts.comparable) / pairs

        outlasting, taken = _layouts(view)
        as_outlasting = weight * won(Counts(*outlasting.weight_earlier_and_higher(weight * weighting.outlasting)))
        as_taken = weight * weighting.of_taken * won(Counts(*taken.weight_earlier_and_higher(weight * weighting.taken)))
        against_longer = weight * weighting.outlasting * won(found[0])
        against_taken = weight * weighting.taken * won(found[1])
        before = against_longer + against_taken + as_taken
        return cls(before + as_outlasting, before, against_longer)


def _through_weights(view: CompetingRisksSample, terms: _Terms) -> FloatArray:
    """What each row adds through everybody's G, shape (n,): as one censored, and as one who could have been."""
    table, place = risk_table(view), time_places(view)
    before = np.bincount(place, weights=terms.before, minlength=len(table.time))
    at = np.bincount(place, weights=terms.at, minlength=len(table.time))
    pulled = before.sum() - np.cumsum(before) + at[::-1].cumsum()[::-1]
    could = table.at_risk - table.ended
    left = could - table.censored
    share = np.divide(pulled, left, out=np.zeros(len(left)), where=left > 0)
    met = np.cumsum(share * np.divide(table.censored, could, out=np.zeros(len(could)), where=could > 0))
    censored = view.status == 0
    found: FloatArray = censored * share[place] - np.where(censored, met[place], np.concatenate([[0.0], met])[place])
    return view.weight * found


def _interval(terms: FloatArray | NotEstimable, value: float, level: float) -> Interval | NotEstimable:
    if isinstance(terms, NotEstimable):
        return terms
    se = float(np.sqrt(terms @ terms))
    plain = wald(value, level, se=se)
    found = wald(value, level, se=se, scale="logit", method="infinitesimal jackknife, logit scale")
    if isinstance(found, NotEstimable) or isinstance(plain, NotEstimable):
        return found
    details = {"low_wald": plain.low, "high_wald": plain.high}
    return Interval(found.low, found.high, level, found.method, found.se, found.scale_se, details)


def harrell_interval(sample: CompetingRisksSample, value: float, level: float) -> Interval | NotEstimable:
    """Wald on the logit scale from the infinitesimal jackknife; the plain Wald bounds stand in the details."""
    return _interval(harrell_influence(sample), value, level)


def uno_interval(sample: CompetingRisksSample, value: float, level: float, horizon: float) -> Interval | NotEstimable:
    """Wald on the logit scale from the infinitesimal jackknife; the plain Wald bounds stand in the details."""
    return _interval(uno_influence(sample, horizon), value, level)


def harrell_details(sample: CompetingRisksSample) -> dict[str, Any]:
    """What ranked the patients."""
    return {"ranked_by": f"risk by {_largest(sample).span}"}


def uno_details(sample: CompetingRisksSample, horizon: float) -> dict[str, Any]:
    """What ranked the patients, and the censoring weights."""
    weights = MARGINAL if sample.censoring is None else MARGINAL + NOT_MODELLED
    return {"ranked_by": f"risk by {sample.at(horizon).span}", "censoring_weights": weights}


PAIRS = (
    "an event at t_i is compared with those followed longer (or censored at t_i) and with those whom another event "
    "took by t_i, which treating that event as censoring would leave out; equal risks half"
)
_measure = partial(
    Measure,
    kind="competing_risks",
    family="discrimination",
    scale="logit",
    ideal=1.0,
    direction="higher",
    source=SOURCE,
)
HARRELL_C = _measure(
    name="harrell_c",
    label="Harrell's C",
    compute=harrell_c,
    interval=harrell_interval,
    influence=harrell_influence,
    interval_name="infinitesimal jackknife on the logit scale; the plain Wald bounds stand in the details",
    details=harrell_details,
    formula="Σ 1(r_i > r_j) + ½·1(r_i = r_j) over pairs of an event and one who outlasts it or had another event "
    "before, over their number",
    convention=f"over all follow-up, by the risk at the largest horizon; {PAIRS}. It depends on the censoring: see "
    "Uno's C",
)
UNO_C = _measure(
    name="uno_c",
    label="Uno's C",
    compute=uno_c,
    interval=uno_interval,
    influence=uno_influence,
    interval_name="infinitesimal jackknife on the logit scale, the estimation of the censoring weights included; the "
    "plain Wald bounds stand in the details",
    details=uno_details,
    parameters=("horizon",),
    formula="Harrell's C over events by the horizon, pairs with one who outlasts the event weighted by "
    "1/(G(t_i−)·G(t_i)), those with one who had another event by 1/(G(t_i−)·G(t_j−))",
    convention=f"as pec::cindex with a cause, by the risk at the horizon; {PAIRS}; G is the reverse Kaplan–Meier in "
    "which events leave before censorings tied with them, the same for everybody",
)
