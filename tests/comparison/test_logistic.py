"""The comparator: what it does with gaps, levels and weights, and whom it is for."""

import numpy as np
import pandas as pd
import pytest

from cds.comparison.logistic import Comparator, comparator, is_regression
from cds.core.measure import NotEstimable
from cds.core.model_card import Feature, ModelCard
from cds.core.outcome import Binary, Continuous, Nominal
from cds.core.prediction import ClassProbabilities

INPUTS = (
    Feature(name="age", type="number", required=False),
    Feature(name="sex", type="category", levels={"f": "female", "m": "male"}),
    Feature(name="side", type="category", levels={"1": "left", "2": "right"}, required=False),
)
CARD = ModelCard(name="made-up", version="1", outcome="binary", inputs=INPUTS)
RNG = np.random.default_rng(0)


def rows(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"age": rng.normal(50, 9, n), "sex": rng.choice(["f", "m"], n), "side": rng.choice([1.0, 2.0], n)}
    )
    frame.loc[:9, "age"] = np.nan
    frame.loc[5:12, "side"] = np.nan
    return frame


def outcome(frame: pd.DataFrame) -> Binary:
    rng = np.random.default_rng(3)
    logit = 0.12 * (frame["age"].fillna(50) - 50) + (frame["sex"] == "f")
    return Binary((rng.random(len(frame)) < 1 / (1 + np.exp(-logit))).astype(float))


def fitted(frame, event, weights=None) -> Comparator:
    model = comparator(CARD)
    assert isinstance(model, Comparator)
    return model.refit(frame, event, weights=weights, rng=RNG)


def test_it_is_close_to_an_unpenalised_logistic_regression() -> None:
    # The light penalty moves a standardised coefficient in 400 patients by a few hundredths of a standard error.
    from sklearn.linear_model import LogisticRegression

    frame = rows()[20:].reset_index(drop=True)
    event = outcome(frame)
    plain = np.column_stack([frame["age"], frame["sex"] == "f", frame["side"] == 2])
    free = LogisticRegression(C=np.inf, max_iter=1000).fit(plain, event.event).predict_proba(plain)[:, 1]
    assert np.abs(fitted(frame, event).predict(frame).values - free).max() < 0.01


def test_missing_inputs_and_levels_unseen_in_the_fit_are_predicted() -> None:
    frame = rows()
    model = fitted(frame[frame["sex"] == "f"].reset_index(drop=True), outcome(frame[frame["sex"] == "f"]))
    assert np.isfinite(model.predict(frame).values).all()


def test_separation_has_an_answer() -> None:
    frame = rows()
    risk = fitted(frame, Binary((frame["sex"] == "f").to_numpy(float))).predict(frame).values
    assert 0 < risk.min() < risk.max() < 1


def test_weights_of_2_are_doubled_rows() -> None:
    # The penalty counts for half as much in as many rows twice over, in both: equal weights of 2 are the same sum.
    frame = rows()[20:].reset_index(drop=True)
    event = outcome(frame)
    twice = np.repeat(np.arange(len(frame)), 2)
    weighted = fitted(frame, event, np.full(len(frame), 2.0)).predict(frame).values
    doubled = fitted(frame.iloc[twice].reset_index(drop=True), event.take(twice)).predict(frame).values
    assert weighted == pytest.approx(doubled, abs=1e-4)


def test_classes_come_in_the_card_s_order() -> None:
    card = ModelCard(name="m", version="1", outcome="nominal", categories=("b", "a", "c"), inputs=INPUTS)
    frame = rows()
    code = (np.arange(len(frame)) % 3).astype(np.int64)
    model = comparator(card).refit(frame, Nominal(code, ("a", "b", "c")), weights=None, rng=RNG)
    shares = model.predict(frame)
    assert isinstance(shares, ClassProbabilities)
    assert shares.categories == ("b", "a", "c")
    assert shares.values.mean(axis=0) == pytest.approx([1 / 3, 1 / 3, 1 / 3], abs=0.02)


def test_a_number_has_a_linear_regression() -> None:
    card = ModelCard(name="m", version="1", outcome="continuous", inputs=INPUTS)
    frame = rows()[20:].reset_index(drop=True)
    value = 3 + 0.5 * frame["age"].to_numpy()
    model = comparator(card).refit(frame, Continuous(value, ""), weights=None, rng=RNG)
    assert model.predict(frame).values == pytest.approx(value, abs=0.05)


def test_inputs_that_a_regression_cannot_take_are_named() -> None:
    card = ModelCard(name="m", version="1", outcome="binary", inputs=(Feature(name="scan", type="image"),))
    assert comparator(card) == NotEstimable("inputs that a plain regression cannot take: scan")
    card = ModelCard(name="m", version="1", outcome="survival", horizons=(90,), time_unit="days", inputs=INPUTS)
    assert isinstance(comparator(card), NotEstimable)


def test_a_regression_is_recognised_behind_its_steps() -> None:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    class Model:
        def __init__(self, estimator):
            self.estimator = estimator

    assert is_regression(Model(make_pipeline(StandardScaler(), make_pipeline(LogisticRegression()))))
    assert not is_regression(Model(make_pipeline(StandardScaler(), RandomForestClassifier())))
    assert not is_regression(object())
