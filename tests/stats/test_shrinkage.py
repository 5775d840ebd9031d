"""Partial pooling: by hand, invariants, metafor's blup, and R's integrate over τ."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.shrinkage import Shrunken, predictions, shrink

Y, V = [0.1, 0.3, 0.8, -0.2], [0.04, 0.05, 0.04, 0.09]


def shrunken(y=Y, v=V) -> Shrunken:
    found = shrink(y, v)
    assert isinstance(found, Shrunken)
    return found


def test_with_a_known_variance_by_hand():
    # Equal variances of 1 and τ² = 1: half the way to the mean, whose variance is 2/3.
    predicted, variance, own, mean, _ = predictions(np.array([0.0, 1, 5]), np.ones(3), np.array([1.0]))
    assert predicted[0].tolist() == [1.0, 1.5, 3.5]
    assert own[0].tolist() == [0.5] * 3 and mean[0] == 2
    assert variance[0] == pytest.approx([0.5 + 0.25 * 2 / 3] * 3)


def test_predictions_at_the_likeliest_variance_are_metafors():
    # R 4.2.2, metafor 3.8.1: f <- rma(y, v, method = "REML", control = list(threshold = 1e-14, maxiter = 10000))
    # blup(f)$pred; blup(f)$se
    found = shrunken()
    wanted = [0.145228893499969, 0.293581615837356, 0.667817596737259, 0.00719848845899891]
    assert found.blup == pytest.approx(wanted, rel=1e-6)
    wanted = [0.180561020375912, 0.197205239021499, 0.180561020375912, 0.242950287651663]
    assert found.blup_se == pytest.approx(wanted, rel=1e-7)


def test_the_average_over_the_variance_is_that_of_numerical_integration():
    # R 4.2.2: lik <- function(t) sapply(t, function(t) { w <- 1/(v+t^2); m <- sum(w*y)/sum(w)
    #   exp(.5*(sum(log(w)) - log(sum(w)) - sum(w*(y-m)^2))) })
    # I <- function(f) integrate(function(t) f(t)*lik(t), 0, Inf, rel.tol = 1e-12, subdivisions = 5000)$value
    # for each i: pr(t) the prediction, va(t) its variance; e <- I(pr)/I(1); sqrt(I(va + (pr - e)^2)/I(1))
    found = shrunken()
    wanted = [0.13894737281493, 0.297288784701991, 0.69511671229267, -0.0467640039556848]
    assert found.values == pytest.approx(wanted, rel=1e-9)
    wanted = [0.190236591985332, 0.203281506673383, 0.212034768326016, 0.288985651840928]
    assert found.se == pytest.approx(wanted, rel=1e-9)
    wanted = [0.794527627825342, 0.767163561285552, 0.794527627825342, 0.684268823597294]
    assert found.own == pytest.approx(wanted, rel=1e-9)
    three = shrunken([0.1, 0.3, 0.8], [0.04, 0.05, 0.04])  # the fewest groups: the likelihood's tail is the heaviest
    assert three.values == pytest.approx([0.155887937382116, 0.321342717617943, 0.72703788852353], rel=1e-9)
    assert three.se == pytest.approx([0.200750436667143, 0.20870834041129, 0.209043602568063], rel=1e-9)


def test_the_least_known_group_is_drawn_the_most():
    found = shrunken([0.0, 0.0, 0.0, 1.0, 1.0], [0.01, 0.01, 0.01, 0.02, 0.5])
    assert found.own.argmin() == 4 and found.own[4] < 0.6 * found.own[3]
    assert found.values[4] < found.values[3]


def test_equal_estimates_stay_and_are_known_better_than_each_alone():
    found = shrunken([0.5] * 4, [0.01] * 4)
    assert found.values == pytest.approx([0.5] * 4)
    assert (found.se < 0.1).all() and (found.se > found.blup_se).all()


def test_groups_far_apart_stay_where_they_are():
    found = shrunken([0.0, 50, 100], [0.01] * 3)
    assert found.values == pytest.approx([0, 50, 100], abs=0.001)
    assert found.se == pytest.approx([0.1] * 3, rel=1e-3)


def test_order_and_unit_do_not_matter():
    found, turned = shrunken(), shrunken(Y[::-1], V[::-1])
    scaled = shrunken([10 * y for y in Y], [100 * v for v in V])
    assert turned.values == pytest.approx(found.values[::-1])
    assert scaled.values == pytest.approx(10 * found.values)
    assert scaled.se == pytest.approx(10 * found.se)


def test_from_two_groups_the_variance_between_them_cannot_be_told():
    found = shrink([0.1, 0.2], [0.1, 0.1])
    assert isinstance(found, NotEstimable) and "fewer than three groups" in found.reason
