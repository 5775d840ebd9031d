"""Plans of studies with a continuous outcome."""

import pytest

from cds.core.errors import InputError
from cds.planning.plan_continuous import plan_continuous
from cds.planning.targets import Target


def test_the_residual_spread_is_always_among_the_criteria() -> None:
    plan = plan_continuous([Target("r_squared", 0.2)], r_squared=0.5, n=300)
    assert [row.measure for row in plan.rows] == ["r_squared", "residual_sd_margin"]
    assert plan.largest is not None and plan.largest.patients == 235


def test_calibration_in_the_large_needs_the_outcomes_spread() -> None:
    with pytest.raises(InputError, match="needs the outcome's standard deviation"):
        plan_continuous([Target("calibration_in_the_large", 1)], r_squared=0.5)
    plan = plan_continuous([Target("calibration_in_the_large", 1)], r_squared=0.5, sd=6)
    assert plan.rows[0].patients == 277


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InputError) as error:
        plan_continuous([Target("auroc", 0.1)], r_squared=0, sd=0, residual_margin=1, slope=-1)
    assert len(str(error.value).splitlines()) == 5
