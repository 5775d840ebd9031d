"""Intervals on a scale, Wilson's, percentiles of replicates, and quantiles of weighted rows."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.core.measure import Interval, NotEstimable
from cds.stats.intervals import (
    from_scale,
    normal_quantile,
    percentile,
    scale_slope,
    to_scale,
    two_sided_p,
    wald,
    weighted_quantiles,
    wilson,
)


def test_the_normal_quantile_is_that_of_r():
    # R 4.2.2: qnorm(.975), qnorm(.95)
    assert normal_quantile(0.95) == pytest.approx(1.95996398454005, rel=1e-12)
    assert normal_quantile(0.9) == pytest.approx(1.64485362695147, rel=1e-12)


def test_p_values_are_right_far_in_the_tail():
    # R 4.2.2: 2 * pnorm(-c(1.959964, 10, 30))
    assert two_sided_p(1.959964) == pytest.approx(0.0499999981929, rel=1e-9)
    assert two_sided_p(-10) == pytest.approx(1.52397060483211e-23, rel=1e-10)
    assert two_sided_p(30) == pytest.approx(9.8134e-198, rel=1e-4)


def test_the_far_ends_of_the_logit_scale_are_0_and_1():
    assert [from_scale(v, "logit") for v in (-2000.0, 0.0, 2000.0)] == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("scale", ["identity", "log", "logit"])
def test_there_and_back_on_every_scale(scale):
    assert from_scale(to_scale(0.3, scale), scale) == pytest.approx(0.3)
    step = 1e-6
    slope = (to_scale(0.3 + step, scale) - to_scale(0.3 - step, scale)) / (2 * step)
    assert scale_slope(0.3, scale) == pytest.approx(slope, rel=1e-6)


def test_the_edges_of_a_scale_are_infinite():
    assert to_scale(0, "log") == -math.inf
    assert (to_scale(0, "logit"), to_scale(1, "logit")) == (-math.inf, math.inf)


def test_a_wald_interval_countable_by_hand():
    found = wald(2.0, 0.95, se=0.5)
    assert isinstance(found, Interval)
    assert (found.low, found.high) == pytest.approx((2 - 0.979982, 2 + 0.979982), abs=1e-6)
    assert (found.se, found.scale_se, found.method) == (0.5, 0.5, "wald")


def test_the_delta_method_links_both_errors():
    logit, log = wald(0.8, 0.95, se=0.08, scale="logit"), wald(2.0, 0.95, scale_se=0.1, scale="log")
    assert isinstance(logit, Interval) and isinstance(log, Interval)
    assert logit.scale_se == pytest.approx(0.08 / 0.16)
    assert log.se == pytest.approx(0.2)
    assert log.low * log.high == pytest.approx(4)  # symmetric on the log scale


@pytest.mark.parametrize("se", [0.0, math.nan, math.inf])
def test_without_variance_there_is_no_interval(se):
    found = wald(0.7, 0.95, se=se)
    assert isinstance(found, NotEstimable) and "zero variance" in found.reason


def test_at_the_edge_of_the_range_there_is_no_interval():
    found = wald(1.0, 0.95, se=0.1, scale="logit")
    assert isinstance(found, NotEstimable) and "edge of its range (1)" in found.reason


def test_a_wald_interval_needs_one_of_the_errors():
    with pytest.raises(ValueError, match="se or scale_se"):
        wald(1.0, 0.95)


def test_wilson_is_that_of_hmisc():
    # R 4.2.2, Hmisc 4.8.0: Hmisc::binconf(7, 11, method = "wilson"); binconf(0, 9, method = "wilson")
    some, none = wilson(7, 11, 0.95), wilson(0, 9, 0.95)
    assert isinstance(some, Interval) and isinstance(none, Interval)
    assert (some.low, some.high) == pytest.approx((0.353801174508, 0.848335289046), rel=1e-11)
    assert (none.low, none.high) == pytest.approx((0, 0.29914504842), rel=1e-10)
    assert some.se == pytest.approx(math.sqrt(7 / 11 * 4 / 11 / 11))


def test_wilson_turns_with_the_proportion():
    one, other = wilson(2, 9, 0.9), wilson(7, 9, 0.9)
    assert isinstance(one, Interval) and isinstance(other, Interval)
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low))
    everyone = wilson(9, 9, 0.95)
    assert isinstance(everyone, Interval) and everyone.high == 1.0


def test_wilson_of_nobody_has_a_reason():
    assert wilson(0, 0, 0.95) == NotEstimable("no patients in the denominator")


def test_percentiles_are_type_7_quantiles():
    # R 4.2.2: quantile(1:40, c(.025, .975), type = 7)
    found = percentile(np.arange(1.0, 41), 0.95, "identity")
    assert isinstance(found, Interval)
    assert (found.low, found.high) == pytest.approx((1.975, 39.025))
    assert found.se == pytest.approx(np.std(np.arange(1, 41), ddof=1))
    assert found.method == "bootstrap percentile"


def test_failed_replicates_are_counted_and_above_five_percent_there_is_no_interval():
    values = np.arange(100.0)
    values[:5] = np.nan
    found = percentile(values, 0.95, "identity")
    assert isinstance(found, Interval)
    assert found.details == {"replicates": 100, "replicates_not_estimable": 5}
    values[5] = np.nan
    refused = percentile(values, 0.95, "identity")
    assert refused == NotEstimable("6 of 100 bootstrap replicates were not estimable (limit 5 %)")


def test_equal_replicates_are_no_interval():
    found = percentile(np.full(50, 0.7), 0.95, "identity")
    assert found == NotEstimable("zero variance: all bootstrap replicates are equal")


@pytest.mark.parametrize("values", [[], [0.5], [np.nan, np.nan, 0.4]])
def test_fewer_than_two_replicates_are_no_interval(values):
    assert isinstance(percentile(np.array(values, float), 0.95, "identity"), NotEstimable)


def test_a_replicate_at_the_scales_edge_leaves_the_scaled_error_open():
    found = percentile(np.array([0.5, 0.6, 0.7, 1.0]), 0.95, "logit")
    assert isinstance(found, Interval)
    assert found.scale_se is None and found.se is not None


def test_quantiles_of_unweighted_rows_are_those_of_r():
    # R 4.2.2: quantile(c(3, 1, 2, 2, 5), c(.05, .5, .9), type = 7)
    found = weighted_quantiles(np.array([3.0, 1, 2, 2, 5]), None, [0.05, 0.5, 0.9])
    assert found == pytest.approx([1.2, 2.0, 4.2])


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 4)), min_size=1, max_size=30).filter(
        lambda rows: any(weight for _, weight in rows)
    ),
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
)
def test_integer_weights_are_repeated_values(rows, probabilities):
    values, weights = np.array([r[0] for r in rows], float), np.array([r[1] for r in rows], float)
    repeated = np.repeat(values, weights.astype(int))
    wanted = np.quantile(repeated, probabilities)
    assert weighted_quantiles(values, weights, probabilities) == pytest.approx(wanted, abs=1e-9)


def test_fractional_weights_that_are_equal_change_nothing():
    values = np.array([3.0, 1, 2, 8, 5])
    found = weighted_quantiles(values, np.full(5, 0.3), [0, 0.25, 0.5, 1])
    assert found == pytest.approx(np.quantile(values, [0, 0.25, 0.5, 1]))


def test_a_spread_of_mere_rounding_is_no_variance():
    assert isinstance(wald(0.04, 0.95, se=1.4e-17), NotEstimable)
    assert isinstance(wald(1e-6, 0.95, se=1e-9), Interval)
    assert isinstance(percentile(np.full(50, 0.1) + np.arange(50) % 2 * 1e-17, 0.95, "identity"), NotEstimable)
    noisy = percentile(np.where(np.arange(50) % 2, 0.1 + 0.2, 0.3), 0.95, "identity")
    assert isinstance(noisy, NotEstimable)


@given(st.floats(-0.999, 0.999))
def test_the_atanh_scale_goes_there_and_back(value):
    assert from_scale(to_scale(value, "atanh"), "atanh") == pytest.approx(value, abs=1e-12)
    assert scale_slope(value, "atanh") == pytest.approx(1 / (1 - value**2))


def test_a_correlation_of_one_is_at_the_edge():
    assert math.isinf(to_scale(1.0, "atanh")) and to_scale(-1.0, "atanh") < 0
    assert isinstance(wald(1.0, 0.95, se=0.1, scale="atanh"), NotEstimable)


def test_with_degrees_of_freedom_the_quantile_is_students():
    # R 4.2.2: qt(.975, 5)
    found = wald(1.0, 0.95, se=1.0, df=5)
    assert isinstance(found, Interval) and found.high == pytest.approx(1 + 2.570581835636, rel=1e-9)
