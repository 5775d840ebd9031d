"""Additive predictors in closed form: by hand, and shares of pipelines, equations and survival regressions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from cds.core.measure import NotEstimable
from cds.core.model import Additive, RegisteredModel
from cds.core.prediction import Risk, RiskByHorizon
from cds.core.structure import Shares
from cds.explanation.closed_forms import LINEAR, closed_values
from cds.explanation.linear_values import linear_values, linear_values_by_row
from cds.explanation.shap_values import explain_outputs
from tests.explanation.kinds import INPUTS, card, cohort, registered


def test_values_are_a_share_less_the_mean_share_of_the_background() -> None:
    patients, background = np.array([[3.0, 1.0]]), np.array([[1.0, 1.0], [2.0, 3.0]])
    assert linear_values(patients, background).tolist() == [[1.5, -1.0]]
    assert linear_values_by_row(patients[0], background).tolist() == [[2.0, 0.0], [1.0, -2.0]]


def additive(model: RegisteredModel) -> Additive:
    assert isinstance(model.model, Additive)
    return model.model


def test_splines_and_powers_of_one_input_are_one_share_and_products_of_two_are_none() -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, SplineTransformer

    frame = cohort().dropna()
    bent = ColumnTransformer(
        [
            ("age", SplineTransformer(n_knots=4), ["age"]),
            ("pain", PolynomialFeatures(3, include_bias=False), ["pain"]),
            ("site", OneHotEncoder(drop="first"), ["site"]),
            ("sleep", "drop", ["sleep"]),
        ]
    )
    fitted = make_pipeline(bent, LogisticRegression(max_iter=5000)).fit(frame[INPUTS], frame.event)
    model = registered(fitted, card(positive=1))
    assert model.background is not None
    shares = additive(model).additive_shares(frame[INPUTS])
    assert shares is not None
    assert shares.scale == "log_odds"
    apart = fitted.decision_function(frame[INPUTS]) - shares.values.sum(axis=1)
    assert np.ptp(apart) == pytest.approx(0, abs=1e-10)
    # Rows of the same age share what age adds, whatever else they hold.
    same = shares.values[(frame.age == frame.age.mode()[0]).to_numpy(), INPUTS.index("age")]
    assert len(same) > 1
    assert np.ptp(same) < 1e-12
    assert (shares.values[:, INPUTS.index("sleep")] == 0).all()

    crossed = make_pipeline(PolynomialFeatures(2), Ridge()).fit(frame[["age", "sleep"]], frame.score)
    both = registered(crossed, card("continuous", names=["age", "sleep"]))
    assert additive(both).additive_shares(frame[["age", "sleep"]]) is None
    assert isinstance(closed_values(both, frame[["age", "sleep"]]), NotEstimable)


def test_a_cox_regression_is_explained_in_its_linear_predictor_for_many_patients() -> None:
    from lifelines import CoxPHFitter

    frame = cohort().dropna()
    fitter = CoxPHFitter(penalizer=0.01).fit(
        frame[[*INPUTS, "time", "seen"]], "time", "seen", formula="age + pain + C(site) + sleep"
    )
    model = registered(fitter, card("survival", pain_required=True, horizons=[90, 365], time_unit="days"), rows=40)
    found = closed_values(model, frame[INPUTS])
    assert not isinstance(found, NotEstimable)
    assert (found.scale, found.method, found.outputs) == ("linear_predictor", LINEAR, ("linear predictor",))
    assert found.residual < 1e-9
    assert model.background is not None
    # lifelines' coefficient times the distance from the background's mean.
    expected = fitter.params_["age"] * (frame.age - model.background.age.mean())
    assert found.values[:, INPUTS.index("age"), 0] == pytest.approx(expected.to_numpy(), abs=1e-12)
    predicted = model.predict(frame[INPUTS])
    assert isinstance(predicted, RiskByHorizon)
    assert predicted.linear_predictor is not None
    assert found.base + found.values.sum(axis=1)[:, 0] == pytest.approx(predicted.linear_predictor, abs=1e-9)


def test_a_cox_regression_with_a_product_of_inputs_has_no_closed_form() -> None:
    from lifelines import CoxPHFitter

    frame = cohort().dropna()
    fitter = CoxPHFitter(penalizer=0.01).fit(
        frame[["age", "sleep", "time", "seen"]], "time", "seen", formula="age * sleep"
    )
    model = registered(fitter, card("survival", names=["age", "sleep"], horizons=[90], time_unit="days"))
    assert isinstance(closed_values(model, frame[["age", "sleep"]]), NotEstimable)


def test_a_log_logistic_time_is_additive_in_the_log_odds_of_every_horizon() -> None:
    from lifelines import LogLogisticAFTFitter

    frame = cohort().dropna()
    fitter = LogLogisticAFTFitter(penalizer=0.01).fit(frame[["age", "sleep", "time", "seen"]], "time", "seen")
    model = registered(fitter, card("survival", names=["age", "sleep"], horizons=[90, 365], time_unit="days"))
    row = pd.DataFrame({"age": [61.0], "sleep": [5.5]})
    found = explain_outputs(model, row)
    for horizon in ("90", "365"):
        explained = found[horizon, "log_odds"]
        assert not isinstance(explained, NotEstimable)
        assert explained.method == LINEAR
        assert explained.residual == pytest.approx(0, abs=1e-6)
    one, other = (found[horizon, "log_odds"] for horizon in ("90", "365"))
    assert not isinstance(one, NotEstimable)
    assert not isinstance(other, NotEstimable)
    assert one.values == pytest.approx(other.values, abs=1e-9)


def test_a_recalibrated_model_has_its_bases_shares_times_the_slope() -> None:
    from sklearn.linear_model import LogisticRegression

    from cds.models.update_file import LogOdds
    from cds.models.updated import UpdatedModel
    from tests.explanation.kinds import piped

    frame = cohort().dropna()
    base = registered(piped(LogisticRegression()).fit(frame[INPUTS], frame.event), card(positive=1))
    step = LogOdds(method="recalibrate", intercept=-0.2, slope=0.7)
    model = UpdatedModel(base.card, base.model, (step,))
    ours, theirs = model.additive_shares(frame[INPUTS]), additive(base).additive_shares(frame[INPUTS])
    assert ours is not None
    assert theirs is not None
    assert ours.values == pytest.approx(0.7 * theirs.values)
    within = UpdatedModel(base.card, base.model, (step.model_copy(update={"low": 0.1, "high": 0.9}),))
    assert within.additive_shares(frame[INPUTS]) is None


def test_a_logistic_equation_has_its_terms_as_values_and_none_with_a_product() -> None:
    from cds.models.equation import EquationModel
    from cds.models.equation_format import Logistic

    terms = [
        {"input": "age", "knots": [30, 50, 70], "coefficients": [0.02, -0.01], "divide": 1.0},
        {"input": "site", "levels": {"hip": 0.0, "knee": 0.4, "back": 0.9, "neck": -0.2}},
        {"input": "sleep", "power": 2, "coefficient": -0.01},
        {"input": "pain", "coefficient": 0.3, "missing": 1.5},
    ]
    given = {"schema": "cds.equation/1", "model": "logistic", "intercept": -1.0, "terms": terms}
    background, row = cohort(seed=8)[INPUTS].iloc[:30], pd.DataFrame([[61.0, 8.0, "back", 6.0]], columns=INPUTS)
    equation = EquationModel(card(positive=1), Logistic.model_validate(given))
    found = explain_outputs(RegisteredModel(equation, "0" * 64, "memory", background), row)["event", "log_odds"]
    assert not isinstance(found, NotEstimable)
    assert found.method == LINEAR
    # By hand: coefficient times the distance from the background's mean, a blank counting 1.5.
    assert found.values["sleep"] == pytest.approx(-0.01 * (36.0 - (background.sleep**2).mean()), abs=1e-12)
    assert found.values["pain"] == pytest.approx(2.4 - (0.3 * background.pain).fillna(1.5).mean(), abs=1e-12)
    assert found.residual == pytest.approx(0, abs=1e-9)

    product = {"product": [{"input": "age"}, {"input": "sleep"}], "coefficient": 0.001}
    crossed = EquationModel(card(positive=1), Logistic.model_validate(given | {"terms": [*terms, product]}))
    assert crossed.additive_shares(background) is None


class Pretender:
    """Predicts a product of two inputs and tells shares of a sum: right at (0, 0) and (1, 1), wrong in between."""

    adapter = "pretender"

    def __init__(self) -> None:
        self.card = card(names=["age", "sleep"], positive=1)

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> Risk:
        return Risk(1 / (1 + np.exp(-(features["age"] * features["sleep"]).to_numpy(dtype=float))))

    def additive_shares(self, features: pd.DataFrame) -> Shares:
        return Shares("log_odds", ("age", "sleep"), features[["age", "sleep"]].to_numpy(dtype=float) / 2)


def test_shares_that_fail_on_mixtures_of_patient_and_background_are_not_believed() -> None:
    background, row = pd.DataFrame({"age": [0.0], "sleep": [0.0]}), pd.DataFrame({"age": [1.0], "sleep": [1.0]})
    found = explain_outputs(RegisteredModel(Pretender(), "0" * 64, "memory", background), row)
    for space in ("probability", "log_odds"):
        explained = found["event", space]
        assert not isinstance(explained, NotEstimable)
        assert "differ from its own predictions" in explained.details["fallback"]
        assert explained.method.endswith("exact by enumeration of coalitions")
    assert found["event", "log_odds"].values == pytest.approx({"age": 0.5, "sleep": 0.5})  # type: ignore[union-attr]  # above
