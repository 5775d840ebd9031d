"""Harrell's optimism bootstrap: by hand, against R on the same resamples, and where there is no answer."""

import numpy as np
import pandas as pd
import pytest

from cds import catalog
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.internal.optimism import apparent_results, correct, corrected, measure_twice
from cds.internal.redone import asked_of, redone, redone_on, source_of
from tests.internal.refittable import HERE, drawn, fitted, protocol, study_of

BRIER, AUROC, ICI = (catalog.measures("binary")[name] for name in ("brier", "auroc", "ici"))

# Rscript tests/internal/optimism.R (R 4.2.2, pROC, glm): apparent minus the mean over the 20 resamples of
# optimism_rows.csv of (in the resample − in all patients), the model refitted in each.
IN_R = {
    "auroc": 0.7364008199153,
    "calibration_slope": 0.8769115153540,
    "calibration_in_the_large": 0.0184287117785,
    "brier": 0.2057963013849,
    "observed_expected": 1.0154515870968,
    "net_benefit": 0.1975714285714,
}


def reference():
    """The study of optimism.csv, its refits on the resamples of optimism_rows.csv, and the requests."""
    data = pd.read_csv(HERE / "optimism.csv")
    rows = list(np.loadtxt(HERE / "optimism_rows.csv", delimiter=",", dtype=np.int64) - 1)
    study = study_of(data, fitted(data), protocol())
    return study, redone_on(source_of(study), study.sample, rows), asked_of(study)


def results(study, made, requests):
    apparent = apparent_results(study, requests, made.whole)
    answers = corrected(study, apparent, requests, measure_twice(study, made, requests), made.counts)
    return {answer.request.measure: answer.result for answer in answers}


def test_the_same_resamples_give_the_same_corrected_values_as_r():
    study, made, requests = reference()
    found = results(study, made, requests)
    assert {name: found[name].value for name in IN_R} == pytest.approx(IN_R, rel=1e-8)
    assert found["brier"].details["apparent"] == pytest.approx(0.190522582872, rel=1e-10)  # rms::validate, index.orig


def test_500_resamples_agree_with_rms_within_their_monte_carlo_error():
    # Rscript tests/internal/optimism.R: rms 6.5.0, validate(lrm, B = 500) with its own resamples, index.corrected
    in_rms = {"auroc": (0.4731972088469 + 1) / 2, "calibration_slope": 0.8679260722464, "brier": 0.2041691041176}
    study, _, requests = reference()
    wanted = [request for request in requests if request.measure in in_rms]
    found = results(study, redone(source_of(study), study.sample, 500), wanted)
    for name, value in in_rms.items():
        error = found[name].details["optimism_mc_error"] * np.sqrt(2)  # both have one
        assert abs(found[name].value - value) < 3 * error


def test_the_corrected_value_is_the_apparent_one_minus_the_mean_difference():
    found = correct(0.8, np.array([0.9, 0.8, 0.7]), np.array([0.7, 0.6, 0.5]), AUROC, 0.95)
    assert found.value == pytest.approx(0.6)
    assert found.details["optimism"] == pytest.approx(0.2)


def test_refits_without_a_value_are_counted_and_above_5_percent_there_is_no_interval():
    rng = np.random.default_rng(1)
    there, everywhere = rng.uniform(0.15, 0.2, 100), rng.uniform(0.2, 0.25, 100)
    there[:5] = np.nan
    found = correct(0.18, there, everywhere, BRIER, 0.95, why="no fit")
    assert isinstance(found.interval, Interval)
    assert found.details["not_estimable_in_refits"] == 5
    there[5] = np.nan
    found = correct(0.18, there, everywhere, BRIER, 0.95, why="no fit")
    assert isinstance(found, Estimate)
    assert found.interval.reason == "6 of 100 refits failed or gave no value (limit 5 %): no fit"


def test_one_refit_is_no_answer():
    assert isinstance(correct(0.2, np.array([0.1]), np.array([0.2]), BRIER, 0.95), NotEstimable)


def test_equal_optimism_everywhere_gives_no_interval():
    found = correct(0.2, np.full(9, 0.1), np.full(9, 0.2), BRIER, 0.95)
    assert "zero variance" in found.interval.reason


def test_a_distance_and_its_bounds_stay_at_or_above_0_and_say_so():
    rng = np.random.default_rng(2)
    found = correct(0.01, rng.uniform(0, 0.1, 50) + 0.03, rng.uniform(0, 0.1, 50), ICI, 0.95)
    assert found.value == found.interval.low == 0
    assert "outside the measure's range" in found.details["cut_to_range"]
    assert found.interval.details["bounds_cut_to_range"]


def test_an_auroc_of_1_in_a_refit_takes_the_interval_off_the_logit_scale():
    rng = np.random.default_rng(3)
    found = correct(0.97, np.r_[1.0, rng.uniform(0.9, 0.99, 40)], rng.uniform(0.8, 0.95, 41), AUROC, 0.95)
    assert found.interval.details["interval_scale"] == "identity"
    assert found.interval.high <= 1


def test_separated_refits_are_named_instead_of_a_huge_slope():
    data = drawn(n=40, noise=8, seed=1)
    study = study_of(data, fitted(data), protocol())
    requests = [r for r in asked_of(study) if r.measure == "calibration_slope"]
    slope = results(study, redone(source_of(study), study.sample, 60), requests)["calibration_slope"]
    told = slope.reason if isinstance(slope, NotEstimable) else slope.interval.reason
    assert "separate the outcomes" in told


def test_outside_an_internal_design_the_refit_on_all_patients_is_corrected():
    elsewhere, data = drawn(300, seed=8), drawn(200)
    study = study_of(data, fitted(elsewhere), protocol("external"))
    requests = [r for r in asked_of(study) if r.measure == "calibration_slope"]
    made = redone(source_of(study), study.sample, 30)
    slope = results(study, made, requests)["calibration_slope"]
    assert slope.details["apparent"] == pytest.approx(1.0, abs=1e-6)  # a regression in its own patients
