import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline as chain
from sklearn.preprocessing import SplineTransformer
from sklearn.svm import SVC, LinearSVC

from cds.core.errors import ArtifactError, CardError, PredictionError
from cds.core.model import Model, Refittable
from cds.core.prediction import ClassProbabilities, Risk, Value
from cds.models.sklearn_pipeline import ADAPTER, SklearnModel, load, load_pickle, recognises, save

ESTIMATORS = [
    LogisticRegression(),
    RandomForestClassifier(n_estimators=10, random_state=1),
    GradientBoostingClassifier(n_estimators=5, random_state=1),
    CalibratedClassifierCV(SVC(), cv=3),
    CalibratedClassifierCV(RandomForestClassifier(n_estimators=5, random_state=1), method="isotonic", cv=3),
    MLPClassifier(hidden_layer_sizes=(4,), solver="lbfgs", max_iter=2000, random_state=1),
    chain(SplineTransformer(n_knots=3), LogisticRegression()),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_a_stored_pipeline_predicts_what_it_predicted_before(
    estimator, rows, event, make_card, *, make_pipeline, tmp_path
):
    fitted = make_pipeline(estimator).fit(rows, event)
    save(fitted, tmp_path / "model.skops")
    model = load(tmp_path / "model.skops", make_card())
    assert np.array_equal(model.predict(rows).values, fitted.predict_proba(rows)[:, 1])


# SVC(probability=True) still stands in older registered models.
@pytest.mark.filterwarnings("ignore:.*probability.*:FutureWarning")
def test_a_support_vector_machine_with_its_own_probabilities_survives_storage(
    rows, event, make_card, make_pipeline, tmp_path
):
    fitted = make_pipeline(SVC(probability=True, random_state=1)).fit(rows, event)
    save(fitted, tmp_path / "model.skops")
    risk = load(tmp_path / "model.skops", make_card()).predict(rows).values
    assert np.array_equal(risk, fitted.predict_proba(rows)[:, 1])


def test_histogram_gradient_boosting_with_category_columns_survives_storage(rows, event, make_card, tmp_path):
    categories = rows.astype({"sex": "category", "side": "category"})
    fitted = HistGradientBoostingClassifier(max_iter=5, random_state=1).fit(categories, event)
    assert fitted.is_categorical_.tolist() == [False, False, True, True]
    save(fitted, tmp_path / "model.skops")
    model = load(tmp_path / "model.skops", make_card())
    assert np.array_equal(model.predict(rows).values, fitted.predict_proba(categories)[:, 1])
    refit = model.refit(rows, _binary(event), weights=None, rng=np.random.default_rng(1))
    assert refit.estimator.is_categorical_.tolist() == [False, False, True, True]


def _binary(event):
    from cds.core.outcome import Binary

    return Binary(event.astype(float))


def test_the_risk_is_that_of_the_positive_class_whatever_its_place(rows, event, make_card, make_pipeline):
    words = np.where(event == 1, "a_yes", "b_no")
    fitted = make_pipeline(LogisticRegression()).fit(rows, words)
    yes = SklearnModel(make_card(positive="a_yes"), fitted).predict(rows)
    no = SklearnModel(make_card(positive="b_no"), fitted).predict(rows)
    assert isinstance(yes, Risk)
    assert np.array_equal(yes.values, fitted.predict_proba(rows)[:, 0])
    assert np.allclose(yes.values + no.values, 1)


def test_class_probabilities_come_in_the_order_of_the_card(rows, make_card, make_pipeline):
    where = np.where(rows["age"] < 40, "self_care", np.where(rows["age"] < 50, "gp", "physio"))
    fitted = make_pipeline(LogisticRegression()).fit(rows, where)
    card = make_card(outcome="nominal", categories=["self_care", "physio", "gp"])
    said = SklearnModel(card, fitted).predict(rows)
    assert isinstance(said, ClassProbabilities)
    order = [list(fitted.classes_).index(category) for category in card.categories]
    assert np.array_equal(said.values, fitted.predict_proba(rows)[:, order])


def test_a_regressor_gives_values(rows, make_card, make_pipeline):
    fitted = make_pipeline(LinearRegression()).fit(rows, rows["age"] * 2)
    said = SklearnModel(make_card(outcome="continuous"), fitted).predict(rows)
    assert isinstance(said, Value)
    assert np.allclose(said.values, rows["age"] * 2)


def test_columns_may_come_in_any_order_and_extra_ones_are_ignored(rows, event, make_card, make_pipeline):
    model = SklearnModel(make_card(), make_pipeline(LogisticRegression()).fit(rows, event))
    shuffled = rows[["side", "sex", "pain", "age"]].assign(name="Jane Doe")
    assert np.array_equal(model.predict(shuffled).values, model.predict(rows).values)


def test_levels_may_be_written_as_text_or_number(rows, event, make_card, make_pipeline):
    model = SklearnModel(make_card(), make_pipeline(LogisticRegression()).fit(rows, event))
    as_text = rows.assign(side=rows["side"].astype(int).astype(str))
    assert np.array_equal(model.predict(as_text).values, model.predict(rows).values)


def test_a_model_of_plain_arrays_takes_the_inputs_in_the_order_of_the_card(make_card):
    X = np.random.default_rng(1).normal(size=(50, 2))
    fitted = LogisticRegression().fit(X, X[:, 0] > 0)
    card = make_card(inputs=[{"name": "b", "type": "number"}, {"name": "a", "type": "number"}], positive=True)
    frame = pd.DataFrame({"a": X[:, 1], "b": X[:, 0]})
    assert np.array_equal(SklearnModel(card, fitted).predict(frame).values, fitted.predict_proba(X)[:, 1])


def test_an_optional_input_may_be_missing_and_a_required_one_may_not(rows, event, make_card, make_pipeline):
    model = SklearnModel(make_card(), make_pipeline(LogisticRegression()).fit(rows, event))
    assert len(model.predict(rows.drop(columns="pain"))) == len(rows)
    rows.loc[[5, 7], "age"] = np.nan
    with pytest.raises(PredictionError, match=r"required input 'age' is missing at rows 5, 7"):
        model.predict(rows)


def test_every_undefined_input_is_listed_at_once_and_no_value_is_quoted(rows, event, make_card, make_pipeline):
    model = SklearnModel(make_card(), make_pipeline(LogisticRegression()).fit(rows, event))
    bad = rows.astype({"age": object}).drop(columns="sex")
    bad.loc[4, "age"] = "Jane Doe, 4711"
    bad.loc[9, "side"] = 4711
    with pytest.raises(PredictionError) as refused:
        model.predict(bad)
    message = str(refused.value)
    assert "no column 'sex'" in message
    assert "'age'" in message and "row 4" in message
    assert "'side'" in message and "row 9" in message
    assert "4711" not in message and "Jane" not in message


def test_a_failing_pipeline_tells_its_kind_and_no_value(rows, event, make_card):
    # Without an imputer the missing pain scores reach the regression, whose own message would follow.
    fitted = LogisticRegression().fit(rows[["age", "pain"]].dropna(), event[rows["pain"].notna()])
    model = SklearnModel(
        make_card(inputs=[{"name": "age", "type": "number"}, {"name": "pain", "type": "number", "required": False}]),
        fitted,
    )
    with pytest.raises(ArtifactError, match=r"the pipeline of made-up@1 fails on these rows \(ValueError\)"):
        model.predict(rows)


def test_predictions_that_are_no_probabilities_are_refused(rows, event, make_card, make_pipeline):
    fitted = make_pipeline(LogisticRegression()).fit(rows, event)
    fitted.named_steps["model"].coef_[:] = np.nan
    with pytest.raises(PredictionError, match=r"risk must lie in \[0, 1\]; it is missing"):
        SklearnModel(make_card(), fitted).predict(rows)


@pytest.mark.parametrize(
    ("given", "estimator", "message"),
    [
        ({"positive": 2}, LogisticRegression(), "positive = 2 must be one of the model's two classes"),
        ({"outcome": "continuous"}, LogisticRegression(), "the model is no regressor"),
        ({"outcome": "nominal", "categories": ["0", "2"]}, LogisticRegression(), "categories must be the model's"),
        (
            {"outcome": "survival", "horizons": [90], "time_unit": "days"},
            LogisticRegression(),
            "does not predict a survival outcome",
        ),
        ({}, LinearSVC(), "LinearSVC gives no probabilities|Pipeline gives no probabilities"),
        ({}, RandomForestRegressor(n_estimators=2), "gives no probabilities"),
    ],
)
def test_a_card_that_does_not_fit_its_model_is_refused(
    given, estimator, message, *, rows, event, make_card, make_pipeline
):
    fitted = make_pipeline(estimator).fit(rows, event)
    with pytest.raises((CardError, ArtifactError), match=message):
        SklearnModel(make_card(**given), fitted)


def test_other_inputs_than_those_of_training_are_refused_with_the_nearest_name(rows, event, make_card, make_pipeline):
    fitted = make_pipeline(LogisticRegression()).fit(rows, event)
    short = make_card(inputs=[{"name": "Age", "type": "number"}])
    with pytest.raises(ArtifactError, match=r"does not declare: age, pain, sex, side\. Did you mean 'Age'\?"):
        SklearnModel(short, fitted)
    card = make_card()
    longer = card.model_copy(update={"inputs": (*card.inputs, card.inputs[0].model_copy(update={"name": "bmi"}))})
    with pytest.raises(ArtifactError, match="not trained on: bmi"):
        SklearnModel(longer, fitted)


def test_an_unfitted_estimator_and_a_class_are_refused(make_card):
    with pytest.raises(ArtifactError, match=r"is not fitted\. Fit it first"):
        SklearnModel(make_card(), LogisticRegression())
    with pytest.raises(ArtifactError, match="a scikit-learn estimator is needed"):
        SklearnModel(make_card(), LogisticRegression)


def test_it_is_a_refittable_model_and_the_catalogue_finds_it(rows, event, make_card, make_pipeline):
    from cds.catalog import adapters

    model = SklearnModel(make_card(), make_pipeline(LogisticRegression()).fit(rows, event))
    assert isinstance(model, Model) and isinstance(model, Refittable)
    assert adapters()["sklearn_pipeline"] is ADAPTER
    assert recognises(LogisticRegression()) and not recognises("LogisticRegression")


def test_no_rows_give_no_predictions(rows, event, make_card, make_pipeline):
    model = SklearnModel(make_card(), make_pipeline(LogisticRegression()).fit(rows, event))
    assert len(model.predict(rows.iloc[:0])) == 0


def test_a_damaged_pickle_is_an_artifact_error(make_card):
    with pytest.raises(ArtifactError, match="the pickle cannot be read here"):
        load_pickle(b"\x80\x04nothing", make_card())


def test_a_function_of_a_notebook_cannot_be_stored(rows, event, make_pipeline, tmp_path):
    from sklearn.preprocessing import FunctionTransformer

    fitted = make_pipeline(chain(FunctionTransformer(_double), LogisticRegression())).fit(rows, event)
    with pytest.raises(ArtifactError, match=re.escape("types that are not allowed:")):
        save(fitted, tmp_path / "model.skops")
    assert not Path(tmp_path / "model.skops").exists()


def _double(values):
    return values * 2
