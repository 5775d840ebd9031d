import pytest

from cds.demo import models, simulation
from cds.demo.patients import CASES, contrasting_patients
from cds.demo.simulation import DEVELOPMENT, EXTERNAL, OUTCOME, draw


@pytest.fixture(scope="module")
def risk_of():
    fitted = models.train(models.MAIN, draw(DEVELOPMENT))
    numbers = dict.fromkeys(models.NUMBERS, float)
    return lambda women: fitted.predict_proba(women[models.inputs()].astype(numbers))[:, 1]


@pytest.fixture(scope="module")
def chosen(risk_of):
    external = draw(EXTERNAL)
    return contrasting_patients(external, risk_of(external), draw(DEVELOPMENT)).set_index("patient")


def test_each_case_has_one_row_and_nobody_knows_the_outcome_yet(chosen):
    assert list(chosen.index) == [case.patient for case in CASES]
    assert OUTCOME not in chosen


def test_the_low_estimate_is_lower_than_the_high_one(chosen, risk_of):
    low, high = risk_of(chosen.loc[["P001", "P002"]])
    assert low < 0.15
    assert high > 0.45


def test_each_change_is_made_to_its_woman_only(chosen):
    flags = [f"red_flag_{flag}" for flag in simulation.RED_FLAGS]
    assert chosen.index[chosen["tsk_11"].isna()].tolist() == ["P003"]
    assert chosen.index[chosen["bmi"] > draw(DEVELOPMENT)["bmi"].max()].tolist() == ["P004"]
    assert chosen.index[chosen["pain_at_birth"].isna()].tolist() == ["P005"]
    assert chosen.index[chosen[flags].eq("yes").any(axis=1)].tolist() == ["P006"]
    assert chosen.index[chosen[flags].isna().all(axis=1)].tolist() == ["P007"]


def test_the_value_out_of_range_is_still_plausible_by_the_card(chosen):
    low, high = models.card(models.MAIN).feature("bmi").range
    assert low <= chosen.loc["P004", "bmi"] <= high
