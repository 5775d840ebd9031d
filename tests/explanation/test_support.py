"""Support: ranges, levels, missing inputs and what they could change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.core.explanation import EstimateRange, OutsideRange
from cds.core.model import RegisteredModel
from cds.core.model_card import DevelopmentSummary, Feature, InputSummary
from cds.explanation.support import support
from tests.explanation.fakes import Formula, Value, numbers, registered

BMI = Feature(name="bmi", label="BMI", type="number", unit="kg/m²", range=(12, 70))
TAMPA = Feature(name="tampa", label="Kinesiophobia", type="integer", range=(17, 68), required=False)
WORK = Feature(name="work", label="Work", type="category", levels={"1": "desk", "2": "care", "3": "heavy"})
INPUTS = (BMI, TAMPA, WORK)
DEVELOPMENT = DevelopmentSummary(
    rows=200,
    inputs={
        "bmi": InputSummary(n=200, missing=0, minimum=17.1, maximum=41.3, q05=19.0, q95=36.0),
        "tampa": InputSummary(n=190, missing=10, minimum=17, maximum=60, q05=25, q95=48),
        "work": InputSummary(n=200, missing=0, counts={"1": 150, "2": 50}),
    },
)


def formula(features: pd.DataFrame) -> Value:
    return Value(0.01 * features["tampa"].fillna(36).to_numpy() + 0.001 * features["bmi"].to_numpy())


MODEL = registered(formula, INPUTS, None, development=DEVELOPMENT)


def patient(**inputs: Any) -> pd.DataFrame:
    return pd.DataFrame([{"bmi": 25.0, "tampa": 36, "work": "1"} | inputs])


def test_a_patient_like_the_others_raises_no_concern() -> None:
    found = support(MODEL, patient())
    assert not found.extrapolates
    assert found.outside_development == found.outside_plausible == found.unseen_levels == found.missing == ()
    assert (found.range_source, found.not_checked) == ("development", ())


def test_a_value_outside_the_development_range_comes_with_its_range_and_unit() -> None:
    found = support(MODEL, patient(bmi=47.2))
    assert found.outside_development == (OutsideRange("bmi", "BMI", "47.2 kg/m²", 17.1, 41.3, "kg/m²"),)
    assert found.outside_plausible == ()
    assert found.extrapolates


def test_a_bound_itself_lies_inside() -> None:
    assert not support(MODEL, patient(bmi=41.3, tampa=17)).extrapolates


def test_an_implausible_value_is_told_apart() -> None:
    assert [o.input for o in support(MODEL, patient(bmi=700.0)).outside_plausible] == ["bmi"]


def test_a_level_that_nobody_had_is_unseen() -> None:
    (unseen,) = support(MODEL, patient(work="3")).unseen_levels
    assert (unseen.shown, unseen.seen) == ("heavy", ("desk", "care"))


def test_a_missing_optional_input_comes_with_what_it_could_change() -> None:
    (missing,) = support(MODEL, patient(tampa=np.nan)).missing
    assert (missing.input, missing.required, missing.usual) == ("tampa", False, ("25", "48"))
    # 0.01 · 25 + 0.025 to 0.01 · 48 + 0.025
    assert missing.estimates == (EstimateRange("value", pytest.approx(0.275), pytest.approx(0.505)),)
    assert missing.assumed is None


def test_an_absent_optional_column_is_a_missing_input() -> None:
    assert [m.input for m in support(MODEL, patient().drop(columns="tampa")).missing_optional] == ["tampa"]


def test_the_value_that_the_model_assumes_is_named_where_it_is_known() -> None:
    class Imputed(Formula):
        assumed_inputs: Mapping[str, Any] = {"tampa": 36}

    model = RegisteredModel(Imputed(MODEL.card, formula), "", "memory")
    assert support(model, patient(tampa=None)).missing[0].assumed == "36"


@pytest.mark.parametrize("row", [patient(bmi=np.nan, tampa=np.nan), patient(tampa=np.nan).drop(columns="bmi")])
def test_without_a_required_input_nothing_is_tried(row: pd.DataFrame) -> None:
    found = support(MODEL, row)
    assert [m.input for m in found.missing_required] == ["bmi"]
    assert [m.reason for m in found.missing] == ["there is no estimate without BMI"] * 2


def test_without_a_development_summary_the_background_gives_the_ranges() -> None:
    rng = np.random.default_rng(1)
    background = pd.DataFrame(
        {"bmi": rng.uniform(20, 30, 40), "tampa": rng.integers(20, 40, 40), "work": ["1", "2"] * 20}
    )
    found = support(registered(formula, INPUTS, background), patient(bmi=35.0, work="3"))
    assert found.range_source == "background"
    assert [o.input for o in found.outside_development] == ["bmi"]
    assert [u.input for u in found.unseen_levels] == ["work"]
    assert found.resemblance is not None
    assert found.resemblance.share_nearer > 0.9


def test_without_either_nothing_is_called_checked() -> None:
    found = support(registered(formula, INPUTS, None), patient(tampa=np.nan))
    assert (found.range_source, found.not_checked) == ("none", ("bmi", "tampa", "work"))
    assert found.missing[0].reason == "its usual values are not known"


def test_a_boolean_may_be_written_in_several_ways() -> None:
    smoker = Feature(name="smoker", type="boolean")
    development = DevelopmentSummary(rows=9, inputs={"smoker": InputSummary(n=9, missing=0, counts={"True": 9})})
    model = registered(lambda f: Value(f["smoker"].to_numpy()), [smoker], None, development=development)
    assert support(model, pd.DataFrame({"smoker": ["yes"]})).unseen_levels == ()
    assert [u.shown for u in support(model, pd.DataFrame({"smoker": [0]})).unseen_levels] == ["no"]


def test_a_patient_among_the_background_resembles_it() -> None:
    background = pd.DataFrame({"a": np.linspace(0, 1, 50), "b": np.linspace(1, 0, 50)})
    model = registered(lambda f: Value(f["a"].to_numpy()), numbers("a", "b"), background)
    near = support(model, pd.DataFrame({"a": [0.5], "b": [0.5]})).resemblance
    far = support(model, pd.DataFrame({"a": [1.0], "b": [1.0]})).resemblance
    assert near is not None
    assert far is not None
    assert near.distance < far.distance
    assert (near.share_nearer, far.share_nearer) == (0.0, 1.0)


def test_two_patients_at_once_are_refused() -> None:
    with pytest.raises(DataError, match="one row"):
        support(MODEL, pd.concat([patient(), patient()]))


def test_a_patient_with_a_gap_is_held_against_others_in_the_recorded_inputs() -> None:
    background = pd.DataFrame({"a": np.linspace(0, 1, 50), "b": np.linspace(1, 0, 50), "c": np.linspace(0, 1, 50)})
    model = registered(lambda f: Value(f["a"].to_numpy()), numbers("a", "b", "c"), background)
    found = support(model, pd.DataFrame({"a": [0.5], "b": [0.5], "c": [np.nan]})).resemblance
    assert found is not None
    assert (found.inputs, found.source, found.rows) == (2, "background", 50)
    assert support(model, pd.DataFrame({"a": [0.5], "b": [np.nan], "c": [np.nan]})).resemblance is None


def test_the_effective_number_counts_equals_as_one_and_strangers_as_none() -> None:
    background = pd.DataFrame({"a": [0.0] * 30 + [1.0] * 10, "b": [0.0] * 30 + [1.0] * 10})
    model = registered(lambda f: Value(f["a"].to_numpy()), numbers("a", "b"), background)
    inside = support(model, pd.DataFrame({"a": [0.0], "b": [0.0]})).resemblance
    between = support(model, pd.DataFrame({"a": [0.5], "b": [0.5]})).resemblance
    assert inside is not None and between is not None
    assert (inside.effective_number, between.effective_number) == (30.0, 0.0)


def test_development_percentiles_are_used_where_every_input_is_recorded() -> None:
    background = pd.DataFrame({"a": np.linspace(0, 1, 50), "b": np.linspace(1, 0, 50)})
    development = DevelopmentSummary(rows=400, inputs={}, nearness=tuple(np.linspace(0, 1, 101)))
    model = registered(lambda f: Value(f["a"].to_numpy()), numbers("a", "b"), background, development=development)
    found = support(model, pd.DataFrame({"a": [1.0], "b": [1.0]})).resemblance
    assert found is not None
    assert (found.source, found.rows) == ("development", 400)
    nearest = np.sort([(abs(1 - a) + abs(1 - b)) / 2 for a, b in background.to_numpy()])[:5].mean()
    assert found.share_nearer == pytest.approx(nearest, abs=0.011)  # a hundred and one percentiles
