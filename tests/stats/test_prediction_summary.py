import numpy as np
import pytest

from cds.core.prediction import ClassProbabilities, Risk, RiskByHorizon, Score, Value
from cds.stats.implied_concordance import implied_auroc, implied_c
from cds.stats.prediction_summary import summaries, summary

RISK = np.array([0.1, 0.2, 0.5, 0.7])


def test_a_risk_has_moments_of_itself_and_of_its_logit():
    found = summaries(Risk(RISK))["risk"]
    logit = np.log(RISK / (1 - RISK))
    assert (found.n, found.mean) == (4, pytest.approx(0.375))
    assert found.sd == pytest.approx(np.std(RISK, ddof=1))
    assert found.linear_predictor_mean == pytest.approx(logit.mean())
    assert found.linear_predictor_sd == pytest.approx(np.std(logit, ddof=1))
    assert found.implied_c == pytest.approx(implied_auroc(RISK).value)


def test_risks_by_horizon_have_the_scale_of_proportional_hazards():
    found = summaries(RiskByHorizon(np.column_stack([RISK / 2, RISK]), (90.0, 365.0)))
    assert list(found) == ["90", "365"]
    assert found["365"].linear_predictor_mean == pytest.approx(np.log(-np.log(1 - RISK)).mean())
    assert found["365"].implied_c == pytest.approx(implied_c(RISK).value)
    competing = summaries(RiskByHorizon(RISK[:, None], (365.0,)), competing=True)
    assert competing["365"].implied_c == pytest.approx(implied_auroc(RISK).value)


def test_categories_numbers_and_scores_have_what_they_can():
    found = summaries(ClassProbabilities(np.column_stack([RISK, 1 - RISK]), ("a", "b")))
    assert list(found) == ["a", "b"] and found["b"].mean == pytest.approx(0.625)
    value = summaries(Value(RISK))["value"]
    assert value.linear_predictor_sd is None and value.implied_c is None
    assert list(summaries(Score(RISK))) == ["score"]


def test_weights_of_2_are_doubled_rows_and_certain_risks_have_no_linear_predictor():
    weighted, doubled = summary(RISK, "probability", np.full(4, 2.0)), summary(np.repeat(RISK, 2), "probability")
    assert weighted.model_dump() == pytest.approx(doubled.model_dump())
    certain = summary(np.array([0.0, 1.0]), "probability")
    assert certain.linear_predictor_mean is None and certain.mean == 0.5
    assert summary(np.array([0.3]), "probability").sd is None
