"""Canonical values and keyed fingerprints of rows."""

import hashlib
import hmac

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.core.fingerprints import FingerprintedColumn
from cds.core.model_card import Feature, ModelCard
from cds.stats.fingerprinting import MISSING, coded, digests, fingerprinted, key_id
from cds.stats.inputs import prepare_inputs

KEY = b"k" * 32
NUMBER = FingerprintedColumn("x", number=True)


def codes(values, precision=None):
    column = FingerprintedColumn("x", number=True, precision=precision)
    return coded([column], pd.DataFrame({"x": np.array(values, dtype=float)}))[:, 0].tolist()


def card(*inputs: Feature) -> ModelCard:
    return ModelCard(name="m", version="1", outcome="binary", inputs=inputs)


def test_six_significant_digits_count() -> None:
    one, same, other = codes([123456.4, 123456.0, 123457.0])
    assert one == same != other
    small, alike = codes([0.1 + 0.2, 0.3])
    assert small == alike
    assert len(set(codes([1, 10, 0.1, -1, 0, 999999.7, 1e300, 1e-200]))) == 8
    assert codes([999999.7]) == codes([1e6]) and codes([-0.0]) == codes([0.0]) == [0]


@given(st.floats(min_value=-1e12, max_value=1e12))
def test_a_number_stored_in_other_ways_is_the_same(value: float) -> None:
    written = float(f"{value:.6g}")
    assert codes([written]) == codes([float(repr(written))]) == codes([float(f"{written:.12e}")])


def test_a_precision_makes_values_of_the_same_step_alike() -> None:
    assert codes([23.148148, 23.15, 23.1], 0.1) == [231, 232, 231]
    assert codes([0.15, np.float64(np.float32(0.15)), 0.25], 0.1) == [2, 2, 3]


def test_missing_is_a_token_of_its_own() -> None:
    assert codes([np.nan, 0.0]) == [MISSING, 0]
    text = coded([FingerprintedColumn("x", number=False)], pd.DataFrame({"x": ["a", None, "nan"]}))[:, 0]
    assert text[1] == MISSING and len(set(text.tolist())) == 3


def test_levels_are_alike_whatever_file_they_come_from() -> None:
    inputs = (Feature(name="s", type="category", levels={"0": "no", "1": "yes"}), Feature(name="b", type="boolean"))
    made = card(*inputs)
    columns = fingerprinted(made)["inputs"]
    files = [{"s": [1, 0], "b": [True, False]}, {"s": [1.0, 0.0], "b": [1, 0]}, {"s": ["1", "0"], "b": ["yes", "no"]}]
    first, *others = [coded(columns, prepare_inputs(made, pd.DataFrame(file))) for file in files]
    assert all((first == other).all() for other in others)


def test_a_fingerprint_is_the_start_of_the_rows_hmac() -> None:
    rows = np.array([[1, MISSING], [3, 4]], dtype="<i8")
    own = hmac.new(KEY, b"m@1/development/inputs", hashlib.sha256).digest()
    expected = [int.from_bytes(hmac.new(own, row.tobytes(), hashlib.sha256).digest()[:8], "big") for row in rows]
    assert digests(rows, KEY, "m@1/development/inputs").tolist() == expected


def test_other_keys_and_other_scopes_share_no_fingerprint() -> None:
    rows = np.arange(20, dtype="<i8").reshape(10, 2)
    made = [digests(rows, KEY, "a"), digests(rows, KEY, "b"), digests(rows, b"j" * 32, "a")]
    assert len(np.unique(np.concatenate(made))) == 30
    assert key_id(KEY) != key_id(b"j" * 32)
    assert KEY.hex() not in key_id(KEY)


def test_stable_inputs_are_those_marked_or_those_that_cannot_be_changed() -> None:
    sex = Feature(name="sex", type="category", modifiable=False)
    age = Feature(name="age", type="number", modifiable=False)
    pain = Feature(name="pain", type="number", modifiable=True)
    height = Feature(name="height", type="number", stable=True)
    names = {k: [c.name for c in v] for k, v in fingerprinted(card(sex, age, pain)).items()}
    assert names == {"inputs": ["sex", "age", "pain"], "stable": ["sex", "age"]}
    marked = sex.model_copy(update={"stable": True})
    assert [c.name for c in fingerprinted(card(marked, age, pain, height))["stable"]] == ["sex", "height"]
    not_age = age.model_copy(update={"stable": False})
    assert "stable" not in fingerprinted(card(sex, not_age, pain))
    assert "stable" not in fingerprinted(card(sex, age))


@pytest.mark.parametrize("kind", ["series", "image"])
def test_series_and_images_are_left_out(kind) -> None:
    assert fingerprinted(card(Feature(name="x", type=kind))) == {}
