"""The cumulative incidence: by hand, as R's, and 1 − Kaplan–Meier where no other event occurs."""

import numpy as np
import pytest

from cds.stats.aalen_johansen import aalen_johansen, cumulative_incidence, incidence_influence, incidence_se
from cds.stats.kaplan_meier import kaplan_meier
from tests.competing_samples import R, drawn, reference_case, repeated, slopes, times, without_competing


def test_four_patients_by_hand():
    # At 1 one of four has the event: 1/4. At 2 one of three has the other. At 3 one of two has it: 3/4·2/3·1/2.
    sample = times([1, 2, 3, 4], [1, 2, 1, 0], [0.5] * 4, 3)
    assert aalen_johansen(sample).at(np.array([0.5, 1, 2, 3, 9])).tolist() == pytest.approx([0, 0.25, 0.25, 0.5, 0.5])


def test_without_censoring_it_is_the_share_with_the_event_and_its_error_the_binomial_one():
    sample = times([1, 2, 2, 3, 4, 5], [1, 2, 1, 1, 2, 1], [0.5] * 6, 3)
    assert cumulative_incidence(sample, 3.0) == pytest.approx(0.5)
    assert incidence_se(sample, 3.0) == pytest.approx((0.25 / 6) ** 0.5)


@pytest.mark.parametrize("case", R)
def test_value_and_error_are_those_of_survfit(case):
    sample = reference_case(case)
    assert cumulative_incidence(sample, sample.horizons[0]) == pytest.approx(R[case]["incidence"], rel=1e-12)
    assert incidence_se(sample, sample.horizons[0]) == pytest.approx(R[case]["se"], rel=1e-11)


def test_without_another_event_it_is_one_minus_kaplan_meier():
    competing, survival = without_competing()
    when = np.arange(16.0)
    assert aalen_johansen(competing).at(when) == pytest.approx(1 - kaplan_meier(survival).at(when))


def test_the_other_event_as_censoring_would_give_a_larger_number():
    # R 4.2.2, survival 3.5.3: 1 - summary(survfit(Surv(days, status == 1) ~ 1, data = k), times = 365)$surv
    sample = reference_case()
    only = times(sample.time, np.where(sample.status == 1, 1, 0), sample.risk[:, 0], 365)
    assert cumulative_incidence(only, 365.0) == pytest.approx(0.409489329527363, rel=1e-12)
    assert cumulative_incidence(sample, 365.0) < 0.367


@pytest.mark.parametrize("when", [0.0, 4.0, 7.0, 11.0, 20.0])
def test_the_influence_is_the_derivative_by_each_weight(when):
    sample = drawn()
    assert incidence_influence(sample, when) == pytest.approx(
        slopes(lambda s: cumulative_incidence(s, when), sample), abs=1e-9
    )


def test_delayed_entry_is_respected():
    # Of three at risk at 2 one has the event; the fourth enters at 2, after it, and has it at 3 with one left beside.
    sample = times([2, 3, 4, 3], [1, 2, 0, 1], [0.5] * 4, 3, entry=np.array([0.0, 0, 0, 2]))
    assert cumulative_incidence(sample, 3.0) == pytest.approx(1 / 3 + 2 / 3 * 1 / 3)
    entry = np.where(np.arange(60) % 3 == 0, 0.0, drawn().time - 2).clip(0)
    late = times(drawn().time + 1, drawn().status, drawn().risk[:, 0], 7, entry=entry)
    assert incidence_influence(late, 7.0) == pytest.approx(
        slopes(lambda s: cumulative_incidence(s, 7.0), late), abs=1e-9
    )


def test_weights_of_two_equal_doubled_rows():
    sample, weights = drawn(), np.arange(60) % 3
    weighted, doubled = sample.reweight(weights), repeated(sample, weights)
    assert cumulative_incidence(weighted, 7.0) == pytest.approx(cumulative_incidence(doubled, 7.0))
    assert incidence_influence(weighted, 7.0)[weights > 0] == pytest.approx(
        incidence_influence(doubled, 7.0)[np.cumsum(weights)[weights > 0] - 1]
    )


def test_nobody_with_an_event_and_one_patient_have_numbers():
    assert cumulative_incidence(times([1, 2], [0, 0], [0.1, 0.2], 2), 2.0) == 0
    assert incidence_se(times([1, 2], [0, 0], [0.1, 0.2], 2), 2.0) == 0
    assert cumulative_incidence(times([1], [1], [0.1], 2), 2.0) == 1
