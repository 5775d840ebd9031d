"""The distribution of risks that a plan rests on."""

import numpy as np
import pytest

from cds.core.errors import InputError
from cds.planning.risks import beta, from_auroc, normal, observed


def test_a_beta_law_has_its_mean_as_prevalence() -> None:
    assert beta(1.33, 1.75).prevalence == pytest.approx(1.33 / 3.08, rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b"), [(100, 900), (20, 180), (0.01, 5), (0.01, 0.01), (1e6, 1e6), (0.01, 1e6), (1e6, 0.01)]
)
def test_a_narrow_or_lopsided_beta_law_keeps_its_moments(a: float, b: float) -> None:
    risks = beta(a, b)
    assert risks.prevalence == pytest.approx(a / (a + b), rel=1e-10)
    assert risks.information[0] == pytest.approx(a * b / ((a + b) * (a + b + 1)), rel=1e-10)


def test_information_of_a_narrow_beta_law_agrees_with_r() -> None:
    # R 4.2.2: m <- function(f) integrate(function(x) dbeta(x,100,900)*x*(1-x)*f(qlogis(x)), .03, .25, rel.tol=1e-12,
    #   subdivisions=5000)$value; I <- c(m(function(x) 1+0*x), m(function(x) x), m(function(x) x^2)); I[3]-I[2]^2/I[1]
    assert beta(100, 900).slope_information == pytest.approx(0.000994464999721, rel=1e-10)


def test_the_two_normal_laws_give_back_prevalence_and_c() -> None:
    risks = from_auroc(0.018, 0.8)
    assert risks.prevalence == pytest.approx(0.018, rel=1e-10)
    assert risks.auroc == pytest.approx(0.8, abs=1e-5)


def test_information_agrees_with_r() -> None:
    # R 4.2.2: d <- function(k) integrate(function(x) dnorm(x,-5,2.5)*plogis(x)*(1-plogis(x))*x^k, -60, 60,
    #   rel.tol=1e-12, subdivisions=5000)$value; I <- sapply(0:2, d); I[1]/((.2/2/qnorm(.975))^2*(I[1]*I[3]-I[2]^2))
    i00, i01, i11 = normal(-5, 2.5).information
    z = 1.959963984540054
    assert i00 / ((0.1 / z) ** 2 * (i00 * i11 - i01**2)) == pytest.approx(4553.70995246, rel=1e-10)


def test_sensitivity_and_specificity_at_a_threshold_are_those_of_many_patients() -> None:
    risks, rng = from_auroc(0.2, 0.75), np.random.default_rng(1)
    event = rng.random(400_000) < 0.2
    variance = 2 * 0.6744897501960817**2
    mean = np.log(0.25) - variance / 2 + variance * event
    above = rng.normal(mean, variance**0.5) >= np.log(0.3 / 0.7)
    sensitivity, specificity = risks.at(0.3)
    assert sensitivity == pytest.approx(above[event].mean(), abs=0.005)
    assert specificity == pytest.approx(1 - above[~event].mean(), abs=0.005)


def test_four_observed_risks_can_be_done_by_hand() -> None:
    risks = observed([0.1, 0.2, 0.3, 0.4])
    assert risks.prevalence == pytest.approx(0.25)
    assert risks.information[0] == pytest.approx((0.09 + 0.16 + 0.21 + 0.24) / 4)
    assert risks.at(0.25) == (pytest.approx(0.7), pytest.approx((0.9 + 0.8) / 3))
    # Of pairs of an event and another: (.1·0 + .2·.9 + .3·1.7 + .4·2.4 + ½ of the ties) / (1·3).
    ties = 0.1 * 0.9 + 0.2 * 0.8 + 0.3 * 0.7 + 0.4 * 0.6
    assert risks.auroc == pytest.approx((0.2 * 0.9 + 0.3 * 1.7 + 0.4 * 2.4 + ties / 2) / 3)


def test_the_rarest_outcomes_have_finite_information() -> None:
    for prevalence in (1e-9, 1 - 1e-9):
        risks = from_auroc(prevalence, 0.999)
        assert risks.auroc == pytest.approx(0.999, abs=1e-5) and risks.slope_information > 0


@pytest.mark.parametrize("risk", [[0.1, 0.0], [0.1, 1.0], [0.1, float("nan")], [0.1, 1.2]])
def test_risks_without_log_odds_are_refused_by_row(risk: list[float]) -> None:
    with pytest.raises(InputError, match="they do not at row 1"):
        observed(risk)


def test_impossible_laws_are_refused() -> None:
    for law in (lambda: normal(0, 0), lambda: beta(0, 1), lambda: from_auroc(0.3, 0.5), lambda: from_auroc(1, 0.7)):
        with pytest.raises(InputError):
            law()
    for extreme in (
        lambda: beta(1e-9, 1e9),
        lambda: beta(1, float("inf")),
        lambda: normal(0, 1e-300),
        lambda: normal(0, 1e300),
        lambda: normal(1e6, 1),
        lambda: normal(float("nan"), 1),
        lambda: from_auroc(1e-300, 0.7),
        lambda: from_auroc(0.3, 0.5000000001),
    ):
        with pytest.raises(InputError):
            extreme()
    with pytest.raises(InputError, match="two different risks"):
        observed([0.2, 0.2])
