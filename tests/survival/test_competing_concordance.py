"""Concordance with competing events: by counting, as pec's, and its jackknife."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.survival import concordance as of_survival
from cds.survival.competing_concordance import (
    HARRELL_C,
    UNO_C,
    harrell_c,
    harrell_influence,
    harrell_interval,
    uno_c,
    uno_influence,
    uno_interval,
)
from tests.competing_samples import R, drawn, reference_case, repeated, slopes, times, without_competing


def test_five_patients_by_counting():
    # Events at 2 (risk .6) and 4 (.4). The first meets risks .4, .7, .1 that last longer and .3, taken at 1; the second
    # .1, and .3 and .7, taken at 1 and 3. Four of the first four but .7, and two of the second three are right.
    sample = times([1, 2, 3, 4, 5], [2, 1, 2, 1, 0], [0.3, 0.6, 0.7, 0.4, 0.1], 5)
    assert harrell_c(sample) == pytest.approx((3 + 2) / 7)
    assert uno_c(sample, 5.0) == NotEstimable("nobody is followed beyond 5; the latest usable horizon lies before 5")
    assert uno_c(times(sample.time, sample.status, sample.risk[:, 0], 4.5), 4.5) == pytest.approx(5 / 7)


def test_the_censored_make_pairs_weigh_more_by_hand():
    # One of three left is censored at 2, so G is 2/3 from then on. Pairs of the event at 1: with .7, .2, .4, weight 1
    # each, two right. Of that at 3: with .4, weight (3/2)², right.
    sample = times([1, 2, 3, 4], [1, 0, 1, 0], [0.6, 0.7, 0.5, 0.4], 3.5)
    assert uno_c(sample, 3.5) == pytest.approx((2 + 9 / 4) / (3 + 9 / 4))


@pytest.mark.parametrize("case", R)
def test_values_are_those_of_pec(case):
    sample = reference_case(case)
    assert uno_c(sample, sample.horizons[0]) == pytest.approx(R[case]["uno_c"], rel=1e-10)
    assert harrell_c(sample) == pytest.approx(R[case]["harrell_c"], rel=1e-10)


def test_pairs_counted_one_by_one():
    sample = drawn()
    t, s, r = sample.time, sample.status, sample.risk[:, 0]
    found = np.zeros(2)
    for i in np.flatnonzero(s == 1):
        for j in range(60):
            if t[j] > t[i] or (t[j] == t[i] and s[j] == 0) or (s[j] == 2 and t[j] <= t[i]):
                found += [(r[i] > r[j]) + 0.5 * (r[i] == r[j]), 1]
    assert harrell_c(sample) == pytest.approx(found[0] / found[1])


def test_without_another_event_it_is_that_of_survival():
    competing, survival = without_competing()
    assert harrell_c(competing) == pytest.approx(of_survival.harrell_c(survival))
    assert harrell_influence(competing) == pytest.approx(of_survival.harrell_influence(survival))
    # Uno's weights differ where a censoring is tied with an event: 1/(G(t−)G(t)) here, 1/G(t−)² there.
    apart = np.where(survival.status == 0, survival.time + 0.5, survival.time)
    pair = times(apart, survival.status, survival.risk[:, 0], 9)
    other = type(survival)(time=apart, status=survival.status, risk=survival.risk, horizons=(9.0,))
    assert uno_c(pair, 9.0) == pytest.approx(of_survival.uno_c(other, 9.0))


def test_the_other_event_as_censoring_would_give_another_number():
    sample = reference_case()
    only = times(sample.time, np.where(sample.status == 1, 1, 0), sample.risk[:, 0], 365)
    assert abs(uno_c(only, 365.0) - uno_c(sample, 365.0)) > 0.005


@pytest.mark.parametrize("horizon", [3.0, 7.0, 10.0])
def test_the_influence_is_the_derivative_by_each_weight(horizon):
    sample = drawn(horizon=horizon)
    assert uno_influence(sample, horizon) == pytest.approx(slopes(lambda s: uno_c(s, horizon), sample), abs=1e-8)
    assert harrell_influence(sample) == pytest.approx(slopes(harrell_c, sample), abs=1e-8)


def test_the_interval_is_wald_on_the_logit_scale():
    sample = reference_case()
    value, terms = uno_c(sample, 365.0), uno_influence(sample, 365.0)
    found = uno_interval(sample, value, 0.95, 365.0)
    assert isinstance(found, Interval)
    assert found.se == pytest.approx(np.sqrt(terms @ terms))
    half = 1.959963984540054 * found.se / (value * (1 - value))
    assert np.log(found.high / (1 - found.high)) == pytest.approx(np.log(value / (1 - value)) + half)
    assert isinstance(harrell_interval(sample, harrell_c(sample), 0.95), Interval)


def test_order_preserving_risks_change_nothing():
    sample = drawn()
    squared = times(sample.time, sample.status, sample.risk[:, 0] ** 2, 7)
    assert uno_c(squared, 7.0) == pytest.approx(uno_c(sample, 7.0))
    reversed_ = times(sample.time, sample.status, 1 - sample.risk[:, 0], 7)
    assert uno_c(reversed_, 7.0) == pytest.approx(1 - uno_c(sample, 7.0))


def test_weights_of_two_equal_doubled_rows():
    sample, weights = drawn(), np.arange(60) % 3
    assert uno_c(sample.reweight(weights), 7.0) == pytest.approx(uno_c(repeated(sample, weights), 7.0))
    assert harrell_c(sample.reweight(weights)) == pytest.approx(harrell_c(repeated(sample, weights)))
    assert uno_c(sample.reweight(np.full(60, 0.3)), 7.0) == pytest.approx(uno_c(sample, 7.0))


def test_what_ranks_and_weighs_is_told():
    details = UNO_C.details(drawn(), horizon=7.0)
    assert details["ranked_by"] == "risk by 7" and "not used" not in details["censoring_weights"]
    modelled = drawn(censoring=np.zeros((60, 1)))
    assert "not used" in UNO_C.details(modelled, horizon=7.0)["censoring_weights"]
    assert HARRELL_C.details(drawn()) == {"ranked_by": "risk by 7"}


def test_without_an_answer_there_is_a_reason():
    late = times([2, 8], [1, 0], [0.1, 0.2], 3, entry=np.zeros(2))
    for found in (harrell_c(late), uno_c(late, 3.0), harrell_influence(late), uno_influence(late, 3.0)):
        assert isinstance(found, NotEstimable) and "left truncation" in found.reason
    quiet = times([6, 7], [0, 2], [0.1, 0.2], 5)
    assert harrell_c(quiet) == NotEstimable("no events")
    assert uno_c(quiet, 5.0) == NotEstimable("no events by 5")
    assert isinstance(uno_influence(quiet, 5.0), NotEstimable)
    together = times([5, 5], [1, 1], [0.1, 0.2], 5)
    assert isinstance(harrell_c(together), NotEstimable)
    assert isinstance(harrell_c(times([5], [1], [0.1], 5)), NotEstimable)
    perfect = times([1, 7], [1, 0], [0.9, 0.2], 5)
    assert uno_c(perfect, 5.0) == 1
    assert isinstance(uno_interval(perfect, 1.0, 0.95, 5.0), NotEstimable)
