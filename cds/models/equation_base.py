"""What every published equation is made of: terms of named transforms, an intercept, limits, a recalibration."""

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


class Sampling(Strict):
    """The covariance of the coefficients, as the source publishes it.

    Rows follow the terms' columns in the order of the file; a reference level has zeros. In a logistic equation the
    intercept comes first, in an ordered probit the thresholds come last (as in R's ``vcov`` of glm and polr).
    """

    covariance: tuple[tuple[Number, ...], ...]


class EquationBase(Strict):
    """What a file of every kind may say."""

    schema_: Literal["cds.equation/1"] = Field(alias="schema")
    source: str = ""
    note: str = ""
    intercept: Number = 0.0
    terms: tuple[Term, ...] = ()
    limits: dict[str, tuple[Number, Number]] = Field(default_factory=dict)
    recalibration: Recalibration = Recalibration()

    @property
    def stretch(self) -> float:
        """What the sum of intercept and terms is multiplied by to be the linear predictor, before recalibration."""
        return 1.0


class WithTerms(EquationBase):
    """An equation that needs at least one term."""

    @model_validator(mode="after")
    def _has_terms(self) -> Self:
        # Not min_length: pydantic would also count a faulty term as none, and name a fault that is not there.
        if not self.terms:
            raise ValueError("give at least one term")
        return self
