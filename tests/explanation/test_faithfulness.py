"""Faithfulness: areas counted by hand, faults planted in an explainer's output, a model without structure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds.core.arrays import FloatArray
from cds.core.explanation import Check, Explanation
from cds.core.explanation_settings import ExplanationSettings
from cds.core.model_card import Feature
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.explanation import games
from cds.explanation.shap_values import explain_outputs
from tests.explanation.fakes import Formula, numbers, registered

NAMES = list("abcdef")
BETA = np.array([9.0, 4.0, 2.0, 0.2, -1.0, -6.0]) / 100
BACKGROUND = pd.DataFrame(np.zeros((1, 6)), columns=NAMES)
ROW = pd.DataFrame(np.ones((1, 6)), columns=NAMES)


def additive(features: pd.DataFrame) -> Prediction:
    return Risk(0.4 + features[NAMES].to_numpy(dtype=float) @ BETA)


def explained(formula: Callable[[pd.DataFrame], Prediction], row: pd.DataFrame = ROW) -> Explanation:
    model = registered(formula, numbers(*row.columns), BACKGROUND[list(row.columns)])
    found = next(iter(explain_outputs(model, row).values()))
    assert isinstance(found, Explanation)
    return found


def check(found: Explanation) -> Check:
    return next(each for each in found.checks if each.name == "faithfulness")


def test_the_area_between_the_curves_is_that_counted_by_hand() -> None:
    # Contributions 3, 1, −2. Deleted from the top the estimate falls by 0, 3, 4, 2 (mean 9/4), from the bottom by
    # 0, −2, −1, 2 (mean −1/4): half their difference is 5/4, and no order does better.
    beta = np.array([3.0, 1.0, -2.0])
    found = check(explained(lambda x: Value(x.to_numpy(dtype=float) @ beta), ROW[["a", "b", "c"]]))
    assert found.details["area"] == pytest.approx(1.25, abs=1e-12)
    assert found.details["largest_random_area"] == pytest.approx(1.25, abs=1e-12)
    assert found.value == 1.0


def test_a_patient_at_the_backgrounds_mean_is_judged_and_not_withheld() -> None:
    # +9 −9 and +3 −3 points: the estimate equals the base, the orders still differ.
    beta = np.array([9.0, -9.0, 3.0, -3.0]) / 100
    found = explained(lambda x: Risk(0.4 + x.to_numpy(dtype=float) @ beta), ROW[["a", "b", "c", "d"]])
    assert found.prediction == pytest.approx(found.base)
    assert check(found).value == 1.0
    assert found.withheld is None


def test_where_nothing_moves_the_check_is_not_informative() -> None:
    found = explained(lambda x: Risk(0.4 + 1e-5 * x.to_numpy(dtype=float) @ BETA))
    assert (check(found).passed, check(found).reason) == (None, "nothing_moves")
    assert found.withheld is None


def test_a_single_input_has_no_order() -> None:
    found = explained(lambda x: Risk(0.4 + 0.1 * x["a"].to_numpy()), ROW[["a"]])
    assert (check(found).passed, check(found).reason) == (None, "single_input")


def planted(monkeypatch: pytest.MonkeyPatch, change: Callable[[FloatArray], FloatArray]) -> None:
    honest = games.shapley_by_row
    monkeypatch.setattr(games, "shapley_by_row", lambda *given: change(honest(*given)))


def test_honest_values_pass_every_check() -> None:
    found = explained(additive)
    assert found.values == pytest.approx(dict(zip(NAMES, BETA, strict=True)))
    assert {each.name: each.passed for each in found.checks} == {
        "additivity": True,
        "repeatability": True,
        "stability": None,
        "faithfulness": True,
    }


def test_a_value_off_by_three_points_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, lambda values: values + np.array([0, 0.03, 0, 0, 0, 0]))
    found = explained(additive)
    assert found.withheld == "additivity"
    assert found.checks[0].value == pytest.approx(0.03)


@pytest.mark.parametrize("other", [3, 4, 5])
def test_values_of_two_inputs_swapped_add_up_and_are_caught(monkeypatch: pytest.MonkeyPatch, other: int) -> None:
    order = np.arange(6)
    order[[0, other]] = [other, 0]
    planted(monkeypatch, lambda values: values[:, order])
    found = explained(additive)
    assert found.checks[0].passed
    assert found.withheld == "faithfulness"


def test_the_same_value_for_every_input_adds_up_and_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, lambda values: np.full_like(values, values.sum() / values.size))
    found = explained(additive)
    assert found.checks[0].passed
    assert found.withheld == "faithfulness"
    assert check(found).details["area"] == 0


def test_values_with_their_signs_turned_do_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, lambda values: -values)
    assert explained(additive).withheld == "additivity"


def test_a_model_without_structure_is_withheld() -> None:
    # A random number for each combination: what an input adds says nothing of what taking it away does.
    def formula(features: pd.DataFrame) -> Prediction:
        code = features[NAMES].to_numpy(dtype=np.int64) @ (2 ** np.arange(6))
        return Risk(np.random.default_rng(1).uniform(0.1, 0.9, 64)[code])

    found = explained(formula)
    assert found.withheld == "faithfulness"
    assert found.checks[0].passed


def test_domains_are_deleted_whole() -> None:
    # Domain p holds a and b (9 + 4), q holds f (−6): deleted from the top the estimate falls by 0, 13, 7 points (mean
    # 20/3), from the bottom by 0, −6, 7 (mean 1/3): half their difference is 19/6 points.
    inputs = [Feature(name=n, type="number", domain=d) for n, d in (("a", "p"), ("b", "p"), ("f", "q"))]
    model = registered(lambda x: Risk(0.4 + x.to_numpy(dtype=float) @ BETA[[0, 1, 5]]), inputs, BACKGROUND[list("abf")])
    settings = ExplanationSettings(players="domains")
    card = model.card.model_copy(update={"explanation": settings})
    grouped = replace(model, model=Formula(card, model.model.formula))  # type: ignore[attr-defined]
    found = next(iter(explain_outputs(grouped, ROW[list("abf")]).values()))
    assert isinstance(found, Explanation)
    assert len(found.groups) == 2
    assert check(found).details["area"] == pytest.approx(0.19 / 6, abs=1e-12)


def test_every_output_in_every_space_is_judged_by_its_own_curve() -> None:
    def formula(features: pd.DataFrame) -> Prediction:
        p = additive(features).values  # type: ignore[union-attr]
        return ClassProbabilities(np.column_stack([p, 0.2 * np.ones(len(p)), 0.8 - p]), ("x", "y", "z"))

    found = explain_outputs(registered(formula, numbers(*NAMES), BACKGROUND), ROW)
    told = {key: check(each) for key, each in found.items() if isinstance(each, Explanation)}
    assert told["x", "probability"].details["area"] == pytest.approx(told["z", "probability"].details["area"])
    assert (told["x", "log_odds"].value, told["z", "log_odds"].value) == (1.0, 1.0)
    assert told["y", "probability"].reason == "nothing_moves"


def test_many_inputs_are_deleted_several_at_a_time() -> None:
    names = [f"x{k}" for k in range(150)]
    beta = np.linspace(-1, 1, 150)
    background, row = (pd.DataFrame(np.full((1, 150), value), columns=names) for value in (0.0, 1.0))
    model = registered(lambda x: Value(x.to_numpy(dtype=float) @ beta), numbers(*names), background)
    found = next(iter(explain_outputs(model, row, sampled_rows=1000).values()))
    assert isinstance(found, Explanation)
    told = check(found)
    # From the top: mean over 0, 1/40, … 40/40 of the inputs of the sum of the largest coefficients.
    deleted = np.rint(np.linspace(0, 150, 41)).astype(int)
    assert told.details["area"] == pytest.approx(np.mean([np.sort(beta)[::-1][:k].sum() for k in deleted]))
    assert told.value == 1.0
