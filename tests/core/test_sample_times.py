"""Samples of times to an event: checked once, looked at by horizon, and shared by replicates."""

import pickle

import numpy as np
import pytest

from cds.core.errors import DataError, PredictionError
from cds.core.sample_times import CompetingRisksSample, SurvivalSample
from tests.survival.tied import RISK, STATUS, TIME, competing, survival

RISING = np.column_stack([RISK / 2, RISK])


def test_a_view_at_a_horizon_is_made_once_and_knows_its_column():
    sample = survival(risk=RISING)
    early, late = sample.at(2.0), sample.at(4.0)
    assert sample.at(2.0) is early and early.at(2.0) is early
    assert early.at(4.0) is not late  # a view's view is equal, and its own
    assert (sample.horizon, early.horizon, late.horizon) == (None, 2, 4)
    assert early.risk_now.tolist() == RISING[:, 0].tolist() and late.risk_now.tolist() == RISING[:, 1].tolist()
    assert early.risk_now is early.risk_now


def test_the_order_is_found_once_for_all_horizons_and_replicates():
    sample = survival()
    replicate = sample.resample(np.tile([0.0, 2.0], 12))
    assert sample.at(2.0).order is sample.order and sample.at(4.0).tie_starts is sample.tie_starts
    assert replicate.order is sample.order and replicate.at(4.0).order is sample.order


def test_what_depends_on_rows_at_a_horizon_is_shared_by_replicates_and_weights_are_not():
    sample = survival()
    replicate = sample.resample(np.tile([0.0, 2.0], 12))
    assert replicate.at(2.0).risk_now is sample.at(2.0).risk_now
    assert replicate.at(2.0).happened is sample.at(2.0).happened
    assert replicate.at(2.0).weight.tolist() == [0, 2] * 12
    assert replicate.at(2.0).events != sample.at(2.0).events


def test_a_replicate_s_view_is_a_replicate_of_the_full_view():
    sample = survival()
    replicate = sample.resample(np.tile([0.0, 2.0], 12))
    assert replicate.at(2.0).is_replicate and not sample.at(2.0).is_replicate
    assert replicate.at(2.0).origin is sample.at(2.0)
    assert sample.at(2.0).resample(np.ones(24)).origin is sample.at(2.0)
    assert not sample.reweight(np.ones(24)).at(2.0).is_replicate


def test_a_group_keeps_its_rows_horizons_and_order():
    sample, mask = survival(risk=RISING, entry=TIME - 1, censoring=RISING, linear_predictor=RISK), TIME > 2
    sample.order  # noqa: B018  # so that it is filtered, not made anew
    part = sample.where(mask)
    fresh = survival(TIME[mask], STATUS[mask] == 1, RISING[mask])
    assert part.time.tolist() == TIME[mask].tolist() and part.at(4.0).risk_now.tolist() == RISK[mask].tolist()
    assert part.order.tolist() == fresh.order.tolist() and part.tie_starts.tolist() == fresh.tie_starts.tolist()
    assert len(part.entry) == len(part.censoring) == len(part.linear_predictor) == mask.sum()
    assert part.horizons == sample.horizons and part.horizon is None
    assert sample.at(2.0).where(mask).horizon == 2
    assert sample.at(2.0).where(mask).risk_now.tolist() == RISING[mask, 0].tolist()


def test_among_equal_times_any_event_comes_before_censorings():
    sample = competing([3.0, 1, 3, 3, 1], [0, 0, 2, 1, 1], np.full(5, 0.5))
    assert sample.order.tolist() == [4, 1, 2, 3, 0]
    assert sample.tie_starts.tolist() == [0, 2]


def test_events_are_counted_by_the_horizon_with_weights():
    sample = competing()
    cause = STATUS == 1
    assert sample.events == cause.sum()
    assert sample.at(2.0).events == (cause & (TIME <= 2)).sum()
    assert competing(weights=np.full(24, 2.0)).at(2.0).events == 2 * sample.at(2.0).events
    assert competing(cause=2).at(4.0).events == ((STATUS == 2) & (TIME <= 4)).sum()
    assert sample.at(2.0).event_rows.tolist() == (cause & (TIME <= 2)).tolist()
    assert sample.is_event.tolist() == cause.astype(float).tolist()  # whenever that was


def test_the_smaller_class_is_the_fewer_of_those_known_with_and_known_without():
    # at 2: events at 0 and 2; without: followed beyond, censored at exactly 2, taken by another event
    sample = competing([0.0, 2, 2, 1, 1, 5], [1, 1, 0, 0, 2, 0], np.full(6, 0.5), horizons=(2.0,))
    assert sample.at(2.0).smallest_class == 2
    assert sample.where(np.array([True, True, False, True, False, False])).at(2.0).smallest_class == 0
    assert sample.where(np.array([True, True, True, True, False, False])).at(2.0).smallest_class == 1
    assert sample.smallest_class == sample.events == 2
    assert survival().at(2.0).smallest_class == ((STATUS == 1) & (TIME <= 2)).sum()


def test_follow_up_is_censored_at_the_horizon_or_seen_whole():
    sample = competing([1.0, 2, 3, 4], [1, 2, 1, 0], np.full(4, 0.5), horizons=(2.0,))
    time, status = sample.at(2.0).followed
    assert time.tolist() == [1, 2, 2, 2] and status.tolist() == [1, 2, 0, 0]
    whole = competing([1.0, 2, 3, 4], [1, 2, 1, 0], np.full(4, 0.5), horizons=(2.0,), follow_up="all")
    for one in (sample, whole, whole.at(2.0)):
        assert one.followed[0].tolist() == [1, 2, 3, 4] and one.followed[1].tolist() == [1, 2, 1, 0]


def test_the_last_time_is_that_of_somebody_with_weight():
    assert survival().last_time == 9
    assert survival(weights=np.where(TIME > 6, 0.0, 1.0)).last_time == 6


def test_messages_name_the_horizon_with_its_unit():
    assert survival(time_unit="weeks").at(2.0).span == "2 weeks"
    assert survival().at(4.0).span == "4"
    assert survival().span == "the end of follow-up"


def test_only_competing_risks_show_their_cause():
    assert competing(cause=2).shown_parameters == {"cause": 2}
    assert survival().shown_parameters == {}
    assert (survival().kind, competing().kind) == ("survival", "competing_risks")


def test_a_worker_process_receives_the_same_sample():
    sample = survival(risk=RISING)
    sample.at(2.0)
    again = pickle.loads(pickle.dumps(sample))
    assert again.at(2.0).risk_now.tolist() == RISING[:, 0].tolist()
    assert again.order.tolist() == sample.order.tolist()


def test_arrays_are_frozen_and_the_callers_stay_their_own():
    time = TIME.copy()
    sample = survival(time)
    assert time.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        sample.time[0] = 1


def made(**changes):
    parts = {"time": np.array([1.0, 2.0]), "status": np.array([1, 0]), "risk": np.array([[0.2], [0.4]])}
    return CompetingRisksSample(**{**parts, "horizons": (2.0,), **changes})


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"time": np.array([-1.0, 2.0])}, DataError, "time must not be negative at row 0"),
        ({"time": np.array([1.0, np.nan])}, DataError, "follow-up must not be missing at row 1"),
        ({"status": np.array([1, -1])}, DataError, "follow-up must not be missing at row 1"),
        ({"status": np.array([1, -2])}, DataError, "positive code at row 1"),
        ({"entry": np.array([1.0, 0.0])}, DataError, "entry must come before the end of follow-up at row 0"),
        ({"risk": np.array([[0.2], [1.4]])}, PredictionError, r"must lie in \[0, 1\]; it does not at row 1"),
        ({"risk": np.array([[0.2]])}, DataError, "time has 2, risk has 1"),
        ({"risk": np.full((2, 2), 0.1)}, PredictionError, r"one column per horizon \(1\)"),
        ({"horizons": (3.0, 2.0), "risk": np.full((2, 2), 0.1)}, DataError, "horizons must increase"),
        ({"linear_predictor": np.array([0.1])}, DataError, "risk has 2, linear_predictor has 1"),
        ({"linear_predictor": np.array([0.1, np.inf])}, DataError, "linear predictor must be finite"),
        ({"censoring": np.array([[0.1], [np.nan]])}, DataError, "covariates of the censoring model.* at row 1"),
        ({"censoring": np.array([[0.1]])}, DataError, "time has 2, censoring has 1"),
        ({"cause": 0}, DataError, "0 means censored"),
        ({"clip": (0.9, 0.1)}, DataError, "clip must be two bounds"),
        ({"weights": np.array([1.0, -1.0])}, DataError, "weights must not be negative at row 1"),
        ({"time": np.array([]), "status": np.array([], int), "risk": np.empty((0, 1))}, DataError, "no rows"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_rows(changes, error, told):
    with pytest.raises(error, match=told):
        made(**changes)


def test_a_risk_that_falls_with_the_horizon_is_refused_by_row():
    risk = np.array([[0.3, 0.4], [0.3, 0.2]])
    with pytest.raises(PredictionError, match="must not decrease with the horizon, it does at row 1"):
        made(risk=risk, horizons=(1.0, 2.0))


def test_a_third_code_is_no_survival_outcome():
    with pytest.raises(DataError, match="other codes are competing events at row 1"):
        SurvivalSample(time=TIME[:2], status=np.array([1, 2]), risk=RISING[:2], horizons=(2.0, 4.0))


def test_a_horizon_without_a_risk_is_refused_with_those_there_are():
    with pytest.raises(DataError, match=r"no risk by horizon 3; there are \[2.0, 4.0\]"):
        survival().at(3.0)
    with pytest.raises(TypeError, match="looks at no horizon"):
        survival().risk_now  # noqa: B018  # it raises


def test_simulated_follow_up_keeps_the_risks_and_starts_its_own_caches():
    sample = survival(risk=RISING)
    again = sample.with_outcome(TIME + 1, (STATUS == 1).astype(np.int64))
    assert again.risk is sample.risk and again.origin is sample
    assert again.order is not sample.order and again.last_time == 10
    assert again.weights is None
