"""Raw inputs against a card: every undefined value is refused at once."""

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import PredictionError
from cds.core.model_card import Feature, ModelCard
from cds.stats.inputs import missing_required, prepare_inputs, refuse_missing

CARD = ModelCard(
    name="m",
    version="1",
    outcome="binary",
    inputs=(
        Feature(name="age", type="number", unit="years", range=(18, 100)),
        Feature(name="sex", type="category", levels={"1_female": "female", "2_male": "male"}),
        Feature(name="carrying", type="category", levels={"1": "low", "2": "middle", "3": "high"}),
        Feature(name="visits", type="integer", required=False),
        Feature(name="smoker", type="boolean"),
    ),
)


def frame(**columns: object) -> pd.DataFrame:
    given: dict[str, object] = {
        "smoker": [True, False],
        "carrying": [1, 3],
        "extra": ["x", "y"],
        "sex": ["1_female", "2_male"],
        "age": [30, 40.5],
        "visits": [2, np.nan],
    }
    return pd.DataFrame(given | columns)


def test_inputs_come_in_the_cards_order_and_without_other_columns() -> None:
    prepared = prepare_inputs(CARD, frame())
    assert list(prepared.columns) == ["age", "sex", "carrying", "visits", "smoker"]
    assert prepared["age"].tolist() == [30.0, 40.5]
    assert prepared["sex"].tolist() == ["1_female", "2_male"]
    assert prepared["smoker"].tolist() == [1.0, 0.0]


def test_number_like_levels_stay_numbers_whether_written_as_text_or_number() -> None:
    for written in ([1, 3], ["1", "3"], [1.0, 3.0], pd.Categorical(["1", "3"])):
        prepared = prepare_inputs(CARD, frame(carrying=written))
        assert prepared["carrying"].dtype == np.float64
        assert prepared["carrying"].tolist() == [1.0, 3.0]


def test_a_code_with_leading_zero_is_no_number() -> None:
    card = ModelCard(
        name="m",
        version="1",
        outcome="binary",
        inputs=(Feature(name="code", type="category", levels={"01": "a", "02": "b"}),),
    )
    assert prepare_inputs(card, pd.DataFrame({"code": ["02", "01"]}))["code"].tolist() == ["02", "01"]


def test_missing_values_stay_missing_and_an_optional_column_may_be_absent() -> None:
    raw = frame(sex=[None, "2_male"], carrying=[np.nan, 2], smoker=[None, True], age=[None, 3])
    prepared = prepare_inputs(CARD, raw.drop(columns="visits"))
    assert prepared.isna().to_numpy().tolist() == [
        [True, True, True, True, True],
        [False] * 3 + [True, False],
    ]


def test_nullable_columns_are_read() -> None:
    raw = frame(age=pd.array([30, None], dtype="Int64"), smoker=pd.array([True, None], dtype="boolean"))
    prepared = prepare_inputs(CARD, raw)
    assert prepared["age"].isna().tolist() == [False, True]
    assert prepared["smoker"].isna().tolist() == [False, True]


def test_every_fault_is_listed_at_once() -> None:
    raw = frame(age=["thirty", 40], sex=["1_female", "3_other"], visits=[2.5, np.inf]).rename(
        columns={"smoker": "smokers"}
    )
    with pytest.raises(PredictionError) as caught:
        prepare_inputs(CARD, raw)
    message = str(caught.value)
    assert "input 'age' is declared a number but holds text or another type at row 0" in message
    assert "input 'sex' has a level that its card does not know at row 1. Known: 1_female, 2_male" in message
    assert "input 'visits' must be finite, got an infinite value at row 1" in message
    assert "no column 'smoker'. Did you mean 'smokers'?" in message


def test_a_fraction_is_no_integer() -> None:
    with pytest.raises(PredictionError, match=r"'visits' must be whole numbers, got a fraction at row 0"):
        prepare_inputs(CARD, frame(visits=[2.5, 3]))


def test_a_value_of_few_patients_never_reaches_the_message() -> None:
    with pytest.raises(PredictionError) as caught:
        prepare_inputs(CARD, frame(sex=["secret-name", "2_male"]))
    assert "secret-name" not in str(caught.value)


def test_an_unknown_level_that_eleven_rows_share_is_quoted() -> None:
    raw = pd.concat([frame(sex=["female", "female"])] * 6, ignore_index=True)
    with pytest.raises(PredictionError, match=r"does not know \('female'\) at rows 0, 1, 2"):
        prepare_inputs(CARD, raw)


def test_a_column_named_twice_is_refused() -> None:
    raw = frame()
    raw = pd.concat([raw, raw[["age"]]], axis=1)
    with pytest.raises(PredictionError, match="column 'age' twice"):
        prepare_inputs(CARD, raw)


def test_rows_without_a_required_input_are_named() -> None:
    raw = prepare_inputs(CARD, frame(age=[None, 40]))
    assert missing_required(CARD, raw) == {"age": [0]}
    with pytest.raises(PredictionError, match="required input 'age' is missing at row 0"):
        refuse_missing(CARD, raw)
