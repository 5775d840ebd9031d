"""ICI, E50, E90 and Emax with competing events: by Fine–Gray, and beside it by loess of pseudo-values."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.survival import calibration_distances as of_survival
from cds.survival.competing_distances import E50, E90, EMAX, ICI
from tests.competing_samples import FINE_GRAY_CASES, R, drawn, reference_case, repeated, times, without_competing

ALL = (ICI, E50, E90, EMAX)


@pytest.mark.parametrize("case", FINE_GRAY_CASES)
def test_they_are_those_of_finegray_in_r(case):
    sample = reference_case(case)
    found = [m.compute(sample, horizon=sample.horizons[0]) for m in ALL]
    assert found == pytest.approx(R[case]["distances"], rel=1e-7)


def test_over_all_of_follow_up_they_differ():
    # As in tests/competing_samples.py, without censoring at the horizon.
    found = [m.compute(reference_case(follow_up="all"), horizon=365.0) for m in ALL]
    assert found == pytest.approx(
        (0.00685982623254071, 0.0060251811408123, 0.0137240305993625, 0.0141292639274105), rel=1e-7
    )


@pytest.mark.parametrize("case", R)
def test_beside_them_stand_those_of_loess_of_pseudo_values(case):
    sample = reference_case(case)
    found = [m.details(sample, horizon=sample.horizons[0])["by_pseudo_values"] for m in ALL]
    assert found == pytest.approx(R[case]["by_pseudo_values"], rel=1e-6)


def test_without_another_event_they_are_those_of_survival():
    competing, survival = without_competing()
    for ours, theirs in zip(ALL, (of_survival.ICI, of_survival.E50, of_survival.E90, of_survival.EMAX), strict=True):
        assert ours.compute(competing, horizon=9.0) == pytest.approx(theirs.compute(survival, horizon=9.0))


@pytest.mark.parametrize("measure", ALL)
def test_weights_of_two_equal_doubled_rows_and_the_order_changes_nothing(measure):
    sample, weights = drawn(200), np.arange(200) % 3
    doubled, weighted = repeated(sample, weights), sample.reweight(weights)
    assert measure.compute(weighted, horizon=7.0) == pytest.approx(measure.compute(doubled, horizon=7.0))
    details = [measure.details(s, horizon=7.0)["by_pseudo_values"] for s in (weighted, doubled)]
    assert details[0] == pytest.approx(details[1])
    turned = sample.where(np.full(200, True))
    backwards = times(turned.time[::-1], turned.status[::-1], turned.risk[::-1, 0], 7)
    assert measure.compute(backwards, horizon=7.0) == pytest.approx(measure.compute(sample, horizon=7.0))


def test_a_replicate_keeps_the_knots():
    sample = drawn(200)
    replicate = sample.resample(np.arange(200) % 3.0)
    assert isinstance(ICI.compute(replicate, horizon=7.0), float)
    knots = [ICI.details(s, horizon=7.0)["knots_cloglog"] for s in (sample, replicate)]
    assert knots[0] == knots[1]


def test_the_convention_is_told():
    details = ICI.details(drawn(200), horizon=7.0)
    assert details["smoother"] == "fine_gray_rcs3" and details["follow_up"] == "to_horizon"


def test_where_there_is_no_loess_the_reason_stands_there():
    details = ICI.details(drawn(200).reweight(np.full(200, 0.5)), horizon=7.0)
    assert "fractional" in details["by_pseudo_values"]


@pytest.mark.parametrize("measure", ALL)
def test_without_an_answer_there_is_a_reason(measure):
    def reason(*args, **more):
        found = measure.compute(times(*args, **more), horizon=5.0)
        assert isinstance(found, NotEstimable)
        assert measure.details(times(*args, **more), horizon=5.0) == {}
        return found.reason

    assert "no follow-up reaches" in reason([1, 2], [1, 2], [0.1, 0.2], 5)
    assert "left truncation" in reason([6, 7], [1, 2], [0.1, 0.2], 5, entry=np.array([0.0, 1.0]))
    assert "too few" in reason([1, 6], [1, 2], [0.1, 0.2], 5)
    assert "0 or 1" in reason([1, 7], [1, 2], [0.0, 1.0], 5) or "too few" in reason([1, 7], [1, 2], [0.0, 1.0], 5)
    assert "no events" in reason([6, 6, 7, 7, 8], [0, 2, 2, 0, 0], [0.1, 0.2, 0.3, 0.4, 0.5], 5)
