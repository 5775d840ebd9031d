import numpy as np
import pytest

from cds.core.errors import ArtifactError
from cds.core.model_card import ModelCard
from cds.core.prediction import ClassProbabilities, Risk, RiskByHorizon
from cds.registry.trial import check_bytes, prediction_numbers, refuse_drift, trial_rows


class Fixed:
    """Predicts the share of one input's range, plus a drift."""

    adapter = "fixed"

    def __init__(self, card, drift=0.0):
        self.card, self.drift = card, drift

    def predict(self, features, *, horizons=None):
        return Risk(features["age"].to_numpy() / 100 + self.drift)


def make(*inputs):
    return ModelCard.model_validate({"name": "a", "version": "1", "outcome": "binary", "inputs": inputs})


AGE = {"name": "age", "type": "integer", "range": [18, 90]}


def test_trial_rows_span_ranges_and_levels_and_are_the_same_each_time():
    card = make(
        AGE, {"name": "sex", "type": "category", "levels": {"f": "", "m": ""}}, {"name": "b", "type": "boolean"}
    )
    rows = trial_rows(card)
    assert rows["age"].min() == 18 and rows["age"].max() == 90 and (rows["age"] % 1 == 0).all()
    assert set(rows["sex"]) == {"f", "m"} and set(rows["b"]) == {0, 1}
    assert rows.equals(trial_rows(card))


def test_inputs_without_range_take_the_development_datas_and_without_either_there_are_no_rows():
    free = {"name": "bmi", "type": "number"}
    assert trial_rows(make(free)) is None and trial_rows(make()) is None
    assert trial_rows(make({"name": "note", "type": "text"})) is None
    seen = {"rows": 9, "inputs": {"bmi": {"n": 9, "missing": 0, "q05": 20.0, "q95": 30.0}}}
    card = ModelCard.model_validate({**make(free).model_dump(by_alias=True), "development": seen})
    assert trial_rows(card)["bmi"].max() == 30
    assert check_bytes(Fixed(make(free))) is None


def test_a_drift_beyond_a_millionth_is_refused():
    content = check_bytes(Fixed(make(AGE)))
    refuse_drift(Fixed(make(AGE), 1e-9), content)
    with pytest.raises(ArtifactError, match="a@1 predicts otherwise than when it was registered"):
        refuse_drift(Fixed(make(AGE), 1e-4), content)


def test_every_kind_of_prediction_becomes_rows_by_outputs():
    assert prediction_numbers(Risk(np.array([0.1, 0.2]))).shape == (2, 1)
    both = np.array([[0.1, 0.9]])
    assert prediction_numbers(ClassProbabilities(both, ("a", "b"))).shape == (1, 2)
    assert prediction_numbers(RiskByHorizon(both, (90.0, 365.0))).shape == (1, 2)
