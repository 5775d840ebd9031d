import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import ArtifactError, CardError, PredictionError
from cds.core.model import Model
from cds.core.prediction import ClassProbabilities, Risk, Value
from cds.models import xgboost_booster
from cds.models.xgboost_booster import ADAPTER, XGBoostModel, load, recognises, save, try_in_child, wrap

xgboost = pytest.importorskip("xgboost")


@pytest.fixture
def categories(rows):
    """The rows as XGBoost is trained on them."""
    return rows.astype({"sex": "category", "side": "int"}).astype({"side": "category"})


@pytest.fixture
def booster(categories, event):
    return train(categories, event, objective="binary:logistic")


def train(inputs, outcome, **parameters):
    matrix = xgboost.DMatrix(inputs, outcome, enable_categorical=True)
    return xgboost.train({"seed": 1, "max_depth": 3, "nthread": 1, **parameters}, matrix, 8)


def said(booster, inputs):
    return booster.predict(xgboost.DMatrix(inputs, enable_categorical=True)).astype(float)


@pytest.mark.parametrize("suffix", [".json", ".ubj"])
def test_a_stored_booster_with_categories_predicts_what_it_predicted(
    suffix, booster, rows, categories, *, make_card, tmp_path
):
    save(booster, tmp_path / f"model{suffix}")
    model = load(tmp_path / f"model{suffix}", make_card())
    risk = model.predict(rows)
    assert isinstance(risk, Risk)
    assert np.array_equal(risk.values, said(booster, categories))
    assert model.levels == {"sex": ["1_female", "2_male"], "side": ["1", "2", "3"]}


def test_the_order_of_levels_is_the_boosters_not_the_cards(booster, rows, categories, make_card):
    card = make_card()
    turned = [f.model_copy(update={"levels": dict(reversed(f.levels.items()))}) if f.levels else f for f in card.inputs]
    model = XGBoostModel(card.model_copy(update={"inputs": tuple(turned)}), booster)
    assert np.array_equal(model.predict(rows).values, said(booster, categories))


def test_codes_follow_the_card_where_the_booster_recorded_no_levels(rows, event, make_card):
    codes = pd.DataFrame(
        {
            "age": rows["age"],
            "pain": rows["pain"],
            "sex": (rows["sex"] == "2_male").astype(float),
            "side": rows["side"] - 1,
        }
    )
    matrix = xgboost.DMatrix(
        codes.to_numpy(),
        event,
        feature_names=list(codes),
        feature_types=["float", "float", "c", "c"],
    )
    booster = xgboost.train({"objective": "binary:logistic", "seed": 1}, matrix, 5)
    model = XGBoostModel(make_card(), booster)
    assert np.array_equal(model.predict(rows).values, booster.predict(matrix).astype(float))


def test_a_level_that_the_booster_never_met_is_refused_by_row(categories, event, rows, make_card):
    seen = categories["side"] != 3
    inputs = categories[seen].assign(side=categories["side"][seen].cat.remove_unused_categories())
    model = XGBoostModel(make_card(), train(inputs, event[seen], objective="binary:logistic"))
    with pytest.raises(PredictionError, match="input 'side' has a level that the booster never met at rows"):
        model.predict(rows)


def test_margins_pass_through_the_logistic_function(categories, event, rows, make_card):
    booster = train(categories, event, objective="binary:logitraw")
    risk = XGBoostModel(make_card(), booster).predict(rows).values
    assert np.allclose(risk, 1 / (1 + np.exp(-said(booster, categories))))


def test_class_probabilities_follow_the_categories_of_the_card(categories, rows, make_card):
    code = np.digitize(rows["age"], [40, 50])
    booster = train(categories, code, objective="multi:softprob", num_class=3)
    card = make_card(outcome="ordinal", categories=["low", "middle", "high"])
    found = XGBoostModel(card, booster).predict(rows)
    assert isinstance(found, ClassProbabilities)
    assert np.allclose(found.values, said(booster, categories), atol=1e-6)
    with pytest.raises(CardError, match="the booster has 3 classes, the card names 2 categories"):
        XGBoostModel(make_card(outcome="nominal", categories=["a", "b"]), booster)


def test_regression_gives_values(categories, rows, make_card):
    booster = train(categories, rows["age"], objective="reg:squarederror")
    found = XGBoostModel(make_card(outcome="continuous"), booster).predict(rows)
    assert isinstance(found, Value)
    assert np.array_equal(found.values, said(booster, categories))


def test_early_stopping_is_honoured(categories, event, rows, make_card):
    matrix = xgboost.DMatrix(categories, event, enable_categorical=True)
    booster = xgboost.train({"objective": "binary:logistic", "seed": 1}, matrix, 10)
    booster.set_attr(best_iteration="2")
    risk = XGBoostModel(make_card(), booster).predict(rows).values
    assert np.array_equal(risk, booster.predict(matrix, iteration_range=(0, 3)).astype(float))


def test_its_scikit_learn_estimators_are_taken_too(categories, event, rows, make_card):
    fitted = xgboost.XGBClassifier(n_estimators=4, enable_categorical=True, n_jobs=1).fit(categories, event)
    assert recognises(fitted) and recognises(fitted.get_booster()) and not recognises("booster")
    model = wrap(fitted, make_card())
    assert isinstance(model, Model) and model.adapter == ADAPTER.name
    assert np.allclose(model.predict(rows).values, fitted.predict_proba(categories)[:, 1])


@pytest.mark.parametrize("objective", ["count:poisson", "survival:cox", "binary:hinge"])
def test_other_objectives_are_refused_by_name(objective, categories, event, make_card):
    booster = train(categories, event, objective=objective)
    with pytest.raises(ArtifactError, match=f"objective '{objective}' are not supported"):
        XGBoostModel(make_card(), booster)


def test_a_card_that_does_not_fit_is_refused(booster, make_card):
    with pytest.raises(CardError, match="does not predict the card's outcome"):
        XGBoostModel(make_card(outcome="continuous"), booster)
    with pytest.raises(CardError, match="a booster gives the risk of class 1"):
        XGBoostModel(make_card(positive=0), booster)
    with pytest.raises(ArtifactError, match="does not declare: age, pain, sex, side"):
        XGBoostModel(make_card(inputs=[{"name": "Age", "type": "number"}]), booster)


def test_a_booster_without_feature_names_is_refused(make_card):
    X = np.random.default_rng(1).normal(size=(30, 4))
    booster = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(X, X[:, 0] > 0), 2)
    with pytest.raises(ArtifactError, match="has no feature names"):
        XGBoostModel(make_card(), booster)


def test_without_xgboost_the_error_says_what_to_install(monkeypatch, make_card, tmp_path):
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(ArtifactError, match=r"pip install 'cds-suite\[xgboost\]'"):
        load(tmp_path / "model.json", make_card())


def test_a_file_that_is_no_booster_is_refused_without_a_child(monkeypatch, make_card, tmp_path):
    monkeypatch.setattr(xgboost_booster, "try_in_child", lambda path: pytest.fail("a child was started"))
    for content in (b"", b"{}", b"[1]", b"binf\x00\x00", b"{broken"):
        (tmp_path / "model.json").write_bytes(content)
        with pytest.raises(ArtifactError, match="no XGBoost booster in JSON or UBJ, or is damaged"):
            load(tmp_path / "model.json", make_card())


def test_a_child_that_crashes_or_takes_too_long_is_an_artifact_error(monkeypatch, tmp_path):
    def crash(*_, **__):
        return subprocess.CompletedProcess([], returncode=-11)

    def hang(*_, **__):
        raise subprocess.TimeoutExpired("child", 90)

    monkeypatch.setattr(subprocess, "run", crash)
    with pytest.raises(ArtifactError, match="crashed the process that tried it"):
        try_in_child(tmp_path / "model.ubj")
    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(ArtifactError, match="took over 90 s"):
        try_in_child(tmp_path / "model.ubj")


def flipped_boosters(booster, rows, card, folder, *, count):
    """Load this many boosters with flipped bytes; how many were refused. A crash would end the test run."""
    rng = np.random.default_rng(20261120)
    refused = 0
    for number in range(count):
        path = folder / f"{number}{('.ubj', '.json')[number % 2]}"
        booster.save_model(path)
        content = bytearray(path.read_bytes())
        for at in rng.integers(0, len(content), 4):
            content[at] ^= int(rng.integers(1, 256))
        path.write_bytes(content)
        try:
            load(path, card).predict(rows)
        except (ArtifactError, CardError, PredictionError):
            refused += 1
    return refused


def test_flipped_bytes_never_crash_the_parent(booster, rows, make_card, tmp_path):
    assert flipped_boosters(booster, rows, make_card(), tmp_path, count=12) > 0


@pytest.mark.slow
def test_500_boosters_with_flipped_bytes_never_crash_the_parent(booster, rows, make_card, tmp_path):
    assert flipped_boosters(booster, rows, make_card(), tmp_path, count=500) > 250
