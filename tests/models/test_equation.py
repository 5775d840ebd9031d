"""What an equation predicts, by kind, on inputs whose result can be counted by hand."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import PredictionError
from cds.core.model import Model
from cds.core.model_card import Feature, ModelCard
from cds.core.prediction import ClassProbabilities, Risk, RiskByHorizon, Score, Value
from cds.models.equation import ADAPTER, EquationModel
from cds.models.equation_reading import parse_equation

X = Feature(name="x", type="number")
Y = Feature(name="y", type="number")
TERMS = [{"input": "x", "coefficient": 1}]


def model(kind: str, outcome: str, *, card: dict[str, Any] | None = None, **equation: Any) -> EquationModel:
    document = {"schema": "cds.equation/1", "model": kind, "terms": TERMS} | equation
    given = {"name": "m", "version": "1", "outcome": outcome, "inputs": (X, Y)} | (card or {})
    return EquationModel(ModelCard.model_validate(given), parse_equation(document))


def rows(*x: float | None, y: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame({"x": x, "y": y})


def test_the_adapter_reads_toml_and_gives_a_model() -> None:
    assert (ADAPTER.name, ADAPTER.suffixes) == ("equation", (".toml",))
    assert isinstance(model("logistic", "binary"), Model)


def test_logistic_risk_is_the_inverse_logit() -> None:
    # log 3 is odds of 3 to 1
    predicted = model("logistic", "binary", intercept=math.log(3)).predict(rows(0, -math.log(3)))
    assert isinstance(predicted, Risk)
    assert predicted.values == pytest.approx([0.75, 0.5], abs=1e-15)


def test_recalibration_moves_and_stretches_the_linear_predictor() -> None:
    # 0.5 + 2 · (1 + x)
    recalibrated = model("logistic", "binary", intercept=1, recalibration={"intercept": 0.5, "slope": 2})
    assert recalibrated.linear_predictor(rows(0, 3)).tolist() == [2.5, 8.5]


def test_cox_risk_is_one_minus_the_baseline_survival_to_the_relative_hazard() -> None:
    baseline = {"horizons": [1, 5], "survival": [0.9, 0.8]}
    cox = model("cox", "survival", card={"horizons": (1.0, 5.0), "time_unit": "years"}, baseline=baseline)
    predicted = cox.predict(rows(0, math.log(2)))
    assert isinstance(predicted, RiskByHorizon)
    assert predicted.horizons == (1.0, 5.0)
    # hazard ratio 2: 1 − 0.9² = 0.19, 1 − 0.8² = 0.36
    assert predicted.values == pytest.approx(np.array([[0.1, 0.2], [0.19, 0.36]]), abs=1e-15)
    assert predicted.linear_predictor == pytest.approx([0, math.log(2)])
    assert cox.predict(rows(0), horizons=[5]).values.tolist() == [[pytest.approx(0.2)]]
    with pytest.raises(PredictionError, match=r"no risk by horizon 3 years. The equation has 1, 5"):
        cox.predict(rows(0), horizons=[3])


def test_an_enormous_hazard_is_a_risk_of_one() -> None:
    baseline = {"horizons": [1], "survival": [0.9]}
    cox = model("cox", "survival", card={"horizons": (1.0,), "time_unit": "years"}, baseline=baseline)
    assert cox.predict(rows(1000)).values.tolist() == [[1.0]]


def test_ordered_probit_cuts_the_normal_distribution_at_its_thresholds() -> None:
    # Φ(0) = 0.5; Φ(1) = (1 + erf(1/√2))/2 = 0.8413447460685429, by Python's math.erf
    probit = model("ordered_probit", "ordinal", card={"categories": ("a", "b", "c")}, thresholds=[0, 1])
    predicted = probit.predict(rows(0, 1))
    assert isinstance(predicted, ClassProbabilities)
    upper = 0.8413447460685429
    assert predicted.values == pytest.approx(
        np.array([[0.5, upper - 0.5, 1 - upper], [1 - upper, upper - 0.5, 0.5]]), abs=1e-15
    )
    assert predicted.categories == ("a", "b", "c")


def test_linear_value_has_a_prediction_interval() -> None:
    # x = 3: variance 4·(1 + [1 3] I [1 3]ᵀ) = 4·11; half-width 2·√44
    interval = {"level": 0.95, "t": 2, "residual_variance": 4, "covariance": [[1, 0], [0, 1]]}
    predicted = model("linear", "continuous", intercept=1, interval=interval).predict(rows(3))
    assert isinstance(predicted, Value)
    assert predicted.values.tolist() == [4]
    assert predicted.low is not None and predicted.high is not None
    assert predicted.high - predicted.values == pytest.approx([2 * math.sqrt(44)])
    assert predicted.values - predicted.low == pytest.approx([2 * math.sqrt(44)])


def test_without_a_covariance_the_interval_is_the_residuals() -> None:
    interval = {"level": 0.95, "t": 2, "residual_variance": 9}
    predicted = model("linear", "continuous", interval=interval).predict(rows(3))
    assert isinstance(predicted, Value) and predicted.low is not None
    assert predicted.low.tolist() == [-3]
    plain = model("linear", "continuous").predict(rows(3))
    assert isinstance(plain, Value) and plain.low is None


def test_points_are_a_score_and_no_probability() -> None:
    predicted = model("score", "score", intercept=2).predict(rows(3))
    assert isinstance(predicted, Score)
    assert (predicted.values.tolist(), predicted.groups) == ([5], None)


def test_contributions_and_intercept_sum_to_the_linear_predictor() -> None:
    terms = [
        {"input": "x", "coefficient": 1},
        {"input": "x", "power": 2, "coefficient": 1},
        {"product": [{"input": "x"}, {"input": "y"}], "coefficient": 1},
    ]
    equation = model("logistic", "binary", intercept=1, terms=terms, recalibration={"intercept": 3, "slope": 2})
    shares = equation.contributions(rows(2, y=5))
    # 3 + 2·1, 2·(2 + 2²), 2·(2·5)
    assert shares.to_dict("records") == [{"(intercept)": 5, "x": 12, "x × y": 20}]
    assert shares.sum(axis=1).tolist() == equation.linear_predictor(rows(2, y=5)).tolist()


def test_a_missing_required_input_is_refused_with_its_rows() -> None:
    with pytest.raises(PredictionError, match="required input 'x' is missing at rows 1, 2"):
        model("logistic", "binary").predict(rows(1, None, None))


def test_a_missing_column_names_the_nearest() -> None:
    with pytest.raises(PredictionError, match=r"no column 'x'. Did you mean 'xx'"):
        model("logistic", "binary").predict(rows(1).rename(columns={"x": "xx"}))


def test_values_outside_the_limits_of_the_source_are_refused_and_not_quoted() -> None:
    limited = model("logistic", "binary", limits={"x": [30, 100]})
    assert limited.predict(rows(30, 100)).values.shape == (2,)
    with pytest.raises(PredictionError, match=r"defined for 'x' from 30 to 100 only.*at row 1$") as caught:
        limited.predict(rows(30, 29.25))
    assert "29.25" not in str(caught.value)


def test_permuting_rows_permutes_predictions() -> None:
    logistic = model("logistic", "binary")
    frame = rows(*np.linspace(-2, 2, 9))
    order = np.random.default_rng(1).permutation(9)
    assert logistic.predict(frame.iloc[order]).values.tolist() == logistic.predict(frame).values[order].tolist()
