"""Sizes for a continuous outcome."""

from statistics import NormalDist

import pytest

from cds.core.errors import InputError
from cds.planning import continuous

AT_196 = 2 * NormalDist().cdf(1.96) - 1


def test_residual_spread_within_ten_percent_takes_235_patients() -> None:
    # Archer et al. 2021, doi:10.1002/sim.8766, criterion iv. R 4.2.2: sqrt(233/qchisq(.025, 233)) is 1.099848.
    assert continuous.size_for_residual_sd(1.1) == 235
    assert continuous.margin_of_residual_sd(235) == pytest.approx(1.099848, abs=1e-6)


def test_sizes_are_the_closed_forms_by_hand() -> None:
    # Archer et al. 2021: n = 4R²(1−R²)²/se², var(Y)(1−R²)/se², (1−R²)/(R² se²) + 1, with se = width / 3.92.
    assert continuous.size_for_r_squared(0.5, 0.1, level=AT_196) == 769  # 4·.5·.25·39.2² = 768.32
    assert continuous.size_for_calibration_in_the_large(0.5, 6, 1, level=AT_196) == 277  # 36·.5·3.92² = 276.6
    assert continuous.size_for_calibration_slope(0.5, 0.2, level=AT_196) == 386  # 19.6² + 1 = 385.16


def test_r_squared_of_one_is_refused() -> None:
    with pytest.raises(InputError, match="R² must lie strictly between 0 and 1"):
        continuous.size_for_r_squared(1, 0.1)
