"""Harrell's knots and restricted cubic splines, against Hmisc."""

import numpy as np
import pytest

from cds.stats.splines import five_knots, restricted_cubic
from tests.samples import RISK

LOGIT = np.log(RISK / (1 - RISK))
# R 4.2.2, Hmisc 4.8.0 (lp in tests/samples.py): k <- Hmisc::rcspline.eval(lp, nk = 5, knots.only = TRUE)
KNOTS = [-1.386294361120, -1.016935099477, -0.303067901785, 0.405465108108, 0.847297860387]


def test_below_a_hundred_the_outer_knots_are_the_fifth_smallest_and_largest():
    found = five_knots(LOGIT, None)
    assert found == pytest.approx(KNOTS, rel=1e-11)
    ordered = np.sort(LOGIT)
    assert (found[0], found[-1]) == (ordered[4], ordered[-5])


def test_from_a_hundred_on_all_knots_are_quantiles():
    values = np.random.default_rng(1).normal(size=100)
    assert five_knots(values, None) == pytest.approx(np.quantile(values, [0.05, 0.275, 0.5, 0.725, 0.95]))


def test_the_basis_is_that_of_hmisc():
    # R: Hmisc::rcspline.eval(c(-1, 0, 2), knots = k), column by column
    wanted = [
        [1.15543981547e-02, 5.34021316520e-01, 4.92024141503e00],
        [9.73543763585e-07, 2.10800644682e-01, 3.06373468560e00],
        [0, 5.57971542490e-03, 8.25098618917e-01],
    ]
    found = restricted_cubic(np.array([-1.0, 0, 2]), np.array(KNOTS))
    assert found[0].tolist() == [-1, 0, 2]
    assert found[1:] == pytest.approx(np.array(wanted), rel=1e-9, abs=1e-12)


def test_beyond_the_last_knot_the_spline_is_a_straight_line():
    x = np.array([2.0, 3.0, 4.0, 5.0])
    bends = np.diff(restricted_cubic(x, np.array(KNOTS)), n=2, axis=1)
    assert bends == pytest.approx(np.zeros_like(bends), abs=1e-9)


def test_before_the_first_knot_only_the_line_is_left():
    assert not restricted_cubic(np.array([-5.0, -2.0]), np.array(KNOTS))[1:].any()


def test_doubled_rows_cross_the_hundred_and_doubled_weights_with_them():
    values = np.random.default_rng(3).normal(size=60)
    assert five_knots(values, np.full(60, 2.0)) == pytest.approx(five_knots(np.repeat(values, 2), None))
    assert five_knots(values, None)[0] != pytest.approx(five_knots(np.repeat(values, 2), None)[0])


def test_sampling_weights_do_not_change_how_many_rows_there_are():
    # 140 rows that weigh 70 in all are 140 rows: their outer knots are quantiles.
    values = np.random.default_rng(4).normal(size=140)
    assert five_knots(values, np.full(140, 0.5)) == pytest.approx(five_knots(values, None))


def test_knots_that_coincide_are_given_once():
    assert five_knots(np.repeat([0.0, 1.0, 2.0], 50), None).tolist() == [0, 1, 2]
