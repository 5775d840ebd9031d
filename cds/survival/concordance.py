"""Concordance: of two patients, does the one who has the event earlier have the higher prediction?"""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_times import SurvivalSample
from cds.stats.concordance_counts import against, counts, time_ranks
from cds.stats.end_of_follow_up import refused_after_the_end, refused_with_entry
from cds.stats.intervals import wald
from cds.stats.kaplan_meier import censoring_survival

NO_EVENTS = "no events"
NO_PAIRS = "no two patients can be compared: nobody is followed longer than one who had the event"
NO_WEIGHTS = "nobody is left uncensored before the last event, so the censoring weights do not exist"
ENTRY = "each event is compared with those who had entered before its time and were still followed"
MARGINAL = "1/G(t−)² at the event's time, G the reverse Kaplan–Meier of all patients (censoring independent of them)"
NOT_MODELLED = "; the covariates of the protocol's censoring model are not used here"


def harrell_c(sample: SurvivalSample) -> float | NotEstimable:
    """Share of comparable pairs in which the earlier event has the higher prediction, equal predictions half.

    Not estimable without events or without comparable pairs. Harrell 1996,
    doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
    """
    return _concordance(_ranked(sample), sample.is_event)


def uno_c(sample: SurvivalSample, horizon: float) -> float | NotEstimable:
    """The same over events by the horizon, each weighted by 1/G(t−)², so that it does not depend on censoring.

    Not estimable with delayed entry, where follow-up ends before the horizon, or without comparable pairs. Only G
    before events enters, which exists up to the very end of follow-up. Uno 2011, doi:10.1002/sim.4154.
    """
    event_weight = _event_weight(sample, horizon)
    if isinstance(event_weight, NotEstimable):
        return event_weight
    return _concordance(_ranked(sample, horizon), event_weight)


def harrell_influence(sample: SurvivalSample) -> FloatArray | NotEstimable:
    """Infinitesimal-jackknife terms of Harrell's C, shape (n,); their squares sum to its variance."""
    return _terms(_ranked(sample), sample.is_event)


def uno_influence(sample: SurvivalSample, horizon: float) -> FloatArray | NotEstimable:
    """Infinitesimal-jackknife terms of Uno's C, shape (n,), the censoring weights taken as known."""
    event_weight = _event_weight(sample, horizon)
    if isinstance(event_weight, NotEstimable):
        return event_weight
    return _terms(_ranked(sample, horizon), event_weight)


def harrell_interval(sample: SurvivalSample, value: float, level: float) -> Interval | NotEstimable:
    """Wald on the logit scale from the infinitesimal jackknife; the plain Wald bounds stand in the details."""
    return _interval(harrell_influence(sample), value, level)


def uno_interval(sample: SurvivalSample, value: float, level: float, horizon: float) -> Interval | NotEstimable:
    """Wald on the logit scale from the infinitesimal jackknife; the plain Wald bounds stand in the details."""
    return _interval(uno_influence(sample, horizon), value, level)


def harrell_details(sample: SurvivalSample) -> dict[str, Any]:
    """What ranked the patients, and how delayed entry was respected."""
    entry = {} if sample.entry is None else {"delayed_entry": ENTRY}
    return {"ranked_by": _ranked_by(_ranked(sample)), **entry}


def uno_details(sample: SurvivalSample, horizon: float) -> dict[str, Any]:
    """What ranked the patients, the censoring weights, and the largest of them."""
    weights = MARGINAL if sample.censoring is None else MARGINAL + NOT_MODELLED
    found: dict[str, Any] = {"ranked_by": _ranked_by(_ranked(sample, horizon)), "censoring_weights": weights}
    event_weight = _event_weight(sample, horizon)
    if not isinstance(event_weight, NotEstimable):
        found["largest_weight"] = float(event_weight.max())
    return found


def _ranked(sample: SurvivalSample, horizon: float | None = None) -> SurvivalSample:
    """The sample that holds what ranks the patients: itself with a linear predictor, else at a horizon."""
    if sample.linear_predictor is not None:
        return sample
    return sample.at(max(sample.horizons) if horizon is None else horizon)


def _ranked_by(ranked: SurvivalSample) -> str:
    return f"risk by {ranked.span}" if ranked.linear_predictor is None else "linear predictor"


def _prediction(ranked: SurvivalSample) -> FloatArray:
    return ranked.risk_now if ranked.linear_predictor is None else ranked.linear_predictor


def _event_weight(sample: SurvivalSample, horizon: float) -> FloatArray | NotEstimable:
    """1/G(t−)² for events by the horizon and 0 for the rest, shape (n,), or the reason why there is none."""
    view = sample.at(horizon)
    refused = refused_with_entry(sample, "Uno's C") or refused_after_the_end(view)
    if refused is not None:
        return refused
    counted = view.happened & (sample.weight > 0)
    if not counted.any():
        return NotEstimable(f"no events by {view.span}")
    uncensored = sample.memo("uncensored_before", lambda: _uncensored_before(sample))
    if not uncensored[counted].all():
        return NotEstimable(NO_WEIGHTS)
    return np.divide(1.0, uncensored**2, out=np.zeros(len(sample)), where=counted)


def _uncensored_before(sample: SurvivalSample) -> FloatArray:
    """G just before each row's time: G steps at every distinct time."""
    left = censoring_survival(sample)
    return np.concatenate([[left.start], left.value[:-1]]).take(time_ranks(sample))


def _concordance(ranked: SurvivalSample, event_weight: FloatArray) -> float | NotEstimable:
    found = counts(ranked, _prediction(ranked), "ranking")
    by_event = ranked.weight * event_weight
    if not by_event.any():
        return NotEstimable(NO_EVENTS)
    # Not by @: its threads cost more than they bring.
    pairs = float((by_event * found.comparable).sum())
    if pairs <= 1e-12 * float(by_event.sum()) * ranked.total:
        return NotEstimable(NO_PAIRS)
    return float((by_event * found.lower).sum()) / pairs


def _terms(ranked: SurvivalSample, event_weight: FloatArray) -> FloatArray | NotEstimable:
    """w·(won − C·compared)/pairs per row, over all pairs that the row is in, as the event or as the other."""
    value = _concordance(ranked, event_weight)
    if isinstance(value, NotEstimable):
        return value
    by_event = ranked.weight * event_weight
    own = counts(ranked, _prediction(ranked), "ranking")
    other = against(ranked, _prediction(ranked), "ranking", by_event)
    won = event_weight * own.lower + other.lower
    compared = event_weight * own.comparable + other.comparable
    terms: FloatArray = ranked.weight * (won - value * compared) / float((by_event * own.comparable).sum())
    return terms


def _interval(terms: FloatArray | NotEstimable, value: float, level: float) -> Interval | NotEstimable:
    if isinstance(terms, NotEstimable):
        return terms
    se = float(np.sqrt(np.square(terms).sum()))
    plain = wald(value, level, se=se)
    found = wald(value, level, se=se, scale="logit", method="infinitesimal jackknife, logit scale")
    if isinstance(found, NotEstimable) or isinstance(plain, NotEstimable):
        return found
    details = {"low_wald": plain.low, "high_wald": plain.high}
    return Interval(found.low, found.high, level, found.method, found.se, found.scale_se, details)


HARRELL_C = Measure(
    kind="survival",
    name="harrell_c",
    family="discrimination",
    label="Harrell's C",
    compute=harrell_c,
    interval=harrell_interval,
    influence=harrell_influence,
    interval_name="infinitesimal jackknife on the logit scale; the plain Wald bounds stand in the details",
    details=harrell_details,
    scale="logit",
    ideal=1.0,
    direction="higher",
    formula="Σ 1(η_i > η_j) + ½·1(η_i = η_j) over pairs of an event at t_i and t_j > t_i, over their number",
    convention="over all follow-up, by the linear predictor where there is one, else by the risk at the largest "
    "horizon; an event is comparable with a censoring at its time, not with another event there; with delayed entry "
    "only with those who had entered before. It depends on the censoring: see Uno's C",
    source="Harrell 1996, doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4",
)

UNO_C = Measure(
    kind="survival",
    name="uno_c",
    family="discrimination",
    label="Uno's C",
    compute=uno_c,
    interval=uno_interval,
    influence=uno_influence,
    interval_name="infinitesimal jackknife on the logit scale, censoring weights taken as known; the plain Wald bounds "
    "stand in the details",
    details=uno_details,
    parameters=("horizon",),
    scale="logit",
    ideal=1.0,
    direction="higher",
    formula="Harrell's C over events by the horizon, each pair weighted by 1/G(t_i−)²",
    convention="by the linear predictor where there is one, else by the risk at the horizon; G is the reverse "
    "Kaplan–Meier in which events leave before censorings tied with them; estimable up to the end of follow-up, "
    "where no weight beyond an event's time is needed",
    source="Uno 2011, doi:10.1002/sim.4154",
)
