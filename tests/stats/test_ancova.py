"""Least squares of named terms: by hand, and R's lm, anova, sandwich and t.test."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.ancova import cr2, fit_linear, hc2, joint_test, term_interval, welch
from tests.longitudinal.trials import ARM, BASE, CLUSTER, RISK, Y

ONE = np.ones(24)


def typed(*, extra=None):
    seen = ~np.isnan(Y)
    columns = {"1": ONE, "arm1": (ARM == 1) * 1.0, "arm2": (ARM == 2) * 1.0, "base": BASE, **(extra or {})}
    return fit_linear({name: column[seen] for name, column in columns.items()}, Y[seen]), seen


def test_a_line_through_three_points():
    fit = fit_linear({"1": np.ones(3), "x": np.array([0.0, 1, 2])}, np.array([1.0, 3, 4]))
    assert fit.value("x") == pytest.approx(1.5)
    assert fit.rss == pytest.approx(1 / 6)
    assert fit.covariance[1, 1] == pytest.approx(1 / 12)


def test_coefficients_and_errors_are_those_of_lm():
    # R 4.2.2: coef(summary(lm(y ~ arm + base, dd)))
    fit, _ = typed()
    assert fit.value("base") == pytest.approx(1.035904255319149, rel=1e-10)
    assert np.sqrt(fit.covariance[3, 3]) == pytest.approx(0.0807997300863418, rel=1e-9)


def test_columns_that_depend_on_others_are_left_out():
    fit, _ = typed(extra={"again": BASE * 2, "nobody": np.zeros(24)})
    assert fit.names == ("1", "arm1", "arm2", "base")
    assert isinstance(fit.value("again"), NotEstimable)
    assert isinstance(term_interval(fit, "again", 0.95), NotEstimable)


def test_cr2_is_that_of_clubsandwich():
    # R 4.2.2, clubSandwich: ct <- coef_test(f, vcovCR(f, cluster = dd$cl, type = "CR2"), test = "Satterthwaite")
    fit, seen = typed()
    found = cr2(fit, CLUSTER[seen])
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(
        [0.5445249059307452, 0.3261048147225382, 0.3550712867693736, 0.0857630022378074], rel=1e-9
    )
    assert [found.df(k) for k in range(4)] == pytest.approx(
        [7.60124670798457, 5.98389328514342, 5.66675311552743, 8.34248150821302], rel=1e-9
    )


def test_cr2_of_patients_alone_is_hc2():
    fit, seen = typed()
    assert cr2(fit, np.arange(seen.sum())).covariance == pytest.approx(hc2(fit), rel=1e-9)


def test_a_test_of_one_term_is_its_squared_t():
    fit, _ = typed()
    found = joint_test(fit, ["base"])
    assert found.statistic == pytest.approx((fit.coefficients[3] ** 2) / fit.covariance[3, 3], rel=1e-9)


def test_a_test_of_several_terms_is_that_of_anova():
    # R 4.2.2: anova(lm(y ~ arm + z + base, dd), lm(y ~ arm*z + base, dd)), by its residual sums of squares
    seen = ~np.isnan(Y)
    z = (RISK - RISK[seen].mean()) / RISK[seen].std(ddof=1)
    crossed = {"a": (ARM == 1) * z, "b": (ARM == 2) * z}
    fit, _ = typed(extra={"z": z, **crossed})
    found = joint_test(fit, ["a", "b"])
    assert found.statistic == pytest.approx((6.069905845816 - 5.696542814836) / 2 / (5.696542814836 / 16), rel=1e-9)
    assert isinstance(joint_test(fit, ["nothing"]), NotEstimable)


def test_weights_of_two_are_doubled_rows():
    x, y, w = np.array([0.0, 1, 2, 5]), np.array([1.0, 3, 4, 4]), np.array([2.0, 1, 1, 0])
    rows = [0, 0, 1, 2]
    doubled = fit_linear({"1": np.ones(4), "x": x[rows]}, y[rows])
    weighted = fit_linear({"1": np.ones(4), "x": x}, y, w)
    assert weighted.coefficients == pytest.approx(doubled.coefficients)
    assert (weighted.rss, weighted.df) == pytest.approx((doubled.rss, doubled.df))


def test_an_exact_fit_has_no_interval():
    fit = fit_linear({"1": np.ones(4), "x": np.arange(4.0)}, 3 * np.arange(4.0))
    assert isinstance(term_interval(fit, "x", 0.95), NotEstimable)
    assert isinstance(joint_test(fit, ["x"]), NotEstimable)


def test_as_many_coefficients_as_patients_are_refused():
    assert isinstance(fit_linear({"1": np.ones(2), "x": np.arange(2.0)}, np.arange(2.0)), NotEstimable)


def test_welch_is_that_of_r():
    # R 4.2.2: t.test(y[arm == 1], y[arm == 0])
    found = welch(Y[ARM == 1], Y[ARM == 0], 0.95)
    assert (found.low, found.high) == pytest.approx((-4.049511367945953, -0.200488632054047), rel=1e-9)
    assert isinstance(welch(np.ones(1), Y[:8], 0.95), NotEstimable)
    assert isinstance(welch(np.ones(3), np.ones(3), 0.95), NotEstimable)
