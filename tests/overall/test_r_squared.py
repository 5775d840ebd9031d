"""R² of the predictions as given."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.overall.r_squared import r_squared, r_squared_interval
from tests.values import OBSERVED, PREDICTED, drawn_values, values


def test_three_patients_by_hand():
    assert r_squared(values([1, 2, 3], [1, 2, 2])) == pytest.approx(1 - 1 / 2)


def test_it_is_that_of_r():
    # R 4.2.2: 1 - sum((y - p)^2) / sum((y - mean(y))^2)
    assert r_squared(values()) == pytest.approx(0.7488162546474, rel=1e-10)


def test_the_mean_has_none_and_worse_than_the_mean_is_negative():
    assert r_squared(values(OBSERVED, np.full(32, OBSERVED.mean()))) == pytest.approx(0)
    worse = r_squared(values(OBSERVED, PREDICTED + 20))
    assert isinstance(worse, float) and worse < 0


def test_a_constant_outcome_has_no_variation_to_explain():
    found = r_squared(values([2, 2, 2], [1, 2, 3]))
    assert isinstance(found, NotEstimable) and "no variation" in found.reason


def test_exact_predictions_and_few_patients_have_no_interval():
    exact = r_squared_interval(values(OBSERVED, OBSERVED), 1.0, 0.95)
    assert exact == NotEstimable("zero variance: every prediction is exact")
    assert r_squared_interval(values([1, 2], [1, 3]), -1.0, 0.95) == NotEstimable("fewer than three patients")


def test_the_interval_lies_below_one_and_covers():
    truth, hits = 1 - 9 / (16 + 9), 0  # predictions with variance about 16, errors with variance 9
    for seed in range(200):
        sample = drawn_values(200, seed)
        found = r_squared_interval(sample, float(r_squared(sample)), 0.95)
        assert isinstance(found, Interval) and found.high < 1
        hits += found.low <= truth <= found.high
    assert hits / 200 > 0.9
