"""Responders by rule: observed and predicted improvement from baseline."""

from dataclasses import replace

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.core.protocol_repeated import ResponderRule
from cds.longitudinal.responder import AUROC, SENSITIVITY, SPECIFICITY, counted, rule_details
from tests.visits import BASELINE, PATIENT, VISIT, drawn_visits, visits

MEASURES = (AUROC, SENSITIVITY, SPECIFICITY)


def four(**more):
    """Four patients at week 4, baseline 10: down to 5, 6, 8 and 9, predicted 6, 8, 7.5 and 9."""
    parts = {
        "observed": np.array([5.0, 6, 8, 9]), "predicted": np.array([6.0, 8, 7.5, 9]), "visit": np.full(4, 4.0),
        "patient": np.arange(4), "baseline": np.full(4, 10.0),
    }  # fmt: skip
    return visits(**{**parts, **more})


def followed(patients, seed):
    """Patients over three visits with baselines from which about half respond."""
    sample = drawn_visits(patients, seed)
    baseline = np.random.default_rng(seed).normal(7, 1, patients)[sample.patient_codes]
    return replace(sample, baseline=baseline, responder=ResponderRule(baseline="b", change=2), _rows={}, _memo={})


def test_two_of_four_respond_and_one_of_them_was_predicted_to_by_hand():
    # improvements observed .5 .4 .2 .1, predicted .4 .2 .25 .1: pairs won 3 of 4
    assert AUROC.compute(four(), horizon=4.0) == 0.75
    assert SENSITIVITY.compute(four(), horizon=4.0) == 0.5
    assert SPECIFICITY.compute(four(), horizon=4.0) == 1.0
    assert (len(counted(four(), horizon=4.0)), counted(four(), horizon=4.0).events) == (4, 2)


def test_area_and_error_are_those_of_proc():
    # R 4.2.2, pROC 1.18.0 (i, v, b, p and y: see tests/visits.py): s <- v == 12; R <- (b - y)[s] / b[s] >= .3 - 1e-9
    #   r <- roc(R, ((b - p) / b)[s], direction = "<"); auc(r); sqrt(var(r))
    value = AUROC.compute(visits(), horizon=12.0)
    assert value == pytest.approx(0.54166666666667, rel=1e-10)
    found = AUROC.interval(visits(), value, 0.95, horizon=12.0)
    assert isinstance(found, Interval) and found.se == pytest.approx(0.22998590939125, rel=1e-9)
    assert SENSITIVITY.compute(visits(), horizon=12.0) == 1.0
    assert SPECIFICITY.compute(visits(), horizon=12.0) == 0.0


def test_the_influence_squares_to_delong_s_variance():
    sample = visits()
    terms = AUROC.influence(sample, horizon=12.0)
    assert terms @ terms == pytest.approx(0.22998590939125**2, rel=1e-9)


def test_wilson_stands_about_the_rates():
    # R 4.2.2: prop.test(1, 2, correct = FALSE)$conf.int
    found = SENSITIVITY.interval(four(), 0.5, 0.95, horizon=4.0)
    assert isinstance(found, Interval)
    assert (found.low, found.high) == pytest.approx((0.0945312057342307, 0.905468794265769), rel=1e-9)


def test_patients_without_a_baseline_are_left_out_and_counted():
    sample = four(baseline=np.array([10, np.nan, 10, 0.0]))
    assert len(counted(sample, horizon=4.0)) == 2
    told = {"rule": "a decrease of 30 % or more from baseline", "without_baseline": 2}
    assert rule_details(sample, horizon=4.0) == told
    none = four(baseline=np.full(4, np.nan))
    assert "nobody at visit 4 has a baseline" in AUROC.compute(none, horizon=4.0).reason


def test_without_a_rule_or_a_response_there_is_a_reason():
    assert AUROC.compute(four(responder=None), horizon=4.0) == NotEstimable("the protocol declares no responder rule")
    assert AUROC.compute(four(), horizon=8.0) == NotEstimable("nobody was seen at visit 8")
    nobody = four(observed=np.full(4, 9.0))
    assert AUROC.compute(nobody, horizon=4.0) == NotEstimable("nobody responded at visit 4")
    assert SENSITIVITY.compute(nobody, horizon=4.0) == NotEstimable("nobody responded at visit 4")
    everybody = four(observed=np.full(4, 1.0))
    assert SPECIFICITY.compute(everybody, horizon=4.0) == NotEstimable("everybody responded at visit 4")
    one = four(observed=np.array([5.0, 9, 9, 9]))
    assert "fewer than two responders" in AUROC.interval(one, 0.9, 0.95, horizon=4.0).reason


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_weights_of_two_are_doubled_rows_and_of_zero_none(measure):
    sample = followed(40, seed=1)
    weight = np.random.default_rng(2).integers(0, 3, 40).astype(float)[sample.patient_codes]
    rows = np.repeat(np.arange(120), weight.astype(int))
    parts = ("observed", "predicted", "visit", "low", "high", "baseline")
    doubled = replace(sample, **{p: getattr(sample, p)[rows] for p in parts}, patient=None, _rows={}, _memo={})
    wanted = measure.compute(doubled, horizon=12.0)
    assert measure.compute(sample.reweight(weight), horizon=12.0) == pytest.approx(wanted, rel=1e-12)
    assert measure.compute(sample.resample(weight), horizon=12.0) == pytest.approx(wanted, rel=1e-12)
    assert measure.compute(sample.reweight(np.full(120, 0.5)), horizon=12.0) == pytest.approx(
        measure.compute(sample, horizon=12.0), rel=1e-12
    )


def test_the_area_does_not_change_with_the_order_of_rows():
    sample, order = visits(), np.random.default_rng(3).permutation(31)
    parts = {p: getattr(sample, p)[order] for p in ("observed", "predicted")}
    shuffled = visits(**parts, visit=VISIT[order], patient=PATIENT[order], baseline=BASELINE[order])
    assert AUROC.compute(shuffled, horizon=26.0) == pytest.approx(AUROC.compute(sample, horizon=26.0))


def test_responders_are_secondary_and_refused_as_criteria():
    for measure in MEASURES:
        assert measure.kind == "repeated" and measure.family == "longitudinal"
        assert "cuts a measured outcome in two" in measure.refused_as_criterion
