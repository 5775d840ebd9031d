"""Gower's distance, against R's cluster::daisy."""

import numpy as np
import pandas as pd
import pytest

from cds.core.model_card import Feature
from cds.stats.gower import gower, nearness, spreads, without_itself

FEATURES = [
    Feature.model_validate({"name": "x", "type": "number"}),
    Feature.model_validate({"name": "y", "type": "number"}),
    Feature.model_validate({"name": "g", "type": "category", "levels": {"a": "a", "b": "b"}}),
]
ROWS = pd.DataFrame(
    {"x": [1.0, 2.5, 4.0, 9.0], "y": [10.0, np.nan, 14.0, 30.0], "g": ["a", "b", "a", None]}, dtype=object
).astype({"x": float, "y": float})

# R 4.2.2, cluster 2.1.4: d <- data.frame(x = c(1, 2.5, 4, 9), y = c(10, NA, 14, 30), g = factor(c("a", "b", "a", NA)))
# as.matrix(daisy(d, metric = "gower"))
DAISY = np.array(
    [
        [0, 0.59375, 0.1916666667, 1],
        [0.59375, 0, 0.59375, 0.8125],
        [0.1916666667, 0.59375, 0, 0.7125],
        [1, 0.8125, 0.7125, 0],
    ]
)


def test_distances_are_those_of_daisy() -> None:
    assert gower(ROWS, ROWS, spreads(FEATURES, ROWS)) == pytest.approx(DAISY, abs=1e-9)


def test_a_value_beyond_the_others_lies_further_than_one_and_no_shared_input_is_unknown() -> None:
    far = pd.DataFrame({"x": [17.0], "y": [np.nan], "g": [None]})
    assert gower(far, ROWS.iloc[:1], spreads(FEATURES, ROWS)) == pytest.approx(np.array([[2.0]]))
    nothing = pd.DataFrame({"x": [np.nan], "y": [1.0], "g": [None]})
    assert np.isnan(gower(nothing, ROWS.iloc[[1]], spreads(FEATURES, ROWS))).all()


def test_nearness_is_to_others_than_itself() -> None:
    assert nearness(without_itself(DAISY), 1).tolist() == pytest.approx([0.1916666667, 0.59375, 0.1916666667, 0.7125])
    assert nearness(np.array([[np.nan, 0.4]]), 1).tolist() == [0.4]
