"""The estimated calibration index, by direct loess whatever the protocol's smoother."""

import numpy as np
import pytest

from cds.calibration.eci import eci, scaled_eci
from cds.core.measure import NotEstimable
from tests.samples import OUTCOME, RISK, small


def test_it_is_that_of_r():
    # R 4.2.2 (p, y in tests/samples.py): lo <- loess(y ~ p, span = .75, degree = 2,
    # control = loess.control(surface = "direct")); o <- pmin(pmax(predict(lo, data.frame(p = p)), 0), 1);
    # 100 * mean((p - o)^2)
    assert eci(small()) == pytest.approx(1.66313873631, rel=1e-10)


def test_a_flat_curve_by_hand():
    risks = np.repeat([0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.9], 20)
    sample = small(np.tile([0, 1], 70), risks)
    assert eci(sample) == pytest.approx(100 * np.mean((risks - 0.5) ** 2))


def test_swapping_events_and_risks_changes_nothing():
    assert eci(small(1 - OUTCOME, 1 - RISK)) == pytest.approx(eci(small()), rel=1e-8)


def test_the_other_convention_stands_in_the_details():
    # R: mean((p - o)^2) / mean((mean(y) - o)^2)
    assert scaled_eci(small())["relative_to_null_model"] == pytest.approx(0.64830676273349, rel=1e-9)


def test_without_a_curve_there_is_a_reason_and_only_the_smoother_in_the_details():
    flat = small([0, 1, 0, 1], [0.1, 0.1, 0.6, 0.6])
    assert isinstance(eci(flat), NotEstimable)
    assert scaled_eci(flat) == {"smoother": "loess"}
