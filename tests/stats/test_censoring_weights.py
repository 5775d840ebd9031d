"""Weights by the inverse probability of not being censored."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.aalen_johansen import cumulative_incidence, incidence_influence
from cds.stats.censoring_weights import censoring_assumption, censoring_weights, weighted_influence
from tests.survival.tied import COVARIATE, competing, drawn, repeated, survival


def test_five_patients_by_hand():
    # Censored at 2 (of four at risk) and at 3 (of the two left when the event tied with it has gone first).
    sample = survival([1, 2, 3, 3, 9], [1, 0, 1, 0, 0], [0.1] * 5, horizons=(3.0,)).at(3.0)
    assert censoring_weights(sample) == pytest.approx([1, 0, 4 / 3, 0, 8 / 3])


def test_censorings_at_time_zero_count():
    sample = survival([0, 0, 9], [1, 0, 0], [0.1] * 3, horizons=(3.0,)).at(3.0)
    assert censoring_weights(sample) == pytest.approx([1, 0, 2])


def test_they_are_those_of_r():
    # R 4.2.2, prodlim 2019.11.13 (t, s in tests/survival/tied.py): d <- data.frame(t, s)
    #   f <- prodlim(Hist(t, s > 0) ~ 1, data = d, reverse = TRUE); G <- predict(f, times = 4)
    #   ifelse(t <= 4, ifelse(s > 0, 1 / predictSurvIndividual(f, lag = 1), 0), 1 / G)
    by_then = [
        1, 0, 1.0454545454545, 0, 1.0454545454545, 0, 1.1004784688995, 1.1004784688995, 0, 1.2472089314195, 0,
        1.2472089314195, 0, 0, 1.3511430090377, 1.3511430090377,
    ]  # fmt: skip
    expected = by_then + [1.6889287612972] * 8
    assert censoring_weights(competing().at(4.0)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kind", ["survival", "competing_risks"])
def test_the_weights_add_up_to_everybody_and_those_of_events_to_the_observed_risk(kind):
    sample = drawn(120, 1, kind=kind).at(30.0)
    weights = censoring_weights(sample)
    assert weights.sum() == pytest.approx(120, rel=1e-12)
    assert weights @ sample.happened / 120 == pytest.approx(cumulative_incidence(sample, 30.0), rel=1e-12)


def test_without_censoring_all_weights_are_one():
    sample = survival([1, 2, 9], [1, 1, 1], [0.1] * 3, horizons=(3.0,))
    assert censoring_weights(sample.at(3.0)).tolist() == [1, 1, 1]


def test_weights_are_repeated_rows_and_rows_without_weight_do_no_harm():
    sample = drawn(90, 2)
    weights = np.random.default_rng(3).integers(0, 4, 90)
    rows = np.repeat(np.arange(90), weights)
    ours = censoring_weights(sample.reweight(weights.astype(float)).at(30.0))
    assert np.isfinite(ours).all()
    assert ours[rows] == pytest.approx(censoring_weights(repeated(sample, rows).at(30.0)), rel=1e-12)


def test_the_influence_is_nearly_the_derivative_and_exactly_what_r_takes_for_it():
    # R counts everybody with T ≥ u as at risk of a censoring at u; the derivative leaves out the events at u.
    sample, n = drawn(400, 4).at(30.0), 400
    pull = censoring_weights(sample) * sample.happened / n  # the value is the observed risk
    terms = weighted_influence(sample, pull) * np.sqrt(n * (n - 1)) / n
    exact = incidence_influence(sample, 30.0)
    assert terms @ terms == pytest.approx(exact @ exact, rel=0.01)
    assert np.corrcoef(terms, exact)[0, 1] > 0.999


def test_the_assumption_is_told_in_words():
    assert censoring_assumption(survival()) == "censoring is independent of everything; G is its Kaplan–Meier estimate"
    assert "given the covariate of a Cox model" in censoring_assumption(survival(censoring=COVARIATE))
    two = np.column_stack([COVARIATE, COVARIATE**2])
    assert "given the 2 covariates of a Cox model" in censoring_assumption(survival(censoring=two))


def test_the_end_of_follow_up_and_delayed_entry_are_refused():
    assert censoring_weights(survival([1, 2], [1, 0], [0.1, 0.2]).at(2.0)) == NotEstimable(
        "nobody is followed beyond 2; the latest usable horizon lies before 2"
    )
    late = censoring_weights(survival([3, 5], [1, 0], [0.1, 0.2], entry=np.array([0.0, 1.0])).at(2.0))
    assert isinstance(late, NotEstimable) and "left truncation" in late.reason


def test_without_a_horizon_they_are_not_defined():
    with pytest.raises(TypeError, match="looks at no horizon"):
        censoring_weights(survival())
