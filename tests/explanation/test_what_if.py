"""Individual curves against the cohort's average, and what became of similar patients."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import partial_dependence
from sklearn.linear_model import LinearRegression

from cds.core.measure import NotEstimable
from cds.core.model_card import DevelopmentSummary, Feature, InputSummary
from cds.core.prediction import Risk, Value
from cds.explanation.similar import SimilarOutcomes, similar_outcomes
from cds.explanation.what_if import what_ifs
from tests.explanation.fakes import registered

RNG = np.random.default_rng(4)
BACKGROUND = pd.DataFrame({"a": RNG.normal(size=200), "b": RNG.normal(size=200)})
INPUTS = [
    Feature.model_validate({"name": "a", "type": "number", "modifiable": True, "unit": "kg"}),
    Feature.model_validate({"name": "b", "type": "number", "modifiable": False}),
]


def product(features: pd.DataFrame) -> Value:
    return Value((features["a"] * features["b"] + features["a"] ** 2).to_numpy(dtype=float))


def test_only_modifiable_inputs_have_a_curve_and_it_is_the_models() -> None:
    model = registered(product, INPUTS, BACKGROUND)
    (curve,) = what_ifs(model, pd.DataFrame({"a": [0.3], "b": [2.0]}))
    assert (curve.input, curve.unit, curve.recorded) == ("a", "kg", 0.3)
    assert 0.3 in curve.values and len(curve.values) == 12
    tried = np.array(curve.values)
    assert curve.estimates["value"] == pytest.approx(2 * tried + tried**2)
    assert (tried[0], tried[-1]) == pytest.approx(np.quantile(BACKGROUND["a"], [0.05, 0.95]))
    assert "not what changing" in curve.caution


def test_the_average_is_scikit_learns_partial_dependence() -> None:
    fitted = LinearRegression().fit(BACKGROUND.assign(c=BACKGROUND["a"] * BACKGROUND["b"])[["a", "b"]], BACKGROUND["a"])
    model = registered(lambda f: Value(fitted.predict(f[["a", "b"]].astype(float))), INPUTS, BACKGROUND)
    (curve,) = what_ifs(model, pd.DataFrame({"a": [float(np.quantile(BACKGROUND["a"], 0.05))], "b": [0.0]}))
    grid = np.array(curve.values)
    expected = partial_dependence(fitted, BACKGROUND, ["a"], custom_values={"a": grid})["average"][0]
    assert curve.average["value"] == pytest.approx(expected, abs=1e-9)


def test_levels_are_those_seen_and_what_lies_beyond_development_is_said() -> None:
    levels = Feature.model_validate(
        {"name": "g", "type": "category", "levels": {"x": "X", "y": "Y"}, "modifiable": True}
    )
    number = Feature.model_validate({"name": "a", "type": "integer", "modifiable": True})
    summary = InputSummary(n=9, missing=0, minimum=0, maximum=6, q05=1, q95=5)
    development = DevelopmentSummary(
        rows=9, inputs={"a": summary, "g": InputSummary(n=9, missing=0, counts={"x": 5, "y": 4})}
    )
    background = pd.DataFrame({"g": ["x", "y"], "a": [1, 5]})
    model = registered(
        lambda f: Value(f["a"].to_numpy(dtype=float)), [levels, number], background, development=development
    )
    by_level, by_number = what_ifs(model, pd.DataFrame({"g": ["x"], "a": [9]}))
    assert by_level.values == ("x", "y") and by_level.average["value"].tolist() == [3.0, 3.0]
    assert by_number.values == (1, 2, 3, 4, 5, 9.0) and by_number.beyond == (9.0,)


def similar(outcome):
    model = registered(lambda f: Risk(np.full(len(f), 0.2)), INPUTS, BACKGROUND)
    model = replace(model, background_outcome=outcome)
    return similar_outcomes(model, pd.DataFrame({"a": [2.0], "b": [0.0]}))


def test_the_frequency_is_that_of_the_nearest_fifth() -> None:
    outcome = (BACKGROUND["a"] > 0.8).to_numpy(dtype=float)
    found = similar(outcome)
    assert isinstance(found, SimilarOutcomes)
    width = BACKGROUND.max() - BACKGROUND.min()
    apart = ((BACKGROUND - [2.0, 0.0]).abs() / width).mean(axis=1).to_numpy()
    nearest = np.argsort(apart)[:40]
    (told,) = found.frequencies
    assert (found.k, found.of, told["count"]) == (40, 200, int(outcome[nearest].sum()))
    # R 4.2.2: prop.test(k, 40, correct = FALSE)$conf.int is Wilson's interval; here by its formula
    p, z, n = told["share"], 1.959963984540054, 40
    middle, half = (
        (p + z**2 / (2 * n)) / (1 + z**2 / n),
        z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n),
    )
    assert (told["low"], told["high"]) == pytest.approx((middle - half, middle + half))


def test_few_outcomes_or_none_tell_nothing() -> None:
    assert isinstance(similar(None), NotEstimable)
    few = np.full(200, np.nan)
    few[:99] = 1
    assert "fewer than 100" in similar(few).reason
