"""Net benefit, of the model, of treating all, and gained, with their paired errors."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.utility.net_benefit import (
    NET_BENEFIT_TREAT_ALL,
    gain_interval,
    net_benefit,
    net_benefit_gain,
    net_benefit_interval,
    net_benefit_treat_all,
    standardized_net_benefit,
    treat_all_interval,
)
from tests.samples import OUTCOME, RISK, small


def test_countable_by_hand():
    # Three flagged at .25 or more: two events, one non-event at odds 1/3.
    sample = small([1, 1, 0, 0], [0.8, 0.25, 0.3, 0.1])
    assert net_benefit(sample, 0.25) == pytest.approx(2 / 4 - 1 / 4 / 3)
    assert net_benefit_treat_all(sample, 0.25) == pytest.approx(2 / 4 - 2 / 4 / 3)
    assert net_benefit_gain(sample, 0.25) == pytest.approx(1 / 4 / 3)
    assert standardized_net_benefit(sample, 0.25) == pytest.approx(1 - 1 / 6)


def test_a_risk_at_the_threshold_is_positive():
    assert net_benefit(small([1, 0], [0.3, 0.1]), 0.3) == 0.5


def test_the_better_of_all_and_none_is_the_rival():
    sample = small([1, 0, 0, 0], [0.8, 0.3, 0.2, 0.1])
    assert net_benefit_treat_all(sample, 0.5) < 0
    assert net_benefit_gain(sample, 0.5) == net_benefit(sample, 0.5) == 0.25


@pytest.mark.parametrize(
    ("threshold", "wanted"),
    [
        (0.2, [0.3125, 0.12248373154323, 0.32291666666667, 0.12986821520779, -0.01041666666667, 0.04633087979637]),
        (0.5, [0.125, 0.13873784056917, -0.08333333333333, 0.20778914433246, 0.125, 0.13873784056917]),
    ],
)
def test_values_and_errors_are_those_of_r(threshold, wanted):
    # R 4.2.2 (p, y in tests/samples.py): w <- t / (1 - t); each <- (p >= t) * (y - (1 - y) * w);
    # every <- y - (1 - y) * w; gain <- each - if (mean(every) > 0) every else 0; and for each of the three
    # mean(.), sd(.) / sqrt(24)
    sample = small()
    for k, (value, interval) in enumerate(
        [
            (net_benefit, net_benefit_interval),
            (net_benefit_treat_all, treat_all_interval),
            (net_benefit_gain, gain_interval),
        ]
    ):
        assert value(sample, threshold) == pytest.approx(wanted[2 * k], rel=1e-10)
        found = interval(sample, wanted[2 * k], 0.95, threshold)
        assert isinstance(found, Interval)
        assert found.se == pytest.approx(wanted[2 * k + 1], rel=1e-11)


def test_moving_risks_without_crossing_the_threshold_changes_nothing():
    moved = np.where(RISK >= 0.4, 0.99, 0.01)
    assert net_benefit(small(OUTCOME, moved), 0.4) == pytest.approx(net_benefit(small(), 0.4))


def test_everyone_flagged_is_treating_all_and_has_no_paired_variance():
    sample = small(OUTCOME, np.full(24, 0.9))
    assert net_benefit(sample, 0.2) == pytest.approx(net_benefit_treat_all(sample, 0.2))
    found = gain_interval(sample, 0.0, 0.95, 0.2)
    assert isinstance(found, NotEstimable) and "zero variance" in found.reason


def test_one_patient_has_no_interval_and_no_events_cannot_be_standardised():
    assert net_benefit_interval(small([1], [0.5]), 1.0, 0.95, 0.2) == NotEstimable("fewer than two patients")
    assert standardized_net_benefit(small(np.zeros(24)), 0.2) == NotEstimable("no events")


def test_treating_all_is_no_criterion():
    assert "use net_benefit_gain" in NET_BENEFIT_TREAT_ALL.refused_as_criterion
