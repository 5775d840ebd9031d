"""How closely inputs go together: against scipy, by hand, and what chance alone must not give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from scipy.stats.contingency import association as scipy_association

from cds.core.model_card import Feature
from cds.core.prediction import Value
from cds.explanation.association import associations, correlation_ratio, cramers_v, strongest
from cds.explanation.shap_values import explain_output
from tests.explanation.fakes import numbers, registered


def test_numbers_have_spearmans_correlation_with_its_sign() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=60)
    rows = pd.DataFrame({"x": x, "y": np.exp(-x) + rng.normal(size=60) * 0.1})
    (found,) = associations(numbers("x", "y"), rows)
    assert found.coefficient == "spearman"
    assert found.value == pytest.approx(spearmanr(rows["x"], rows["y"]).statistic, abs=1e-12)
    assert found.value < -0.9


def test_missing_rows_are_left_out_and_too_few_say_nothing() -> None:
    rows = pd.DataFrame({"x": [*range(12), np.nan], "y": [*range(12), 99.0]})
    assert associations(numbers("x", "y"), rows.astype(float))[0].value == pytest.approx(1.0)
    assert associations(numbers("x", "y"), rows.astype(float).iloc[:9])[0].value == 0.0


def test_the_correlation_ratio_is_the_adjusted_r_squared_of_the_ranks() -> None:
    # Ranks 1…8 in levels of four: means 2.5 and 6.5, within 10, total 42: ε² = 1 − (10 / 42) · 7 / 6.
    codes = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert correlation_ratio(np.arange(8.0) ** 3, codes) == pytest.approx(np.sqrt(1 - 10 / 42 * 7 / 6), abs=1e-12)


def test_cramers_v_is_scipys_with_bergsmas_correction() -> None:
    rng = np.random.default_rng(2)
    x = rng.integers(0, 3, 400)
    y = np.where(rng.random(400) < 0.6, x, rng.integers(0, 4, 400))
    n, (r, k) = 400, (3, 4)
    plain = scipy_association(pd.crosstab(x, y).to_numpy(), method="cramer")
    phi2 = max(0.0, plain**2 * min(r - 1, k - 1) - (r - 1) * (k - 1) / (n - 1))
    least = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    assert cramers_v(x, y) == pytest.approx(np.sqrt(phi2 / least), abs=1e-12)


def test_many_levels_without_meaning_do_not_look_related() -> None:
    rng = np.random.default_rng(3)
    levels = [cramers_v(rng.integers(0, 12, 100), rng.integers(0, 12, 100)) for _ in range(40)]
    ratios = [correlation_ratio(rng.normal(size=100), rng.integers(0, 12, 100)) for _ in range(40)]
    # Uncorrected, their means would be 0.33 and 0.33.
    assert np.mean(levels) < 0.12
    assert np.mean(ratios) < 0.16


def test_the_strongest_pair_is_in_the_explanation() -> None:
    rng = np.random.default_rng(5)
    sex = rng.integers(0, 2, 50)
    rows = pd.DataFrame({"a": rng.normal(size=50), "b": rng.normal(size=50), "sex": np.where(sex, "f", "m")})
    rows["a"] += 3 * sex
    sexes = Feature(name="sex", type="category", levels={"f": "female", "m": "male"})
    model = registered(lambda f: Value(f["a"].to_numpy()), (*numbers("a", "b"), sexes), rows)
    found = explain_output(model, pd.DataFrame({"a": [1.0], "b": [0.0], "sex": ["f"]}), space="value")
    told = found.details["correlated"]  # type: ignore[union-attr]
    assert (told["inputs"], told["coefficient"]) == (("a", "sex"), "correlation_ratio")
    assert 0.7 < told["value"] < 0.95


def test_a_single_input_goes_with_nothing() -> None:
    assert strongest(associations(numbers("a"), pd.DataFrame({"a": [1.0, 2.0]}))) is None
