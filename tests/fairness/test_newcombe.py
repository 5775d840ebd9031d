"""Newcombe's interval of a difference of proportions is the published one, and exists at the edges."""

import pytest

from cds.core.measure import Estimate, Interval, NotEstimable
from cds.fairness.newcombe import newcombe, proportion_of
from cds.stats.intervals import wald, wilson


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        # Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_is_the_published_one(one, other, low, high):
    found = newcombe(one, other, 0.95)
    assert isinstance(found, Interval)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


def test_turned_round_it_is_mirrored():
    one, other = newcombe((7, 34), (1, 34), 0.9), newcombe((1, 34), (7, 34), 0.9)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_an_empty_denominator_is_refused():
    assert isinstance(newcombe((0, 0), (1, 3), 0.95), NotEstimable)
    assert isinstance(newcombe((1, 3), (0, 0), 0.95), NotEstimable)


def test_only_wilson_intervals_are_of_proportions():
    assert proportion_of(Estimate(0.25, wilson(3, 12, 0.95))) == pytest.approx((3, 12))
    assert proportion_of(Estimate(0.25, wald(0.25, 0.95, se=0.1))) is None
