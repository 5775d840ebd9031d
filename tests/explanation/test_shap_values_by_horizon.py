"""Explanations of the risk at a horizon: not of the log hazard; by hand, additive, against shap, from one pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from cds.core.explanation import Explanation
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature
from cds.explanation import games
from cds.explanation.lime_values import local_surrogate
from cds.explanation.outputs import outputs_of
from cds.explanation.shap_values import explain_outputs
from cds.explanation.support import support
from tests.explanation.fakes import Formula, RiskByHorizon, numbers, registered

HORIZONS = (90.0, 365.0)
HAZARD = np.array([0.2, 0.7])  # cumulative baseline hazards


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261120)


def cox(**betas: float) -> Callable[[pd.DataFrame], RiskByHorizon]:
    """1 − exp(−H(t) exp(Σ β x))."""

    def formula(features: pd.DataFrame) -> RiskByHorizon:
        lp = sum(beta * features[name].to_numpy(dtype=float) for name, beta in betas.items())
        return RiskByHorizon(-np.expm1(-np.exp(lp)[:, None] * HAZARD), HORIZONS, lp)

    return formula


def points(model: RegisteredModel, row: pd.DataFrame, **more: int) -> dict[float, Explanation]:
    found = explain_outputs(model, row, **more)
    kept = [each for (_, space), each in found.items() if space == "probability"]
    assert all(isinstance(each, Explanation) for each in kept)
    return {each.horizon: each for each in kept if isinstance(each, Explanation) and each.horizon is not None}


def test_the_values_are_those_of_the_risk_counted_by_hand_at_each_horizon() -> None:
    # Background (0, 0), patient (1, 1), both coefficients log 2: hazards H, 2H and 4H. By symmetry each input has half
    # of F(4H) − F(H) with F(u) = 1 − exp(−u): ½ (e^−.2 − e^−.8) and ½ (e^−.7 − e^−2.8).
    model = registered(cox(a=np.log(2), b=np.log(2)), numbers("a", "b"), pd.DataFrame({"a": [0.0], "b": [0.0]}))
    found = points(model, pd.DataFrame({"a": [1.0], "b": [1.0]}))
    halves = 0.5 * (np.exp(-HAZARD) - np.exp(-4 * HAZARD))
    for horizon, expected in zip(HORIZONS, halves, strict=True):
        assert found[horizon].values == {"a": pytest.approx(expected), "b": pytest.approx(expected)}
        assert found[horizon].exact


def test_equal_parts_of_the_log_hazard_need_not_be_equal_parts_of_the_risk() -> None:
    # Of the log hazard the two inputs have the same shares at every horizon; of the risk not, for it saturates.
    background = pd.DataFrame({"a": [0.0, 1.0, 0.5], "b": [1.0, 0.0, 2.0]})
    model = registered(cox(a=1.5, b=0.8), numbers("a", "b"), background)
    found = points(model, pd.DataFrame({"a": [2.0], "b": [1.5]}))
    first, last = (found[horizon].values["a"] / found[horizon].values["b"] for horizon in HORIZONS)
    assert first != pytest.approx(last, rel=0.05)


def test_base_and_values_add_up_to_the_models_own_risk_at_every_horizon(rng: np.random.Generator) -> None:
    background = pd.DataFrame(rng.normal(size=(30, 4)), columns=list("abcd"))
    model = registered(cox(a=0.8, b=-0.5, c=0.3, d=1.1), numbers(*"abcd"), background)
    row = pd.DataFrame([[1.2, -0.4, 0.7, 0.1]], columns=list("abcd"))
    own, mean = model.predict(row), model.predict(background).values.mean(axis=0)
    assert isinstance(own, RiskByHorizon)
    for k, (horizon, found) in enumerate(points(model, row).items()):
        assert (horizon, found.prediction, found.base) == (HORIZONS[k], own.values[0, k], pytest.approx(mean[k]))
        assert found.residual == pytest.approx(0, abs=1e-12)
        assert found.withheld is None


def test_the_values_at_each_horizon_equal_shaps_exact_explainer(rng: np.random.Generator) -> None:
    import shap  # shap 0.51: ExactExplainer with an Independent masker

    background = pd.DataFrame(rng.normal(size=(20, 3)), columns=list("abc"))
    formula = cox(a=0.8, b=-0.5, c=0.6)
    row = pd.DataFrame([[1.2, -0.4, 0.7]], columns=list("abc"))
    found = points(registered(formula, numbers(*"abc"), background), row)
    for k, horizon in enumerate(HORIZONS):

        def risk(x: np.ndarray, k: int = k) -> np.ndarray:
            return np.asarray(formula(pd.DataFrame(x, columns=list("abc"))).values[:, k])

        peer = shap.ExactExplainer(risk, shap.maskers.Independent(background.to_numpy(), max_samples=100))
        assert list(found[horizon].values.values()) == pytest.approx(peer(row.to_numpy()).values[0], abs=1e-12)


def test_one_pass_of_predictions_serves_every_horizon() -> None:
    background = pd.DataFrame({"a": [0.0, 1.0], "b": [1.0, 0.0]})
    model = registered(cox(a=0.5, b=0.4), numbers("a", "b"), background)
    assert isinstance(model.model, Formula)
    points(model, pd.DataFrame({"a": [2.0], "b": [2.0]}))
    # The patient, the background, all coalitions of all horizons together, and all deletions of the check.
    assert model.model.calls == 4


def test_a_model_whose_risk_at_one_horizon_drifts_is_withheld_there_alone() -> None:
    calls = iter(range(100))

    def formula(features: pd.DataFrame) -> RiskByHorizon:
        drift = 0.01 * next(calls)
        a = features["a"].to_numpy(dtype=float) / 10
        return RiskByHorizon(np.column_stack([a, a + 0.2 + drift]), HORIZONS)

    model = registered(formula, numbers("a"), pd.DataFrame({"a": [1.0, 2.0]}))
    found = points(model, pd.DataFrame({"a": [3.0]}))
    assert found[90.0].withheld is None
    assert found[365.0].withheld == "additivity, repeatability"


def test_sampled_values_carry_a_monte_carlo_error_per_horizon_and_stay_additive(rng: np.random.Generator) -> None:
    background = pd.DataFrame(rng.normal(size=(20, 5)), columns=list("abcde"))
    model = registered(cox(a=0.8, b=-0.5, c=0.6, d=0.2, e=0.4), numbers(*"abcde"), background)
    row = pd.DataFrame([[1.2, -0.4, 0.7, 1.0, -1.0]], columns=list("abcde"))
    exact, sampled = points(model, row), points(model, row, exact_rows=0)
    for horizon in HORIZONS:
        error = sampled[horizon].monte_carlo_se
        assert not sampled[horizon].exact and error is not None and 0 < error <= games.TOLERANCE
        assert sampled[horizon].residual == pytest.approx(0, abs=1e-12)
        difference = np.subtract(list(sampled[horizon].values.values()), list(exact[horizon].values.values()))
        assert np.abs(difference).max() < 5 * error


def test_many_horizons_leave_less_memory_for_coalitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(games, "EXACT_CELLS", 7)  # 4 coalitions × 2 horizons are 8 cells
    model = registered(cox(a=0.5, b=0.4), numbers("a", "b"), pd.DataFrame({"a": [0.0], "b": [0.0]}))
    assert not points(model, pd.DataFrame({"a": [2.0], "b": [2.0]}))[90.0].exact


def test_horizons_that_differ_in_the_seventh_digit_keep_their_own_names() -> None:
    found = outputs_of(RiskByHorizon(np.array([[0.1, 0.2]]), (1000000.0, 1000001.0)))
    assert found.names == ("1000000", "1000001")
    assert found.horizon("1000001") == 1000001.0


def test_lime_and_the_effect_of_a_missing_input_are_given_by_horizon(rng: np.random.Generator) -> None:
    background = pd.DataFrame(rng.normal(size=(40, 2)), columns=["a", "b"])
    inputs = (Feature(name="a", type="number"), Feature(name="b", type="number", required=False))

    def formula(features: pd.DataFrame) -> RiskByHorizon:
        return cox(a=0.5, b=0.4)(features.fillna(0.0))

    model = registered(formula, inputs, background)
    surrogate = local_surrogate(model, pd.DataFrame({"a": [0.4], "b": [0.1]}), output="365", repeats=2, samples=100)
    assert surrogate.output == "365"
    (missing,) = support(model, pd.DataFrame({"a": [0.4], "b": [np.nan]})).missing
    assert [(each.output, each.horizon) for each in missing.estimates] == [("90", 90.0), ("365", 365.0)]
    assert all(each.low < each.high for each in missing.estimates)
