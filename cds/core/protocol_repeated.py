"""When a patient followed over visits counts as a responder: the rule that a protocol declares."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from cds.core.arrays import BoolArray, FloatArray
from cds.core.strict import Strict

ROUNDING = 1e-9  # 7 to 4.9 is an improvement of 30 %, which floating point makes a little less


class ResponderRule(Strict):
    """A responder improved from ``baseline`` (a column) by a share of it or by points, at least.

    One of ``relative_change`` (0.3: by 30 % of the baseline) and ``change`` (in the outcome's unit: the minimal
    important change). ``direction`` says which way is better.

    >>> ResponderRule(baseline="pain_0", relative_change=0.3).told("points")
    'a decrease of 30 % or more from baseline'
    """

    baseline: str = Field(min_length=1)
    relative_change: float | None = Field(default=None, gt=0)
    change: float | None = Field(default=None, gt=0)
    direction: Literal["decrease", "increase"] = "decrease"

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if (self.relative_change is None) == (self.change is None):
            raise ValueError(
                "a responder rule needs one of relative_change (0.3 for 30 % of the baseline) and change (in points)"
            )
        if self.direction == "decrease" and self.relative_change is not None and self.relative_change > 1:
            raise ValueError("responder.relative_change: nothing falls by more than 100 %; write 0.3 for 30 %")
        return self

    @property
    def amount(self) -> float:
        """How much improvement is enough, as a share of the baseline or in the outcome's unit."""
        return float(self.change if self.relative_change is None else self.relative_change)  # type: ignore[arg-type]

    def improvement(self, baseline: FloatArray, value: FloatArray) -> FloatArray:
        """By how much each patient is better than at baseline, shape (n,), in the unit of ``amount``.

        NaN where there is no answer: a baseline that is missing or, of a relative change, not above 0.
        """
        better = baseline - value if self.direction == "decrease" else value - baseline
        if self.relative_change is None:
            return np.asarray(better, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(baseline > 0, better / baseline, np.nan)

    def responds(self, improvement: FloatArray) -> BoolArray:
        """Whether each improvement is enough, shape (n,); False where there is none to tell."""
        return np.asarray(improvement >= self.amount - ROUNDING * max(1.0, self.amount))

    def told(self, unit: str = "") -> str:
        """The rule in words."""
        size = f"{self.amount * 100:g} %" if self.change is None else f"{self.amount:g} {unit}".rstrip()
        return f"{'a decrease' if self.direction == 'decrease' else 'an increase'} of {size} or more from baseline"
