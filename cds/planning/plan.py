"""A plan: for each target the n that reaches it, the largest of which decides; or the widths that n patients give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from cds.core.errors import InputError
from cds.planning.search import LARGEST, smallest
from cds.planning.targets import Target

LEAST = 4  # patients: fewer leave no degrees of freedom
PLAN_SCHEMA = "cds.plan/1"
RILEY_2024 = "Riley et al. 2024, doi:10.1136/bmj-2023-074821"
Width = Callable[[float], float]


@dataclass(frozen=True)
class Row:
    """One measure: its target width and the patients (and events) that reach it; the width in the size asked about.

    ``error`` is the Monte Carlo standard error of ``patients`` where they come from a simulation.
    """

    measure: str
    threshold: float | None
    target: float | None
    patients: int | None
    events: int | None
    width: float | None = None
    error: int | None = None

    @property
    def name(self) -> str:
        """The measure with its threshold."""
        return Target(self.measure, self.target, self.threshold).name


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The rows, what was assumed, and what a reader should know; the largest size decides."""

    kind: str
    level: float
    rows: tuple[Row, ...]
    asked_about: int | None = None
    assumed: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def largest(self) -> Row | None:
        """The row that asks for most patients; None where no target width was set."""
        return max((r for r in self.rows if r.patients is not None), key=lambda r: r.patients or 0, default=None)

    def record(self) -> dict[str, Any]:
        """The plan as ``cds plan --json`` prints it."""
        decides = self.largest
        return {
            "schema": PLAN_SCHEMA,
            **asdict(self),
            "patients": decides.patients if decides else None,
            "events": decides.events if decides else None,
            "decided_by": decides.name if decides else None,
        }


def row_of(target: Target, width: Width, share: float | None, n: int | None) -> Row:
    """A target's row: the smallest n that reaches it, its events where a share has them, the width in ``n``."""
    needed = None if target.width is None else smallest(width, target.width)
    events = None if needed is None or share is None else ceil(needed * share)
    return Row(target.measure, target.threshold, target.width, needed, events, None if n is None else width(n))


def level_and_size_faults(level: float, n: int | None, expected: float) -> list[InputError]:
    """What is wrong with the level, the size asked about, and the O:E or slope that is expected."""
    faults = []
    if not 0 < level < 1:
        faults.append(InputError(f"the level of the intervals must lie strictly between 0 and 1, got {level:g}"))
    if n is not None and n < LEAST:
        faults.append(InputError(f"a study needs at least {LEAST} patients, got {n}"))
    if n is not None and n > LARGEST:
        faults.append(InputError("the size asked about must be at most 10¹² patients"))
    if not 0 < expected < LARGEST:
        faults.append(InputError(f"the expected O:E or slope must be above 0 and below 10¹², got {expected:g}"))
    return faults
