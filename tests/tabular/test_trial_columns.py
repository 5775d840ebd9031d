"""From randomised patients to the sample of a trial; and the published trial, against its paper and R."""

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.core.prediction import Value
from cds.core.protocol_trial import TrialResponder
from cds.longitudinal.trial_effect import (
    effect_details,
    effect_interval,
    hedges_g,
    hedges_interval,
    treatment_effect,
)
from cds.longitudinal.trial_responder import number_needed, responded
from cds.tabular.reading import read_table
from cds.tabular.trial_columns import _arms, refuse_criteria, trial_sample
from cds.tabular.trial_rows import randomised_patients
from tests.tabular.test_trial_rows import LONG, WIDE, long, protocol


def sample_of(data, asked, **more):
    return trial_sample(asked, randomised_patients(data, asked).frame, **more)


def test_the_control_is_the_first_arm_and_labels_name_them():
    sample = sample_of(WIDE, protocol(labels={"1": "therapy", "2": "usual care"}))
    assert sample.arms == ("usual care", "therapy")
    assert sample.arm.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ({"2": "usual care"}, "arm column 'arm' holds 1 arm without a label; trial.labels declares '2'"),
        ({"1": "a", "2": "b", "9": "c"}, "trial.labels declares '9', and nobody in arm column 'arm'"),
    ],
)
def test_an_arm_without_a_label_and_a_label_without_an_arm_are_refused(labels, reason):
    with pytest.raises(DataError, match=reason) as refused:
        sample_of(WIDE, protocol(labels=labels))
    assert "Correct the column" in str(refused.value)


def test_covariates_become_columns():
    sample = sample_of(WIDE, protocol(stratified_by=["site", "age"], baseline="pain_0"))
    assert sample.covariates.tolist() == [[0, 50], [0, 60], [1, 70], [1, 60]]  # the missing age is the mean
    assert np.isnan(sample.baseline[3]) and sample.baseline_filled[3] == pytest.approx(19 / 3)


def test_visits_are_told_apart():
    sample = sample_of(LONG, long(primary_visit=6))
    assert (sample.visits, sample.primary_visit) == ((6.0, 12.0), 6.0)
    assert sample.outcome[0].tolist() == [4.0, 3.0]
    assert sample.baseline.tolist() == [6.0, 7.0, 8.0]


def test_the_risk_is_a_column_or_the_models_own():
    assert sample_of(WIDE, protocol(risk="risk")).risk.tolist() == [0.1, 0.2, 0.3, 0.4]
    own = sample_of(WIDE, protocol(), prediction=Value(np.array([1.0, 2, 3, 4])))
    assert own.risk.tolist() == [1, 2, 3, 4]
    assert sample_of(WIDE, protocol()).risk is None


def test_benefit_of_several_arms_needs_a_column_each():
    three = WIDE.assign(arm=[1, 2, 3, 2])
    with pytest.raises(DataError, match="several arms beside the control"):
        sample_of(three, protocol(benefit="risk"))
    found = sample_of(
        three, protocol(benefit={"3": "risk"}, labels={"1": "advice", "2": "usual care", "3": "exercise"})
    ).benefit
    assert np.isnan(found[:, 0]).all() and found[:, 1].tolist() == [0.1, 0.2, 0.3, 0.4]
    with pytest.raises(DataError, match="no arm beside the control"):
        sample_of(three, protocol(benefit={"2": "risk"}))


def test_clusters_take_the_place_of_the_patients():
    sample = sample_of(WIDE.assign(arm=[1, 2, 1, 2]), protocol(cluster="practice"))
    assert sample.clustered and sample.patient.tolist() == [0, 1, 0, 2]
    with pytest.raises(DataError, match=r"holds several arms: cluster column 'practice' at rows 0, 1.*trial.cluster"):
        sample_of(WIDE.assign(practice=[1, 1, 2, 3]), protocol(cluster="practice"))
    with pytest.raises(DataError, match="the cluster is missing: column 'practice' at row 1"):
        sample_of(WIDE.assign(practice=[1, np.nan, 2, 3]), protocol(cluster="practice"))


def test_a_binary_outcome_is_read_by_its_rule():
    sample = sample_of(WIDE, protocol(outcome={"kind": "binary", "column": "event"}, better="lower"))
    assert sample.binary and sample.outcome[:, 0].tolist() == [0, 1, 0, 1]


def test_text_at_a_visit_is_refused_by_the_files_column_and_row():
    rows = LONG.assign(pain=["6", "4", "3", "7", "much", "8"])
    with pytest.raises(DataError, match=r"column 'pain' must hold finite numbers; it does not at row 4\. Correct them"):
        sample_of(rows, long())


def test_text_for_numbers_is_refused_with_its_rows():
    with pytest.raises(DataError, match="'pain' must hold finite numbers; it does not at row 1"):
        sample_of(WIDE.assign(pain=["3", "much", None, "4"]), protocol())


@pytest.fixture
def prt(shared_folder):
    table = read_table(shared_folder / "data" / "lbp_prt_trial" / "Ashar2022_outcomes_demographics.csv")
    asked = protocol(
        outcome={"kind": "continuous", "column": "pain_avg", "unit": "points", "missing": "exclude"},
        cohort={"patient": "id", "visit": "time"}, arm="group", control=3,
        labels={"1": "therapy", "2": "placebo", "3": "usual care"}, baseline_visit=1, responder={"at_most": 1},
        eligible={"column": "is_patient", "value": 1}, missing_values=["<undefined>"],
    )  # fmt: skip
    found = randomised_patients(table.frame, asked)
    return found, trial_sample(asked, found.frame)


@pytest.mark.shared
def test_the_published_trials_responders_by_intention_to_treat(prt):
    """Ashar et al. 2022, doi:10.1001/jamapsychiatry.2021.2669: 33 of 50, 10 of 51, 5 of 50."""
    found, sample = prt
    assert [step.removed for step in found.flow] == [0, 54, 1, 0]  # healthy controls; one without an arm
    assert responded(sample, "therapy", None) == ((33, 50), (5, 50))
    assert responded(sample, "placebo", None) == ((10, 51), (5, 50))
    assert number_needed(sample, category="therapy") == pytest.approx(1 / (33 / 50 - 5 / 50))
    assert sample.responder == TrialResponder(at_most=1)


@pytest.mark.shared
def test_the_published_trials_effects_are_those_of_lm(prt):
    # R 4.2.2: d <- read.csv(f, na.strings = c("NaN", "<undefined>", "")); p <- d[d$is_patient == 1, ]
    #   m <- merge(p[p$time == 1, c("id", "group", "pain_avg")], p[p$time == 2, c("id", "pain_avg")], by = "id")
    #   f <- lm(pain_avg.y ~ relevel(factor(group), "3") + pain_avg.x, m); coef(f); confint(f)
    _, sample = prt
    for category, low, high in (("therapy", -2.7330722, -1.70721987), ("placebo", -0.9985566, 0.02253498)):
        value = treatment_effect(sample, category=category)
        found = effect_interval(sample, value, 0.95, category=category)
        assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6)
        assert found.details["df"] == 131
    told = effect_details(sample, category="therapy")
    assert (told["mean_arm"], told["mean_control"]) == pytest.approx((1.1818182, 3.1276596))  # the paper: 1.18, 3.13
    assert (told["without_outcome_arm"], told["without_outcome_control"]) == (6, 3)


@pytest.mark.shared
def test_the_published_trials_standardised_effects_are_metafors(prt):
    # R 4.2.2, metafor: escalc("SMD", …) of pain after treatment, therapy against usual care: −1.4223, se 0.2348
    _, sample = prt
    value = hedges_g(sample, category="therapy")
    assert value == pytest.approx(-1.4223, abs=5e-5)
    assert hedges_interval(sample, value, 0.95, category="therapy").se == pytest.approx(0.2348, abs=5e-5)


def test_frames_are_left_as_they_were():
    before = LONG.copy()
    randomised_patients(LONG, long(missing_values=["-9"]))
    pd.testing.assert_frame_equal(LONG, before)


def test_a_column_of_more_values_than_a_trial_has_arms_is_refused():
    data = pd.DataFrame({"arm": range(13), "pain": np.arange(13.0), "before": np.arange(13.0)})
    asked = protocol()
    with pytest.raises(DataError, match=r"has 13 different values, more than 12 arms.*Is it the arm"):
        _arms(data["arm"].astype(str), asked.trial.model_copy(update={"control": 2}))


def test_a_criterion_on_an_arm_that_the_data_lack_names_those_they_hold():
    with pytest.raises(DataError, match=r"there is no arm '1' beside the control. Known: therapy"):
        refuse_criteria(protocol(), ("usual care", "therapy"))
