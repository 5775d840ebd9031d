"""Pearson's correlation of observed and predicted values."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.discrimination.pearson import fisher, pearson, pearson_interval
from tests.values import OBSERVED, PREDICTED, drawn_values, values


def test_three_patients_by_hand():
    assert pearson(values([1, 2, 3], [1, 3, 2])) == pytest.approx(0.5)


def test_it_is_that_of_cor_test_and_so_is_fishers_interval():
    # R 4.2.2: cor.test(y, p)
    assert pearson(values()) == pytest.approx(0.8676593765172, rel=1e-10)
    told = fisher(values())
    assert (told["fisher_low"], told["fisher_high"]) == pytest.approx((0.7440871964601, 0.933826413285), rel=1e-9)


def test_with_normal_errors_the_interval_is_near_fishers():
    sample = drawn_values(4000, 1)
    found, told = pearson_interval(sample, float(pearson(sample)), 0.95), fisher(sample)
    assert isinstance(found, Interval)
    assert (found.low, found.high) == pytest.approx((told["fisher_low"], told["fisher_high"]), abs=0.003)


def test_a_change_of_scale_changes_nothing_and_a_reversal_the_sign():
    assert pearson(values(OBSERVED, 7 * PREDICTED - 2)) == pytest.approx(pearson(values()))
    assert pearson(values(OBSERVED, -PREDICTED)) == pytest.approx(-float(pearson(values())))


def test_what_does_not_vary_has_no_correlation():
    assert pearson(values([1, 2, 3], [4, 4, 4])) == NotEstimable("every prediction is the same")
    assert pearson(values([4, 4, 4], [1, 2, 3])) == NotEstimable("every observed value is the same")


def test_a_perfect_correlation_and_few_patients_have_no_interval():
    on_a_line = pearson_interval(values(PREDICTED, 2 * PREDICTED), 1.0, 0.95)
    assert isinstance(on_a_line, NotEstimable) and "one line" in on_a_line.reason
    assert pearson_interval(values([1, 2, 4], [1, 2, 3]), 0.98, 0.95) == NotEstimable("fewer than four patients")
    assert fisher(values([1, 2, 4], [1, 2, 3])) == {}
    assert fisher(values().reweight(np.ones(32))) == {}
