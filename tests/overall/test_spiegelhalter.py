"""Spiegelhalter's z and its p-value."""

import pytest

from cds.core.measure import NotEstimable
from cds.overall.spiegelhalter import SPIEGELHALTER_Z, p_value, spiegelhalter_z
from tests.samples import OUTCOME, RISK, small


def test_two_patients_by_hand():
    top = (1 - 0.8) * (1 - 1.6) + (0 - 0.4) * (1 - 0.8)
    bottom = (0.6**2 * 0.16 + 0.2**2 * 0.24) ** 0.5
    assert spiegelhalter_z(small([1, 0], [0.8, 0.4])) == pytest.approx(top / bottom)


def test_it_is_that_of_rms():
    # R 4.2.2, rms 6.5.0 (p, y in tests/samples.py): val.prob(p, y, pl = FALSE)[c("S:z", "S:p")]
    assert spiegelhalter_z(small()) == pytest.approx(1.4377485413066, rel=1e-11)
    assert p_value(small())["p_value"] == pytest.approx(0.1505054147637, rel=1e-11)


def test_swapping_events_and_risks_changes_nothing():
    assert spiegelhalter_z(small(1 - OUTCOME, 1 - RISK)) == pytest.approx(spiegelhalter_z(small()))


def test_without_variance_there_is_a_reason_and_no_p_value():
    certain = small([1, 0, 1], [1.0, 0.0, 0.5])
    assert isinstance(spiegelhalter_z(certain), NotEstimable)
    assert p_value(certain) == {}


def test_a_pure_test_has_no_interval_and_is_no_criterion():
    assert not SPIEGELHALTER_Z.bootstrap and SPIEGELHALTER_Z.interval is None
    assert "pure test" in SPIEGELHALTER_Z.refused_as_criterion
