"""A trial from a sample to findings, tables and curves."""

from dataclasses import replace

import numpy as np
import pytest

from cds import catalog
from cds.core.cohort import Cohort
from cds.core.finding import Curve, Finding, Findings, Table
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.protocol import MeasuresSection
from cds.core.protocol_trial import TrialResponder
from cds.core.sample_trial import TrialSample
from cds.core.study import OVERALL, Request, Study, subgroups
from cds.core.verdict import judge
from cds.longitudinal.trial import applicable, validate_trial
from cds.stats.estimation import answer
from tests.longitudinal.trials import ARM, CLUSTER, GROUP, NAN, RISK, Y, simulated, trial, visits
from tests.samples import small


def study_of(*samples, groups=None, horizons=(), replicates=0):
    import pandas as pd

    sample = samples[0]
    groups = {} if groups is None else groups
    names = np.array([str(k) for k in range(len(sample))])
    study = Study(
        cohort=Cohort(patients=names, features=pd.DataFrame(index=range(len(sample))), groups=groups),
        samples=samples, measures=applicable(catalog.measures("trial"), sample), groups=subgroups(groups),
        settings=MeasuresSection(horizons=horizons, replicates=replicates, seed=3),
    )  # fmt: skip
    return answer(study, jobs=1)


def outputs(study):
    found = list(validate_trial(study))
    named = {o.name: o for o in found if isinstance(o, Table)}
    return (
        Findings([o for o in found if isinstance(o, Finding)]),
        named,
        {o.name: o for o in found if isinstance(o, Curve)},
    )


@pytest.fixture(scope="module")
def whole():
    sample = visits(risk=RISK, responder=TrialResponder(change=2), unit="points", time_unit="weeks")
    return outputs(study_of(sample, groups={"sex": GROUP}, horizons=(1.0, 2.0, 3.0)))


def test_only_what_was_declared_is_asked():
    plain = applicable(catalog.measures("trial"), trial())
    assert set(plain) == {"treatment_effect", "treatment_effect_unadjusted", "standardized_effect"}
    event = trial(outcome=np.where(np.isnan(Y), NAN, Y > 4), binary=True)
    assert set(applicable(catalog.measures("trial"), event)) == {"treatment_effect", "number_needed_to_treat"}
    everything = visits(risk=RISK, benefit=np.ones((24, 2)), responder=TrialResponder(at_most=2))
    assert set(applicable(catalog.measures("trial"), everything)) == set(catalog.measures("trial"))


def test_findings_are_by_arm_and_visit_and_carry_their_sentence(whole):
    findings, _, _ = whole
    found = findings.get("treatment_effect", category="therapy", horizon=None)
    assert found.estimate == pytest.approx(findings.get("treatment_effect", category="therapy", horizon=3.0).estimate)
    assert found.record()["details"]["in_words"].endswith("better than under the control.")
    assert findings.get("mixed_model_effect", category="placebo", horizon=2.0).se > 0


def test_the_number_needed_follows_the_difference_in_risks(whole):
    findings, _, _ = whole
    needed = findings.get("number_needed_to_treat", category="therapy", horizon=None)
    difference = findings.get("responder_risk_difference", category="therapy", horizon=None)
    assert needed.estimate == pytest.approx(1 / difference.estimate)
    assert needed.high == pytest.approx(1 / difference.low)
    none = findings.get("number_needed_to_treat", category="placebo", horizon=None)
    assert isinstance(none.result, NotEstimable)


def test_over_imputations_the_number_needed_follows_the_pooled_difference():
    rule = TrialResponder(at_most=2)
    twice = (trial(responder=rule), trial(responder=rule, outcome=np.where(np.isnan(Y), 2.0, Y)))
    findings, _, _ = outputs(study_of(*twice))
    difference = findings.get("responder_risk_difference", category="therapy")
    needed = findings.get("number_needed_to_treat", category="therapy")
    assert isinstance(needed.result, NotEstimable) == (difference.low <= 0)
    assert "Rubin" in difference.result.interval.method


def test_weighted_patients_are_resampled_and_the_number_needed_follows():
    rng = np.random.default_rng(2)
    weighted = replace(
        simulated(300, 5, effect=-1.5), weights=rng.uniform(0.5, 2, 300), responder=TrialResponder(at_most=4)
    )
    findings, _, _ = outputs(study_of(weighted, replicates=200))
    difference = findings.get("responder_risk_difference", category="treated")
    assert difference.result.interval.method == "bootstrap percentile"
    assert findings.get("number_needed_to_treat", category="treated").high == pytest.approx(1 / difference.low)


def test_clusters_are_drawn_whole_and_counted():
    sample = trial(patient=CLUSTER, clustered=True)
    findings, tables, _ = outputs(study_of(sample))
    assert findings.get("treatment_effect", category="therapy").result.interval.details["clusters"] == 12
    assert len(np.unique(sample.patient_codes)) == 12
    assert "trial_arms" in tables


MEASURES = (
    "treatment_effect", "treatment_effect_unadjusted", "standardized_effect", "mixed_model_effect",
    "responder_risk_difference",
)  # fmt: skip


def test_few_patients_in_an_arm_are_told_and_not_judged(whole):
    findings, _, _ = whole
    for name in MEASURES:
        found = findings.get(name, category="therapy", horizon=None)
        assert "the arm 'usual care' has 8 patients with an outcome" in found.result.details["descriptive"], name
        verdict, reason = judge(found.result, {"at_most": 100.0}, minimum_events=0)
        assert verdict == "not_assessable" and "fewer than the 10" in reason, name


def test_ten_patients_in_each_arm_are_judged():
    rng = np.random.default_rng(6)
    arm = np.repeat([0, 1], 10)
    sample = TrialSample(
        outcome=rng.normal(4, 1, (20, 2)), visits=(1.0, 2.0), arm=arm, arms=("c", "t"), baseline=rng.normal(5, 1, 20),
        responder=TrialResponder(at_most=4),
    )  # fmt: skip
    for measure in map(catalog.measures("trial").get, MEASURES):
        assert "descriptive" not in measure.details(sample, category="t"), measure.name
        one_less = sample.where(np.arange(20) > 0)
        assert "has 9 patients" in measure.details(one_less, category="t")["descriptive"], measure.name
        assert "fewer than 10 patients" in measure.convention, measure.name


def test_subgroups_come_with_one_test_of_interaction_and_no_p_value_of_their_own(whole):
    findings, tables, _ = whole
    rows = tables["trial_subgroups"].rows
    assert [row[1] for row in rows] == ["a", "b", "a", "b", ""]
    assert all("p " not in row[4] and row[5] == "" for row in rows[:-1])
    assert rows[-1][5] == "F(2, 16) = 1.37, p = 0.282" or rows[-1][5].startswith("F(2,")
    found = findings.get("treatment_effect", analysis="interaction", attribute="sex")
    assert found.result.details["p_value"] > 0.05
    assert not isinstance(found.result.interval, Interval)


def test_the_effect_by_risk_is_shown_in_quarters_with_its_test(whole):
    findings, tables, curves = whole
    assert len(curves["trial_by_risk"].columns["at"]) == 4
    assert tables["trial_by_risk_1"].rows[-1][-1].startswith("F(2, ")
    by_risk = [f for f in findings if f.analysis == "by_predicted_risk" and f.category == "therapy"]
    assert [f.group for f in by_risk] == ["1 of 4", "2 of 4", "3 of 4", "4 of 4"]


def test_the_table_before_treatment_has_no_p_values(whole):
    _, tables, _ = whole
    table = tables["trial_baseline"]
    text = " ".join((table.note, *table.header, *(cell for row in table.rows for cell in row)))
    assert table.rows[0][0] == "outcome at baseline (points), mean (sd)"
    assert "Descriptive" in text
    assert not any(word in text.lower() for word in ("p =", "p <", "p-value", "signific"))


def test_those_missing_are_counted_by_arm_and_small_counts_are_not_printed():
    _, tables, _ = outputs(study_of(simulated(400, 6, missing=0.2)))
    control, treated = tables["trial_arms"].rows
    assert int(control[1]) + int(treated[1]) == 400
    assert control[2].endswith("%)") and f"of {control[1]} " in control[2]
    _, tables, _ = outputs(study_of(trial()))
    assert [row[1:3] for row in tables["trial_arms"].rows] == [("8", "×")] * 3
    assert "not printed" in tables["trial_arms"].note


def test_the_course_is_drawn_over_the_visits(whole):
    _, _, curves = whole
    assert list(curves["trial_course"].columns["visit"]) == [1.0, 2.0, 3.0]
    assert curves["trial_effects"].columns["effect"].shape == curves["trial_effects"].columns["arm"].shape


def test_benefit_is_shown_in_groups_for_the_better():
    sample = simulated(600, 9, effect=-1.0, by_risk=-0.8)
    findings, tables, curves = outputs(study_of(sample))
    rows = tables["trial_benefit_1"].rows
    assert rows[-1][0] == "slope" and len(rows) == 7
    assert curves["trial_benefit"].columns["value"][-1] > curves["trial_benefit"].columns["value"][0]
    assert "Secondary" in tables["trial_benefit_1"].note
    assert findings.get("benefit_calibration_slope", category="treated").low < 1


def test_another_kind_of_sample_is_left_alone():
    study = Study(cohort=None, samples=(small(),), measures={}, settings=MeasuresSection())
    assert list(validate_trial(study)) == []


def test_the_answers_were_asked_for_every_arm():
    study = study_of(trial())
    assert isinstance(study.answers[Request("treatment_effect", OVERALL, category="placebo")].result, Estimate)
    assert {r.category for r in study.answers} == {"therapy", "placebo"}
    assert set(np.unique(ARM)) == {0, 1, 2}
