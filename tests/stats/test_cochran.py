"""Cochran's Q: by hand, invariants, metafor, and Welch's test in R."""

import numpy as np
import pytest

from cds.stats.cochran import heterogeneity

Y, V = [0.1, 0.3, 0.8, -0.2], [0.04, 0.05, 0.04, 0.09]
# R 4.2.2: set.seed(1); g <- rep(c("a", "b", "c", "d"), c(5, 6, 7, 9))
# x <- round(rnorm(27, ifelse(g == "d", 1, 0), 1 + (g == "b")), 2)
X = [-0.63, 0.18, -0.84, 1.6, 0.33, -1.64, 0.97, 1.48, 1.15, -0.61, 3.02, 0.39, -0.62, -2.21, 1.12, -0.04, -0.02, 0.94,
     1.82, 1.59, 1.92, 1.78, 1.07, -0.99, 1.62, 0.94, 0.84]  # fmt: skip
GROUPS = np.split(np.array(X), np.cumsum([5, 6, 7]))


def test_two_groups_are_the_squared_difference_by_its_variance():
    assert heterogeneity([1.0, 1.5], [0.1, 0.15], level=0.95).q == pytest.approx(0.5**2 / 0.25, rel=1e-12)


def test_equal_estimates_differ_by_nothing():
    found = heterogeneity([0.3] * 4, [0.1, 0.2, 0.3, 0.4], level=0.95)
    assert (found.q, found.p_value, found.tau2, found.i2) == pytest.approx((0, 1, 0, 0), abs=1e-12)


def test_q_p_tau2_and_i2_are_metafors():
    # R 4.2.2, metafor 3.8.1: f <- rma(y, v, method = "REML", control = list(threshold = 1e-14, maxiter = 10000))
    # f$QE; f$QEp; f$tau2; f$I2
    found = heterogeneity(Y, V, level=0.95)
    assert (found.q, found.p_value) == pytest.approx((9.98116438356164, 0.0187269255283354), rel=1e-10)
    assert (found.tau2, found.i2) == pytest.approx((0.117825349968838, 0.699421340217059), rel=1e-7)
    assert (found.df, found.df2) == (3, np.inf)
    low, high = found.tau2_interval
    assert low < found.tau2 < high


def test_with_few_degrees_of_freedom_it_is_welchs_test():
    # R 4.2.2: oneway.test(x ~ g)
    found = heterogeneity(
        [g.mean() for g in GROUPS], [g.var(ddof=1) / len(g) for g in GROUPS], level=0.95,
        df=[len(g) - 1 for g in GROUPS],
    )  # fmt: skip
    assert (found.df, found.df2) == pytest.approx((3, 11.0708054031528), rel=1e-10)
    assert found.p_value == pytest.approx(0.14790302062896, rel=1e-10)


def test_many_degrees_of_freedom_lead_back_to_chi_square():
    exact = heterogeneity(Y, V, level=0.95)
    assert heterogeneity(Y, V, level=0.95, df=[1e9] * 4).p_value == pytest.approx(exact.p_value, rel=1e-6)
    assert heterogeneity(Y, V, level=0.95, df=[np.inf] * 4).p_value == exact.p_value
    assert heterogeneity(Y, V, level=0.95, df=[np.inf] * 3 + [4]).p_value > exact.p_value


def test_neither_the_order_of_the_groups_nor_the_unit_changes_the_test():
    one = heterogeneity(Y, V, level=0.95)
    turned = heterogeneity(Y[::-1], V[::-1], level=0.95)
    scaled = heterogeneity([10 * y for y in Y], [100 * v for v in V], level=0.95)
    assert (turned.q, turned.tau2) == pytest.approx((one.q, one.tau2))
    assert (scaled.q, scaled.i2) == pytest.approx((one.q, one.i2))


@pytest.mark.parametrize(("values", "variances"), [([1.0], [0.1]), ([1.0, np.nan], [0.1, 0.1]), ([1.0, 2], [0.1, 0])])
def test_what_cannot_be_compared_is_refused(values, variances):
    with pytest.raises(ValueError, match="two or more finite estimates"):
        heterogeneity(values, variances, level=0.95)
