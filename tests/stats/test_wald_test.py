"""Wald tests of several coefficients, pooled over imputations where there are several."""

from math import inf

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.wald_test import SeveralTerms, pooled_terms, several_terms

BETA, V = np.array([0.4, -0.3]), np.array([[0.05, 0.01], [0.01, 0.04]])


def test_one_term_is_the_squared_z():
    found = several_terms(np.array([1.96]), np.array([[1.0]]))
    assert isinstance(found, SeveralTerms)
    assert (found.statistic, found.df, found.name) == (pytest.approx(1.96**2), 1, "Wald chi-square")
    assert found.p_value == pytest.approx(0.04999579, rel=1e-6)  # R 4.2.2: pchisq(1.96^2, 1, lower.tail = FALSE)


def test_the_unit_of_a_covariate_changes_nothing():
    scale = np.diag([1.0, 1e8])
    one, other = several_terms(BETA, V), several_terms(scale @ BETA, scale @ V @ scale)
    assert isinstance(one, SeveralTerms) and isinstance(other, SeveralTerms)
    assert one.statistic == pytest.approx(other.statistic, rel=1e-10)
    # R 4.2.2: drop(t(b) %*% solve(V) %*% b)
    assert one.statistic == pytest.approx(7.0, rel=1e-10)


def test_few_units_make_it_an_f_test():
    found = several_terms(BETA, V, 9.0)
    assert isinstance(found, SeveralTerms)
    assert (found.name, found.statistic) == ("F", pytest.approx(3.5, rel=1e-10))
    assert found.p_value == pytest.approx(0.0750846862793, rel=1e-10)  # R 4.2.2: pf(3.5, 2, 9, lower.tail = FALSE)


def test_terms_that_cannot_be_told_apart_are_not_tested():
    assert isinstance(several_terms(BETA, np.ones((2, 2))), NotEstimable)
    assert isinstance(several_terms(BETA, np.zeros((2, 2))), NotEstimable)


def test_equal_imputations_leave_the_test_of_one():
    found = pooled_terms([BETA] * 5, [V] * 5)
    assert isinstance(found, SeveralTerms)
    assert (found.denominator_df, found.statistic) == (inf, pytest.approx(7.0))


def test_two_imputations_of_two_terms_take_the_other_degrees_of_freedom():
    found = pooled_terms([BETA, BETA + 0.1], [V, V])
    assert isinstance(found, SeveralTerms)
    # By hand: B = .005·J, tr(B·V⁻¹) = .005·(.04 + .05 − .02)/.0019, r = 1.5·that/2, t = 2
    r = 1.5 * 0.005 * 0.07 / 0.0019 / 2
    assert found.denominator_df == pytest.approx(2 * 1.5 * (1 + 1 / r) ** 2 / 2)
