"""Cox regression agrees with R's coxph, counts whole weights as repeated rows, and says why there is no fit."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.cox import CONSTANT, NO_EVENTS, NO_MAXIMUM, REPLICATE_TOLERANCE, fit_cox, fit_on_risk_sets
from cds.stats.risk_sets import RiskSets

# R 4.2.2, survival 3.5.3, for every number below:
#   t <- c(2,3,3,5,5,5,6,8,8,9,11,12); e <- c(1,1,1,1,0,1,0,1,1,0,1,0); en <- c(0,0,1,0,2,3,0,5,1,4,2,6)
#   a <- c(.5,-1,1.2,.3,0,-.7,.9,-1.1,.4,-.2,1.5,-.6); b <- c(1,0,1,0,0,1,1,0,1,0,0,1)
#   w <- c(.5,1.5,1,2.5,1,.7,1,2,.4,1,1.2,1); m <- c(2,1,0,3,1,2,1,1,2,0,1,2); id <- rep(1:6, each = 2)
#   ctl <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
#   f <- coxph(Surv(t, e) ~ a + b, ties = "efron", control = ctl)
TIME = np.array([2, 3, 3, 5, 5, 5, 6, 8, 8, 9, 11, 12], dtype=float)
EVENT = np.array([1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0])
ENTRY = np.array([0, 0, 1, 0, 2, 3, 0, 5, 1, 4, 2, 6], dtype=float)
A = [0.5, -1, 1.2, 0.3, 0, -0.7, 0.9, -1.1, 0.4, -0.2, 1.5, -0.6]
X = np.array([A, [1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1]])
FRACTIONAL = np.array([0.5, 1.5, 1, 2.5, 1, 0.7, 1, 2, 0.4, 1, 1.2, 1])
WHOLE = np.array([2, 1, 0, 3, 1, 2, 1, 1, 2, 0, 1, 2], dtype=float)
ROWS = [
    # c(coef(f), sqrt(diag(vcov(f))), f$loglik[2], basehaz(f, centered = FALSE) at t = 8), and so for the others
    pytest.param(
        {}, [0.05418214072, 0.23624796015, 0.41757106976, 0.71909727269, -15.09384224064, 0.85977842371], id="ties"
    ),
    # coxph(Surv(en, t, e) ~ a + b, ties = "efron", control = ctl)
    pytest.param(
        {"entry": ENTRY},
        [-0.30570984390, 0.17276244312, 0.46002060336, 0.72059337617, -12.69507917888, 1.21606044482],
        id="entry",
    ),
    # coxph(Surv(t, e) ~ a + b, weights = w, ties = "efron", control = ctl, robust = FALSE)
    pytest.param(
        {"weights": FRACTIONAL},
        [-0.07295886612, -0.24096534951, 0.35824546939, 0.73780910263, -19.73953209092, 1.10486991226],
        id="fractional",
    ),
]


@pytest.mark.parametrize(("given", "expected"), ROWS)
def test_coefficients_errors_likelihood_and_baseline_are_those_of_r(given, expected):
    fit = fit_cox(X, TIME, EVENT, **given)
    found = [*fit.coefficients, fit.se(0), fit.se(1), fit.log_likelihood, float(fit.baseline.at(8.0))]
    assert found == pytest.approx(expected, rel=1e-9)


def test_whole_weights_are_repeated_rows():
    # d <- data.frame(t, e, a, b)[rep(1:12, m), ]
    # coef(coxph(Surv(t, e) ~ a + b, data = d, ties = "efron", control = ctl))
    fit, rows = fit_cox(X, TIME, EVENT, weights=WHOLE), np.repeat(np.arange(12), WHOLE.astype(int))
    assert fit.coefficients == pytest.approx([-0.03148047346, -0.38913935630], rel=1e-9)
    doubled = fit_cox(X[:, rows], TIME[rows], EVENT[rows])
    assert fit.covariance == pytest.approx(doubled.covariance, rel=1e-9)
    assert fit.baseline.value == pytest.approx(doubled.baseline.value, rel=1e-9)


def test_equal_fractional_weights_change_no_coefficient():
    assert fit_cox(X, TIME, EVENT, weights=np.full(12, 0.7)).coefficients == pytest.approx(
        fit_cox(X, TIME, EVENT).coefficients, rel=1e-9
    )


def test_residuals_are_those_of_r():
    fit = fit_cox(X, TIME, EVENT)
    # residuals(f, type = "score")[, 1]
    assert fit.score_residuals[0] == pytest.approx(
        [
            0.31061386807,
            -0.89993085138,
            0.80163210697,
            0.12304143470,
            0.05201175897,
            -0.40769634017,
            -0.47275493265,
            -0.32633237727,
            0.03764301083,
            0.24920568953,
            -0.72094688123,
            1.25351351362,
        ],
        rel=1e-9,
    )
    # residuals(f, type = "martingale")
    assert fit.martingale == pytest.approx(
        [
            0.90502983893,
            0.81238207707,
            0.73230286726,
            0.59634021044,
            -0.45280664575,
            0.51573211376,
            -0.60213224099,
            0.29659145022,
            0.03371478318,
            -0.85051179585,
            -0.40199529613,
            -1.58464736215,
        ],
        rel=1e-9,
    )
    # residuals(coxph(..., weights = w), type = "dfbeta")[, 2]
    weighted = fit_cox(X, TIME, EVENT, weights=FRACTIONAL)
    assert FRACTIONAL * weighted.dfbeta[1] == pytest.approx(
        [
            0.20109623496,
            -0.19908602439,
            0.38965088637,
            -0.15262278503,
            0.07912165448,
            0.15991142478,
            -0.19289251864,
            0.03369925605,
            0.05029573548,
            0.14888889559,
            -0.01861029951,
            -0.49945246014,
        ],
        rel=1e-8,
    )


def test_the_error_by_patient_is_that_of_r():
    # vcov(coxph(Surv(t, e) ~ a + b, cluster = id, ties = "efron", control = ctl))
    robust = fit_cox(X, TIME, EVENT).robust_covariance(np.repeat(np.arange(6), 2))
    assert robust.ravel() == pytest.approx([0.07354042238, 0.04675071464, 0.04675071464, 0.28181891673], rel=1e-9)


def test_a_predicted_survival_and_its_error_are_those_of_r():
    # s <- summary(survfit(f, newdata = data.frame(a = c(0, 1), b = c(1, 0))), times = 8); c(s$surv, s$std.err / s$surv)
    fit, new = fit_cox(X, TIME, EVENT), np.array([[0.0, 1.0], [1.0, 0.0]])
    assert np.exp(-fit.cumulative_hazard(new, 8.0)) == pytest.approx([0.33658676330, 0.40347199772], rel=1e-9)
    assert np.sqrt(fit.hazard_variance(new, 8.0)) == pytest.approx([0.60386477261, 0.56641658778], rel=1e-9)


def test_the_score_is_zero_at_the_maximum_and_order_does_not_matter():
    fit, back = fit_cox(X, TIME, EVENT, entry=ENTRY), slice(None, None, -1)
    assert fit.score_residuals.sum(axis=1) == pytest.approx([0, 0], abs=1e-9)
    other = fit_cox(X[:, back], TIME[back], EVENT[back], entry=ENTRY[back])
    assert other.coefficients == pytest.approx(fit.coefficients, rel=1e-9)


def test_half_of_the_risk_by_hand():
    # events of x = 0 among 2 + 2, of x = 1 among 1 + 2, and of x = 1 alone: 1/(1 + θ) = 2θ/(1 + 2θ), so θ = 1/√2
    fit = fit_cox(np.array([[0.0, 1.0, 0.0, 1.0]]), np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 1, 0, 1]))
    assert fit.coefficients == pytest.approx([-np.log(2) / 2], rel=1e-9)


def test_a_warm_start_with_few_digits_ends_within_a_hundredth_of_an_error():
    sets, full = RiskSets.of(TIME, EVENT), fit_cox(X, TIME, EVENT)
    exact = fit_on_risk_sets(X, sets, weights=WHOLE)
    warm = fit_on_risk_sets(X, sets, weights=WHOLE, start=full.coefficients, tolerance=REPLICATE_TOLERANCE)
    assert np.abs(warm.coefficients - exact.coefficients).max() < 1e-3 * exact.se(0)
    far = fit_on_risk_sets(X, sets, weights=WHOLE, start=np.array([5000.0, -5000.0]))
    assert far.coefficients == pytest.approx(exact.coefficients, rel=1e-9)


@pytest.mark.parametrize(
    ("x", "event", "reason"),
    [
        (TIME[None], np.ones(12), NO_MAXIMUM),
        (X[1:] * 0 + 3.0, EVENT, CONSTANT),
        (X, EVENT * 0, NO_EVENTS),
        (np.stack([X[0], 2 * X[0]]), EVENT, NO_MAXIMUM),
        ((TIME == 2)[None].astype(float), EVENT, NO_MAXIMUM),
    ],
    ids=["perfect order", "constant", "no events", "collinear", "first event marked"],
)
def test_without_a_maximum_there_is_a_reason(x, event, reason):
    time = np.arange(1.0, 13.0) if reason == NO_MAXIMUM and len(x) == 1 and event.all() else TIME
    assert fit_cox(x if event is not None else X, time, event) == NotEstimable(reason)


def test_one_patient_has_a_reason():
    assert fit_cox(np.array([[3.0]]), np.array([1.0]), np.array([1])) == NotEstimable(CONSTANT)


def test_events_without_weight_are_absent():
    kept = np.flatnonzero(WHOLE > 0)
    weights = (WHOLE > 0).astype(float)
    assert fit_cox(X, TIME, EVENT, weights=weights, entry=ENTRY).coefficients == pytest.approx(
        fit_cox(X[:, kept], TIME[kept], EVENT[kept], entry=ENTRY[kept]).coefficients, rel=1e-9
    )
