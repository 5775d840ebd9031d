"""Sensitivity, specificity and predictive values at a threshold."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.utility.classification import NPV, PPV, SENSITIVITY, SPECIFICITY, counts
from tests.samples import OUTCOME, RISK, small


def test_the_counts_are_those_of_r():
    # R 4.2.2 (p, y in tests/samples.py): table(p >= .2, y); table(p >= .5, y)
    assert counts(small(), 0.2) == {"tn": 3, "fp": 10, "fn": 1, "tp": 10}
    assert counts(small(), 0.5) == {"tn": 9, "fp": 4, "fn": 4, "tp": 7}


def test_countable_by_hand_with_wilson_intervals():
    # R 4.2.2, Hmisc 4.8.0: Hmisc::binconf(7, 11, method = "wilson")
    for measure in (SENSITIVITY, PPV):
        assert measure.compute(small(), threshold=0.5) == pytest.approx(7 / 11)
        assert measure.interval is not None
        found = measure.interval(small(), 7 / 11, 0.95, threshold=0.5)
        assert isinstance(found, Interval)
        assert (found.low, found.high) == pytest.approx((0.353801174508, 0.848335289046), rel=1e-11)
    for measure in (SPECIFICITY, NPV):
        assert measure.compute(small(), threshold=0.5) == pytest.approx(9 / 13)


def test_swapping_events_and_risks_swaps_sensitivity_and_specificity():
    turned = small(1 - OUTCOME, 1 - RISK)
    assert SENSITIVITY.compute(turned, threshold=0.52) == SPECIFICITY.compute(small(), threshold=0.48)
    assert PPV.compute(turned, threshold=0.52) == NPV.compute(small(), threshold=0.48)


def test_empty_denominators_have_reasons():
    assert SENSITIVITY.compute(small(np.zeros(24)), threshold=0.5) == NotEstimable("no events")
    assert SPECIFICITY.compute(small(np.ones(24)), threshold=0.5) == NotEstimable("no non-events")
    assert PPV.compute(small(), threshold=0.96) == NotEstimable("nobody at or above the threshold")
    assert NPV.compute(small(), threshold=0.04) == NotEstimable("nobody below the threshold")


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
def test_the_four_cells_add_up(threshold):
    assert sum(counts(small(), threshold).values()) == 24
