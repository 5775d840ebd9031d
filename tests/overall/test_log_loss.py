"""Log loss of the predictions as given; infinite is not estimable and nothing is clipped silently."""

from math import log

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.overall.log_loss import clipped_risks, log_loss
from tests.samples import OUTCOME, RISK, small


def test_two_patients_by_hand():
    assert log_loss(small([1, 0], [0.8, 0.4])) == pytest.approx(-(log(0.8) + log(0.6)) / 2)


def test_it_is_that_of_scikit_learn():
    # scikit-learn 1.9.1 (p, y in tests/samples.py): sklearn.metrics.log_loss(y, p)
    assert log_loss(small()) == pytest.approx(0.6958798083692309, rel=1e-12)


def test_swapping_events_and_risks_changes_nothing():
    assert log_loss(small(1 - OUTCOME, 1 - RISK)) == pytest.approx(log_loss(small()))


@pytest.mark.parametrize(("outcome", "risk"), [(1, 0.0), (0, 1.0)])
def test_a_certainty_that_was_wrong_is_infinite_and_says_so(outcome, risk):
    found = log_loss(small([1, 0, outcome], [0.8, 0.4, risk]))
    assert isinstance(found, NotEstimable) and "exactly 0 or 1 was wrong" in found.reason


def test_a_certainty_that_was_right_costs_nothing():
    assert log_loss(small([1, 0, 1], [0.8, 0.4, 1.0])) == pytest.approx(-(log(0.8) + log(0.6)) / 3)


def test_a_wrong_certainty_without_weight_is_absent():
    sample = small([1, 0, 1], [0.8, 0.4, 0.0]).reweight(np.array([1.0, 1, 0]))
    assert log_loss(sample) == pytest.approx(-(log(0.8) + log(0.6)) / 2)


def test_declared_bounds_are_obeyed_and_counted():
    sample = small([1, 0, 1], [0.8, 0.4, 0.0], clip=(0.01, 0.99))
    assert log_loss(sample) == pytest.approx(-(log(0.8) + log(0.6) + log(0.01)) / 3)
    assert clipped_risks(sample) == {"clipped": 1}
    assert clipped_risks(small()) == {}
