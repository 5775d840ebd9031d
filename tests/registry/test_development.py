import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError, PredictionError
from cds.core.model_card import ModelCard
from cds.registry.development import development_summary, outcome_values


def make(**given):
    return ModelCard.model_validate({"name": "a", "version": "1", "outcome": "binary", "outcome_column": "y", **given})


def test_a_summary_countable_by_hand():
    card = make(
        inputs=[
            {"name": "x", "type": "number"},
            {"name": "sex", "type": "category", "levels": {"1": "f", "2": "m"}},
            {"name": "note", "type": "text"},
            {"name": "left", "type": "boolean"},
        ]
    )
    frame = pd.DataFrame(
        {
            "x": [1.0, 2.0, 3.0, np.nan, 4.0],
            "sex": [1, 1, 2, 2, 2],
            "note": ["Jane Doe"] * 5,
            "left": [True, False, True, True, True],
            "y": [1, 0, 1, 0, np.nan],
        }
    )
    held = development_summary(card, frame)
    assert (held.rows, held.events, held.outcome_mean) == (5, 2, 0.5)
    x = held.inputs["x"]
    assert (x.n, x.missing, x.minimum, x.maximum, x.mean, x.median) == (4, 1, 1, 4, 2.5, 2.5)
    assert x.sd == pytest.approx(np.sqrt(5 / 3)) and x.q05 == pytest.approx(1.15) and x.q95 == pytest.approx(3.85)
    assert held.inputs["sex"].counts == {"1": 2, "2": 3}
    assert held.inputs["left"].counts == {"0": 1, "1": 4}
    assert held.inputs["note"].counts is None and "Jane" not in held.model_dump_json()


def test_continuous_outcomes_have_a_mean_and_categories_have_codes():
    card = make(outcome="continuous")
    assert development_summary(card, pd.DataFrame({"y": [1.0, 3.0]})).outcome_mean == 2
    card = make(outcome="ordinal", categories=["low", "high"])
    assert outcome_values(card, pd.DataFrame({"y": ["high", "low", None]})).tolist()[:2] == [1, 0]
    assert development_summary(card, pd.DataFrame({"y": ["high", "low"]})).outcome_mean is None
    assert outcome_values(make(outcome_column=""), pd.DataFrame({"y": [1]})) is None


@pytest.mark.parametrize(
    ("given", "frame", "message"),
    [
        ({}, {"Y": [1]}, r"no outcome column 'y'"),
        ({}, {"y": [0, 1, 4711]}, "must hold two values"),
        ({"outcome": "continuous"}, {"y": ["4711 Doe", "1"]}, "must be numbers: 1 of 2 rows do not fit"),
        (
            {"outcome": "nominal", "categories": ["a", "b"]},
            {"y": ["a", "Doe"]},
            "categories that the card does not name",
        ),
        ({}, {"y": []}, "have no rows"),
    ],
)
def test_outcomes_other_than_declared_are_refused_and_not_quoted(given, frame, message):
    with pytest.raises(DataError, match=message) as refused:
        development_summary(make(**given), pd.DataFrame(frame))
    assert "4711" not in str(refused.value) and "Doe" not in str(refused.value)


def test_inputs_other_than_declared_are_refused():
    card = make(inputs=[{"name": "x", "type": "number"}])
    with pytest.raises(PredictionError, match="'x'"):
        development_summary(card, pd.DataFrame({"x": ["a"], "y": [1]}))


def test_a_cards_true_is_every_spelling_of_it():
    card = ModelCard(name="m", version="1", outcome="binary", outcome_column="y", positive=True)
    for words in (["TRUE", "FALSE"], ["true", "false"], [True, False]):
        assert outcome_values(card, pd.DataFrame({"y": words})).tolist() == [1.0, 0.0]


def test_what_the_model_predicts_of_the_development_data_is_recorded_without_incomplete_rows(tmp_path):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from cds.registry.adding import add
    from cds.stats.implied_concordance import implied_auroc

    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=200)})
    frame["y"] = (rng.random(200) < 1 / (1 + np.exp(-frame["x"]))).astype(int)
    fitted = make_pipeline(LogisticRegression()).fit(frame[["x"]], frame["y"])
    card = make(name="made-up", inputs=[{"name": "x", "type": "number"}])
    frame.loc[200] = [np.nan, 1]  # no prediction without the required input
    held = add(fitted, card, development=frame, fingerprints=False, root=tmp_path).card.development
    risk = fitted.predict_proba(frame.loc[:199, ["x"]])[:, 1]
    found = held.predictions["risk"]
    assert (held.rows, found.n) == (201, 200)
    assert found.mean == pytest.approx(risk.mean()) and found.sd == pytest.approx(risk.std(ddof=1))
    assert found.implied_c == pytest.approx(implied_auroc(risk).value)
    assert found.linear_predictor_sd == pytest.approx(np.std(np.log(risk / (1 - risk)), ddof=1))
