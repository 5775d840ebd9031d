"""The plan of a validation with a survival outcome, from simulated cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from cds.core.errors import all_at_once
from cds.planning.plan import RILEY_2024, Plan, Row, level_and_size_faults
from cds.planning.survival import SurvivalSetting, simulate
from cds.planning.targets import Target, target_faults

RILEY_2022 = "Riley et al. 2022, doi:10.1002/sim.9275"


def plan_survival(
    targets: Sequence[Target],
    *,
    setting: SurvivalSetting,
    ratio: float = 1.0,
    level: float = 0.95,
    n: int | None = None,
    cohorts: int = 100,
    seed: int = 1,
) -> Plan:
    """The plan of a validation with a survival outcome, from simulated cohorts.

    Raises:
        InputError: targets that cannot be planned.
    """
    faults = [*target_faults(targets, "survival"), *level_and_size_faults(level, n, ratio)]
    if faults:
        raise all_at_once(faults)
    found, rows = simulate(setting, cohorts=cohorts, seed=seed, ratio=ratio), []
    for target in targets:
        one = next(s for name, s in found.items() if name == target.measure)
        needed, error = (None, None) if target.width is None else one.size(target.width, level=level)
        seen = None if needed is None else ceil(needed * setting.seen)
        width = None if n is None else one.width(n, level=level)
        rows.append(Row(target.measure, None, target.width, needed, seen, width, error))
    assumed = (
        f"a share of {setting.risk:g} has the event by the horizon, and {setting.censored:g} would be censored before "
        "it, were there no events; follow-up ends at the horizon",
        f"the linear predictor is normal with standard deviation {setting.lp_sd:.3g}",
        f"hazards are proportional, Weibull with shape {setting.shape:g}; the risks are right",
    )
    remarks = (
        f"From {cohorts} simulated cohorts (seed {seed}): each size stands beside its Monte Carlo standard error. "
        "Variances are taken to fall with 1/n.",
    )
    return Plan(
        kind="survival",
        level=level,
        rows=tuple(rows),
        asked_about=n,
        assumed=assumed,
        remarks=remarks,
        sources=(RILEY_2022, RILEY_2024),
    )
