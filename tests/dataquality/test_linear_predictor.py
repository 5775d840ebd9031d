"""A linear predictor that ranks patients otherwise than the risks of its model is told."""

import numpy as np
import pandas as pd
import pytest

from cds.core.cohort import Cohort
from cds.core.protocol import MeasuresSection
from cds.core.sample_times import SurvivalSample
from cds.core.study import Study
from cds.dataquality.linear_predictor import linear_predictor
from tests.dataquality.studies import study as binary_study

RISK = np.linspace(0.05, 0.9, 40)
NOISE = np.random.default_rng(3).normal(size=40)


def study(index) -> Study:
    sample = SurvivalSample(
        time=np.arange(1.0, 41), status=np.ones(40, dtype=int), risk=np.column_stack([RISK / 2, RISK]),
        horizons=(90.0, 365.0), linear_predictor=index, time_unit="days",
    )  # fmt: skip
    cohort = Cohort(patients=np.arange(40).astype(str), features=pd.DataFrame(index=range(40)))
    return Study(cohort=cohort, samples=(sample,), measures={}, settings=MeasuresSection(horizons=(90.0, 365.0)))


def test_a_reversed_one_is_told_by_horizon():
    [found] = linear_predictor(study(-RISK))
    assert (found.code, found.severity) == ("DQ025", "warning")
    assert "(rank correlation by 90 days: −1.00; by 365 days: −1.00)" in found.verdict_reason


def test_an_unrelated_one_is_told():
    [found] = linear_predictor(study(NOISE))
    assert found.severity == "warning"


def test_a_constant_one_is_told():
    [found] = linear_predictor(study(np.zeros(40)))
    assert found.severity == "warning" and "the same for everybody" in found.verdict_reason


@pytest.mark.parametrize("index", [np.log(RISK), RISK + 0.1 * NOISE, None])
def test_the_same_order_or_nearly_is_clear(index):
    [found] = linear_predictor(study(index))
    assert found.severity is None and found.result is None


@pytest.mark.parametrize("factor", [1000, 0.001])
def test_one_on_another_scale_is_told(factor):
    [found] = linear_predictor(study(factor * np.log(RISK)))
    assert found.severity == "warning" and "it must be the log relative hazard" in found.verdict_reason


def test_without_differing_risks_there_is_nothing_to_compare():
    constant = study(RISK)
    sample = SurvivalSample(
        time=np.arange(1.0, 41), status=np.ones(40, dtype=int), risk=np.full((40, 1), 0.3), horizons=(90.0,),
        linear_predictor=RISK,
    )  # fmt: skip
    [found] = linear_predictor(
        Study(cohort=constant.cohort, samples=(sample,), measures={}, settings=constant.settings)
    )
    assert "every risk is the same" in found.result.reason


def test_other_outcomes_have_none():
    assert [one.severity for one in linear_predictor(binary_study())] == [None]
