"""Net benefit with competing events."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.survival import net_benefit as of_survival
from cds.survival.competing_net_benefit import NET_BENEFIT, NET_BENEFIT_GAIN, NET_BENEFIT_TREAT_ALL
from tests.competing_samples import R, drawn, reference_case, repeated, slopes, times, without_competing

ALL = (NET_BENEFIT, NET_BENEFIT_TREAT_ALL, NET_BENEFIT_GAIN)
THRESHOLDS = (0.2, 0.3, 0.4)


def test_five_patients_by_hand():
    # Three have risk ≥ .5; by 3 one of them has the event, one the other event, one neither: 3/5·(1/3 − 2/3·1).
    sample = times([1, 2, 9, 9, 1], [1, 2, 0, 0, 1], [0.5, 0.6, 0.7, 0.2, 0.1], 3)
    assert NET_BENEFIT.compute(sample, horizon=3.0, threshold=0.5) == pytest.approx(-0.2)
    assert NET_BENEFIT_TREAT_ALL.compute(sample, horizon=3.0, threshold=0.5) == pytest.approx(2 / 5 - 3 / 5)
    assert NET_BENEFIT_GAIN.compute(sample, horizon=3.0, threshold=0.5) == pytest.approx(-0.2)
    assert NET_BENEFIT.compute(sample, horizon=3.0, threshold=0.8) == 0


@pytest.mark.parametrize("case", R)
def test_values_are_those_of_r(case):
    sample = reference_case(case)
    for k, threshold in enumerate(THRESHOLDS):
        given = {"horizon": sample.horizons[0], "threshold": threshold}
        model, everyone = R[case]["net_benefit"][k], R[case]["treat_all"][k]
        assert NET_BENEFIT.compute(sample, **given) == pytest.approx(model, rel=1e-10)
        assert NET_BENEFIT_TREAT_ALL.compute(sample, **given) == pytest.approx(everyone, rel=1e-10)
        assert NET_BENEFIT_GAIN.compute(sample, **given) == pytest.approx(model - max(everyone, 0), rel=1e-9)


@pytest.mark.parametrize("threshold", [0.2, 0.4])
def test_without_another_event_they_are_those_of_survival(threshold):
    competing, survival = without_competing()
    given = {"horizon": 9.0, "threshold": threshold}
    theirs = (of_survival.NET_BENEFIT, of_survival.NET_BENEFIT_TREAT_ALL, of_survival.NET_BENEFIT_GAIN)
    for ours, other in zip(ALL, theirs, strict=True):
        value = ours.compute(competing, **given)
        assert value == pytest.approx(other.compute(survival, **given))
        found, expected = ours.interval(competing, value, 0.95, **given), other.interval(survival, value, 0.95, **given)
        assert isinstance(found, Interval) and isinstance(expected, Interval)
        assert found.se == pytest.approx(expected.se)


@pytest.mark.parametrize("measure", ALL)
@pytest.mark.parametrize("threshold", [0.3, 0.65])
def test_the_influence_is_the_derivative_by_each_weight(measure, threshold):
    sample, given = drawn(), {"horizon": 7.0, "threshold": threshold}
    assert measure.influence(sample, **given) == pytest.approx(
        slopes(lambda s: measure.compute(s, **given), sample), abs=1e-9
    )


def test_without_censoring_the_error_is_that_of_a_mean():
    status = np.tile([1, 2, 1, 2, 2], 20)
    sample = times(np.tile([1.0, 2, 9, 9, 3], 20), status, np.tile([0.7, 0.6, 0.2, 0.8, 0.1], 20), 5)
    value = NET_BENEFIT.compute(sample, horizon=5.0, threshold=0.5)
    found = NET_BENEFIT.interval(sample, value, 0.95, horizon=5.0, threshold=0.5)
    worth = np.tile([1.0, -1, 0, -1, 0], 20)
    assert isinstance(found, Interval)
    assert (value, found.se) == pytest.approx((worth.mean(), worth.std() / 10))


@pytest.mark.parametrize("measure", ALL)
def test_weights_of_two_equal_doubled_rows(measure):
    sample, weights, given = drawn(), np.arange(60) % 3, {"horizon": 7.0, "threshold": 0.4}
    weighted = measure.compute(sample.reweight(weights), **given)
    assert weighted == pytest.approx(measure.compute(repeated(sample, weights), **given))


def test_a_replicate_compares_with_what_is_better_in_the_full_sample():
    sample = times([1, 2, 9, 9], [1, 2, 0, 0], [0.5, 0.6, 0.1, 0.2], 3)
    given = {"horizon": 3.0, "threshold": 0.4}  # treating all is worse than treating none
    without = sample.resample(np.array([2.0, 0, 1, 1]))
    assert NET_BENEFIT_GAIN.compute(without, **given) == pytest.approx(NET_BENEFIT.compute(without, **given))


def test_delayed_entry_is_respected():
    late = times([2, 3, 4], [1, 2, 0], [0.5] * 3, 3, entry=np.array([0.0, 2.0, 0]))
    assert NET_BENEFIT.compute(late, horizon=3.0, threshold=0.2) == pytest.approx(1 / 2 - 1 / 2 / 4)


@pytest.mark.parametrize("measure", ALL)
def test_without_an_answer_there_is_a_reason(measure):
    short = times([1, 2], [1, 2], [0.1, 0.2], 5)
    found = measure.compute(short, horizon=5.0, threshold=0.1)
    assert isinstance(found, NotEstimable) and "no follow-up reaches 5" in found.reason
    assert isinstance(measure.influence(short, horizon=5.0, threshold=0.1), NotEstimable)


def test_the_treated_lost_too_early_give_a_reason_and_those_whose_end_is_known_do_not():
    lost = times([1, 2, 9], [1, 0, 0], [0.6, 0.7, 0.1], 5)
    found = NET_BENEFIT.compute(lost, horizon=5.0, threshold=0.5)
    assert isinstance(found, NotEstimable) and "at or above the threshold" in found.reason
    assert isinstance(NET_BENEFIT_GAIN.compute(lost, horizon=5.0, threshold=0.5), NotEstimable)
    assert isinstance(NET_BENEFIT_GAIN.influence(lost, horizon=5.0, threshold=0.5), NotEstimable)
    known = times([1, 2, 9], [1, 2, 0], [0.6, 0.7, 0.1], 5)
    assert NET_BENEFIT.compute(known, horizon=5.0, threshold=0.5) == pytest.approx(0.0)
    nobody = NET_BENEFIT.interval(known, 0.0, 0.95, horizon=5.0, threshold=0.9)
    assert isinstance(nobody, NotEstimable)
