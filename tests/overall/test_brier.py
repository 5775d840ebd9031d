"""Brier score and its scaled form."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.overall.brier import brier, brier_interval, scaled_brier
from tests.samples import small


def test_two_patients_by_hand():
    sample = small([1, 0], [0.8, 0.4])
    assert brier(sample) == pytest.approx((0.04 + 0.16) / 2)
    assert scaled_brier(sample) == pytest.approx(1 - 0.1 / 0.25)


def test_it_is_that_of_rms():
    # R 4.2.2, rms 6.5.0 (p, y in tests/samples.py): val.prob(p, y, pl = FALSE)["Brier"]
    assert brier(small()) == pytest.approx(0.2329166666667, rel=1e-12)


def test_predicting_the_prevalence_scales_to_zero_and_certainty_to_one():
    outcome = np.array([1.0, 0, 0, 0])
    assert scaled_brier(small(outcome, np.full(4, 0.25))) == pytest.approx(0)
    assert scaled_brier(small(outcome, outcome)) == 1


def test_the_interval_is_walds_with_the_sd_of_the_squared_errors():
    sample = small([1, 0, 0], [0.8, 0.4, 0.1])
    found = brier_interval(sample, brier(sample), 0.95)
    assert isinstance(found, Interval)
    assert found.se == pytest.approx(np.std([0.04, 0.16, 0.01], ddof=1) / 3**0.5)


def test_one_patient_has_no_interval_and_equal_errors_no_variance():
    assert brier_interval(small([1], [0.8]), 0.04, 0.95) == NotEstimable("fewer than two patients")
    equal = brier_interval(small([1, 0], [0.8, 0.2]), 0.04, 0.95)
    assert isinstance(equal, NotEstimable) and "zero variance" in equal.reason


def test_one_class_cannot_be_scaled():
    assert scaled_brier(small([0, 0], [0.2, 0.3])) == NotEstimable("only one outcome class")
