"""The estimation pass: every request is answered once, with its interval or the reason why there is none."""

from dataclasses import replace

import numpy as np
import pytest

from cds import catalog
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.protocol import MeasuresSection
from cds.core.study import OVERALL, Answer, Request, Subgroup
from cds.stats import estimation
from cds.stats.asking import OTHER_SMOOTHER, requests
from cds.stats.estimation import ASK, TOO_SLOW, answer, estimate
from tests.samples import drawn, small
from tests.studies import answered

BINARY = catalog.measures("binary")
SAMPLE = drawn(200, 3)
FEW, REST = Subgroup("g", "few"), Subgroup("g", "rest")


def settings(**given) -> MeasuresSection:
    return MeasuresSection(**{"replicates": 0, "thresholds": (0.3,), **given})


def answers(sample=SAMPLE, groups=None, **given) -> dict[Request, Answer]:
    groups, chosen = groups or {}, settings(**given)
    found = estimate(requests(BINARY, groups, chosen), BINARY, sample, groups, chosen)
    return {answer.request: answer for answer in found}


def result(found, measure, subgroup=OVERALL, **where):
    smoother = "rcs" if "smoother" in BINARY[measure].parameters else None
    threshold = 0.3 if "threshold" in BINARY[measure].parameters else None
    return found[Request(measure, subgroup, threshold=threshold, **{"smoother": smoother, **where})].result


def test_every_measure_is_asked_overall_and_per_group_and_the_other_smoothers_overall_only():
    asked = list(requests(BINARY, [FEW, REST], settings(thresholds=(0.2, 0.4))))
    assert len(asked) == len(set(asked))
    for name, measure in BINARY.items():
        wanted = 2 if "threshold" in measure.parameters else 1
        for subgroup in (OVERALL, FEW, REST):
            primary = [r for r in asked if (r.measure, r.subgroup, r.analysis) == (name, subgroup, "primary")]
            assert len(primary) == wanted
    others = [r for r in asked if r.analysis == OTHER_SMOOTHER]
    assert {(r.measure, r.smoother) for r in others} == {
        (name, smoother) for name in ("ici", "e50", "e90", "emax") for smoother in ("lowess", "loess")
    }
    assert all(r.subgroup == OVERALL for r in others)


def test_without_thresholds_nothing_is_asked_of_thresholds():
    assert not [r for r in requests(BINARY, [], settings(thresholds=())) if "threshold" in BINARY[r.measure].parameters]


def test_without_replicates_only_analytic_intervals_exist_and_the_others_say_what_to_do():
    found = answers()
    for name, measure in BINARY.items():
        value = result(found, name)
        assert isinstance(value, Estimate)
        if measure.interval is not None:
            assert isinstance(value.interval, Interval), name
        elif name != "spiegelhalter_z":
            assert value.interval == NotEstimable(ASK), name


def test_with_replicates_every_measure_but_the_pure_test_has_an_interval():
    found = answers(replicates=40)
    for name, measure in BINARY.items():
        value = result(found, name)
        assert isinstance(value, Estimate)
        assert isinstance(value.interval, Interval) == measure.bootstrap, name


def test_a_bootstrap_interval_counts_its_replicates_and_keeps_them():
    found = answers(replicates=40)
    answer = found[Request("scaled_brier")]
    assert isinstance(answer.result, Estimate) and isinstance(answer.result.interval, Interval)
    assert answer.result.interval.details == {"replicates": 40, "replicates_not_estimable": 0}
    assert answer.replicates is not None and len(answer.replicates) == 40


@pytest.mark.parametrize(
    "more", [{"weights": np.full(200, 2.0)}, {"patient": np.arange(200) // 2}, {"design": "sampling"}]
)
def test_weights_repeated_patients_and_designs_take_the_bootstrap_instead(more):
    sample = small(SAMPLE.outcome, SAMPLE.risk, **more)
    for name in ("auroc", "calibration_slope", "brier", "net_benefit"):
        value = result(answers(sample), name)
        assert isinstance(value, Estimate) and value.interval == NotEstimable(ASK)
        value = result(answers(sample, replicates=30), name)
        assert isinstance(value, Estimate) and value.method == "bootstrap percentile"


def test_one_row_per_patient_keeps_the_analytic_interval():
    value = result(answers(small(SAMPLE.outcome, SAMPLE.risk, patient=np.arange(200)[::-1])), "auroc")
    assert isinstance(value, Estimate) and value.method == "delong, logit scale"


def test_integer_weights_count_as_rows_and_sampling_weights_do_not():
    whole = result(answers(SAMPLE.reweight(np.full(200, 3.0))), "brier")
    fractional = result(answers(SAMPLE.reweight(np.full(200, 0.4))), "brier")
    assert isinstance(whole, Estimate) and isinstance(fractional, Estimate)
    events = int(SAMPLE.outcome.sum())
    assert (whole.n, whole.events) == (600, 3 * events)
    assert (fractional.n, fractional.events) == (200, events)


def test_more_than_five_percent_of_failed_replicates_is_no_interval():
    rare = small(np.r_[1.0, np.zeros(49)], np.linspace(0.1, 0.9, 50))
    value = result(answers(rare, replicates=100), "discrimination_slope")
    assert isinstance(value, Estimate)
    assert isinstance(value.interval, NotEstimable)
    assert "of 100 bootstrap replicates were not estimable (limit 5 %)" in value.interval.reason


def test_a_group_too_small_to_be_drawn_every_time_gives_reasons_and_no_crash():
    groups = {FEW: np.arange(200) < 2, REST: np.arange(200) >= 2}
    found = answers(groups=groups, replicates=30)
    assert len(found) == len(list(requests(BINARY, groups, settings())))
    value = result(found, "log_loss", FEW)
    assert isinstance(value, Estimate) and isinstance(value.interval, NotEstimable)


def test_an_empty_group_and_one_without_weight_have_reasons():
    empty = answers(groups={FEW: np.zeros(200, bool)})
    assert result(empty, "brier", FEW) == NotEstimable("the group has no patients")
    weightless = answers(SAMPLE.reweight((np.arange(200) >= 5).astype(float)), groups={FEW: np.arange(200) < 5})
    assert result(weightless, "brier", FEW) == NotEstimable("every weight in the group is 0")


def test_beside_a_distance_stands_what_perfect_calibration_would_show():
    calibrated, shifted = (
        result(answers(replicates=60), "ici"),
        result(answers(drawn(200, 3, shift=1.2), replicates=60), "ici"),
    )
    assert isinstance(calibrated, Estimate) and isinstance(shifted, Estimate)
    assert calibrated.details["null_replicates"] == 60
    assert calibrated.details["p_value"] > 0.05
    assert 0 < calibrated.details["expected_if_calibrated"] < calibrated.details["p95_if_calibrated"]
    assert shifted.details["p_value"] == pytest.approx(1 / 61)
    plain = result(answers(replicates=60), "auroc")
    assert isinstance(plain, Estimate) and "p_value" not in plain.details


def test_risks_of_zero_and_one_make_logit_measures_descriptive_and_no_others():
    found = answers(small(SAMPLE.outcome, np.where(np.arange(200) < 3, 0.0, SAMPLE.risk)))
    for name in BINARY:
        value = result(found, name)
        if not isinstance(value, Estimate):
            assert name in ("log_loss", "nagelkerke_r2")
            continue
        wanted = name in ("calibration_in_the_large", "calibration_slope", "ici", "e50", "e90", "emax")
        assert ("descriptive" in value.details) == wanted, name
        if wanted:
            assert value.details["left_out"] == 3
            assert value.details["descriptive"].startswith("3 risks of exactly 0 or 1 have no logit and were left out")


def test_lowess_needs_no_logit_and_is_not_descriptive():
    sample = small(SAMPLE.outcome, np.where(np.arange(200) < 3, 0.0, SAMPLE.risk))
    value = result(answers(sample, smoother="lowess"), "ici", smoother="lowess")
    assert isinstance(value, Estimate) and "descriptive" not in value.details


def test_declared_bounds_judge_every_risk_and_count_those_they_moved():
    risk = SAMPLE.risk.copy()
    risk[:3], risk[3] = 0.0, 0.005
    found = answers(small(SAMPLE.outcome, risk, clip=(0.01, 0.99)))
    moved = int((risk < 0.01).sum() + (risk > 0.99).sum())
    for name in ("calibration_slope", "ici", "log_loss", "nagelkerke_r2"):
        value = result(found, name)
        assert isinstance(value, Estimate)
        assert value.details["clipped"] == moved >= 4 and "descriptive" not in value.details
    auroc = result(found, "auroc")
    assert isinstance(auroc, Estimate) and "clipped" not in auroc.details


def test_a_further_analysis_is_cluster_robust_by_the_sites_of_its_own_rows():
    site = (np.arange(200) % 5).astype(str)
    study = answered(SAMPLE, site=site, replicates=0)
    half = np.arange(200) < 100
    fewer = {s: mask[half] for s, mask in study.sites.items()}
    study = replace(study, analyses={"complete_case": (SAMPLE.where(half),)}, analysis_sites={"complete_case": fewer})
    found = answer(study, jobs=1).answers[Request("brier", analysis="complete_case")].result
    alone = answered(SAMPLE.where(half), site=site[half], replicates=0).answers[Request("brier")].result
    assert found.interval == alone.interval and found.method == "jackknife over sites"


def test_imputations_are_pooled_with_the_degrees_of_freedom_of_the_sites_and_in_a_site_of_its_patients():
    site = (np.arange(200) % 5).astype(str)
    others = tuple(drawn(200, seed) for seed in (3, 4))
    study = answer(replace(answered(SAMPLE, site=site, replicates=0), samples=others), jobs=1)
    overall, here = (
        study.answers[request].result.interval.details
        for request in (Request("brier"), Request("brier", Subgroup("site", "0"), analysis="by_site"))
    )
    assert overall["df"] < 4 < here["df"] < 39


def test_a_loess_of_many_patients_is_not_drawn_once_per_site(monkeypatch):
    monkeypatch.setattr(estimation, "MOST_PAIRS_OF_ROWS", 1000)
    study = answered(SAMPLE, site=(np.arange(200) % 5).astype(str), replicates=0)
    assert study.answers[Request("eci")].result.interval == NotEstimable(TOO_SLOW)
    assert isinstance(study.answers[Request("ici", smoother="rcs")].result.interval, Interval)


def test_over_sites_a_proportion_has_its_interval_inside_nought_and_one():
    sample = drawn(300, 9)
    site = np.where(np.arange(300) < 200, "a", np.where(np.arange(300) < 290, "b", "c"))
    study = answered(sample, site=site, thresholds=(0.02, 0.3))
    found = [
        a.result
        for a in study.answers.values()
        if a.request.measure in ("sensitivity", "specificity", "ppv", "npv") and a.request.subgroup.overall
    ]
    bounds = [r.interval for r in found if isinstance(r, Estimate) and isinstance(r.interval, Interval)]
    assert len(bounds) >= 4
    assert all(0 <= b.low < b.high <= 1 and b.method == "jackknife over sites, logit scale" for b in bounds)


def test_over_sites_a_distance_has_no_negative_bound_and_says_where_it_was_cut():
    site = np.array(["a", "b", "c"])[np.random.default_rng(4).integers(0, 3, 300)]
    study = answered(drawn(300, 9), site=site)
    found = [
        a.result.interval
        for a in study.answers.values()
        if study.measures[a.request.measure].is_distance and isinstance(a.result, Estimate)
        and a.request.analysis == "primary" and isinstance(a.result.interval, Interval)
    ]  # fmt: skip
    assert found and all(interval.low >= 0 for interval in found)
    assert any(interval.low == 0 == interval.details["cut_at"] for interval in found)


def test_an_interval_over_sites_narrower_than_the_one_over_patients_says_so():
    sample = drawn(150, 9)
    twice = small(np.tile(sample.outcome, 2), np.tile(sample.risk, 2) * np.repeat([1.0, 0.999], 150))
    alike = answered(twice, site=np.repeat(["a", "b"], 150)).answers[Request("brier")].result
    alone = answered(twice).answers[Request("brier")].result
    assert alike.interval.high - alike.interval.low < alone.interval.high - alone.interval.low
    assert "too hopeful" in alike.details["narrow"]
    assert (alike.details["by_patients_low"], alike.details["by_patients_high"]) == pytest.approx(
        (alone.interval.low, alone.interval.high)
    )
    assert "narrow" not in alone.details
