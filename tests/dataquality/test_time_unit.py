"""Follow-up in another unit than the horizons is suspected from its range and from what was predicted."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds.core.cohort import Cohort
from cds.core.model_card import ModelCard
from cds.core.protocol import MeasuresSection
from cds.core.sample_times import SurvivalSample
from cds.core.study import Study
from cds.dataquality.outcome import outcome_classes
from cds.dataquality.predictions import certain_risks, reversed_risks
from cds.dataquality.time_unit import time_unit
from tests.dataquality.studies import study as binary_study

HORIZONS = (90.0, 365.0)


def study(time, status=None, *, unit="days", horizons=HORIZONS, risk=None, card=None) -> Study:
    time = np.asarray(time, float)
    risk = np.column_stack([np.full(len(time), 0.2), np.full(len(time), 0.6)]) if risk is None else risk
    status = np.ones(len(time), dtype=int) if status is None else np.asarray(status)
    sample = SurvivalSample(time=time, status=status, risk=risk, horizons=horizons, time_unit=unit)
    cohort = Cohort(patients=np.arange(len(time)).astype(str), features=pd.DataFrame(index=range(len(time))))
    settings = MeasuresSection(horizons=horizons)
    return Study(cohort=cohort, samples=(sample,), measures={}, settings=settings, card=card)


def days(n=400, seed=1):
    """Times of which 60 % end by 365 days, as predicted."""
    return np.ceil(np.random.default_rng(seed).exponential(365 / -np.log(0.4), n))


def test_times_in_the_declared_unit_are_clear():
    [finding] = time_unit(study(days()))
    assert finding.severity is None and finding.record()["status"] == "checked"


def test_months_read_as_days_are_suspected_because_follow_up_ends_before_the_first_horizon():
    [finding] = time_unit(study(np.minimum(days() / 30.4375, 24)))
    assert (finding.code, finding.severity) == ("DQ009", "blocking")
    assert "declared in days and ends at 24" in finding.verdict_reason
    assert "read in months, follow-up would fit the horizons" in finding.verdict_reason
    assert finding.verdict_reason.endswith("the horizons lie beyond follow-up: name earlier ones.")


def test_days_read_as_months_are_suspected_because_hardly_anybody_has_had_the_event():
    [finding] = time_unit(study(days(), unit="months", horizons=(3.0, 12.0)))
    assert finding.severity == "blocking" and "read in days" in finding.verdict_reason
    assert "beyond follow-up" not in finding.verdict_reason


def test_a_model_that_is_merely_wrong_is_not_blamed_on_units():
    sample = study(days())
    wrong = replace(sample.samples[0], risk=np.column_stack([np.full(400, 0.05), np.full(400, 0.25)]))
    [finding] = time_unit(replace(sample, samples=(wrong,)))
    assert finding.severity is None


def test_a_short_study_is_not_blamed_on_units():
    [finding] = time_unit(study(np.minimum(days(), 60), horizons=(90.0, 3650.0)))
    assert finding.severity is None


def test_a_card_in_another_unit_blocks():
    card = ModelCard(name="m", version="1", outcome="survival", horizons=HORIZONS, time_unit="months")
    [finding] = time_unit(study(days(), card=card))
    assert finding.severity == "blocking" and "the model's card says months" in finding.verdict_reason


@pytest.mark.parametrize("unit", ["Days", "day"])
def test_the_same_unit_in_other_words_is_the_same(unit):
    card = ModelCard(name="m", version="1", outcome="survival", horizons=HORIZONS, time_unit=unit)
    [finding] = time_unit(study(days(), card=card))
    assert finding.severity is None


def test_without_a_declared_unit_the_check_says_why_it_did_not_run():
    [finding] = time_unit(study(days(), unit=""))
    assert "declares no time_unit" in finding.result.reason


def test_other_outcomes_have_no_time_to_mistake():
    [finding] = time_unit(binary_study())
    assert finding.severity is None


def test_all_censored_is_a_blocking_fault():
    [finding] = outcome_classes(study(days(), status=np.zeros(400, dtype=int)))
    assert finding.severity == "blocking" and "every follow-up was censored" in finding.verdict_reason


def test_risks_that_run_against_the_event_are_told():
    time = days()
    risk = np.clip(time / time.max(), 0.05, 0.95)
    [finding] = reversed_risks(study(time, risk=np.column_stack([risk, risk])))
    assert finding.severity == "warning" and "Is outcome.happened, or the risk," in finding.verdict_reason
    [finding] = reversed_risks(study(time, risk=np.column_stack([1 - risk, 1 - risk])))
    assert finding.severity is None


def test_risks_of_exactly_zero_or_one_are_counted_over_all_horizons():
    risk = np.column_stack([np.zeros(400), np.ones(400)])
    [finding] = certain_risks(study(days(), risk=risk))
    assert "Of 800 predicted risks by horizon, 400 are exactly 0 and 400 exactly 1" in finding.verdict_reason
