"""Pseudo-values: the jackknife in closed form."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.aalen_johansen import cumulative_incidence, incidence_influence
from cds.stats.kaplan_meier import kaplan_meier
from cds.stats.pseudo_values import pseudo_values
from tests.competing_samples import drawn, reference_case, repeated, times, without_competing
from tests.samples import EXPECTED

# First six of jackknife(prodlim(Hist(days, status) ~ 1), times, cause = 1); see tests/competing_samples.py.
FIRST = {
    "periods": (1, -0.0430818211160613, 1.01203329876935, 0.131728893789557, 0, -0.0430818211160613),
    "other": (0, -0.0228587241813614, -0.00199487688996669, 0.0572772610573793, 1, -0.0228587241813614),
    "zero": (1, -0.0742510791656343, 1.01121056550102, 0.196498860790115, 0, -0.0742510791656343),
}


def test_without_censoring_they_are_whether_the_event_has_happened():
    sample = times([1, 2, 3, 4, 5], [1, 2, 1, 1, 2], [0.5] * 5, 3).at(3.0)
    assert pseudo_values(sample) == pytest.approx([1, 0, 1, 0, 0])


def test_they_are_those_of_prodlim():
    expected = EXPECTED["competing"]
    found = pseudo_values(reference_case().at(365.0))
    assert found[:6] == pytest.approx(expected["first_six_pseudo_values"], abs=1e-11)
    assert found.mean() == pytest.approx(expected["mean_pseudo_value"], rel=1e-11)


@pytest.mark.parametrize("case", FIRST)
def test_they_are_those_of_prodlim_with_heavy_ties_and_times_of_zero(case):
    assert pseudo_values(reference_case(case).at(6.0))[:6] == pytest.approx(FIRST[case], abs=1e-11)


@pytest.mark.parametrize("horizon", [0.0, 4.0, 7.0, 11.0])
def test_they_are_the_jackknife_that_leaves_each_patient_out(horizon):
    sample, rows = drawn(horizon=horizon).at(horizon), np.arange(60)
    left_out = [cumulative_incidence(sample.where(rows != k), horizon) for k in rows]
    expected = 60 * cumulative_incidence(sample, horizon) - 59 * np.array(left_out)
    assert pseudo_values(sample) == pytest.approx(expected, abs=1e-11)


def test_without_another_event_they_are_those_of_one_minus_kaplan_meier():
    competing, survival = without_competing()
    rows, everyone = np.arange(80), 1 - float(kaplan_meier(survival).at(9.0))
    left_out = [1 - float(kaplan_meier(survival.where(rows != k)).at(9.0)) for k in rows]
    assert pseudo_values(competing.at(9.0)) == pytest.approx(80 * everyone - 79 * np.array(left_out), abs=1e-11)


def test_weights_of_two_equal_doubled_rows():
    sample, weights = drawn(), np.arange(60) % 3
    found, doubled = pseudo_values(sample.reweight(weights).at(7.0)), pseudo_values(repeated(sample, weights).at(7.0))
    assert np.repeat(found, weights) == pytest.approx(doubled, abs=1e-11)


def test_equal_fractional_weights_change_nothing_and_others_take_the_infinitesimal_jackknife():
    sample = drawn()
    tenth = sample.reweight(np.full(60, 0.1)).at(7.0)
    assert pseudo_values(tenth) == pytest.approx(pseudo_values(sample.at(7.0)), abs=1e-11)
    uneven = sample.reweight(np.linspace(0.2, 1.7, 60)).at(7.0)
    expected = cumulative_incidence(uneven, 7.0) + uneven.total * incidence_influence(uneven, 7.0)
    assert pseudo_values(uneven) == pytest.approx(expected)
    assert uneven.weight @ pseudo_values(uneven) / uneven.total == pytest.approx(cumulative_incidence(uneven, 7.0))


def test_a_replicate_has_its_own():
    sample = drawn()
    replicate = sample.at(7.0).resample(np.arange(60) % 2 * 2.0)
    assert pseudo_values(replicate)[1] != pytest.approx(pseudo_values(sample.at(7.0))[1])


def test_without_an_answer_there_is_a_reason():
    late = pseudo_values(times([2, 3], [1, 0], [0.1, 0.2], 3, entry=np.array([0.0, 1.0])).at(3.0))
    assert isinstance(late, NotEstimable) and "left truncation" in late.reason
    early = pseudo_values(times([2, 3], [1, 0], [0.1, 0.2], 5, time_unit="days").at(5.0))
    assert early == NotEstimable("no follow-up reaches 5 days; the latest usable horizon is 3 days")
    alone = pseudo_values(times([6], [1], [0.1], 5).at(5.0))
    assert isinstance(alone, NotEstimable) and "fewer than two" in alone.reason
    assert (pseudo_values(times([6, 7], [1, 1], [0.1, 0.2], 5).at(5.0)) == 0).all()
