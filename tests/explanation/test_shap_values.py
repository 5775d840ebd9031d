"""SHAP values: by hand, by closed form, against shap's own exact explainer, and what makes them withheld."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError, PredictionError
from cds.core.explanation import Explanation
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature
from cds.core.prediction import Risk
from cds.explanation.shap_values import explain_output, explain_outputs, explain_spaces
from cds.report.check_words import why_withheld
from cds.report.wording import sentences
from tests.explanation.fakes import (
    ClassProbabilities,
    RiskByHorizon,
    Score,
    Value,
    numbers,
    registered,
    risk_of,
    sigmoid,
)


def explained(found: Explanation | NotEstimable) -> Explanation:
    assert isinstance(found, Explanation), found
    return found


def product(features: pd.DataFrame) -> Value:
    return Value(features["a"].to_numpy() * features["b"].to_numpy())


def test_values_of_a_product_are_those_counted_by_hand() -> None:
    # v({}) = 1·1, v({a}) = 3·1, v({b}) = 1·5, v({a, b}) = 3·5 against the row (1, 1):
    # φ_a = ½ [(3 − 1) + (15 − 5)] = 6, φ_b = ½ [(5 − 1) + (15 − 3)] = 8.
    model = registered(product, numbers("a", "b"), pd.DataFrame({"a": [1.0], "b": [1.0]}))
    found = explained(explain_output(model, pd.DataFrame({"a": [3.0], "b": [5.0]}), space="value"))
    assert found.values == pytest.approx({"a": 6.0, "b": 8.0}, abs=1e-12)
    assert (found.base, found.prediction) == (1.0, 15.0)
    assert found.exact
    assert found.withheld is None


def test_values_are_the_mean_over_background_rows() -> None:
    # As above against (1, 1): 6 and 8; against (3, 0): a agrees, so b has all of 15 − 0.
    model = registered(product, numbers("a", "b"), pd.DataFrame({"a": [1.0, 3.0], "b": [1.0, 0.0]}))
    found = explained(explain_output(model, pd.DataFrame({"a": [3.0], "b": [5.0]}), space="value"))
    assert found.values == pytest.approx({"a": 3.0, "b": 11.5}, abs=1e-12)
    assert found.details["coalitions"] == 4 + 2
    # (3, 5) belongs to both rows' games and is predicted once.
    assert found.details["predictions"] == 5


def test_three_way_interaction_is_shared_equally() -> None:
    def formula(features: pd.DataFrame) -> Value:
        return Value(6.0 * features.prod(axis=1).to_numpy() + features["c"].to_numpy())

    model = registered(formula, numbers("a", "b", "c"), pd.DataFrame(np.zeros((1, 3)), columns=list("abc")))
    found = explained(explain_output(model, pd.DataFrame(np.ones((1, 3)), columns=list("abc")), space="value"))
    assert found.values == pytest.approx({"a": 2.0, "b": 2.0, "c": 3.0}, abs=1e-12)


def test_log_odds_of_a_logistic_model_are_coefficient_times_distance_from_the_mean(
    rng: np.random.Generator,
) -> None:
    coefficients = {"a": 0.7, "b": -0.3, "c": 1.1}
    background = pd.DataFrame(rng.normal(size=(40, 3)), columns=list("abc"))
    row = pd.DataFrame([[1.0, 2.0, -0.5]], columns=list("abc"))
    model = registered(risk_of(coefficients, -0.4), numbers("a", "b", "c"), background)
    found = explained(explain_output(model, row, space="log_odds"))
    closed = {n: beta * (row[n][0] - background[n].mean()) for n, beta in coefficients.items()}
    assert found.values == pytest.approx(closed, abs=1e-12)
    assert found.residual == pytest.approx(0, abs=1e-12)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def interacting(rng: np.random.Generator) -> tuple[RegisteredModel, pd.DataFrame]:
    def formula(features: pd.DataFrame) -> Risk:
        x = features.to_numpy(dtype=np.float64)
        return Risk(sigmoid(x[:, 0] * x[:, 1] - np.abs(x[:, 2]) + 0.5 * x[:, 3] * x[:, 4] * x[:, 0]))

    background = pd.DataFrame(rng.normal(size=(12, 5)), columns=list("abcde"))
    row = pd.DataFrame(rng.normal(size=(1, 5)), columns=list("abcde"))
    return registered(formula, numbers(*"abcde"), background), row


@pytest.mark.slow
def test_both_spaces_equal_shap_exact_explainer(interacting: tuple[RegisteredModel, pd.DataFrame]) -> None:
    shap = pytest.importorskip("shap")
    model, row = interacting
    background = model.background
    assert background is not None

    def both(x: np.ndarray) -> np.ndarray:
        risk = model.predict(pd.DataFrame(x, columns=list("abcde"))).values
        return np.column_stack([risk, np.log(risk / (1 - risk))])

    peer = shap.ExactExplainer(both, shap.maskers.Independent(background.to_numpy(), max_samples=100))
    theirs = peer(row.to_numpy()).values[0]
    ours = explain_spaces(model, row)
    for column, space in enumerate(("probability", "log_odds")):
        found = explained(ours[space])  # type: ignore[index]  # the literal is a Space
        np.testing.assert_allclose(list(found.values.values()), theirs[:, column], rtol=0, atol=1e-8)


def test_an_input_in_which_nobody_differs_has_no_contribution() -> None:
    model = registered(product, numbers("a", "b"), pd.DataFrame({"a": [2.0, 2.0], "b": [1.0, 3.0]}))
    found = explained(explain_output(model, pd.DataFrame({"a": [2.0], "b": [9.0]}), space="value"))
    assert found.values["a"] == 0.0


def test_a_patient_equal_to_the_background_has_no_contributions() -> None:
    model = registered(product, numbers("a", "b"), pd.DataFrame({"a": [2.0], "b": [1.0]}))
    found = explained(explain_output(model, pd.DataFrame({"a": [2.0], "b": [1.0]}), space="value"))
    assert found.values == {"a": 0.0, "b": 0.0}
    assert found.withheld is None


def test_a_category_is_one_player_whatever_the_pipeline_makes_of_it() -> None:
    carrying = Feature(name="carrying", type="category", levels={"1": "light", "2": "some", "3": "heavy"})

    def formula(features: pd.DataFrame) -> Value:
        encoded = pd.get_dummies(features["carrying"].astype(int)).reindex(columns=[1, 2, 3], fill_value=False)
        return Value(encoded.to_numpy(dtype=float) @ np.array([0.0, 4.0, 10.0]) + features["age"].to_numpy())

    model = registered(
        formula, [carrying, *numbers("age")], pd.DataFrame({"carrying": ["1", "2"], "age": [30.0, 40.0]})
    )
    found = explained(explain_output(model, pd.DataFrame({"carrying": [3], "age": [35]}), space="value"))
    assert found.values == pytest.approx({"carrying": 8.0, "age": 0.0}, abs=1e-12)


def test_missing_inputs_reach_the_model_unchanged() -> None:
    optional = Feature(name="b", type="number", required=False)

    def formula(features: pd.DataFrame) -> Value:
        return Value(features["a"].to_numpy() + features["b"].fillna(7.0).to_numpy())

    background = pd.DataFrame({"a": [0.0, 0.0], "b": [np.nan, 1.0]})
    model = registered(formula, [*numbers("a"), optional], background)
    found = explained(explain_output(model, pd.DataFrame({"a": [1.0]}), space="value"))
    assert found.values == pytest.approx({"a": 1.0, "b": 3.0})
    # Missing equals missing: against the first row only `a` differs.
    assert found.details["coalitions"] == 2 + 4


def test_without_a_background_there_is_a_reason_in_every_space() -> None:
    model = registered(risk_of({"a": 1.0}), numbers("a"), None)
    found = explain_spaces(model, pd.DataFrame({"a": [1.0]}))
    assert list(found) == ["probability", "log_odds"]
    for each in found.values():
        assert isinstance(each, NotEstimable)
        assert "no background sample is registered" in each.reason


@pytest.mark.parametrize(("value", "reason"), [(5.0, "this patient a risk of exactly 0 or 1"), (0.5, "combinations")])
def test_a_risk_of_exactly_one_leaves_the_probabilities_and_gives_a_reason_for_log_odds(
    value: float, reason: str
) -> None:
    def formula(features: pd.DataFrame) -> Risk:
        return Risk(np.clip(features["a"].to_numpy() + features["b"].to_numpy(), 0, 1))

    model = registered(formula, numbers("a", "b"), pd.DataFrame({"a": [0.1, 0.9], "b": [0.1, 0.0]}))
    found = explain_spaces(model, pd.DataFrame({"a": [value], "b": [0.3]}))
    assert explained(found["probability"]).withheld is None
    assert isinstance(found["log_odds"], NotEstimable)
    # Taking b from the patient makes 0.9 + 0.3 > 1.
    assert reason in found["log_odds"].reason


def test_a_model_that_drifts_between_calls_is_found_out_in_points() -> None:
    drift = iter([0.0, 0.031, 0.062, 0.093, 0.124])

    def formula(features: pd.DataFrame) -> Risk:
        return Risk(0.2 + 0.1 * features["a"].to_numpy() + next(drift))

    model = registered(formula, numbers("a"), pd.DataFrame({"a": [0.0, 1.0]}))
    found = explained(explain_output(model, pd.DataFrame({"a": [2.0]}), space="probability"))
    assert found.withheld == "additivity, repeatability"
    assert why_withheld(found, model.card, sentences("en")).startswith(
        "Explanation withheld: the contributions differ from the model’s estimate by 3.1 points (limit 0.0001); "
    )
    assert {check.name: check.passed for check in found.checks} == {
        "additivity": False, "repeatability": False, "stability": None, "faithfulness": None,
    }  # fmt: skip
    assert found.residual == pytest.approx(-0.031)


def test_a_model_that_is_random_is_found_out_even_where_sums_agree() -> None:
    def formula(features: pd.DataFrame) -> Risk:
        # Depends on how many rows are asked about together: the mean of the background stays the same.
        wobble = 0.01 if len(features) > 2 else 0.0
        return Risk(0.3 + np.where(np.arange(len(features)) % 2, wobble, -wobble))

    model = registered(formula, numbers("a"), pd.DataFrame({"a": [0.0, 1.0]}))
    found = explained(explain_output(model, pd.DataFrame({"a": [2.0]}), space="probability"))
    assert any(check.name == "repeatability" and not check.passed for check in found.checks)


def test_sampled_values_converge_to_the_exact_ones_and_stay_additive(
    interacting: tuple[RegisteredModel, pd.DataFrame],
) -> None:
    model, row = interacting
    exact = explain_outputs(model, row)
    sampled = explain_outputs(model, row, exact_rows=0)
    for key, found in exact.items():
        other, one = explained(sampled[key]), explained(found)
        assert not other.exact
        assert other.monte_carlo_se is not None
        assert other.monte_carlo_se <= 0.005
        assert other.details["precise"]
        assert abs(other.residual) < 1e-9
        assert other.withheld is None
        for name, value in one.values.items():
            assert other.values[name] == pytest.approx(value, abs=5 * other.details["monte_carlo_se"][name] + 1e-12)


def test_sampling_is_repeatable_and_another_seed_samples_otherwise(
    interacting: tuple[RegisteredModel, pd.DataFrame],
) -> None:
    model, row = interacting
    first, again, other = (
        explained(explain_outputs(model, row, seed=seed, exact_rows=0)["event", "probability"]) for seed in (3, 3, 4)
    )
    assert first.values == again.values
    assert first.values != other.values
    assert first.seed == 3


def test_a_cap_on_predictions_is_reported(interacting: tuple[RegisteredModel, pd.DataFrame]) -> None:
    model, row = interacting
    found = explained(explain_outputs(model, row, exact_rows=0, sampled_rows=1)["event", "log_odds"])
    assert found.details["rounds"] == 2
    assert not found.details["precise"]
    assert abs(found.residual) < 1e-9


def test_sampling_gives_the_reason_where_log_odds_are_infinite_and_explains_the_rest() -> None:
    def formula(features: pd.DataFrame) -> Risk:
        return Risk(np.clip(features["a"].to_numpy() * features["b"].to_numpy(), 0, 1))

    model = registered(formula, numbers("a", "b"), pd.DataFrame({"a": [0.1, 0.9], "b": [0.1, 0.5]}))
    found = explain_outputs(model, pd.DataFrame({"a": [0.5], "b": [1.5]}), exact_rows=0)
    assert explained(found["event", "probability"]).withheld is None
    assert isinstance(found["event", "log_odds"], NotEstimable)


def test_a_value_is_sampled_to_a_share_of_its_range() -> None:
    background = pd.DataFrame({"a": [0.0, 100.0, 40.0], "b": [1.0, 3.0, 2.0]})
    model = registered(product, numbers("a", "b"), background)
    found = explained(explain_outputs(model, pd.DataFrame({"a": [60.0], "b": [5.0]}), exact_rows=0)["value", "value"])
    # Reversed orders of two inputs are both of them: nothing is left to chance.
    assert found.monte_carlo_se == pytest.approx(0, abs=1e-9)
    assert found.details["precise"]


def test_many_inputs_are_sampled_without_overflow(rng: np.random.Generator) -> None:
    names = [f"x{i}" for i in range(70)]
    background = pd.DataFrame(rng.normal(size=(8, 70)), columns=names)
    model = registered(risk_of(dict.fromkeys(names, 0.1)), numbers(*names), background)
    row = pd.DataFrame(rng.normal(size=(1, 70)), columns=names)
    found = explained(explain_output(model, row, space="log_odds"))
    assert not found.exact
    closed = {name: 0.1 * (row[name][0] - background[name].mean()) for name in names}
    assert found.values == pytest.approx(closed, abs=1e-9)


def test_every_class_and_every_horizon_is_an_output() -> None:
    def classes(features: pd.DataFrame) -> ClassProbabilities:
        first = sigmoid(features["a"].to_numpy())
        return ClassProbabilities(np.column_stack([first, (1 - first) / 2, (1 - first) / 2]), ("x", "y", "z"))

    def horizons(features: pd.DataFrame) -> RiskByHorizon:
        late = sigmoid(features["a"].to_numpy())
        return RiskByHorizon(np.column_stack([late / 2, late]), (90.0, 365.0))

    background, row = pd.DataFrame({"a": [0.0, 1.0]}), pd.DataFrame({"a": [2.0]})
    by_class = explain_outputs(registered(classes, numbers("a"), background), row)
    assert [key for key in by_class if key[1] == "probability"] == [(c, "probability") for c in "xyz"]
    assert sum(explained(by_class[c, "probability"]).values["a"] for c in "xyz") == pytest.approx(0, abs=1e-12)
    by_horizon = explain_outputs(registered(horizons, numbers("a"), background), row)
    assert {name for name, _ in by_horizon} == {"90", "365"}
    with pytest.raises(DataError, match="Choose one: x, y, z"):
        explain_output(registered(classes, numbers("a"), background), row, space="probability")


def test_a_score_is_explained_in_its_own_unit_only() -> None:
    model = registered(lambda f: Score(2 * f["a"].to_numpy()), numbers("a"), pd.DataFrame({"a": [0.0]}))
    row = pd.DataFrame({"a": [3.0]})
    assert explained(explain_output(model, row, space="value")).values == {"a": 6.0}
    with pytest.raises(DataError, match="no space 'log_odds'"):
        explain_output(model, row, space="log_odds")


def test_two_rows_and_undefined_inputs_are_refused() -> None:
    model = registered(risk_of({"a": 1.0}), numbers("a"), pd.DataFrame({"a": [0.0]}))
    with pytest.raises(DataError, match="one row"):
        explain_output(model, pd.DataFrame({"a": [1.0, 2.0]}), space="probability")
    with pytest.raises(PredictionError, match="text"):
        explain_output(model, pd.DataFrame({"a": ["tall"]}), space="probability")


def test_where_the_explanation_comes_from_is_recorded(
    interacting: tuple[RegisteredModel, pd.DataFrame],
) -> None:
    model, row = interacting
    found = explained(explain_output(model, row, space="probability"))
    assert (found.background_rows, found.background_sha256, found.seed) == (12, "b" * 64, None)
    assert "enumeration" in found.method
    assert 0 <= found.details["top_input_kept"] <= 1
    # The background's influence: the standard error of a mean over its 12 rows.
    assert set(found.details["background_se"]) == set("abcde")


@pytest.mark.slow
def test_thirteen_inputs_of_a_pipeline_with_categories_are_exact(rng: np.random.Generator) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    data = pd.DataFrame({f"x{i}": rng.integers(0, 11, 300).astype(float) for i in range(12)})
    data["work"] = rng.choice(["desk", "care", "heavy"], 300)
    outcome = (rng.random(300) < sigmoid(data["x0"].to_numpy() - 5)).astype(int)
    encode = ColumnTransformer([("work", OneHotEncoder(sparse_output=False), ["work"])], remainder="passthrough")
    pipeline = make_pipeline(encode, HistGradientBoostingClassifier(max_iter=20, random_state=0))
    pipeline.fit(data, outcome)
    work = Feature(name="work", type="category", levels={"desk": "desk", "care": "care", "heavy": "heavy"})
    model = registered(
        lambda f: Risk(pipeline.predict_proba(f)[:, 1]), [*numbers(*data.columns[:12]), work], data.iloc[:30]
    )
    found = explained(explain_output(model, data.iloc[[200]], space="log_odds"))
    assert found.exact
    assert found.withheld is None
    assert set(found.values) == set(data.columns)
