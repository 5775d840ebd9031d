"""Mean absolute and root mean square error."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.overall.error import mae, mae_interval, rmse, rmse_interval
from tests.values import OBSERVED, PREDICTED, values


def test_three_patients_by_hand():
    sample = values([1, 5, 3], [2, 3, 3])
    assert mae(sample) == pytest.approx(1)
    assert rmse(sample) == pytest.approx((5 / 3) ** 0.5)


def test_they_are_those_of_r():
    # R 4.2.2: mean(abs(y - p)); t.test(abs(y - p))$conf.int; sqrt(mean((y - p)^2))
    found = mae_interval(values(), mae(values()), 0.95)
    assert mae(values()) == pytest.approx(2.3315625, rel=1e-10)
    assert isinstance(found, Interval)
    assert (found.low, found.high) == pytest.approx((1.655855376191, 3.007269623809), rel=1e-9)
    assert rmse(values()) == pytest.approx(2.973028495911, rel=1e-10)


def test_the_interval_of_the_root_is_the_delta_methods_on_the_logarithm():
    # R 4.2.2: se <- sd(e2) / (2 * r * sqrt(32)); r * exp(c(-1, 1) * qt(.975, 31) * se / r), e2 <- (y - p)^2
    found = rmse_interval(values(), rmse(values()), 0.95)
    assert isinstance(found, Interval)
    assert found.se == found.scale_se == pytest.approx(0.3971400339226, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((2.2640176175254, 3.9040767037674), rel=1e-9)


def test_errors_are_in_the_outcomes_unit():
    for measure in (mae, rmse):
        assert measure(values(10 * OBSERVED, 10 * PREDICTED)) == pytest.approx(10 * measure(values()))
    assert mae(values()) <= rmse(values())


def test_exact_predictions_and_single_patients_have_no_interval():
    exact = values(OBSERVED, OBSERVED)
    assert rmse_interval(exact, 0.0, 0.95) == NotEstimable("zero variance: every prediction is exact")
    assert isinstance(mae_interval(exact, 0.0, 0.95), NotEstimable)
    for interval in (mae_interval, rmse_interval):
        assert interval(values([1], [3]), 2.0, 0.95) == NotEstimable("fewer than two patients")


def test_the_interval_of_the_root_covers_under_normal_errors():
    rng, hits = np.random.default_rng(3), 0
    for _ in range(400):
        sample = values(rng.normal(0, 2, 100), np.zeros(100))
        found = rmse_interval(sample, rmse(sample), 0.95)
        hits += isinstance(found, Interval) and found.low <= 2 <= found.high
    assert 0.92 < hits / 400 < 0.98
