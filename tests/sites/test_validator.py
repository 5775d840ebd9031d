"""Sites in a study: findings of the mean, forest plots as data, tables with small counts hidden."""

import numpy as np
import pytest

import cds
from cds.core.measure import Estimate, NotEstimable
from cds.sites.validator import validate
from tests.samples import EXPECTED, drawn, reference_rows, reference_sample, small
from tests.studies import answered, parts

ROWS = reference_rows()


@pytest.fixture(scope="module")
def reference():
    study = answered(reference_sample(), site=ROWS.site.astype(str).to_numpy())
    return study, *parts(validate(study))


def mean_of(findings, measure, threshold=None):
    (found,) = (f for f in findings if (f.measure, f.analysis, f.threshold) == (measure, "random_effects", threshold))
    return found


def test_the_mean_over_the_reference_sites_is_metafors(reference):
    found, expected = mean_of(reference[1], "calibration_in_the_large"), EXPECTED["sites"]["citl"]
    assert (found.estimate, found.se, found.low, found.high) == pytest.approx(
        (expected["mean"], expected["se_hksj"], *expected["ci"]), rel=1e-8
    )
    told = found.result.details
    assert told["tau2"] == pytest.approx(expected["tau2"], rel=1e-8)
    assert [told["prediction_low"], told["prediction_high"]] == pytest.approx(
        expected["prediction_interval_t_k_minus_2"], rel=1e-8
    )


def test_the_overall_finding_says_what_to_expect_of_a_new_site(reference):
    study, findings = reference[0], reference[1]
    overall = next(a for a in study.answers.values() if a.request.measure == "auroc" and a.request.subgroup.overall)
    mean = mean_of(findings, "auroc").result.details
    assert overall.result.details["prediction_low"] == mean["prediction_low"]
    assert overall.result.method == "jackknife over sites"


def test_distances_and_test_statistics_are_not_compared_between_sites(reference):
    pooled = {f.measure for f in reference[1]}
    assert not pooled & {"ici", "e50", "e90", "emax", "eci", "spiegelhalter_z"}
    assert {"auroc", "brier", "net_benefit_gain", "observed_expected"} <= pooled


def test_each_headline_has_a_forest_with_weights_that_sum_to_one(reference):
    forests = {c.facts["of"]: c for c in reference[2]}
    assert set(forests) == {
        "auroc", "calibration_in_the_large", "calibration_slope", "observed_expected", "net_benefit_gain-0.2",
        "net_benefit_gain-0.4",
    }  # fmt: skip
    assert all(c.columns["weight"].sum() == pytest.approx(1) for c in forests.values())
    assert forests["auroc"].columns["n"].sum() == 600


def test_fewer_than_two_sites_say_nothing():
    assert not list(validate(answered(site=np.full(240, "A"))))
    assert not list(validate(answered()))


def test_two_sites_have_a_mean_and_no_interval_for_a_new_one():
    findings, curves, tables = parts(validate(answered(site=np.where(np.arange(240) % 2, "A", "B"))))
    found = mean_of(findings, "auroc").result
    assert isinstance(found, Estimate) and "three" in found.details["no_prediction"]
    assert all("prediction_low" not in c.facts for c in curves)
    assert tables[1].rows[0][4] == "–"


def test_a_site_without_events_is_listed_and_left_out_with_the_reason():
    sample = drawn(300, 3)
    site = np.array(["A", "B", "C", "none"])[np.r_[np.arange(270) % 3, np.full(30, 3)]]
    outcome = np.where(site == "none", 0.0, sample.outcome)
    study = answered(small(outcome, sample.risk), site=site)
    findings, curves, tables = parts(validate(study))
    found = mean_of(findings, "auroc").result
    assert found.details["sites_left_out"] == {"only one outcome class": ["none"]}
    assert found.n == 270
    auroc = next(c for c in curves if c.facts["of"] == "auroc")
    assert auroc.columns["left_out"].tolist() == ["", "", "", "only one outcome class"]
    assert "none (only one outcome class)" in tables[0].note
    assert [row[0] for row in tables[0].rows] == ["A", "B", "C", "none"]


def test_small_counts_are_hidden_and_small_sites_named():
    sample = drawn(240, 3)
    site = np.where(np.arange(240) < 6, "tiny", np.where(np.arange(240) % 2, "A", "B"))
    table = parts(validate(answered(sample, site=site)))[2][0]
    assert dict((row[0], row[1]) for row in table.rows)["tiny"] == "×"
    assert [row[1] for row in table.rows].count("×") == 2  # the next smallest too, or the total would give it away
    assert "tiny" in table.note and "×" in table.note


def test_hundreds_of_sites_of_one_patient_give_reasons_and_no_crash():
    sample = drawn(250, 3)
    study = answered(sample, site=np.arange(250).astype(str))
    findings, _, tables = parts(validate(study))
    assert isinstance(mean_of(findings, "auroc").result, NotEstimable)
    assert len(tables[0].rows) == 60 and "60 largest of 250" in tables[0].note
    overall = next(a for a in study.answers.values() if a.request.measure == "brier" and a.request.subgroup.overall)
    # Leaving out single patients is the ordinary jackknife of a mean: Wald's error.
    assert overall.result.se == pytest.approx(np.std((sample.risk - sample.outcome) ** 2, ddof=1) / np.sqrt(250))


def test_arrays_have_the_mean_of_the_sites_too():
    found = cds.evaluate.binary(ROWS.outcome, ROWS.risk, site=ROWS.site, replicates=0)
    mean = found.get("auroc", analysis="random_effects")
    assert mean.result.interval.scale_se == pytest.approx(EXPECTED["sites"]["logit_auroc"]["se_hksj"], rel=1e-8)
    assert found.get("auroc", analysis="by_site", attribute="site", group="1").result.n < 600


def test_a_measure_that_needs_replicates_is_pooled_from_bootstrap_errors():
    found = cds.evaluate.binary(ROWS.outcome, ROWS.risk, site=ROWS.site, replicates=50)
    assert found.get("discrimination_slope", analysis="random_effects").result.details["sites_used"] == 6
