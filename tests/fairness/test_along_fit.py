"""The error of predictions along a number, against R for each kind of outcome.

In R 4.2.2 with rms 6.5.0, sandwich 3.0.2, geepack 1.3.9, prodlim 2019.11.13:

  w <- function(b, V, i) drop(t(b[i]) %*% solve(V[i, i]) %*% b[i])
  at <- function(x, k, b, V) { X <- cbind(1, rcspline.eval(x, k, inclx = TRUE)); list(X %*% b, sqrt(diag(X %*% V %*% t(X)))) }
  k <- quantile(x, c(.05, .35, .65, .95)); x is age in the binary case, (patient * 37) %% 101 in the others
"""  # noqa: E501

from math import inf

import numpy as np
import pandas as pd
import pytest

from cds.core.measure import NotEstimable
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample
from cds.core.sample_times import CompetingRisksSample, SurvivalSample
from cds.fairness.along_fit import AlongFit, fit_along, knots_of
from cds.stats.wald_test import SeveralTerms, several_terms
from tests.samples import REFERENCE, drawn, reference_rows, reference_sample


def rows(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "cases" / f"{name}.csv")


def number_of(patient: pd.Series) -> np.ndarray:
    return ((patient * 37) % 101).to_numpy(dtype=np.float64)


def fitted(sample, x, sites=None) -> AlongFit:
    found = fit_along(sample, np.asarray(x, dtype=np.float64), sites)
    assert isinstance(found, AlongFit)
    return found


def statistic(fit: AlongFit, first: int = 1) -> SeveralTerms:
    found = several_terms(fit.coefficients[first:], fit.covariance[first:, first:], fit.df)
    assert isinstance(found, SeveralTerms)
    return found


def continuous() -> tuple[ContinuousSample, np.ndarray]:
    data = rows("continuous")
    return ContinuousSample(observed=data["observed"], predicted=data["predicted"]), number_of(data["patient"])


def survival() -> tuple[SurvivalSample, np.ndarray]:
    data = rows("survival")
    sample = SurvivalSample(
        time=data["days"], status=data["event"], risk=data[["risk_90", "risk_180", "risk_365"]].to_numpy(),
        horizons=(90.0, 180.0, 365.0),
    )  # fmt: skip
    return sample, number_of(data["patient"])


def test_a_binary_outcome_as_rms_has_it() -> None:
    # f <- glm(outcome ~ rcs(age, k) + offset(qlogis(risk)), binomial, control = glm.control(1e-14, 100))
    # f <- update(f, start = coef(f))  # R's vcov is that of the last step but one
    fit = fitted(reference_sample(), reference_rows()["age"])
    assert fit.knots == pytest.approx([21.5, 38.2, 49.3, 66.115])
    assert statistic(fit).statistic == pytest.approx(2.033326804701, rel=1e-8)
    assert statistic(fit).p_value == pytest.approx(0.56551849472374, rel=1e-8)
    assert statistic(fit, 2).p_value == pytest.approx(0.58423520685277, rel=1e-8)
    value, se = fit.at(np.array([30.0, 45, 60]))
    assert value == pytest.approx([0.0832827695215, -0.153411682723, -0.139508471473], rel=1e-7)
    assert se == pytest.approx([0.165050690806, 0.131064276094, 0.158057972467], rel=1e-7)
    assert (fit.n, fit.events, fit.df) == (600, int(reference_rows()["outcome"].sum()), inf)


def test_errors_over_sites_are_the_clustered_sandwich() -> None:
    # V <- vcovCL(f, cluster = site, type = "HC0", cadj = TRUE); w(b, V, 2:4) / 3; pf(., 3, 5, lower.tail = FALSE)
    data = reference_rows()
    fit = fitted(reference_sample(), data["age"], data["site"].to_numpy(dtype=np.int64))
    test = statistic(fit)
    assert (test.name, test.denominator_df) == ("F", 5)
    assert test.statistic == pytest.approx(1.11294611976, rel=1e-6)
    assert test.p_value == pytest.approx(0.426274757641, rel=1e-6)
    assert fit.at(np.array([30.0, 45, 60]))[1] == pytest.approx([0.235610830409, 0.211517786353, 0.178084756], rel=1e-6)


def test_a_continuous_outcome_as_lm_has_it() -> None:
    # f <- lm(observed - predicted ~ rcs(x, k))
    fit = fitted(*continuous())
    test = statistic(fit)
    assert (test.name, test.denominator_df) == ("F", 396)
    assert (test.statistic, test.p_value) == (
        pytest.approx(0.277678819509, rel=1e-7), pytest.approx(0.841508031563, rel=1e-7),
    )  # fmt: skip
    value, se = fit.at(np.array([10.0, 50, 90]))
    assert value == pytest.approx([-0.61050272747, -0.815799054632, -0.41768984082], rel=1e-8)
    assert se == pytest.approx([0.358434842047, 0.271851082157, 0.356165748134], rel=1e-8)


def test_times_to_an_event_as_geepack_has_their_pseudo_values() -> None:
    # pv <- as.vector(1 - jackknife(prodlim(Hist(days, event) ~ 1), times = 180))
    # Z <- cbind(1, rcspline.eval(x, k, inclx = TRUE))
    # geese.fit(Z, pv, id = seq_along(pv), offset = log(-log(1 - risk_180)), mean.link = "cloglog", family = gaussian(),
    #           scale.fix = TRUE, control = geese.control(epsilon = 1e-12, maxit = 200))
    sample, x = survival()
    fit = fitted(sample.at(180.0), x)
    assert statistic(fit).statistic == pytest.approx(3.97931642276, rel=1e-6)
    value, se = fit.at(np.array([10.0, 50, 90]))
    assert value == pytest.approx([0.599626804091, 0.401326466841, 0.550301426192], rel=1e-6)
    assert se == pytest.approx([0.159541849435, 0.133086916785, 0.152299867368], rel=1e-6)


def test_competing_risks_as_geepack_has_their_pseudo_values() -> None:
    # the same with jackknife(prodlim(Hist(days, status) ~ 1), times = 365, cause = 1) and risk_365
    data = rows("competing")
    sample = CompetingRisksSample(
        time=data["days"], status=data["status"], risk=data[["risk_365"]].to_numpy(), horizons=(365.0,)
    )
    fit = fitted(sample.at(365.0), number_of(data["patient"]))
    assert statistic(fit).statistic == pytest.approx(3.01472140773, rel=1e-6)
    value, se = fit.at(np.array([10.0, 50, 90]))
    assert value == pytest.approx([0.255637169803, -0.0595296097457, -0.12662065365], rel=1e-6)
    assert se == pytest.approx([0.167156253227, 0.130189891549, 0.182237740819], rel=1e-6)


def test_competing_events_that_never_happen_leave_survival() -> None:
    sample, x = survival()
    other = CompetingRisksSample(time=sample.time, status=sample.status, risk=sample.risk, horizons=sample.horizons)
    assert fitted(other.at(90.0), x).coefficients == pytest.approx(fitted(sample.at(90.0), x).coefficients, rel=1e-10)


def test_a_shift_of_every_risk_moves_the_curve_and_not_the_test() -> None:
    sample, age = drawn(400, 8), np.random.default_rng(1).uniform(20, 80, 400)
    moved = BinarySample(outcome=sample.outcome, risk=1 / (1 + np.exp(-(sample.logit + 0.7))))
    one, other = fitted(sample, age), fitted(moved, age)
    grid = np.linspace(25, 75, 5)
    assert other.at(grid)[0] == pytest.approx(one.at(grid)[0] - 0.7, abs=1e-7)
    assert statistic(other).statistic == pytest.approx(statistic(one).statistic, rel=1e-6)


def test_the_unit_of_the_number_and_the_order_of_the_rows_change_nothing() -> None:
    sample, age = drawn(400, 8), np.random.default_rng(1).uniform(20, 80, 400)
    one = fitted(sample, age)
    in_days = fitted(sample, age * 365.25)
    assert in_days.coefficients == pytest.approx(one.coefficients, rel=1e-8)
    back = np.arange(400)[::-1]
    turned = BinarySample(outcome=sample.outcome[back], risk=sample.risk[back])
    assert fitted(turned, age[back]).coefficients == pytest.approx(one.coefficients, rel=1e-9)


@pytest.mark.parametrize("kind", ["binary", "continuous", "survival"])
def test_a_weight_of_two_is_the_row_twice_and_of_zero_none(kind: str) -> None:
    sample, x = {
        "binary": lambda: (reference_sample(), reference_rows()["age"].to_numpy()),
        "continuous": continuous,
        "survival": lambda: (survival()[0].at(180.0), survival()[1]),
    }[kind]()
    weights = np.random.default_rng(4).integers(0, 3, len(x)).astype(np.float64)
    times = np.repeat(np.arange(len(x)), weights.astype(int))
    doubled = (
        type(sample)(**{
            name: getattr(sample, name)[times]
            for name in ("outcome", "risk", "observed", "predicted", "time", "status")
            if hasattr(sample, name)
        }, **({"horizons": sample.horizons} if kind == "survival" else {}))
    )  # fmt: skip
    if kind == "survival":
        doubled = doubled.at(180.0)
    one, other = fitted(sample.reweight(weights), x), fitted(doubled, x[times])
    assert one.knots == pytest.approx(other.knots)
    assert one.coefficients == pytest.approx(other.coefficients, rel=1e-6, abs=1e-7)
    assert (one.n, one.events) == (other.n, other.events)


def test_several_rows_a_patient_are_one_unit() -> None:
    sample, age = reference_sample(), reference_rows()["age"].to_numpy()
    twice = np.repeat(np.arange(600), 2)
    rows_twice = BinarySample(outcome=sample.outcome[twice], risk=sample.risk[twice], patient=twice)
    once = BinarySample(outcome=sample.outcome, risk=sample.risk, weights=np.ones(600))
    one, other = fitted(rows_twice, age[twice]), fitted(once, age)
    grid = np.array([30.0, 60.0])
    assert one.at(grid)[1] == pytest.approx(other.at(grid)[1], rel=0.02)  # knots move a little between equal values


def test_rows_without_the_number_and_risks_without_a_logit_are_counted() -> None:
    sample, age = drawn(300, 5), np.random.default_rng(1).uniform(20, 80, 300)
    age[:7] = np.nan
    risk = sample.risk.copy()
    risk[7:10] = 0.0
    found = fitted(BinarySample(outcome=sample.outcome, risk=risk), age)
    assert found.details == {"missing": 7, "left_out": 3}
    assert found.n == 290


def test_there_is_a_reason_where_there_is_no_curve() -> None:
    sample = drawn(300, 5)
    told = {
        "nobody has a value": (sample, np.full(300, np.nan)),
        "takes only 2 different values": (sample, np.arange(300) % 2.0),
        "a smooth curve needs at least 20": (drawn(30, 5), np.arange(30.0)),
    }
    for reason, (given, x) in told.items():
        found = fit_along(given, x, None)
        assert isinstance(found, NotEstimable)
        assert reason in found.reason


def test_delayed_entry_has_no_pseudo_values() -> None:
    sample, x = survival()
    late = SurvivalSample(
        time=sample.time + 1, status=sample.status, risk=sample.risk, horizons=sample.horizons,
        entry=np.zeros(len(x)) + 0.5,
    )  # fmt: skip
    assert isinstance(fit_along(late.at(180.0), x, None), NotEstimable)


def test_few_values_give_a_straight_line_and_few_events_three_knots() -> None:
    assert np.array_equal(knots_of(np.r_[np.zeros(280), np.arange(20.0)], None, 150), [0, 19])
    assert len(knots_of(np.arange(300.0), None, 60)) == 3
    assert len(knots_of(np.arange(300.0), None, 150)) == 4
