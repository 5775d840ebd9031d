"""The distance between the mean risks of events and non-events."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.discrimination.discrimination_slope import discrimination_slope
from tests.samples import OUTCOME, RISK, small


def test_countable_by_hand():
    assert discrimination_slope(small([1, 1, 0], [0.8, 0.6, 0.3])) == pytest.approx(0.7 - 0.3)


def test_it_is_that_of_r():
    # R 4.2.2 (p, y in tests/samples.py): -diff(t.test(p[y == 1], p[y == 0])$estimate)
    assert discrimination_slope(small()) == pytest.approx(0.545454545455 - 0.376923076923, rel=1e-10)


def test_adding_a_constant_leaves_it_alone_and_reversing_turns_it():
    assert discrimination_slope(small(OUTCOME, RISK * 0.5 + 0.1)) == pytest.approx(discrimination_slope(small()) / 2)
    assert discrimination_slope(small(OUTCOME, 1 - RISK)) == pytest.approx(-discrimination_slope(small()))


def test_one_class_has_a_reason():
    assert discrimination_slope(small(np.ones(24))) == NotEstimable("only one outcome class")
