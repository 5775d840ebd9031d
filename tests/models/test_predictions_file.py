"""Frozen predictions in the data: read as the protocol names them, refused with the column and the rows."""

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import PredictionError, ProtocolError
from cds.core.prediction import ClassProbabilities, Risk, RiskByHorizon, Value
from cds.core.protocol import PredictionsSection
from cds.models.predictions_file import frozen_predictions


def section(**given: object) -> PredictionsSection:
    return PredictionsSection.model_validate(given)


def test_a_binary_outcome_has_one_risk_column() -> None:
    found = frozen_predictions(pd.DataFrame({"r": [0, 0.25, 1]}), section(risk="r"), "binary")
    assert isinstance(found, Risk)
    assert found.values.tolist() == [0, 0.25, 1]


def test_risks_by_horizon_come_in_the_order_of_time_with_the_linear_predictor() -> None:
    frame = pd.DataFrame({"late": [0.5], "soon": [0.2], "lp": [-1.5]})
    named = section(risk={"365": "late", "90": "soon"}, linear_predictor="lp")
    found = frozen_predictions(frame, named, "survival")
    assert isinstance(found, RiskByHorizon)
    assert (found.horizons, found.values.tolist()) == ((90.0, 365.0), [[0.2, 0.5]])
    assert found.linear_predictor is not None and found.linear_predictor.tolist() == [-1.5]


def test_probabilities_come_in_the_order_of_the_categories() -> None:
    frame = pd.DataFrame({"pb": [0.7], "pa": [0.3]})
    named = section(probabilities={"b": "pb", "a": "pa"})
    found = frozen_predictions(frame, named, "nominal", categories=("a", "b"))
    assert isinstance(found, ClassProbabilities)
    assert (found.categories, found.values.tolist()) == (("a", "b"), [[0.3, 0.7]])


def test_a_continuous_outcome_has_a_value() -> None:
    found = frozen_predictions(pd.DataFrame({"v": [3, -1]}), section(value="v"), "continuous")
    assert isinstance(found, Value)
    assert found.values.tolist() == [3, -1]


def test_a_repeated_outcome_has_what_its_protocol_names() -> None:
    frame = pd.DataFrame({"v": [0.5, 0.25]})
    assert isinstance(frozen_predictions(frame, section(value="v"), "repeated"), Value)
    assert isinstance(frozen_predictions(frame, section(risk="v"), "repeated"), Risk)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            [0.1, np.nan, np.inf],
            "column 'r' must hold a finite prediction in every row, got none at rows 1, 2",
        ),
        ([0.1, 1.02, -0.1], r"column 'r' must lie in \[0, 1\]; it does not at rows 1, 2"),
        (["0.1", "high", "0.3"], "column 'r' must hold numbers, got text at row 1"),
        (pd.to_datetime(["2026-01-01"] * 3), "column 'r' must hold numbers, got datetime64"),
    ],
)
def test_an_undefined_risk_is_refused_with_its_rows(column: object, message: str) -> None:
    with pytest.raises(PredictionError, match=message):
        frozen_predictions(pd.DataFrame({"r": column}), section(risk="r"), "binary")


def test_every_faulty_column_is_listed_at_once() -> None:
    frame = pd.DataFrame({"risk_90": [2.0], "lp": ["x"]})
    named = section(risk={"90": "risk_90", "365": "risk_95"}, linear_predictor="lp")
    with pytest.raises(PredictionError) as caught:
        frozen_predictions(frame, named, "competing_risks")
    message = str(caught.value)
    assert "column 'risk_90' must lie in [0, 1]" in message
    assert "no column 'risk_95'. Did you mean 'risk_90'?" in message
    assert "column 'lp' must hold numbers, got text at row 0" in message


@pytest.mark.parametrize(
    ("named", "kind", "message"),
    [
        (section(), "binary", 'Add risk = "column"'),
        (section(risk={"1": "r"}), "binary", 'Add risk = "column"'),
        (section(risk="r"), "survival", "one column per horizon"),
        (
            section(risk={"soon": "r"}),
            "survival",
            "horizon 'soon', which is no positive number. Write the number alone",
        ),
        (section(risk={"1": "r", "1.0": "r"}), "survival", "names a horizon twice: '1', '1.0'. Name one column"),
        (section(risk="r"), "continuous", 'Add value = "column"'),
        (section(risk="r"), "ordinal", "Add probabilities"),
        (section(probabilities={"a": "r", "c": "r"}), "ordinal", "lack category 'b'"),
    ],
)
def test_a_section_that_does_not_fit_the_outcome_is_refused(named: PredictionsSection, kind: str, message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        frozen_predictions(pd.DataFrame({"r": [0.5]}), named, kind, categories=("a", "b"))  # type: ignore[arg-type]  # parametrised


def test_percentages_are_recognised() -> None:
    frame = pd.DataFrame({"r": [12.0, 55.0, 80.0, 0.5]})
    with pytest.raises(PredictionError, match=r"Are they percentages\? Divide them by 100"):
        frozen_predictions(frame, PredictionsSection(risk="r"), "binary")
    with pytest.raises(PredictionError) as caught:
        frozen_predictions(frame.replace(12.0, -1.0), PredictionsSection(risk="r"), "binary")
    assert "percentages" not in str(caught.value)


def by_horizon(**columns: list[float]) -> RiskByHorizon:
    named = section(risk={"90": "r90", "180": "r180", "365": "r365"})
    found = frozen_predictions(pd.DataFrame(columns), named, "competing_risks")
    assert isinstance(found, RiskByHorizon)
    return found


def test_a_risk_that_falls_with_the_horizon_is_refused_with_its_columns_and_rows() -> None:
    assert by_horizon(r90=[0.1, 0.2], r180=[0.1, 0.3], r365=[0.4, 0.3]).values.shape == (2, 3)
    with pytest.raises(PredictionError) as caught:
        by_horizon(r90=[0.1, 0.3, 0.1], r180=[0.2, 0.2, 0.3], r365=[0.4, 0.3, 0.2])
    assert str(caught.value).splitlines() == [
        "a risk must not fall with the horizon: column 'r180' lies below 'r90' at row 1",
        "a risk must not fall with the horizon: column 'r365' lies below 'r180' at row 2",
    ]


def test_survival_probabilities_given_as_risks_are_suspected_from_their_direction() -> None:
    hint = r"at rows 0, 2. These look like survival probabilities: risk = 1 − survival"
    with pytest.raises(PredictionError, match=hint):
        by_horizon(r90=[0.9, 0.8, 0.7], r180=[0.8, 0.8, 0.5], r365=[0.7, 0.6, 0.2])
    # a patient who is sure of no event changes nothing, nor one row in a hundred that goes the other way
    rng = np.random.default_rng(1)
    steps = np.sort(rng.random((100, 3)), axis=1)[:, ::-1]
    steps[7], steps[8] = 1.0, steps[8, ::-1]
    with pytest.raises(PredictionError, match="survival probabilities"):
        by_horizon(r90=list(steps[:, 0]), r180=list(steps[:, 1]), r365=list(steps[:, 2]))
    # risks in which a few rows are wrong are not
    few = np.sort(rng.random((100, 3)), axis=1)
    few[:9] = few[:9, ::-1]
    with pytest.raises(PredictionError) as caught:
        by_horizon(r90=list(few[:, 0]), r180=list(few[:, 1]), r365=list(few[:, 2]))
    assert "survival" not in str(caught.value)


def test_a_trial_has_what_its_protocol_names() -> None:
    assert isinstance(frozen_predictions(pd.DataFrame({"v": [0.5]}), section(risk="v"), "trial"), Risk)
