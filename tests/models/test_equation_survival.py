"""Risks of published survival equations: by hand, by invariants, and against R."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import PredictionError
from cds.core.model_card import ModelCard
from cds.core.prediction import RiskByHorizon
from cds.models.equation import EquationModel
from cds.models.equation_reading import parse_equation

PATIENTS = pd.DataFrame({"karno": [30.0, 80.0], "age": [70.0, 50.0]})


def model(outcome: str = "survival", *, inputs: tuple[str, ...] = ("x",), **equation: Any) -> EquationModel:
    card = {
        "name": "m",
        "version": "1",
        "outcome": outcome,
        "horizons": (30.0, 180.0),
        "time_unit": "days",
        "inputs": [{"name": name, "type": "number"} for name in inputs],
    }
    document = {"schema": "cds.equation/1", "terms": [{"input": "x", "coefficient": 1}]} | equation
    return EquationModel(ModelCard.model_validate(card), parse_equation(document))


def predicted(made: EquationModel, frame: pd.DataFrame, **asked: Any) -> RiskByHorizon:
    prediction = made.predict(frame, **asked)
    assert isinstance(prediction, RiskByHorizon)
    return prediction


def x(*values: float) -> pd.DataFrame:
    return pd.DataFrame({"x": values})


# R 4.2.2, survival 3.5.3: f <- survreg(Surv(time, status) ~ karno + age, data = veteran, dist = d,
#   control = survreg.control(rel.tolerance = 1e-12, maxiter = 200)); coef(f); f$scale;
#   lp <- predict(f, data.frame(karno = c(30, 80), age = c(70, 50)), type = "lp"); at h = 30 and 180:
#   pweibull(h, 1/f$scale, exp(lp)), pexp(h, exp(-lp)), plogis(log(h), lp, f$scale), plnorm(h, lp, f$scale)
SURVREG = {
    "weibull": (
        (2.6571467620767595, 0.034961095976525428, -0.00018767285905508312, 1.0224182660138925),
        [[0.52849520980322828, 0.98692650806022053], [0.1267369814470794, 0.54241165144710213]],
    ),
    "exponential": (
        (2.6837639384431298, 0.034817628560075815, -0.00034119028616567357, None),
        [[0.52214238186640416, 0.98809330896768466], [0.12068920485538918, 0.53777393721230782]],
    ),
    "log_logistic": (
        (1.3689584041724077, 0.039881360620364084, 0.0079751190465895284, 0.61843997296459863),
        [[0.6103477193345227, 0.96597356079577157], [0.074628910716687563, 0.59376641762708715]],
    ),
    "log_normal": (
        (1.1498440042199727, 0.040871222062453173, 0.010570419556342069, 1.1128182888941494),
        [[0.60116538560805577, 0.96901248674904539], [0.082257897511962635, 0.58709034506193625]],
    ),
}


@pytest.mark.parametrize("distribution", SURVREG)
def test_survregs_coefficients_give_survregs_risks(distribution: str) -> None:
    (intercept, karno, age, scale), expected = SURVREG[distribution]
    terms = [{"input": "karno", "coefficient": karno}, {"input": "age", "coefficient": age}]
    given: dict[str, Any] = {"intercept": intercept, "terms": terms} | ({} if scale is None else {"scale": scale})
    made = model(model="aft", distribution=distribution, inputs=("karno", "age"), **given)
    assert predicted(made, PATIENTS).values == pytest.approx(np.array(expected), rel=1e-12)


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        # R 4.2.2: w <- (log(c(30, 180)) - 4) / 0.8; for Q > 0 pgamma(exp(Q * w) / Q^2, 1 / Q^2), for Q < 0 the same
        # with lower.tail = FALSE: the distribution that flexsurv calls gengamma(mu = 4, sigma = 0.8, Q)
        (0.5, [0.29722930038919443, 0.96841720367303963]),
        (-0.7, [0.14805814495838304, 0.84638849231614066]),
        (2, [0.53066050773121143, 0.99946970855148864]),
    ],
)
def test_generalized_gamma_agrees_with_pgamma(q: float, expected: list[float]) -> None:
    made = model(model="aft", distribution="generalized_gamma", scale=0.8, shape=q, intercept=4)
    assert predicted(made, x(0)).values[0] == pytest.approx(expected, rel=1e-12)


def test_a_generalized_gamma_is_log_normal_at_0_and_weibull_at_1() -> None:
    for shape, same in ((0, "log_normal"), (1, "weibull")):
        gamma = model(model="aft", distribution="generalized_gamma", scale=0.7, shape=shape, intercept=4)
        other = model(model="aft", distribution=same, scale=0.7, intercept=4)
        assert predicted(gamma, x(-1, 0, 2)).values == pytest.approx(predicted(other, x(-1, 0, 2)).values, rel=1e-12)


def test_a_weibull_is_both_an_accelerated_time_and_a_proportional_hazard() -> None:
    # H(t) = (t / exp(4 + x))^(1 / 0.5) = exp(−8 − 2x) t²
    accelerated = model(model="aft", distribution="weibull", scale=0.5, intercept=4)
    terms = [{"input": "x", "coefficient": -2}]
    hazards = model(model="proportional_hazards", distribution="weibull", shape=2, intercept=-8, terms=terms)
    one, other = predicted(accelerated, x(0, 1)), predicted(hazards, x(0, 1))
    assert one.values == pytest.approx(other.values, rel=1e-12)
    assert one.linear_predictor is not None
    assert one.linear_predictor.tolist() == [-8, -10]
    assert other.linear_predictor is not None and other.linear_predictor.tolist() == [-8, -10]


def test_gompertz_by_hand() -> None:
    # H(10) = exp(−3)·(exp(0.1·10) − 1)/0.1 = 0.8554856; a shape of 0 is the exponential
    growing = model(model="proportional_hazards", distribution="gompertz", shape=0.1, intercept=-3)
    hazard = math.exp(-3) * (math.e - 1) / 0.1
    assert predicted(growing, x(0), horizons=[10]).values[0, 0] == pytest.approx(1 - math.exp(-hazard), rel=1e-12)
    flat = model(model="proportional_hazards", distribution="gompertz", shape=0, intercept=-3)
    exponential = model(model="proportional_hazards", distribution="exponential", intercept=-3)
    assert predicted(flat, x(0)).values.tolist() == predicted(exponential, x(0)).values.tolist()
    # A falling hazard leaves some without the event for ever: 1 − exp(−exp(−3)/0.1)
    falling = model(model="proportional_hazards", distribution="gompertz", shape=-0.1, intercept=-3)
    assert predicted(falling, x(0), horizons=[1e6]).values[0, 0] == pytest.approx(1 - math.exp(-math.exp(-3) / 0.1))


@pytest.mark.parametrize(
    ("distribution", "link"),
    [
        ("weibull", lambda risk: np.log(-np.log1p(-risk))),
        ("log_logistic", lambda risk: np.log(risk / (1 - risk))),
    ],
)
def test_the_linear_predictor_of_an_accelerated_time_is_on_the_scale_of_the_risk(distribution: str, link: Any) -> None:
    # g(risk by t) = log(t) / scale + lp
    made = model(model="aft", distribution=distribution, scale=0.8, intercept=4)
    lp = made.linear_predictor(x(-1, 0, 1))
    assert link(predicted(made, x(-1, 0, 1), horizons=[60]).values[:, 0]) == pytest.approx(np.log(60) / 0.8 + lp)
    assert (np.diff(lp) < 0).all()  # a longer time is a lower predictor
    shares = made.contributions(x(-1, 0, 1))
    assert shares.sum(axis=1).to_numpy() == pytest.approx(lp)


def test_only_models_of_relative_hazards_hand_out_a_linear_predictor() -> None:
    for distribution, has in (("weibull", True), ("log_logistic", False), ("log_normal", False)):
        made = model(model="aft", distribution=distribution, scale=0.8, intercept=4)
        assert (predicted(made, x(1)).linear_predictor is not None) is has


def test_recalibration_acts_on_the_linear_predictor_of_an_accelerated_time() -> None:
    made = model(model="aft", distribution="weibull", scale=0.5, recalibration={"intercept": 1, "slope": 0.5})
    assert made.linear_predictor(x(3)).tolist() == [1 - 0.5 * 3 / 0.5]


def test_any_positive_horizon_has_a_risk_that_never_falls() -> None:
    for distribution in ("weibull", "log_logistic", "log_normal"):
        made = model(model="aft", distribution=distribution, scale=0.5, intercept=4)
        values = predicted(made, x(0, 1), horizons=[1e-300, 1e-3, 1, 7.5, 1e3, 1e300]).values
        assert (np.diff(values, axis=1) >= 0).all()
        assert (values[:, 0] == 0).all() and (values[:, -1] == 1).all()


@pytest.mark.parametrize("horizons", [[0], [-1], [float("nan")], [float("inf")], []])
def test_a_horizon_that_is_no_positive_number_is_refused(horizons: list[float]) -> None:
    made = model(model="aft", distribution="exponential", intercept=4)
    with pytest.raises(PredictionError, match="horizons must be positive numbers"):
        made.predict(x(0), horizons=horizons)


def test_the_order_in_which_horizons_are_asked_does_not_matter() -> None:
    made = model(model="aft", distribution="exponential", intercept=4)
    one, other = (predicted(made, x(0, 1), horizons=h) for h in ([180, 30, 30], [30, 180]))
    assert one.horizons == other.horizons == (30.0, 180.0)
    assert one.values.tolist() == other.values.tolist()


def test_a_fine_gray_equation_gives_the_cumulative_incidence_of_its_cause() -> None:
    # baseline incidence .1 and .2: F = 1 − (1 − F₀)^exp(lp), with a subdistribution hazard ratio of 2
    baseline = {"horizons": [30, 180], "survival": [0.9, 0.8]}
    made = model("competing_risks", model="cox", baseline=baseline)
    found = predicted(made, x(0, math.log(2)))
    assert found.values == pytest.approx(np.array([[0.1, 0.2], [0.19, 0.36]]), abs=1e-15)


def test_a_baseline_given_at_the_means_takes_centred_terms() -> None:
    # survival .8 at a mean of 50: exp(0.1·(60 − 50)) = e
    baseline = {"horizons": [30, 180], "survival": [0.9, 0.8]}
    terms = [{"input": "x", "centre": 50, "coefficient": 0.1}]
    made = model(model="cox", baseline=baseline, terms=terms)
    assert predicted(made, x(50, 60)).values[:, 1] == pytest.approx([0.2, 1 - 0.8**math.e])


def test_an_unknown_horizon_of_a_baseline_is_refused_and_the_known_ones_are_named() -> None:
    made = model(model="cox", baseline={"horizons": [30, 180], "survival": [1, 0.8]})
    with pytest.raises(PredictionError, match=r"no risk by horizon 60 days. The equation has 30, 180"):
        made.predict(x(0), horizons=[30, 60])
    # nobody has the event by 30 days, whatever the relative hazard
    assert predicted(made, x(1000)).values.tolist() == [[0.0, 1.0]]
