"""Each kind of term, on inputs whose result can be counted by hand."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.core.errors import PredictionError
from cds.core.model_card import Feature, ModelCard
from cds.models.equation import EquationModel
from cds.models.equation_reading import parse_equation
from cds.models.equation_terms import restricted_cubic_spline

INPUTS = (
    Feature(name="x", type="number"),
    Feature(name="z", type="number", required=False),
    Feature(name="sex", type="category", levels={"f": "female", "m": "male"}),
    Feature(name="grade", type="category", levels={"1": "low", "2": "middle", "3": "high"}),
    Feature(name="smoker", type="boolean"),
)


def values(*terms: dict[str, Any], intercept: float = 0.0, **columns: list[object]) -> list[float]:
    """The linear predictor of these terms on these columns."""
    card = ModelCard(name="m", version="1", outcome="continuous", inputs=INPUTS)
    rows = len(next(iter(columns.values())))
    filled = {"x": [0.0] * rows, "sex": ["f"] * rows, "grade": [1] * rows, "smoker": [0] * rows} | columns
    document = {"schema": "cds.equation/1", "model": "linear", "intercept": intercept, "terms": list(terms)}
    predicted: list[float] = (
        EquationModel(card, parse_equation(document)).linear_predictor(pd.DataFrame(filled)).tolist()
    )
    return predicted


def test_a_linear_term_is_centred_then_scaled() -> None:
    # 1 + 2 · (x − 10)/5
    term = {"input": "x", "centre": 10, "scale": 5, "coefficient": 2}
    assert values(term, intercept=1.0, x=[10, 15, 0]) == [1, 3, -3]


def test_a_number_is_clipped_before_anything_else() -> None:
    term = {"input": "x", "minimum": 1, "maximum": 19, "divide": 2, "coefficient": 1}
    assert values(term, x=[0, 4, 19, 60]) == [0.5, 2, 9.5, 9.5]


def test_fractional_polynomial_powers_take_the_shifted_and_divided_input() -> None:
    # x = 19 with shift 1 and divide 10 is 2: 2^-2 = 0.25, 2^0.5, log 2 for power 0, 2^3·log 2
    shared = {"input": "x", "shift": 1, "divide": 10, "coefficient": 1}
    assert values(shared | {"power": -2}, x=[19]) == [0.25]
    assert values(shared | {"power": 0.5}, x=[19]) == [pytest.approx(math.sqrt(2), abs=1e-15)]
    assert values(shared | {"power": 0}, x=[19]) == [pytest.approx(math.log(2), abs=1e-15)]
    assert values(shared | {"power": 3, "times_log": True}, x=[19]) == [pytest.approx(8 * math.log(2), abs=1e-14)]


def test_repeated_power_zero_is_the_squared_logarithm() -> None:
    # Royston and Altman 1994: the repeated power of 0 is (log x)²
    term = {"input": "x", "power": 0, "times_log": True, "coefficient": 1}
    assert values(term, x=[math.e**2]) == [pytest.approx(4, abs=1e-14)]


def test_a_transform_is_centred_after_it_was_made() -> None:
    # log(e) − 3 = −2
    assert values({"input": "x", "log": True, "centre": 3, "coefficient": 1}, x=[math.e]) == [-2]


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ({"above": 20, "at_most": 50}, [0, 1, 1, 0]),
        ({"above": 50}, [0, 0, 0, 1]),
        ({"at_least": 20, "below": 50}, [1, 1, 0, 0]),
        ({"equals": 50}, [0, 0, 1, 0]),
    ],
)
def test_an_indicator_is_one_where_every_comparison_holds(comparison: dict[str, float], expected: list[float]) -> None:
    assert values({"input": "x", "coefficient": 1} | comparison, x=[20, 21, 50, 51]) == expected


def test_an_indicator_of_a_level_reads_text_and_number_levels() -> None:
    assert values({"input": "sex", "equals": "m", "coefficient": 3}, sex=["f", "m"]) == [0, 3]
    assert values({"input": "grade", "equals": 3, "coefficient": 3}, grade=[2, 3]) == [0, 3]
    assert values({"input": "grade", "equals": "3", "coefficient": 3}, grade=[2, 3]) == [0, 3]


def test_levels_give_each_category_its_coefficient() -> None:
    assert values({"input": "grade", "levels": {"1": 0, "2": 0.5, "3": -1}}, grade=[3, 1, 2]) == [-1, 0, 0.5]
    assert values({"input": "sex", "levels": {"f": 2, "m": 4}}, sex=["m", "f"]) == [4, 2]


def test_a_category_with_number_levels_may_enter_as_a_number_and_a_boolean_as_zero_or_one() -> None:
    terms = ({"input": "grade", "coefficient": 10}, {"input": "smoker", "coefficient": 1})
    assert values(*terms, grade=[1, 3], smoker=[True, False]) == [11, 30]


def test_a_spline_follows_harrells_normalisation() -> None:
    # knots 0, 1, 9, x = 2: (2³ − 1³·(9 − 0)/(9 − 1) + 0)/9² = 6.875/81
    # x = 19: (19³ − 18³·9/8 + 10³·1/8)/81 = 423/81
    term = {"input": "x", "knots": [0, 1, 9], "coefficients": [0, 1]}
    assert values(term, x=[0, 2, 19]) == [0, pytest.approx(6.875 / 81), pytest.approx(423 / 81)]
    assert values(term | {"coefficients": [2, 0]}, x=[3]) == [6]


def test_a_spline_with_five_knots_matches_hmisc() -> None:
    # The formula of Hmisc rcspline.eval (norm = 2) by hand for x = 5, knots 1, 2, 4, 7, 9:
    # (4³ − 0 + 0)/64, (3³)/64, (1³)/64, as x lies below the two last knots.
    found = restricted_cubic_spline(np.array([5.0]), (1.0, 2.0, 4.0, 7.0, 9.0))
    assert found.tolist() == [[5.0, 1.0, 27 / 64, 1 / 64]]


@given(st.floats(10, 1000), st.floats(0.1, 10))
def test_a_spline_is_a_straight_line_beyond_the_last_knot(x: float, step: float) -> None:
    found = restricted_cubic_spline(np.array([x, x + step, x + 2 * step]), (0.0, 2.0, 5.0, 9.0))
    assert np.diff(found, n=2, axis=0) == pytest.approx(0, abs=1e-6 * x**2)


def test_a_product_multiplies_its_transforms() -> None:
    # (x − 10) · [sex = m] · smoker · 2
    product = [{"input": "x", "centre": 10}, {"input": "sex", "equals": "m"}, {"input": "smoker"}]
    term = {"product": product, "coefficient": 2}
    found = values(term, x=[13, 13, 13, 8], sex=["m", "f", "m", "m"], smoker=[1, 1, 0, 1])
    assert found == [6, 0, 0, -4]


def test_a_missing_optional_input_counts_as_its_term_says() -> None:
    term = {"input": "z", "coefficient": 2, "missing": 0.5}
    assert values(term, z=[1, None]) == [2, 0.5]
    assert values(term, x=[1, 2]) == [0.5, 0.5]


@pytest.mark.parametrize(
    ("transform", "what"),
    [({"log": True}, "logarithm"), ({"power": -1}, "power"), ({"power": 2, "times_log": True}, "logarithm")],
)
def test_an_undefined_transform_is_refused_with_its_rows(transform: dict[str, Any], what: str) -> None:
    with pytest.raises(PredictionError, match=rf"{what} of input 'x' is undefined at row 1"):
        values({"input": "x", "coefficient": 1} | transform, x=[1, 0])
