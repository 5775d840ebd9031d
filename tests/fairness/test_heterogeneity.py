"""Whether groups differ: Cochran's Q by measure, its families and cautions, and R's values on the reference case."""

import numpy as np
import pytest

from cds.core.measure import Estimate, NotEstimable
from cds.core.sample_times import SurvivalSample
from cds.fairness.heterogeneity import NOT_ALIKE, SAME_PATIENTS, SAME_SITES, validate_heterogeneity
from tests.samples import drawn, reference_sample, small
from tests.studies import answered, parts

FOUR = np.array(["a", "b", "c", "d"])[np.arange(600) % 4]
REFERENCE = answered(reference_sample(), groups={"g": FOUR})


def outcomes(study, attribute="g"):
    findings, _, tables = parts(validate_heterogeneity(study, [attribute]))
    return findings, tables


def of(measure, study=REFERENCE, **where):
    (found,) = [
        f for f in outcomes(study)[0] if f.measure == measure and all(getattr(f, k) == v for k, v in where.items())
    ]
    return found


def test_q_of_each_measure_on_its_scale_is_rs():
    # R 4.2.2, metafor 3.8.1, pROC 1.18.0, groups g = row number modulo 4: a and v the groups' auc() and var(),
    # rma(qlogis(a), v / (a * (1 - a))^2); log(mean(y) / mean(p)) with the variance of STATISTICS; glm(y ~ qlogis(p))
    # and glm(y ~ 1 + offset(qlogis(p))), epsilon = 1e-14; each time QE and QEp
    wanted = {
        "auroc": (0.42224866468028, 0.935609047981957),
        "observed_expected": (3.20959348000108, 0.360425044195121),
        "calibration_slope": (1.25874901940305, 0.738951041836418),
        "calibration_in_the_large": (3.13056701410477, 0.371929105594683),
    }
    for measure, values in wanted.items():
        details = of(measure).result.details
        assert (details["q"], details["p_value"]) == pytest.approx(values, rel=2e-8)
        assert details["df"] == 3


def test_a_finding_is_an_analysis_of_its_own_that_no_criterion_uses():
    found = of("auroc")
    assert (found.kind, found.analysis, found.attribute, found.group) == ("estimate", "heterogeneity", "g", None)
    assert found.estimate == found.result.details["q"]
    assert (found.result.n, found.result.events) == (600, int(REFERENCE.sample.outcome.sum()))
    assert isinstance(found.result.interval, NotEstimable)
    assert found.verdict is None


def test_holm_counts_the_headlines_and_all_others_apart():
    findings, _ = outcomes(REFERENCE)
    told = [f for f in findings if isinstance(f.result, Estimate)]
    families = {name: [f for f in told if f.result.details["holm_family"] == name] for name in ("headline", "other")}
    assert {f.measure for f in families["headline"]} == {
        "auroc", "calibration_slope", "calibration_in_the_large", "observed_expected", "net_benefit_gain",
    }  # fmt: skip
    assert "brier" in {f.measure for f in families["other"]}
    for family in families.values():
        smallest = min(family, key=lambda f: f.result.details["p_value"]).result.details
        assert smallest["holm_tests"] == len(family)
        assert smallest["p_holm"] == pytest.approx(min(1, len(family) * smallest["p_value"]))


def test_groups_that_differ_are_found_to():
    other = FOUR[:600] == "a"
    first, second = drawn(600, 1), drawn(600, 1, shift=2.0)
    outcome = np.where(other, second.outcome, first.outcome)
    found = of("calibration_in_the_large", answered(small(outcome, first.risk), groups={"g": FOUR})).result.details
    assert found["p_holm"] < 0.001 and found["i2"] > 0.8
    assert found["tau2_low"] > 0


def test_two_groups_have_their_contrast_and_no_test():
    two = answered(reference_sample(), groups={"g": np.where(np.arange(600) % 2, "x", "y")})
    assert outcomes(two) == ([], [])


def test_the_table_says_what_a_test_that_finds_nothing_does_not_show():
    _, (table,) = outcomes(REFERENCE)
    assert NOT_ALIKE in table.note and "fair" not in table.note.lower()
    assert len(table.rows) == 6 and all(len(row) == len(table.header) for row in table.rows)
    assert table.rows[0][:4] == ("Calibration-in-the-large", "4", "3.13", "3")
    assert "fewer events or non-events than the protocol's minimum" in table.note


def test_a_group_without_an_estimate_is_left_out_and_named():
    outcome = np.where(FOUR == "b", 0.0, REFERENCE.sample.outcome)
    study = answered(small(outcome, REFERENCE.sample.risk), groups={"g": FOUR})
    details = of("auroc", study).result.details
    assert details["groups_left_out"] == {"only one outcome class": ["b"]}
    assert (details["df"], details["groups_compared"]) == (2, 3)
    assert "Without b (only one outcome class)." in outcomes(study)[1][0].note


def test_where_one_group_is_left_there_is_a_reason_instead():
    outcome = np.where(FOUR == "a", REFERENCE.sample.outcome, 0.0)
    found = of("auroc", answered(small(outcome, REFERENCE.sample.risk), groups={"g": FOUR}))
    assert isinstance(found.result, NotEstimable)
    assert found.result.reason == (
        "fewer than two groups have an estimate with a standard error (b, c, d: only one outcome class)"
    )


def test_over_sites_the_errors_are_cluster_robust_and_the_test_is_welchs():
    site = np.repeat([f"s{k}" for k in range(6)], 100)
    found = of("brier", answered(reference_sample(), groups={"g": FOUR}, site=site)).result.details
    assert np.isfinite(found["df2"]) and SAME_SITES in found["caution"]
    assert "df2" not in of("brier").result.details


def test_patients_in_several_groups_are_told():
    sample = reference_sample()
    shared = small(sample.outcome, sample.risk, patient=np.arange(600) // 2)
    found = of("brier", answered(shared, groups={"g": FOUR}, replicates=60)).result.details
    assert SAME_PATIENTS in found["caution"]


def test_bootstrap_errors_serve_where_there_is_no_analytic_one():
    study = answered(reference_sample(), groups={"g": FOUR}, replicates=60)
    found = of("scaled_brier", study).result
    assert isinstance(found, Estimate) and found.details["df"] == 3
    assert isinstance(of("scaled_brier").result, NotEstimable)


def test_times_are_tested_at_each_horizon():
    rng = np.random.default_rng(2)
    sample = SurvivalSample(
        time=rng.exponential(100, 400), status=(rng.random(400) < 0.8).astype(int),
        risk=np.sort(rng.uniform(0.05, 0.9, (400, 2))), horizons=(50.0, 100.0),
    )  # fmt: skip
    study = answered(sample, groups={"g": FOUR[:400]}, horizons=(50.0, 100.0))
    assert of("observed_expected", study, horizon=50.0).result.details["df"] == 3
    assert {f.horizon for f in outcomes(study)[0] if f.measure == "uno_c"} == {50.0, 100.0}


def test_the_order_of_the_rows_changes_nothing():
    turned = np.random.default_rng(1).permutation(600)
    sample = REFERENCE.sample
    study = answered(small(sample.outcome[turned], sample.risk[turned]), groups={"g": FOUR[turned]})
    for one, other in zip(outcomes(REFERENCE)[0], outcomes(study)[0], strict=True):
        assert getattr(one.result, "value", 0) == pytest.approx(getattr(other.result, "value", 0), rel=1e-9)
