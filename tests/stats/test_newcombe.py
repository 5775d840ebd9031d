"""Newcombe's interval of a difference of proportions."""

import pytest

from cds.core.measure import NotEstimable
from cds.stats.newcombe import newcombe


def test_the_published_example():
    # Newcombe 1998, table II, example (a), method 10: 56/70 against 48/80
    found = newcombe((56, 70), (48, 80), 0.95)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_turning_the_groups_turns_the_interval():
    one, other = newcombe((33, 50), (5, 50), 0.95), newcombe((5, 50), (33, 50), 0.95)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_it_exists_where_nobody_or_everybody_has_the_event():
    found = newcombe((0, 10), (10, 10), 0.95)
    assert found.low == pytest.approx(-1.0) and -1 < found.high < 0


def test_an_empty_group_has_none():
    assert isinstance(newcombe((0, 0), (1, 2), 0.95), NotEstimable)
