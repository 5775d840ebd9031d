import numpy as np
import pandas as pd
import pytest

from cds.stats.cox_score_test import score_test
from cds.stats.mann_whitney import midranks
from cds.stats.risk_sets import RiskSets
from tests.samples import REFERENCE


def test_the_score_test_is_that_of_r():
    # R 4.2.2, survival 3.5.3, s the survival case: f <- coxph(Surv(days, event) ~ rank(lp), data = s)
    # sqrt(summary(f)$sctest[1])
    rows = pd.read_csv(REFERENCE / "cases" / "survival.csv")
    sets = RiskSets.of(rows["days"].to_numpy(float), rows["event"].to_numpy())
    ranks = midranks(rows["lp"].to_numpy())
    assert score_test(ranks, sets) == pytest.approx(12.0362773132421, rel=1e-10)
    assert score_test(-ranks, sets) == pytest.approx(-12.0362773132421, rel=1e-10)
    assert score_test(3 * ranks + 7, sets) == pytest.approx(12.0362773132421, rel=1e-10)


def test_a_covariate_that_does_not_vary_has_none():
    sets = RiskSets.of(np.array([1.0, 2, 3]), np.array([1, 1, 0]))
    assert score_test(np.ones(3), sets) is None
    assert score_test(np.array([0.0, 1, 2]), RiskSets.of(np.array([1.0, 2, 3]), np.array([0, 0, 1]))) is None
