"""LIME: repeatable, refusing what it cannot do, and right where the model is a line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.core.explanation import LocalSurrogate
from cds.core.measure import NotEstimable
from cds.core.model_card import Feature
from cds.explanation.lime_values import local_surrogate
from tests.explanation.fakes import ClassProbabilities, Value, numbers, registered, risk_of, sigmoid


@pytest.fixture
def background() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame({"a": rng.normal(10, 2, 60), "b": rng.normal(0, 1, 60), "c": rng.normal(5, 3, 60)})


ROW = pd.DataFrame({"a": [12.0], "b": [-1.0], "c": [5.0]})


def fitted(found: LocalSurrogate | NotEstimable) -> LocalSurrogate:
    assert isinstance(found, LocalSurrogate), found
    return found


def line(features: pd.DataFrame) -> Value:
    return Value(3 * features["a"].to_numpy() - 2 * features["b"].to_numpy())


def wide(*names: str) -> tuple[Feature, ...]:
    # A plausible range that no sample leaves, so that nothing is cut.
    return tuple(Feature(name=name, type="number", range=(-1000, 1000)) for name in names)


def test_weights_of_a_linear_model_are_its_coefficients_per_standard_deviation(
    background: pd.DataFrame,
) -> None:
    found = fitted(local_surrogate(registered(line, wide("a", "b", "c"), background), ROW, repeats=5))
    sd = background.std(ddof=0)
    assert found.values == pytest.approx({"a": 3 * sd["a"], "b": -2 * sd["b"], "c": 0.0}, abs=0.05)
    expected = {"a": 3 * (12 - background["a"].mean()), "b": -2 * (-1 - background["b"].mean()), "c": 0.0}
    assert found.contributions == pytest.approx(expected, abs=0.1)
    assert found.r_squared > 0.999
    assert found.local_prediction == pytest.approx(found.prediction, abs=0.2)
    # Only the weightless input could move, and it stays last.
    assert found.rank_stability == 1.0


def test_the_same_seed_gives_the_same_surrogate_and_repeats_have_their_own_seeds(
    background: pd.DataFrame,
) -> None:
    model = registered(risk_of({"a": 0.5, "b": 1.0, "c": -0.2}, -5), numbers("a", "b", "c"), background)
    first, again, other = (fitted(local_surrogate(model, ROW, seed=s, repeats=3, samples=200)) for s in (1, 1, 2))
    assert first == again
    assert first.values != other.values
    assert len(set(first.seeds)) == 3


def test_twenty_repeats_are_the_default(background: pd.DataFrame) -> None:
    model = registered(line, numbers("a", "b", "c"), background)
    assert fitted(local_surrogate(model, ROW, samples=50)).repeats == 20


def test_a_missing_input_is_a_reason(background: pd.DataFrame) -> None:
    inputs = [*numbers("a", "b"), Feature(name="c", label="Pain", type="number", required=False)]
    found = local_surrogate(registered(line, inputs, background), ROW.assign(c=np.nan))
    assert found == NotEstimable("not available: missing inputs (Pain)")


def test_categories_are_one_input_and_compare_with_their_share_in_the_background() -> None:
    work = Feature(name="work", type="category", levels={"desk": "desk", "care": "care"})
    smoker = Feature(name="smoker", type="boolean")
    rng = np.random.default_rng(5)
    background = pd.DataFrame({"work": ["desk", "care", "care", "care"] * 10, "smoker": rng.integers(0, 2, 40)})

    def formula(features: pd.DataFrame) -> Value:
        return Value(4.0 * (features["work"] == "desk").to_numpy() + 0.0 * features["smoker"].to_numpy())

    row = pd.DataFrame({"work": ["desk"], "smoker": ["yes"]})
    found = fitted(local_surrogate(registered(formula, [work, smoker], background), row, repeats=3))
    assert found.values["work"] == pytest.approx(4.0, abs=0.05)
    assert found.contributions["work"] == pytest.approx(4.0 * 0.75, abs=0.05)


def test_integers_reach_the_model_whole_and_numbers_within_their_plausible_range() -> None:
    seen: list[pd.DataFrame] = []

    def formula(features: pd.DataFrame) -> Value:
        seen.append(features)
        return Value(features["score"].to_numpy() + np.log(features["bmi"].to_numpy()))

    inputs = [Feature(name="score", type="integer", range=(0, 10)), Feature(name="bmi", type="number", range=(15, 60))]
    rng = np.random.default_rng(5)
    background = pd.DataFrame({"score": rng.integers(0, 11, 30), "bmi": rng.uniform(18, 40, 30)})
    row = pd.DataFrame({"score": [10], "bmi": [18.0]})
    fitted(local_surrogate(registered(formula, inputs, background), row, repeats=2))
    everything = pd.concat(seen)
    assert everything["score"].between(0, 10).all()
    assert (everything["score"] % 1 == 0).all()
    assert everything["bmi"].between(15, 60).all()


def test_inputs_that_never_vary_keep_the_patients_value(background: pd.DataFrame) -> None:
    seen: list[pd.DataFrame] = []

    def formula(features: pd.DataFrame) -> Value:
        seen.append(features)
        return line(features)

    model = registered(formula, numbers("a", "b", "c"), background.assign(c=5.0))
    found = fitted(local_surrogate(model, ROW.assign(c=6.0), repeats=2, samples=50))
    assert found.values["c"] == 0.0
    assert found.details["constant_in_background"] == ["c"]
    assert set(pd.concat(seen)["c"]) == {6.0}


def test_reasons_are_given_without_a_background_or_without_variation(background: pd.DataFrame) -> None:
    inputs = numbers("a", "b", "c")
    for model, reason in [
        (registered(line, inputs, None), "no background sample"),
        (registered(line, inputs, background.iloc[:5]), "5 background rows"),
        (registered(line, inputs, pd.concat([ROW] * 12)), "no input varies"),
        (registered(lambda f: Value(np.ones(len(f))), inputs, background), "same estimate everywhere"),
    ]:
        found = local_surrogate(model, ROW, repeats=2, samples=50)
        assert isinstance(found, NotEstimable)
        assert reason in found.reason


def test_one_of_several_outputs_must_be_named(background: pd.DataFrame) -> None:
    def classes(features: pd.DataFrame) -> ClassProbabilities:
        risk = sigmoid(features["a"].to_numpy() - 10)
        return ClassProbabilities(np.column_stack([risk, 1 - risk]), ("x", "y"))

    model = registered(classes, numbers("a", "b", "c"), background)
    with pytest.raises(DataError, match="several outputs"):
        local_surrogate(model, ROW)
    with pytest.raises(DataError, match="no output"):
        local_surrogate(model, ROW, output="w")
    x, y = (fitted(local_surrogate(model, ROW, output=name, repeats=2, samples=200)) for name in ("x", "y"))
    assert x.values["a"] == pytest.approx(-y.values["a"], abs=1e-9)


def test_one_repeat_cannot_tell_stability(background: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="at least 2"):
        local_surrogate(registered(line, numbers("a", "b", "c"), background), ROW, repeats=1)
