"""A model behind an update: predictions after each step, and steps that do not fit the outcome."""

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import ArtifactError, CardError
from cds.core.model_card import ModelCard
from cds.core.prediction import ClassProbabilities, Risk, Value
from cds.models.update_file import Beta, Isotonic, Linear, LogOdds, LogRatios
from cds.models.updated import UpdatedModel, updated

CARD = ModelCard(name="made-up", version="2", outcome="binary", inputs=())


class Fixed:
    """A model that says .2 and .6, whoever asks."""

    card = CARD
    adapter = "fixed"

    def predict(self, features, *, horizons=None):
        return Risk(np.array([0.2, 0.6]))


def logit(p):
    return np.log(np.asarray(p) / (1 - np.asarray(p)))


def test_the_steps_follow_one_another() -> None:
    steps = (LogOdds(method="intercept", intercept=0.5), LogOdds(method="recalibrate", intercept=-1.0, slope=2.0))
    risk = UpdatedModel(CARD, Fixed(), steps).predict(pd.DataFrame(index=range(2))).values
    assert logit(risk) == pytest.approx(-1 + 2 * (0.5 + logit([0.2, 0.6])), rel=1e-12)


def test_beta_with_equal_coefficients_is_a_recalibration() -> None:
    risk = updated(Risk(np.array([0.2, 0.6])), Beta(method="beta", a=1.5, b=1.5, c=0.3)).values
    assert logit(risk) == pytest.approx(0.3 + 1.5 * logit([0.2, 0.6]), rel=1e-12)


def test_a_coefficient_of_0_takes_no_notice_of_a_risk_of_0() -> None:
    risk = updated(Risk(np.array([0.0, 0.5])), Beta(method="beta", a=0.0, b=1.0, c=0.0)).values
    assert risk[0] == 0.5
    assert np.isfinite(risk).all()


def test_isotonic_holds_its_ends() -> None:
    step = Isotonic(method="isotonic", risk=(0.2, 0.6), observed=(0.1, 0.5), low=0.01, high=0.99)
    assert updated(Risk(np.array([0.0, 0.4, 1.0])), step).values == pytest.approx([0.1, 0.3, 0.5])


def test_log_ratios_keep_probabilities_that_sum_to_one() -> None:
    step = LogRatios(method="recalibrate", intercepts=(0.2, -0.1), slopes=(1.1, 0.9))
    before = ClassProbabilities(np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]), ("a", "b", "c"))
    after = updated(before, step).values
    assert after.sum(axis=1) == pytest.approx([1, 1])
    assert np.log(after[:, 1] / after[:, 0]) == pytest.approx(0.2 + 1.1 * np.log([0.6, 1.0]))


def test_a_value_s_interval_moves_with_it() -> None:
    after = updated(
        Value(np.array([2.0]), np.array([1.0]), np.array([4.0])), Linear(method="recalibrate", intercept=1.0, slope=0.5)
    )
    assert (after.values[0], after.low[0], after.high[0]) == (2.0, 1.5, 3.0)


def test_a_step_of_another_outcome_is_refused() -> None:
    with pytest.raises(CardError, match="continuous outcomes with a card of binary ones"):
        UpdatedModel(CARD, Fixed(), (Linear(method="intercept", intercept=1.0),))
    with pytest.raises(ArtifactError, match="does not apply to a Value"):
        updated(Value(np.array([1.0])), LogOdds(method="intercept", intercept=0.0))
