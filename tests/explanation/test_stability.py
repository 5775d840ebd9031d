"""Stability under measurement error: against scipy on a linear model, and a model that jumps within the error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from cds.core.explanation import Check, Explanation
from cds.core.explanation_settings import ExplanationLimits, ExplanationSettings
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature, ModelCard
from cds.core.prediction import Prediction, Risk, Value
from cds.explanation.shap_values import explain_outputs
from cds.explanation.stability import _moved
from cds.report.check_words import check_sentence
from cds.report.wording import sentences
from tests.explanation.fakes import Formula, numbers, registered

BETA = {"a": 3.0, "b": 2.0, "c": -1.0}
BACKGROUND = pd.DataFrame(np.random.default_rng(7).normal(size=(30, 3)), columns=list("abc"))
ROW = pd.DataFrame({"a": [1.0], "b": [1.6], "c": [0.5]})


def linear(features: pd.DataFrame) -> Prediction:
    return Value(sum((features[n].to_numpy(dtype=float) * b for n, b in BETA.items()), np.zeros(len(features))))


def uncertain(error: float = 0.5) -> tuple[Feature, ...]:
    return tuple(Feature(name=n, type="number", measurement_error=error) for n in "abc")


def check(model: RegisteredModel, row: pd.DataFrame, name: str = "stability", seed: int = 1) -> Check:
    found = next(iter(explain_outputs(model, row, seed=seed).values()))
    assert isinstance(found, Explanation)
    return next(each for each in found.checks if each.name == name)


def test_of_a_linear_model_the_value_is_spearmans_of_the_closed_form_as_printed() -> None:
    # Oracle: φ = β (x − mean), exact whatever the orders; scipy's Spearman on steps of 1 % of the values' range.
    model = registered(linear, uncertain(), BACKGROUND)
    moved = _moved(model.card, ROW, np.random.default_rng([1, 1]), 20)
    assert isinstance(moved, pd.DataFrame)
    seen = np.append(linear(BACKGROUND).values, linear(ROW).values)
    step = 0.01 * np.ptp(seen)
    printed = np.rint((moved - BACKGROUND.mean()).to_numpy(dtype=float) * np.array(list(BETA.values())) / step)
    expected = np.mean([spearmanr(printed[0], copy).statistic for copy in printed[1:]])
    found = check(model, ROW)
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert 0.5 < expected < 1
    assert found.details["background_rows"] == 30
    top = np.abs(printed).argmax(axis=1)
    assert found.details["top_kept"] == pytest.approx(np.mean(top[1:] == top[0]))


def test_without_a_measurement_error_nothing_is_moved_and_the_check_says_so() -> None:
    model = registered(linear, numbers(*"abc"), BACKGROUND)
    found = check(model, ROW)
    assert (found.value, found.passed, found.reason) == (None, None, "no_measurement_error")
    told = check_sentence(found, "value", model.card, sentences("en"))
    assert told == "not run: the card states no measurement error"


def test_only_declared_errors_move_inputs_inside_the_range_and_to_whole_numbers() -> None:
    card = ModelCard(
        name="m",
        version="1",
        outcome="binary",
        inputs=(
            Feature(name="pain", type="integer", range=(0, 10), measurement_error=2.0),
            Feature(name="bmi", type="number"),
            Feature(name="sleep", type="number", measurement_error=0.5, required=False),
        ),
    )
    row = pd.DataFrame({"pain": [9], "bmi": [27.4], "sleep": [np.nan]})
    moved = _moved(card, row, np.random.default_rng(1), 200)
    assert isinstance(moved, pd.DataFrame)
    pain = moved["pain"].to_numpy(dtype=float)
    assert pain[0] == 9
    assert (pain == np.rint(pain)).all()
    assert pain.min() >= 0
    assert pain.max() == 10
    assert 1.2 < pain[1:].std() < 2.2
    assert (moved["bmi"] == 27.4).all()
    assert moved["sleep"].isna().all()


def jumpy(features: pd.DataFrame) -> Prediction:
    x = features[["a", "b", "c"]].to_numpy(dtype=float)
    return Risk(0.5 + 0.15 * np.sin(300 * x).sum(axis=1))


def test_a_model_that_jumps_within_the_error_is_withheld() -> None:
    model = registered(jumpy, uncertain(0.3), BACKGROUND)
    found = next(iter(explain_outputs(model, ROW).values()))
    assert isinstance(found, Explanation)
    assert found.withheld == "stability"
    told = check_sentence(found.failed[0], "probability", model.card, sentences("en"))
    assert told.startswith("the strongest contributions change their order when the inputs move by no more than")


def test_the_card_sets_the_limit() -> None:
    model = registered(linear, uncertain(), BACKGROUND)
    value = check(model, ROW).value
    assert value is not None
    settings = ExplanationSettings(limits=ExplanationLimits(stability=value + 0.01))
    strict = model.card.model_copy(update={"explanation": settings})
    found = check(RegisteredModel(Formula(strict, linear), "0" * 64, "memory", BACKGROUND), ROW)
    assert (found.passed, found.limit) == (False, value + 0.01)


def test_the_same_seed_gives_the_same_value_and_another_seed_another() -> None:
    model = registered(linear, uncertain(), BACKGROUND)
    assert check(model, ROW, seed=3) == check(model, ROW, seed=3)
    assert check(model, ROW, seed=3).value != check(model, ROW, seed=4).value


def test_contributions_too_small_to_print_tell_nothing() -> None:
    model = registered(lambda x: Risk(0.3 + 1e-4 * np.tanh(x["a"].to_numpy())), uncertain(), BACKGROUND)
    found = check(model, ROW)
    assert (found.passed, found.reason) == (None, "nothing_to_rank")
