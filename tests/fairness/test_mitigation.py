"""What recalibration or an own threshold would change is shown per group, with its cost, and nothing is done."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.core.sample_binary import BinarySample
from cds.fairness.mitigation import _acting, _net_benefit, equal_sensitivity, mitigation, recalibrated
from cds.utility.net_benefit import net_benefit
from tests.samples import drawn
from tests.studies import answered

OUTCOME = np.array([1.0, 1, 1, 0, 0, 0, 0, 0])
RISK = np.array([0.9, 0.5, 0.2, 0.6, 0.3, 0.2, 0.1, 0.1])


def sample(outcome=OUTCOME, risk=RISK, **more) -> BinarySample:
    return BinarySample(outcome=np.asarray(outcome, float), risk=np.asarray(risk, float), **more)


def test_acting_is_counted_by_hand():
    found = _acting(sample(), 0.5, 0.5)  # flagged: .9 and .5 with the event, .6 without
    assert (found.flagged, found.sensitivity) == pytest.approx((3 / 8, 2 / 3))
    assert found.net_benefit == pytest.approx(2 / 8 - 1 / 8)
    assert found.net_benefit == pytest.approx(net_benefit(sample(), 0.5))


def test_another_threshold_is_paid_at_the_common_exchange_rate():
    found = _acting(sample(), 0.2, 0.5)  # flagged: all three events, and .6, .3, .2
    assert found.net_benefit == pytest.approx(3 / 8 - 3 / 8)


def test_the_own_threshold_finds_the_wanted_share_of_events_and_no_more_than_needed():
    assert equal_sensitivity(sample(), 1 / 3) == 0.9
    assert equal_sensitivity(sample(), 0.5) == 0.5
    assert equal_sensitivity(sample(), 1.0) == 0.2
    assert equal_sensitivity(sample(np.zeros(8)), 0.5) is None


def test_weights_of_two_equal_doubled_rows():
    weighted = sample(weights=np.array([2.0, 1, 1, 1, 1, 0, 1, 1]))
    rows = [0, 0, 1, 2, 3, 4, 6, 7]
    doubled = sample(OUTCOME[rows], RISK[rows])
    assert equal_sensitivity(weighted, 0.6) == equal_sensitivity(doubled, 0.6)
    assert _acting(weighted, 0.5, 0.5) == pytest.approx(_acting(doubled, 0.5, 0.5))


def test_recalibration_of_a_group_with_risks_twice_too_low_brings_net_benefit():
    true = drawn(4000, 11)
    low = sample(true.outcome, true.risk / 2)
    risk = recalibrated(low, seed=1)
    assert risk.mean() == pytest.approx(true.outcome.mean(), abs=0.01)
    assert _net_benefit(low, risk, 0.4) > net_benefit(low, 0.4) + 0.01


def test_each_patient_is_recalibrated_by_others():
    whole = drawn(400, 5)
    turned = whole.outcome.copy()
    turned[0] = 1 - turned[0]
    one, other = recalibrated(whole, 1), recalibrated(sample(turned, whole.risk), 1)
    assert one[0] == other[0]  # the patient's own outcome is not in it
    assert (one[1:] != other[1:]).any()


def test_too_few_events_or_certain_risks_say_so():
    assert "fewer than 20 events" in recalibrated(sample(), 1).reason
    assert isinstance(recalibrated(sample(risk=np.r_[1.0, RISK[1:]]), 1), NotEstimable)


def test_a_table_per_threshold_names_every_group_and_hides_small_ones():
    whole = drawn(600, 7)
    group = np.where(np.arange(600) < 8, "few", np.where(np.arange(600) % 5 < 3, "a", "b"))
    study = answered(whole, {"g": group}, {"g": "a"})
    tables = list(mitigation(study, "g"))
    assert [t.title.rsplit(" ", 1)[1] for t in tables] == ["0.2", "0.4"]
    assert [row[0] for row in tables[0].rows] == ["a (reference)", "b", "few"]
    assert set(tables[0].rows[1][1:]) == set(tables[0].rows[2][1:]) == {"×"}  # b's would give the few away
    assert tables[0].rows[0][4:6] == ("–", "–")  # the reference's threshold is the common one
    assert "Shown, not done" in tables[0].note


def test_outcomes_without_a_threshold_have_no_table():
    from tests.values import values

    study = answered(values(), {"g": np.array(["a", "b"] * 16)}, thresholds=())
    assert list(mitigation(study, "g")) == []
