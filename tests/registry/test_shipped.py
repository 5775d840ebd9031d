"""The shipped published models give their authors' own predictions."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import PredictionError, RegistryError
from cds.core.prediction import ClassProbabilities, Risk, RiskByHorizon, Score, Value
from cds.models.equation import EquationModel
from cds.registry.shipped import load_shipped, shipped_models

REFERENCE = Path(__file__).parents[1] / "reference" / "published"
DIAGNOSES = {
    "disc_herniation": "disc-herniation",
    "spinal_stenosis": "spinal-stenosis",
    "rhizopathy": "rhizopathy",
    "srbp": "srbp",
}


def reference(name: str) -> Any:
    return json.loads((REFERENCE / name).read_text(encoding="utf-8"))


def equation(name: str) -> EquationModel:
    model = load_shipped(name).model
    assert isinstance(model, EquationModel)
    return model


@pytest.fixture(scope="module")
def swespine() -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Made-up profiles and what the repository's own models.js (commit fd450e9) predicts for them."""
    cases = reference("swespine.json")
    return pd.DataFrame([case["profile"] for case in cases]), [case["predictions"] for case in cases]


@pytest.mark.parametrize("diagnosis", DIAGNOSES)
def test_swespine_satisfaction_is_what_its_own_program_predicts(
    diagnosis: str, swespine: tuple[pd.DataFrame, list[dict[str, Any]]]
) -> None:
    profiles, answers = swespine
    model = equation(f"swespine-{DIAGNOSES[diagnosis]}-satisfaction")
    expected = [answer[diagnosis]["satisfaction"] for answer in answers]
    predicted = model.predict(profiles)
    assert isinstance(predicted, Risk)
    assert predicted.values == pytest.approx([e["p_satisfied"] for e in expected], abs=1e-9)
    assert model.linear_predictor(profiles) == pytest.approx([e["lp"] for e in expected], abs=1e-9)


@pytest.mark.parametrize("diagnosis", DIAGNOSES)
def test_swespine_global_assessment_is_what_its_own_program_predicts(
    diagnosis: str, swespine: tuple[pd.DataFrame, list[dict[str, Any]]]
) -> None:
    profiles, answers = swespine
    predicted = equation(f"swespine-{DIAGNOSES[diagnosis]}-global-assessment").predict(profiles)
    assert isinstance(predicted, ClassProbabilities)
    expected = np.array([answer[diagnosis]["ga"]["probs"] for answer in answers])
    assert predicted.values == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("diagnosis", DIAGNOSES)
def test_swespine_stay_is_what_its_own_program_predicts(
    diagnosis: str, swespine: tuple[pd.DataFrame, list[dict[str, Any]]]
) -> None:
    profiles, answers = swespine
    model = equation(f"swespine-{DIAGNOSES[diagnosis]}-stay")
    predicted = model.predict(profiles)
    assert isinstance(predicted, Value)
    assert predicted.values == pytest.approx([answer[diagnosis]["stay"]["days"] for answer in answers], abs=1e-9)
    # The residual variance alone gives the narrowest interval; the coefficients' uncertainty widens it.
    assert predicted.low is not None and predicted.high is not None
    interval = model.equation.interval  # type: ignore[union-attr]  # a stay equation is linear
    narrowest = 2 * interval.t * np.sqrt(interval.residual_variance)
    width = predicted.high - predicted.low
    assert (width > narrowest).all() and (width < 1.1 * narrowest).all()


def test_qfracture_is_what_the_authors_c_program_computes() -> None:
    # The original C sources of 2012, compiled; risks in per cent with twelve decimals.
    for case in reference("qfracture2012.json"):
        site, sex = case["model"].split("_")
        name = f"qfracture-2012-{'hip' if site == 'nof' else 'osteoporotic'}-{'wo' * (sex == 'female')}men"
        predicted = equation(name).predict(pd.DataFrame([case["inputs"]]))
        assert isinstance(predicted, RiskByHorizon)
        risk = predicted.at(case["inputs"]["surv"]).values[0]
        assert 100 * risk == pytest.approx(case["risk_percent"], abs=1e-9)


def test_qfracture_has_eighteen_horizons_its_disclaimer_and_its_limits() -> None:
    cards = {name: entry.card for name, entry in shipped_models().items() if name.startswith("qfracture")}
    assert len(cards) == 4
    for name, card in cards.items():
        assert card.horizons == tuple(range(1, 19))
        assert "ClinRisk" in card.disclaimer and "Lesser General Public License" in card.disclaimer
        case = next(c for c in reference("qfracture2012.json") if _matches(c["model"], name))
        with pytest.raises(PredictionError, match="defined for 'age' from 30 to 100 only"):
            equation(name).predict(pd.DataFrame([case["inputs"] | {"age": 29}]))


def _matches(model: str, name: str) -> bool:
    site, sex = model.split("_")
    return name.endswith({"female": "-women", "male": "-men"}[sex]) and ("hip" in name) == (site == "nof")


def test_breast_recurrence_by_hand() -> None:
    patients = pd.DataFrame({"size": [18, 20, 60], "nodes": [2, 0, 25], "grade": [2, 1, 3]})
    # 1: nonlinear nodes (2³ − 1³·9/8)/81 = 0.084877; lp = 0.304·2 − 0.811·0.084877 = 0.539165
    #    1 − 0.804^exp(0.539165) = 0.312054
    # 2: everything at its reference: 1 − 0.804 = 0.196
    # 3: nodes clipped to 19: (19³ − 18³·9/8 + 10³/8)/81 = 5.222222
    #    lp = 0.574 + 0.362 + 0.304·19 − 0.811·5.222222 = 2.476778; 1 − 0.804^exp(2.476778) = 0.925479
    predicted = equation("breast-recurrence").predict(patients)
    assert isinstance(predicted, RiskByHorizon)
    assert predicted.linear_predictor == pytest.approx([0.5391651234567901, 0, 2.4767777777777775], abs=1e-12)
    assert predicted.at(5).values == pytest.approx([0.31205390762623575, 0.196, 0.9254792768342195], abs=1e-12)


def test_breast_recurrence_with_progesterone_by_hand() -> None:
    patient = pd.DataFrame({"size": [18], "nodes": [2], "grade": [2], "pgr": [100]})
    # pgr: (100³ − 59³·486/445)/486² = 3.284130
    # lp = 0.305·2 − 0.82·0.084877 − 0.003·100 + 0.013·3.284130 = 0.283095; 1 − 0.761^exp(lp) = 0.304063
    predicted = equation("breast-recurrence-pgr").predict(patient)
    assert isinstance(predicted, RiskByHorizon)
    assert predicted.at(5).values == pytest.approx([0.3040628475130097], abs=1e-12)


@pytest.mark.shared
def test_breast_recurrence_has_the_published_observed_to_expected_ratio(shared_folder: Path) -> None:
    # Published by the authors for GBSG at 5 years: observed/expected 1.0173902; our coefficients are
    # rounded to three decimals
    gbsg = pd.read_csv(shared_folder / "data" / "breast_rotterdam_gbsg" / "gbsg.csv")
    predicted = equation("breast-recurrence").predict(gbsg)
    assert isinstance(predicted, RiskByHorizon)
    survival = 1.0
    for time in sorted(gbsg.loc[(gbsg["status"] == 1) & (gbsg["rfstime"] / 365.25 <= 5), "rfstime"].unique()):
        at_time = gbsg["rfstime"] == time
        survival *= 1 - (at_time & (gbsg["status"] == 1)).sum() / (gbsg["rfstime"] >= time).sum()
    assert (1 - survival) / predicted.at(5).values.mean() == pytest.approx(1.0173902, abs=0.002)


ITEMS = ["leg_pain", "neck_shoulder_pain", "walked_short", "dressed_slowly"]
PSYCHOSOCIAL = ["unsafe_activity", "worrying", "terrible", "no_enjoyment"]


@pytest.mark.parametrize(
    ("agreed", "bothersome", "total", "group"),
    [
        ([], "moderately", 0, "low risk"),
        (ITEMS[:3], "slightly", 3, "low risk"),
        (ITEMS, "not at all", 4, "medium risk"),
        ([*ITEMS, *PSYCHOSOCIAL[:3]], "moderately", 7, "medium risk"),
        (PSYCHOSOCIAL, "not at all", 4, "high risk"),
        (PSYCHOSOCIAL[:3], "very much", 4, "high risk"),
        ([*ITEMS, *PSYCHOSOCIAL], "extremely", 9, "high risk"),
    ],
)
def test_start_back_groups_by_the_psychosocial_items_first(
    agreed: list[str], bothersome: str, total: int, group: str
) -> None:
    answers = {item: [int(item in agreed)] for item in ITEMS + PSYCHOSOCIAL}
    score = equation("start-back").predict(pd.DataFrame(answers | {"bothersomeness": [bothersome]}))
    assert isinstance(score, Score) and score.groups is not None
    assert (score.values.tolist(), score.groups.tolist()) == ([total], [group])


def epds(**answers: int) -> Score:
    best = {f"epds_answer_{i}": 1 if i in (1, 2, 4) else 4 for i in range(1, 11)}
    score = equation("epds").predict(pd.DataFrame([best | answers]))
    assert isinstance(score, Score)
    return score


@pytest.mark.parametrize(
    ("answers", "total", "group"),
    [
        ({}, 0, "below 10"),
        ({"epds_answer_1": 4, "epds_answer_2": 4, "epds_answer_4": 4}, 9, "below 10"),
        (
            {"epds_answer_1": 4, "epds_answer_2": 4, "epds_answer_4": 4, "epds_answer_3": 3},
            10,
            "10 to 12: assess where no case must be missed",
        ),
        ({f"epds_answer_{i}": 1 for i in (3, 5, 6, 7)} | {"epds_answer_8": 3}, 13, "13 or more: assess for depression"),
        ({"epds_answer_10": 3}, 1, "thoughts of self-harm: assess now, whatever the total"),
        (
            {f"epds_answer_{i}": 4 if i in (1, 2, 4) else 1 for i in range(1, 11)},
            30,
            "thoughts of self-harm: assess now, whatever the total",
        ),
    ],
)
def test_epds_scores_each_item_in_its_direction(answers: dict[str, int], total: int, group: str) -> None:
    score = epds(**answers)
    assert score.groups is not None
    assert (score.values.tolist(), score.groups.tolist()) == ([total], [group])


def test_answers_already_turned_into_points_are_refused_rather_than_misread() -> None:
    with pytest.raises(PredictionError, match="level that its card does not know"):
        epds(epds_answer_3=0)


def test_every_shipped_model_loads_and_says_who_made_it() -> None:
    entries = shipped_models()
    assert len(entries) == 20
    for name, entry in entries.items():
        registered = load_shipped(f"{name}@{entry.card.version}")
        assert registered.card.name == name == entry.folder.name
        assert (registered.source, registered.adapter) == ("shipped", "equation")
        assert len(registered.sha256) == 64 and registered.background is None
        assert "https://" in entry.card.source and "not validated here" in entry.card.limits
    assert len({load_shipped(name).sha256 for name in entries}) == len(entries)


def test_an_unknown_name_or_version_names_the_nearest() -> None:
    with pytest.raises(RegistryError, match=r"no shipped model is named 'start-bak'. Did you mean 'start-back'"):
        load_shipped("start-bak")
    with pytest.raises(RegistryError, match=r"'start-back' has no version '2'. It has '9-item'"):
        load_shipped("start-back@2")
