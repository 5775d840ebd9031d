"""The sentence: a null result is told with its interval, never as equivalence."""

import pytest

from cds.core.measure import Estimate, Interval, NotEstimable
from cds.longitudinal.trial_effect import effect_interval, treatment_effect
from cds.longitudinal.trial_told import told
from tests.longitudinal.trials import simulated


def result(value, low, high):
    return Estimate(value, Interval(low, high, 0.95, "wald"))


def test_a_null_result_is_told_with_what_it_does_not_exclude():
    assert told(result(-0.2, -0.9, 0.5), unit="points") == (
        "The difference was −0.2 points (95 % interval −0.9 to 0.5): the trial did not show an effect; effects from "
        "−0.9 to 0.5 are not excluded, so this does not show that the arms are alike."
    )


def test_an_even_interval_is_told_either_way():
    assert "effects as large as 0.9 either way are not excluded" in told(result(0.0, -0.9, 0.9))


def test_a_simulated_null_trial_shows_no_effect():
    sample = simulated(120, 8)
    value = treatment_effect(sample, category="treated")
    interval = effect_interval(sample, value, 0.95, category="treated")
    sentence = told(Estimate(value, interval), unit="points")
    assert interval.low < 0 < interval.high
    assert "the trial did not show an effect" in sentence
    for word in ("equivalent", "equal", "no difference", "same", "ineffective", "does not work"):
        assert word not in sentence


@pytest.mark.parametrize(
    ("values", "better", "ending"),
    [
        ((-2.2, -2.7, -1.7), "lower", "better than under the control."),
        ((-2.2, -2.7, -1.7), "higher", "worse than under the control."),
        ((1.5, 0.4, 2.6), "lower", "worse than under the control."),
        ((1.5, 0.4, 2.6), "higher", "better than under the control."),
    ],
)
def test_an_effect_is_told_with_its_side(values, better, ending):
    assert told(result(*values), better=better).endswith(ending)


def test_a_bound_beside_zero_is_not_written_as_zero():
    assert "(95 % interval −1.00 to 0.02)" in told(result(-0.488, -0.9986, 0.0225))


def test_risks_are_told_in_percentage_points():
    assert told(result(0.56, 0.381, 0.689), better="higher", quantity="risk") == (
        "The difference was 56.0 percentage points (95 % interval 38.1 to 68.9): better than under the control."
    )


def test_without_an_estimate_or_interval_the_reason_is_told():
    assert told(NotEstimable("nobody was seen")) == "There is no estimate of the effect: nobody was seen."
    assert "cannot be told from it" in told(Estimate(1.0, NotEstimable("one cluster")))
