import numpy as np
import pytest

from cds.core.errors import CardError, PredictionError
from cds.core.model_card import ModelCard
from cds.models.survival_times import aft_risk, asked_horizons, baseline_hazard, check_card, refuse_beyond

CARD = ModelCard(name="m", version="1", outcome="survival", horizons=(30.0, 90.0), time_unit="days")


def test_the_cards_horizons_are_asked_where_no_others_are():
    assert asked_horizons(CARD, None) == (30.0, 90.0)
    assert asked_horizons(CARD, [60, 10, 60]) == (10.0, 60.0)


def test_a_horizon_after_follow_up_is_refused_and_the_last_usable_one_named():
    refuse_beyond((30, 90), 90, "days")
    with pytest.raises(
        PredictionError, match=r"no risk by horizon 91, 200 days. .* ends at 90, which is the last usable"
    ):
        refuse_beyond((30, 91, 200), 90, "days")


def test_a_card_must_be_about_survival_within_follow_up():
    check_card(CARD, 90)
    with pytest.raises(
        CardError, match=r"horizon 90 lies after the model's follow-up. The last usable horizon is 89.5"
    ):
        check_card(CARD, 89.5)
    other = ModelCard(name="m", version="1", outcome="competing_risks", horizons=(30.0,), time_unit="days")
    with pytest.raises(CardError, match="the card says competing_risks"):
        check_card(other)


def test_small_risks_keep_their_digits():
    # −log(1 − F) = exp(−30) for the Weibull, exp(−30)/(1 + exp(−30)) for the log-logistic distribution
    assert aft_risk("weibull", np.array([-30.0]))[0] == pytest.approx(np.exp(-30), rel=1e-12)
    assert aft_risk("log_logistic", np.array([-30.0]))[0] == pytest.approx(np.exp(-30), rel=1e-12)
    assert baseline_hazard("gompertz", np.array([1e-9]), 0.1)[0] == pytest.approx(1e-9, rel=1e-9)


def test_an_enormous_time_is_a_risk_of_one():
    for distribution in ("weibull", "log_logistic", "log_normal", "generalized_gamma"):
        assert aft_risk(distribution, np.array([1e4]), 0.5).tolist() == [1.0]
