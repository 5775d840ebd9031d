"""ICI, E50, E90 and Emax of survival predictions: R's numbers, invariances, and what perfect calibration shows."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.resampling import Task, calibrated_null
from cds.survival.calibration_distances import E50, E90, EMAX, ICI
from tests.samples import EXPECTED
from tests.survival.test_calibration_at_horizon import with_entry
from tests.survival.tied import breast_cancer, drawn, reference_survival, repeated, survival

DISTANCES = {"ICI": ICI, "E50": E50, "E90": E90, "Emax": EMAX}


@pytest.mark.parametrize("follow_up", ["to_horizon", "all"])
@pytest.mark.parametrize("expected", EXPECTED["survival"]["horizons"], ids=lambda h: str(h["horizon"]))
def test_the_distances_are_those_of_r(expected, follow_up):
    name = {"to_horizon": "calibration_to_horizon", "all": "calibration_all_follow_up"}[follow_up]
    sample = reference_survival(follow_up=follow_up)
    for label, measure in DISTANCES.items():
        value = measure.compute(sample, horizon=float(expected["horizon"]))
        assert value == pytest.approx(expected[name][label], rel=1e-9)


def test_delayed_entry_is_respected_as_in_r():
    # R 4.2.2, survival 3.5.3, rms 6.5.0; en, t, e, cl, x2 as in the tests of the slope and of the smoothed risk:
    # g <- coxph(Surv(en, t, e) ~ cl + x2, control = coxph.control(eps = 1e-11, iter.max = 100))
    # H <- max(basehaz(g, centered = FALSE)$hazard); d <- abs(risk_180 - (1 - exp(-H * exp(cbind(cl, x2) %*% coef(g)))))
    # c(mean(d), quantile(d, c(.5, .9)), max(d))
    sample = with_entry()
    found = [measure.compute(sample, horizon=180.0) for measure in DISTANCES.values()]
    assert found == pytest.approx([0.249823942295, 0.268116394786, 0.307597191224, 0.309344182534], rel=1e-9)


@pytest.mark.shared
def test_the_german_trial_gives_the_converged_numbers(shared_folder):
    sample = breast_cancer(shared_folder)
    found = [measure.compute(sample, horizon=5.0) for measure in DISTANCES.values()]
    assert found == pytest.approx([0.0301288350, 0.0261996194, 0.0745937191, 0.0752791479], rel=1e-6)


@pytest.mark.parametrize("measure", DISTANCES.values(), ids=lambda m: m.name)
def test_weights_repeat_rows_and_the_order_of_rows_does_not_matter(measure):
    sample, counts = drawn(90, 3), np.arange(90) % 3.0
    rows = np.repeat(np.arange(90), counts.astype(int))
    weighted = measure.compute(sample.reweight(counts), horizon=30.0)
    assert weighted == pytest.approx(measure.compute(repeated(sample, rows), horizon=30.0), rel=1e-8)
    assert weighted == pytest.approx(measure.compute(repeated(sample, rows[::-1]), horizon=30.0), rel=1e-8)
    equal = measure.compute(sample.reweight(np.full(90, 0.3)), horizon=30.0)
    assert equal == pytest.approx(measure.compute(sample, horizon=30.0), rel=1e-8)


def test_a_replicate_has_the_knots_of_the_full_sample():
    sample, counts = drawn(200, 5), np.r_[np.zeros(100), np.full(100, 2.0)]
    knots = ICI.details(sample, horizon=30.0)["knots_cloglog"]
    assert ICI.details(sample.resample(counts), horizon=30.0)["knots_cloglog"] == knots
    assert ICI.details(sample.reweight(counts), horizon=30.0)["knots_cloglog"] != knots


def test_risks_of_exactly_0_or_1_are_left_out_and_counted():
    outer = drawn(80, 3)
    risk = outer.risk.copy()
    risk[:4] = 0.0
    sample = survival(outer.time, outer.status, risk, horizons=outer.horizons)
    kept = repeated(outer, np.arange(4, 80))
    for measure in DISTANCES.values():
        assert measure.compute(sample, horizon=30.0) == pytest.approx(measure.compute(kept, horizon=30.0), rel=1e-8)
    assert ICI.details(sample, horizon=30.0)["left_out"] == 4


def test_a_calibrated_model_shows_small_distances_by_chance_and_a_bad_one_larger():
    sample = drawn(600, 11)
    bad = survival(sample.time, sample.status, np.minimum(sample.risk * 1.5, 0.99), horizons=sample.horizons)
    for model, calibrated in ((sample, True), (bad, False)):
        null = calibrated_null([model], [Task(0, ICI, {"horizon": 30.0})], draws=60, seed=1)[0]
        assert np.isfinite(null).all()
        assert (ICI.compute(model, horizon=30.0) < null.max()) == calibrated


def test_a_horizon_after_the_end_and_no_events_have_reasons():
    sample = drawn(60, 1)
    late = survival(sample.time, sample.status, sample.risk, horizons=(1.0, 2.0, 5000.0))
    assert "no follow-up reaches 5000" in ICI.compute(late, horizon=5000.0).reason
    none = survival(sample.time, sample.status * 0, sample.risk, horizons=sample.horizons)
    assert isinstance(EMAX.compute(none, horizon=30.0), NotEstimable)
    one = survival([40.0], [1], [0.3], horizons=(30.0,))
    assert isinstance(ICI.compute(one, horizon=30.0), NotEstimable)
