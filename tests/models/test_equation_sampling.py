"""Sampling intervals of equations with a covariance, against R; and what is refused.

Numbers: R 4.2.2, survival 3.5-3, MASS 7.3-58.2, the code above each.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import CardError
from cds.core.measure import NotEstimable
from cds.core.model import Sampled
from cds.core.model_card import Feature, ModelCard
from cds.models.equation import EquationModel
from cds.models.equation_reading import parse_equation

GLM = [
    [1.028726625431, -2.067903369e-02, -4.073716154e-03, -5.432636939e-02],
    [-0.020679033685, 1.070998290e-03, -2.888373566e-05, -5.681659969e-06],
    [-0.004073716154, -2.888373566e-05, 3.763654929e-05, 5.548155558e-05],
    [-0.054326369395, -5.681659969e-06, 5.548155558e-05, 1.061963168e-01],
]
COX = [[8.685087592e-05, -0.0002471470692], [-2.471470692e-04, 0.0134168710786]]
POLR = [
    [0.0013955135606, 0.0002402112748, 0.002661050561, 0.002761654959],
    [0.0002402112748, 0.0032619898363, 0.002302134640, 0.002346939361],
    [0.0026610505611, 0.0023021346396, 0.007158092361, 0.006902047323],
    [0.0027616549591, 0.0023469393606, 0.006902047323, 0.007541296663],
]


def terms(**coefficients: float) -> list[dict[str, Any]]:
    return [{"input": name, "coefficient": value} for name, value in coefficients.items()]


def model(outcome: str, *, card: dict[str, Any] | None = None, **equation: Any) -> EquationModel:
    document = {"schema": "cds.equation/1"} | equation
    optional = {term["input"] for term in document["terms"] if "missing" in term}
    inputs = [
        Feature(name=term["input"], type="number", required=term["input"] not in optional) for term in document["terms"]
    ]
    given = {"name": "m", "version": "1", "outcome": outcome, "inputs": inputs} | (card or {})
    return EquationModel(ModelCard.model_validate(given), parse_equation(document))


def logistic(**changes: Any) -> EquationModel:
    given = {
        "model": "logistic",
        "intercept": 1.36822526851,
        "terms": terms(age=-0.03899458274, lwt=-0.01213854234, smoke=0.67076374075),
        "sampling": {"covariance": GLM},
    }
    return model("binary", **(given | changes))


MOTHER = pd.DataFrame({"age": [30.0], "lwt": [110.0], "smoke": [1.0]})


def test_logistic_bounds_are_those_of_predict_glm():
    # f <- glm(low ~ age + lwt + smoke, data = MASS::birthwt, family = binomial)
    # p <- predict(f, data.frame(age=30, lwt=110, smoke=1), type="link", se.fit=TRUE)
    # plogis(p$fit + c(-1, 1) * qnorm(.975) * p$se.fit)
    low, high = logistic().sampling_bounds(MOTHER, level=0.95)
    assert (low[0], high[0]) == (pytest.approx(0.2364325839, rel=1e-7), pytest.approx(0.5597535833, rel=1e-7))
    assert logistic().predict(MOTHER).values[0] == pytest.approx(0.3855425476, rel=1e-7)


def test_cox_bounds_are_those_of_predict_coxph_with_the_baseline_fixed():
    # d <- na.omit(lung[, c("time", "status", "age", "ph.ecog")])
    # f <- coxph(Surv(time, status) ~ I(age - 60) + I(ph.ecog - 1), data = d)
    # q <- predict(f, data.frame(age=72, ph.ecog=2), type="lp", se.fit=TRUE, reference="zero")
    # 1 - s0^exp(q$fit + c(-1, 1) * qnorm(.975) * q$se.fit)   # s0: survfit at age 60, ph.ecog 1
    found = model(
        "survival",
        card={"horizons": [180, 365], "time_unit": "days"},
        model="cox",
        terms=[
            {"input": "age", "coefficient": 0.01128123873, "centre": 60},
            {"input": "ecog", "coefficient": 0.44348535280, "centre": 1},
        ],
        baseline={"horizons": [180, 365], "survival": [0.7333769615, 0.4156299565]},
        sampling={"covariance": COX},
    )
    low, high = found.sampling_bounds(pd.DataFrame({"age": [72.0], "ecog": [2.0]}), level=0.95)
    assert low[0] == pytest.approx([0.3425011560, 0.6949198947], rel=1e-7)
    assert high[0] == pytest.approx([0.5180277591, 0.8733649794], rel=1e-7)


def test_ordinal_bounds_are_those_of_polr():
    # h <- MASS::housing[rep(1:72, MASS::housing$Freq), ]; i <- as.integer(h$Infl); c <- as.integer(h$Cont == "High")
    # o <- polr(Sat ~ i + c, data = h, method = "probit", Hess = TRUE); V <- vcov(o); x <- c(3, 1)
    # ends: pnorm(zeta - eta -+ 1.96 se), se of (-x, threshold); middle: the delta method on qlogis(p), its gradient
    # by central differences of 1e-6
    found = model(
        "ordinal",
        card={"categories": ["Low", "Medium", "High"]},
        model="ordered_probit",
        terms=terms(i=0.3887419242, c=0.1676008549),
        thresholds=[0.3801788048, 1.0907104371],
        sampling={"covariance": POLR},
    )
    row = pd.DataFrame({"i": [3.0], "c": [1.0]})
    low, high = found.sampling_bounds(row, level=0.95)
    assert found.predict(row).values[0] == pytest.approx([0.1701309699, 0.2338267247, 0.5960423053], rel=1e-7)
    assert low[0] == pytest.approx([0.1411276713, 0.2113637427, 0.5503304985], rel=1e-6)
    assert high[0] == pytest.approx([0.2026963019, 0.2578963127, 0.6404777110], rel=1e-6)


def test_a_recalibration_stretches_the_standard_error_and_adds_none():
    from scipy.special import logit

    low, high = logistic(recalibration={"intercept": 0.3, "slope": 0.5}).sampling_bounds(MOTHER, level=0.95)
    before = np.diff(logit(logistic().sampling_bounds(MOTHER, level=0.95)), axis=0)
    assert np.diff(logit((low, high)), axis=0) == pytest.approx(before / 2)


def test_without_a_covariance_or_with_a_missing_input_there_are_no_bounds():
    found = logistic(sampling=None).sampling_bounds(MOTHER, level=0.95)
    assert found == NotEstimable("the equation gives no covariance of its coefficients")
    optional = [*terms(age=-0.039, lwt=-0.012), {"input": "smoke", "coefficient": 0.67, "missing": 0.2}]
    blank = logistic(terms=optional).sampling_bounds(MOTHER.assign(smoke=np.nan), level=0.95)
    assert blank == NotEstimable("an input of the equation is missing")
    assert isinstance(logistic(), Sampled)


@pytest.mark.parametrize(
    ("covariance", "told"),
    [
        (COX, "4 rows and columns: the intercept and every coefficient"),
        ((np.diag([1.0, 1, 1, -1])).tolist(), "positive semi-definite"),
        ([[1.0, 0.5, 0, 0], [0.4, 1, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]], "symmetric"),
    ],
)
def test_a_covariance_that_does_not_fit_is_refused(covariance, told):
    with pytest.raises(CardError, match=told):
        logistic(sampling={"covariance": covariance})
