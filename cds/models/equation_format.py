"""The file format of a published equation, ``cds.equation/1``: coefficients and named transforms, never code.

A file says ``model`` (logistic, cox, aft, proportional_hazards, ordered_probit, linear or score), an optional
``intercept``, ``[[terms]]``, and what its kind needs: ``[baseline]``, ``distribution``, ``thresholds``, ``[interval]``
or ``[[groups]]``; and, where the source publishes it, ``[sampling]`` with the covariance of the coefficients.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cds.models.equation_base import EquationBase, Level, Number, Sampling, Strict, WithTerms
from cds.models.equation_times import Aft, Cox, ProportionalHazards


class PredictionInterval(Strict):
    """``value ± t × sqrt(residual_variance × (1 + xᵀ C x))``.

    ``covariance`` is C, the coefficients' covariance divided by the residual variance; its rows follow the
    intercept and then the terms' columns in the order of the file. ``t`` is Student's quantile at ``level``.
    """

    level: Annotated[Number, Field(gt=0, lt=1)]
    t: Annotated[Number, Field(gt=0)]
    residual_variance: Annotated[Number, Field(gt=0)]
    covariance: tuple[tuple[Number, ...], ...] | None = None


class Condition(Strict):
    """A comparison of the total, of a subscore, or of one raw input."""

    score: str | None = None
    input: str | None = None
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None
    equals: Level | None = None

    @model_validator(mode="after")
    def _compares_one_thing(self) -> Self:
        if (self.score is None) == (self.input is None):
            raise ValueError("a condition compares either score or input")
        if not self.model_fields_set - {"score", "input"}:
            raise ValueError("a condition needs above, at_least, below, at_most or equals")
        return self


class Group(Strict):
    """A risk group: its name and the conditions that must all hold; the last group has none."""

    name: str = Field(min_length=1)
    when: tuple[Condition, ...] = ()
    value: Number | None = None


class Logistic(WithTerms):
    """risk = 1 / (1 + exp(−lp))."""

    model: Literal["logistic"]
    sampling: Sampling | None = None


class OrderedProbit(WithTerms):
    """P(category ≤ j) = Φ(threshold_j − lp)."""

    model: Literal["ordered_probit"]
    thresholds: tuple[Number, ...] = Field(min_length=1)
    sampling: Sampling | None = None

    @model_validator(mode="after")
    def _increase(self) -> Self:
        if list(self.thresholds) != sorted(set(self.thresholds)):
            raise ValueError("thresholds must increase")
        return self


class Linear(WithTerms):
    """value = lp."""

    model: Literal["linear"]
    interval: PredictionInterval | None = None


class Points(EquationBase):
    """A sum of points, and risk groups by rules of which the first that holds counts.

    ``subscores`` names sums over some inputs' points; ``total`` is the sum over all of them.
    """

    model: Literal["score"]
    subscores: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    groups: tuple[Group, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.terms and not self.groups:
            raise ValueError("a score needs terms, groups or both")
        names = [group.name for group in self.groups]
        if len(set(names)) != len(names):
            raise ValueError("groups must have different names")
        if self.groups and (self.groups[-1].when or not all(group.when for group in self.groups[:-1])):
            raise ValueError("the last group, and no other, has no conditions: it holds whoever is left")
        if len({group.value is None for group in self.groups}) > 1:
            raise ValueError("give every group a value or none")
        if not self.terms and any(group.value is None for group in self.groups):
            raise ValueError("a score without terms needs a value for every group")
        known = {"total", *self.subscores}
        for condition in (condition for group in self.groups for condition in group.when):
            if condition.score is not None and condition.score not in known:
                raise ValueError(f"group on score {condition.score!r}: known are {', '.join(sorted(known))}")
        used = {term.input for term in self.terms}
        for name, members in self.subscores.items():
            if not set(members) <= used:
                raise ValueError(f"subscore {name!r} names {sorted(set(members) - used)}, which has no points")
        return self


TimesEquation = Cox | Aft | ProportionalHazards
Equation = Logistic | TimesEquation | OrderedProbit | Linear | Points
EquationFile = Annotated[Equation, Field(discriminator="model")]
