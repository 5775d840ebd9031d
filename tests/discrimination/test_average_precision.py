"""Average precision as a step sum."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.discrimination.average_precision import AVERAGE_PRECISION, average_precision
from tests.samples import OUTCOME, RISK, small


def test_countable_by_hand():
    # From the highest risk: event, non-event, event: ½·1/1 + ½·2/3.
    assert average_precision(small([1, 0, 1], [0.9, 0.8, 0.7])) == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_tied_risks_are_one_step():
    assert average_precision(small([1, 0], [0.5, 0.5])) == 0.5


def test_it_is_that_of_scikit_learn():
    # scikit-learn 1.9.1 (p, y in tests/samples.py): sklearn.metrics.average_precision_score(y, p)
    assert average_precision(small()) == pytest.approx(0.610600784810271, rel=1e-13)


def test_monotone_transforms_leave_it_alone():
    assert average_precision(small(OUTCOME, RISK**2)) == pytest.approx(average_precision(small()))


def test_all_events_are_one_and_none_has_a_reason():
    assert average_precision(small(np.ones(24))) == pytest.approx(1)
    assert average_precision(small(np.zeros(24))) == NotEstimable("no events")


def test_it_is_no_criterion():
    assert "prevalence" in AVERAGE_PRECISION.refused_as_criterion
