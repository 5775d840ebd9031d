"""Responders by intention to treat, and a number needed to treat only where no effect is excluded."""

import numpy as np
import pytest

from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.protocol_trial import TrialResponder
from cds.longitudinal.trial_responder import (
    NUMBER_NEEDED,
    RISK_DIFFERENCE,
    needed_to_treat,
    number_needed,
    number_needed_interval,
    responder_details,
    risk_difference,
    risk_difference_interval,
)
from tests.longitudinal.trials import ARM, BASE, CLUSTER, NAN, Y, trial

LEVEL = 0.95
LOW = TrialResponder(at_most=2)


def pain(counts, **more):
    """A trial in which so many of so many respond, arm by arm (control first), by an outcome of 1 or less."""
    outcome = np.concatenate([np.repeat([1.0, 4.0], [hits, total - hits]) for hits, total in counts])
    arm = np.repeat(np.arange(len(counts)), [total for _, total in counts])
    names = ("usual care", "therapy", "placebo")[: len(counts)]
    return trial(outcome=outcome, arm=arm, arms=names, baseline=None, responder=TrialResponder(at_most=1), **more)


def test_everyone_randomised_is_in_the_denominator():
    sample = trial(responder=LOW)  # 4 of 8 under therapy (2, 1, 2, 1), 1 of 8 under usual care
    assert risk_difference(sample, category="therapy") == pytest.approx(4 / 8 - 1 / 8)
    assert risk_difference(sample, category="placebo") == pytest.approx(1 / 8 - 1 / 8)  # one of 8 has no outcome
    told = responder_details(sample, category="placebo")
    assert (told["responders_arm"], told["randomised_arm"], told["not_known_arm"]) == (1, 8, 1)
    assert told["standing"] == "secondary to the continuous outcome"


def test_the_interval_is_newcombes():
    # R 4.2.2: w <- function(x, n, z = qnorm(.975)) Wilson's bounds; newcombe(33, 50, 5, 50), newcombe(10, 51, 5, 50)
    sample = pain([(5, 50), (33, 50), (10, 51)])
    found = risk_difference_interval(sample, 0.56, LEVEL, category="therapy")
    assert (found.low, found.high) == pytest.approx((0.380899081141297, 0.688706656697853), rel=1e-9)
    found = risk_difference_interval(sample, 0.0961, LEVEL, category="placebo")
    assert (found.low, found.high) == pytest.approx((-0.0463595991179372, 0.2364630692785011), rel=1e-9)


def test_clusters_are_robust_as_in_clubsandwich():
    # R 4.2.2, clubSandwich: r <- !is.na(y) & y <= 2; fl <- lm(r ~ arm) in arms 0 and 1; coef_test(CR2, Satterthwaite)
    sample = trial(responder=LOW, patient=CLUSTER, clustered=True)
    found = risk_difference_interval(sample, 0.375, LEVEL, category="therapy")
    assert found.se == pytest.approx(0.125, rel=1e-9)
    assert found.details["df"] == pytest.approx(6.0, rel=1e-9)


def test_the_number_needed_is_the_reciprocal():
    # R 4.2.2: 1/newcombe(33, 50, 5, 50)
    sample = pain([(5, 50), (33, 50), (10, 51)])
    value = number_needed(sample, category="therapy")
    found = number_needed_interval(sample, value, LEVEL, category="therapy")
    assert value == pytest.approx(1 / 0.56)
    assert (found.low, found.high) == pytest.approx((1.45199700086348, 2.62536732040329), rel=1e-9)


def test_no_number_is_needed_where_no_effect_is_not_excluded():
    found = number_needed(pain([(5, 50), (33, 50), (10, 51)]), category="placebo")
    assert isinstance(found, NotEstimable)
    assert "does not exclude no effect: 9.6 points (95 % interval −4.6 to 23.6)" in found.reason


def test_a_harmful_treatment_has_no_number_needed_to_treat():
    found = number_needed(pain([(33, 50), (5, 50)]), category="therapy")
    assert isinstance(found, NotEstimable) and "One more patient does badly for every 1.8 treated" in found.reason


def test_of_a_binary_outcome_the_better_side_counts():
    event = np.r_[np.repeat([1.0, 0], [40, 60]), np.repeat([1.0, 0], [20, 80])]
    arm = np.repeat([0, 1], 100)
    shared = {"outcome": event, "arm": arm, "arms": ("c", "t"), "baseline": None, "binary": True}
    assert number_needed(trial(**shared, better="lower"), category="t") == pytest.approx(5.0)
    assert isinstance(number_needed(trial(**shared, better="higher"), category="t"), NotEstimable)
    assert NUMBER_NEEDED.counted(trial(**shared), category="t").events == 140


def test_a_difference_without_an_interval_gives_no_number():
    found = needed_to_treat(Estimate(0.5, NotEstimable("ask for replicates")))
    assert isinstance(found, NotEstimable) and "has no interval" in found.reason
    touching = needed_to_treat(Estimate(0.5, Interval(0.0, 1.0, LEVEL, "wald")))
    assert isinstance(touching, NotEstimable)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (TrialResponder(relative_change=0.5), [True, False, False, False]),
        (TrialResponder(change=2), [True, True, False, False]),
        (TrialResponder(at_least=5), [False, True, False, False]),
        (TrialResponder(change=1, direction="increase"), [False, False, False, False]),
    ],
)
def test_rules_tell_responders_and_what_is_missing_does_not_respond(rule, expected):
    outcome, baseline = np.array([2.0, 5, NAN, 4]), np.array([4.0, 7, 8, NAN])
    assert rule.responds(outcome, baseline).tolist() == expected


def test_weights_of_two_are_doubled_patients():
    weights = np.tile([2.0, 1, 0, 1], 6)
    rows = np.repeat(np.arange(24), weights.astype(int))
    doubled = trial(outcome=Y[rows], arm=ARM[rows], baseline=BASE[rows], responder=LOW)
    assert risk_difference(trial(responder=LOW, weights=weights), category="therapy") == pytest.approx(
        risk_difference(doubled, category="therapy")
    )
    assert isinstance(number_needed(trial(responder=LOW, weights=weights), category="therapy"), NotEstimable)


def test_without_a_rule_there_are_no_responders():
    found = risk_difference(trial(), category="therapy")
    assert isinstance(found, NotEstimable) and "no responder rule" in found.reason


def test_the_number_needed_is_refused_as_a_criterion_and_responders_are_secondary():
    assert "reciprocal" in NUMBER_NEEDED.refused_as_criterion
    assert "secondary" in RISK_DIFFERENCE.convention
