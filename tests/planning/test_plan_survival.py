"""Plans of studies with a survival outcome."""

import pytest

from cds.core.errors import InputError
from cds.planning.plan_survival import plan_survival
from cds.planning.survival import SurvivalSetting
from cds.planning.targets import Target

SETTING = SurvivalSetting(risk=0.3, lp_sd=0.9)


def test_each_size_stands_beside_its_monte_carlo_error() -> None:
    targets = [Target("observed_expected", 0.3), Target("calibration_slope", 0.4), Target("harrell_c")]
    plan = plan_survival(targets, setting=SETTING, cohorts=10, seed=2, n=500)
    assert [row.patients is None for row in plan.rows] == [False, False, True]
    assert all((row.error or 1) < (row.patients or 10**9) / 10 for row in plan.rows)
    assert all(row.width is not None for row in plan.rows)
    assert "seed 2" in plan.remarks[0]


def test_a_wider_target_takes_fewer_patients() -> None:
    def size(width: float) -> int:
        plan = plan_survival([Target("observed_expected", width)], setting=SETTING, cohorts=5)
        return plan.rows[0].patients or 0

    assert size(0.2) > size(0.4)


def test_measures_of_other_kinds_are_refused() -> None:
    with pytest.raises(InputError, match="Did you mean 'harrell_c'"):
        plan_survival([Target("c", 0.1)], setting=SETTING)
