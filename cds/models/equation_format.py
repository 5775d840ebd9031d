"""The file format of a published equation, ``cds.equation/1``: coefficients and named transforms, never code.

A file says ``model`` (logistic, cox, ordered_probit, linear or score), an optional ``intercept``,
``[[terms]]``, and what its kind needs: ``[baseline]``, ``thresholds``, ``[interval]`` or ``[[groups]]``.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number = Annotated[float, Field(strict=True)]  # strict: "0.1 * age" and "0.1" are no coefficients
Level = Number | Annotated[str, Field(strict=True)]


class Strict(BaseModel):
    """Unknown keys, infinities and text for a number are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Transform(Strict):
    """One input made into a number: clipped, shifted and divided, transformed, then centred and scaled.

    ``(f((clip(x) + shift) / divide) − centre) / scale``, where f is the identity, ``power`` (0 means log),
    ``power`` with ``times_log`` (xᵖ·log x, the repeated power of a fractional polynomial), ``log``, or an
    indicator: 1 where every given comparison holds, otherwise 0.
    """

    input: str | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    shift: Number = 0.0
    divide: Number = 1.0
    power: Number | None = None
    times_log: bool = False
    log: bool = False
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None
    equals: Level | None = None
    centre: Number = 0.0
    scale: Number = 1.0

    @property
    def is_indicator(self) -> bool:
        """Whether the transform compares."""
        return self.equals is not None or any(
            bound is not None for bound in (self.above, self.at_least, self.below, self.at_most)
        )

    @model_validator(mode="after")
    def _one_transform(self) -> Self:
        name = f"term on {self.input!r}" if self.input else "term"
        if self.divide == 0 or self.scale == 0:
            raise ValueError(f"{name}: divide and scale must not be 0")
        if self.times_log and self.power is None:
            raise ValueError(f"{name}: times_log goes with power")
        if (self.power is not None) + self.log + self.is_indicator > 1:
            raise ValueError(f"{name}: give one of power, log and a comparison")
        if self.minimum is not None and self.maximum is not None and not self.minimum < self.maximum:
            raise ValueError(f"{name}: minimum must be less than maximum")
        return self


class Term(Transform):
    """A coefficient times a transformed input, or a coefficient per level, a spline, or a product.

    ``levels`` gives every level of a category its coefficient. ``knots`` with ``coefficients`` (the first is
    the linear one) is a restricted cubic spline in Harrell's normalisation, (t_k − t_1)². ``product`` lists
    two or more transforms to multiply. ``missing`` is the term's share where an optional input is missing.
    """

    coefficient: Number | None = None
    levels: dict[str, Number] | None = None
    knots: tuple[Number, ...] | None = None
    coefficients: tuple[Number, ...] | None = None
    product: tuple[Transform, ...] | None = None
    missing: Number | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        name = f"term on {self.input!r}" if self.input else "term"
        if (self.input is None) == (self.product is None):
            raise ValueError(f"{name}: give either input or product")
        if (self.coefficient is not None) + bool(self.levels) + (self.coefficients is not None) != 1:
            raise ValueError(f"{name}: give one of coefficient, levels and coefficients")
        if (self.knots is None) != (self.coefficients is None):
            raise ValueError(f"{name}: knots and coefficients go together")
        if self.knots is not None and self.coefficients is not None:
            if len(self.knots) < 3 or list(self.knots) != sorted(set(self.knots)):
                raise ValueError(f"{name}: knots must be at least three increasing numbers")
            if len(self.coefficients) != len(self.knots) - 1:
                raise ValueError(f"{name}: {len(self.knots)} knots take {len(self.knots) - 1} coefficients")
        if self.product is not None and (len(self.product) < 2 or not all(p.input for p in self.product)):
            raise ValueError(f"{name}: product needs at least two factors, each with its input")
        plain = not self.model_fields_set & _TRANSFORM_KEYS
        if (self.levels or self.product) and not plain:
            raise ValueError(f"{name}: levels and product take no transform beside them")
        if self.knots is not None and (self.power is not None or self.log or self.is_indicator):
            raise ValueError(f"{name}: knots take no other transform")
        return self

    @property
    def factors(self) -> tuple[Transform, ...]:
        """The transforms that the term multiplies; itself where it is no product."""
        return self.product or (self,)

    @property
    def sources(self) -> tuple[str, ...]:
        """The inputs that the term reads, each once."""
        return tuple(dict.fromkeys(factor.input for factor in self.factors if factor.input))

    @property
    def name(self) -> str:
        """The term's sources as a person reads them."""
        return " × ".join(self.sources)

    @property
    def weights(self) -> tuple[float, ...]:
        """One coefficient per column of the term's design."""
        if self.levels:
            return tuple(self.levels.values())
        return self.coefficients or (self.coefficient or 0.0,)


_TRANSFORM_KEYS = set(Transform.model_fields) - {"input"}


class Recalibration(Strict):
    """Linear predictor′ = intercept + slope × linear predictor."""

    intercept: Number = 0.0
    slope: Number = 1.0


class Baseline(Strict):
    """Survival at each horizon of someone whose linear predictor is 0."""

    horizons: tuple[Number, ...] = Field(min_length=1)
    survival: tuple[Number, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _falls(self) -> Self:
        if len(self.horizons) != len(self.survival):
            raise ValueError("baseline: give one survival per horizon")
        if list(self.horizons) != sorted(set(self.horizons)) or self.horizons[0] <= 0:
            raise ValueError("baseline: horizons must be positive and increase")
        if any(not 0 < s <= 1 for s in self.survival) or list(self.survival) != sorted(self.survival, reverse=True):
            raise ValueError("baseline: survival must lie in (0, 1] and never rise")
        return self


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


class _Base(Strict):
    schema_: Literal["cds.equation/1"] = Field(alias="schema")
    source: str = ""
    note: str = ""
    intercept: Number = 0.0
    terms: tuple[Term, ...] = ()
    limits: dict[str, tuple[Number, Number]] = Field(default_factory=dict)
    recalibration: Recalibration = Recalibration()


class _WithTerms(_Base):
    @model_validator(mode="after")
    def _has_terms(self) -> Self:
        # Not min_length: pydantic would also count a faulty term as none, and name a fault that is not there.
        if not self.terms:
            raise ValueError("give at least one term")
        return self


class Logistic(_WithTerms):
    """risk = 1 / (1 + exp(−lp))."""

    model: Literal["logistic"]


class Cox(_WithTerms):
    """risk by t = 1 − S₀(t)^exp(lp)."""

    model: Literal["cox"]
    baseline: Baseline


class OrderedProbit(_WithTerms):
    """P(category ≤ j) = Φ(threshold_j − lp)."""

    model: Literal["ordered_probit"]
    thresholds: tuple[Number, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _increase(self) -> Self:
        if list(self.thresholds) != sorted(set(self.thresholds)):
            raise ValueError("thresholds must increase")
        return self


class Linear(_WithTerms):
    """value = lp."""

    model: Literal["linear"]
    interval: PredictionInterval | None = None


class Points(_Base):
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


Equation = Logistic | Cox | OrderedProbit | Linear | Points
EquationFile = Annotated[Equation, Field(discriminator="model")]
