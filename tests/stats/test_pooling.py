"""Rubin's rules, against mice and by hand."""

import numpy as np
import pytest

from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.study import Answer, Request
from cds.stats.intervals import t_quantile
from cds.stats.pooling import pooled, pooled_interval, pooled_wilson, rubin

ASKED = Request("calibration_slope")


def part(value, se, *, scale="identity", method="wald", **details) -> Answer:
    interval = Interval(value - 2 * se, value + 2 * se, 0.95, method, se, se)
    return Answer(ASKED, Estimate(value, interval, scale, 100, 30, details))


def test_two_imputations_by_hand():
    found = rubin([1.0, 1.2], [0.04, 0.05], independent=100)
    assert (found.mean, found.within) == (1.1, 0.045)
    assert found.between == pytest.approx(0.02)
    assert found.variance == pytest.approx(0.045 + 1.5 * 0.02)
    assert found.missing_information == pytest.approx(0.03 / 0.075)


# R 4.2.2, mice 3.15.0: pool.scalar(c(1, 1.2, .9, 1.05), c(.04, .05, .045, .041), n = 120, k = 1)[c("qbar", "t", "df")]
def test_degrees_of_freedom_are_those_of_mice():
    found = rubin([1, 1.2, 0.9, 1.05], [0.04, 0.05, 0.045, 0.041], independent=120)
    assert (found.mean, found.variance, found.df) == pytest.approx((1.0375, 0.06353125, 22.8104006746605), rel=1e-8)


def test_imputations_that_agree_have_the_complete_data_s_degrees_of_freedom():
    found = rubin([1.0, 1.0, 1.0], [0.04, 0.04, 0.04], independent=50)
    assert found.missing_information == 0 and found.df == pytest.approx(50 / 52 * 49)


def test_no_variance_at_all_is_no_interval():
    found = rubin([1.0, 1.0], [0.0, 0.0], independent=50)
    assert isinstance(pooled_interval(found, 0.95, "identity"), NotEstimable)


def test_the_order_of_imputations_does_not_matter():
    values, variances = [1.0, 1.3, 0.8], [0.1, 0.2, 0.15]
    one, other = rubin(values, variances, independent=80), rubin(values[::-1], variances[::-1], independent=80)
    assert (one.mean, one.variance, one.df) == pytest.approx((other.mean, other.variance, other.df))


def test_a_logit_is_pooled_on_its_scale():
    answer = pooled([part(0.7, 0.1, scale="logit"), part(0.9, 0.1, scale="logit")], level=0.95, independent=100)
    logits = [np.log(0.7 / 0.3), np.log(0.9 / 0.1)]
    assert answer.result.value == pytest.approx(1 / (1 + np.exp(-np.mean(logits))))


def test_what_is_not_estimable_in_one_imputation_is_not_pooled():
    answer = pooled([part(1, 0.1), Answer(ASKED, NotEstimable("separated"))], level=0.95, independent=100)
    assert answer.result == NotEstimable("in imputation 2: separated")


def test_an_interval_missing_in_one_imputation_leaves_the_estimate():
    bare = Answer(ASKED, Estimate(1.2, NotEstimable("no variance"), n=100, events=30))
    result = pooled([part(1, 0.1), bare], level=0.95, independent=100).result
    assert result.value == pytest.approx(1.1) and result.interval == NotEstimable("in imputation 2: no variance")


def test_details_are_averaged_and_a_p_value_is_the_median():
    parts = [part(1, 0.1, p_value=p, knots=k, same=3) for p, k in ((0.01, 2.0), (0.5, 4.0), (0.6, 6.0))]
    details = pooled(parts, level=0.95, independent=100).result.details
    assert details == {"p_value": 0.5, "knots": 4.0, "same": 3}


def test_a_distance_s_interval_is_cut_at_zero():
    parts = [part(0.02, 0.02), part(0.03, 0.02)]
    cut = pooled(parts, level=0.95, independent=100, is_distance=True).result.interval
    assert cut.low == 0 and cut.details["cut_at"] == 0
    assert pooled(parts, level=0.95, independent=100).result.interval.low < 0


def test_a_pooled_proportion_is_wilson_s_where_the_imputations_agree():
    # 80 of 100, Wilson with the t quantile on 97.06 degrees of freedom
    interval = pooled_wilson([0.8] * 3, [0.0016] * 3, independent=100, level=0.95)
    t = 1.984707995  # R: qt(.975, 100/102*99)
    centre, width = (0.8 + t * t / 200), t * np.sqrt(0.16 / 100 + t * t / 40000)
    assert interval.low == pytest.approx((centre - width) / (1 + t * t / 100), abs=1e-5)
    assert interval.high == pytest.approx((centre + width) / (1 + t * t / 100), abs=1e-5)


def test_a_proportion_of_one_in_an_imputation_has_no_pooled_interval():
    parts = [part(0.9, 0.03, method="wilson"), part(1.0, 0.03, method="wilson")]
    assert "0 or 1" in pooled(parts, level=0.95, independent=100).result.interval.reason


def test_a_jackknifed_proportion_is_pooled_to_an_interval_inside_nought_and_one():
    parts = [part(0.95, 0.04, method="jackknife over sites"), part(0.93, 0.05, method="jackknife over sites")]
    wide = pooled(parts, level=0.95, independent=4).result
    found = pooled(parts, level=0.95, independent=4, is_proportion=True).result
    assert wide.interval.high > 1 > found.interval.high > found.value > found.interval.low > 0
    # The same standard error and degrees of freedom, on the logit scale by the delta method.
    half = t_quantile(0.95, wide.interval.details["df"]) * wide.interval.se / (0.94 * 0.06)
    assert np.log(found.interval.high / (1 - found.interval.high)) == pytest.approx(np.log(0.94 / 0.06) + half)
