"""The plan of a validation with a continuous outcome."""

from __future__ import annotations

from collections.abc import Sequence

from cds.core.errors import InputError, all_at_once
from cds.planning import continuous
from cds.planning.plan import Plan, Row, Width, level_and_size_faults, row_of
from cds.planning.targets import Target, target_faults

ARCHER_2021 = "Archer et al. 2021, doi:10.1002/sim.8766"


def plan_continuous(
    targets: Sequence[Target],
    *,
    r_squared: float,
    sd: float | None = None,
    slope: float = 1.0,
    residual_margin: float = 1.1,
    level: float = 0.95,
    n: int | None = None,
) -> Plan:
    """The plan of a validation with a continuous outcome.

    ``r_squared`` is the expected R², ``sd`` the outcome's standard deviation (needed for calibration-in-the-large),
    ``residual_margin`` how many times too large or small the residual standard deviation may be estimated.

    Raises:
        InputError: targets that cannot be planned, or too little given to plan them.
    """
    faults = [*target_faults(targets, "continuous"), *level_and_size_faults(level, n, slope)]
    if not 0 < r_squared < 1:
        faults.append(InputError(f"R² must lie strictly between 0 and 1, got {r_squared:g}"))
    if not residual_margin > 1:
        faults.append(
            InputError(f"the margin of the residual standard deviation must be above 1, got {residual_margin:g}")
        )
    if sd is not None and not 0 < sd < float("inf"):
        faults.append(InputError(f"the outcome's standard deviation must be above 0 and finite, got {sd:g}"))
    if faults:
        raise all_at_once(faults)
    rows = [row_of(t, _continuous_width(t, r_squared, sd, slope, level), None, n) for t in targets]
    margin = None if n is None else continuous.margin_of_residual_sd(n, level=level)
    needed = continuous.size_for_residual_sd(residual_margin, level=level)
    rows.append(Row("residual_sd_margin", None, residual_margin, needed, None, margin))
    assumed = [f"R² is {r_squared:g} and the calibration slope {slope:g}"]
    assumed += [f"the outcome's standard deviation is {sd:g}"] if sd is not None else []
    assumed.append("residuals are normal with the same spread everywhere; patients are independent")
    return Plan(
        kind="continuous",
        level=level,
        rows=tuple(rows),
        asked_about=n,
        assumed=tuple(assumed),
        sources=(ARCHER_2021,),
    )


def _continuous_width(target: Target, r_squared: float, sd: float | None, slope: float, level: float) -> Width:
    if target.measure == "r_squared":
        return lambda n: continuous.width_of_r_squared(n, r_squared=r_squared, level=level)
    if target.measure == "calibration_slope":
        return lambda n: continuous.width_of_calibration_slope(n, r_squared=r_squared, slope=slope, level=level)
    if sd is None:
        raise InputError("calibration_in_the_large needs the outcome's standard deviation", do="Give it (--sd)")
    return lambda n: continuous.width_of_calibration_in_the_large(n, r_squared=r_squared, sd=sd, level=level)
