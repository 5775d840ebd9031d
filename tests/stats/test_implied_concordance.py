"""The concordance that risks imply: by hand, against double sums, against R, and its error by simulation."""

import numpy as np
import pandas as pd
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.stats import implied_concordance
from cds.stats.implied_concordance import implied_auroc, implied_c
from tests.samples import REFERENCE, reference_rows


def double_sum(risk):
    pairs = risk[:, None] * (1 - risk[None, :])
    np.fill_diagonal(pairs, 0)
    alike = (risk[:, None] > risk[None, :]) + 0.5 * (risk[:, None] == risk[None, :])
    return (pairs * alike).sum() / pairs.sum()


def double_sum_of_times(risk):
    hazard = -np.log1p(-risk)
    total = hazard[:, None] + hazard[None, :]
    pairs = 1 - np.exp(-total)
    np.fill_diagonal(pairs, 0)
    larger = np.maximum(hazard[:, None], hazard[None, :]) / total
    alike = np.where(hazard[:, None] == hazard[None, :], 0.5, larger)
    return (pairs * alike).sum() / pairs.sum()


def survival_risk():
    return pd.read_csv(REFERENCE / "cases" / "survival.csv")["risk_365"].to_numpy()


def test_two_patients_countable_by_hand():
    # Of risks .2 and .8 one of the two alone has the event with .8·.8 + .2·.2 = .68, the riskier one with .64.
    assert implied_auroc(np.array([0.2, 0.8])).value == pytest.approx(0.64 / 0.68, rel=1e-12)
    # Of hazards in the ratio of log(.8) to log(.2), the earlier event is that of the riskier patient.
    theirs, ours = -np.log(0.8), -np.log(0.2)
    assert implied_c(np.array([0.2, 0.8])).value == pytest.approx(ours / (ours + theirs), rel=1e-12)


@pytest.mark.parametrize(("ours", "theirs"), [(implied_auroc, double_sum), (implied_c, double_sum_of_times)])
def test_ties_and_weights_are_those_of_the_double_sum_over_repeated_rows(ours, theirs):
    rng = np.random.default_rng(1)
    risk = np.round(rng.beta(2, 4, 70), 2).clip(0.01)
    weight = rng.integers(0, 3, 70).astype(float)
    assert ours(risk).value == pytest.approx(theirs(risk), rel=1e-12)
    assert ours(risk, weight).value == pytest.approx(theirs(np.repeat(risk, weight.astype(int))), rel=1e-12)
    assert ours(risk[::-1]).value == pytest.approx(ours(risk).value, rel=1e-12)


def test_the_reference_case_is_that_of_r():
    # R 4.2.2, p the 600 risks: num <- outer(p, 1-p)*(outer(p, p, ">") + .5*outer(p, p, "==")); den <- outer(p, 1-p);
    # diag(num) <- diag(den) <- 0; C <- sum(num)/sum(den); a <- rowSums(num) + colSums(num);
    # b <- rowSums(den) + colSums(den); 2*sd(a - C*b)/mean(b)/sqrt(600)
    found = implied_auroc(reference_rows()["risk"].to_numpy())
    assert found.value == pytest.approx(0.755743024136793, rel=1e-12)
    assert np.sqrt(found.terms @ found.terms) == pytest.approx(0.00535554472801685, rel=1e-10)


def test_times_up_to_a_horizon_are_those_of_r():
    # R 4.2.2, r the risks by 365 days: th <- -log1p(-r); cp <- 1 - exp(-outer(th, th, "+")); diag(cp) <- 0
    # cc <- cp*ifelse(outer(th, th, "=="), .5, outer(th, th, pmax)/outer(th, th, "+")); sum(cc)/sum(cp)
    # With times drawn from these hazards survival::concordance(Surv(pmin(t, 365), t <= 365) ~ r) is .72422 (error
    # .00081) on average over 400 draws.
    found = implied_c(survival_risk())
    assert found.value == pytest.approx(0.723903364650065, rel=1e-12)
    assert np.sqrt(found.terms @ found.terms) == pytest.approx(0.0054812639850463, rel=1e-10)


def test_grouping_neighbouring_risks_moves_the_fifth_decimal_at_most(monkeypatch):
    risk = np.random.default_rng(3).beta(2, 4, 3000)
    grouped = implied_c(risk).value
    monkeypatch.setattr(implied_concordance, "GROUPS", 5000)
    assert grouped == pytest.approx(implied_c(risk).value, abs=1e-5)


def test_outcomes_drawn_from_the_risks_have_it_on_average():
    rng = np.random.default_rng(4)
    risk = rng.beta(2, 4, 300)
    found = []
    for _ in range(200):
        y = rng.random(300) < risk
        found.append(np.mean(np.sign(risk[y][:, None] - risk[~y][None, :])) / 2 + 0.5)
    assert np.mean(found) == pytest.approx(implied_auroc(risk).value, abs=4 * np.std(found) / np.sqrt(200))


def test_the_standard_error_is_that_of_samples_of_patients():
    rng = np.random.default_rng(5)
    drawn = [implied_auroc(rng.beta(2, 4, 200)) for _ in range(600)]
    told = np.mean([np.sqrt(one.terms @ one.terms) for one in drawn])
    assert told == pytest.approx(np.std([one.value for one in drawn]), rel=0.1)


def test_equal_risks_imply_one_half_and_no_interval():
    same = implied_auroc(np.full(10, 0.3))
    assert same.value == pytest.approx(0.5, rel=1e-12)
    assert isinstance(same.interval(0.95), NotEstimable)
    assert isinstance(implied_auroc(np.array([0.1, 0.2, 0.9])).interval(0.95), Interval)


@pytest.mark.parametrize("ours", [implied_auroc, implied_c])
def test_certain_risks_give_a_number_or_a_reason(ours):
    assert isinstance(ours(np.zeros(5)), NotEstimable)
    assert isinstance(ours(np.array([0.3])), NotEstimable)
    assert ours(np.array([0.0, 0.0, 1.0, 1.0])).value > 0.7
    assert ours(np.array([0.0, 1.0])).value == pytest.approx(1.0, abs=1e-6)


def test_154167_patients_are_not_compared_two_by_two():
    risk = np.random.default_rng(6).beta(2, 4, 154_167)
    assert 0.5 < implied_auroc(risk).value < 1 and 0.5 < implied_c(risk).value < 1
