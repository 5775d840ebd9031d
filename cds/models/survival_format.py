"""The file format of a fitted survival regression, ``cds.survival/1``: JSON of numbers and names, never code.

A Cox regression is its coefficients, the means that they were centred at, and the cumulative baseline hazard at each
time of its follow-up (per stratum); an accelerated failure time its regressions of location, log scale and shape.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from cds.core.errors import ArtifactError, InputError, all_at_once
from cds.models.equation_base import Number, Strict
from cds.models.survival_times import AftDistribution

LARGEST_FILE = 50_000_000  # bytes; a million times of follow-up in one stratum


class Factor(Strict):
    """A number as the input gives it, or 1 where a category has this level and 0 elsewhere."""

    input: str
    level: str | None = None


class FittedTerm(Strict):
    """coefficient · (product of the factors − mean); without factors the product is 1."""

    factors: tuple[Factor, ...] = ()
    coefficient: Number
    mean: Number = 0.0


class Stratum(Strict):
    """Cumulative baseline hazard at the model's times, and until when somebody of the stratum was followed."""

    levels: tuple[str, ...] = ()
    hazard: tuple[Number, ...]
    last: Number

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if list(self.hazard) != sorted(self.hazard) or any(value < 0 for value in self.hazard):
            raise ValueError("hazard must not be negative nor fall: it is cumulative")
        return self


class Settings(Strict):
    """How the model was fitted, as far as a refit needs it."""

    penalizer: Annotated[Number, Field(ge=0)] = 0.0
    l1_ratio: Annotated[Number, Field(ge=0, le=1)] = 0.0


class _Fitted(Strict):
    """``levels`` are those of every category that the model was trained on; ``settings`` is absent without refits."""

    schema_: Literal["cds.survival/1"] = Field(default="cds.survival/1", alias="schema")
    fitter: str = ""
    levels: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    settings: Settings | None = None

    @property
    def regressions(self) -> tuple[tuple[FittedTerm, ...], ...]:
        """Every regression's terms."""
        raise NotImplementedError

    @property
    def numeric(self) -> set[str]:
        """The inputs that are read as numbers."""
        factors = (factor for terms in self.regressions for term in terms for factor in term.factors)
        return {factor.input for factor in factors if factor.level is None}

    def unknown_levels(self) -> list[str]:
        """Levels in terms that ``levels`` does not list."""
        factors = (factor for terms in self.regressions for term in terms for factor in term.factors)
        return [f.level for f in factors if f.level is not None and f.level not in self.levels.get(f.input, ())]

    @model_validator(mode="after")
    def _levels_are_known(self) -> Self:
        if self.unknown_levels():
            raise ValueError(f"terms have levels that levels does not list: {', '.join(self.unknown_levels())}")
        return self


class FittedCox(_Fitted):
    """risk by t = 1 − exp(−H₀(t) · exp(lp)), H₀ interpolated linearly between ``times``, lp = Σ terms."""

    model: Literal["cox"]
    terms: tuple[FittedTerm, ...] = Field(min_length=1)
    strata: tuple[str, ...] = ()
    times: tuple[Number, ...] = Field(min_length=1)
    baselines: tuple[Stratum, ...] = Field(min_length=1)

    @property
    def regressions(self) -> tuple[tuple[FittedTerm, ...], ...]:
        """The one regression."""
        return (self.terms,)

    @property
    def last(self) -> float:
        """The last time of follow-up in any stratum."""
        return max(stratum.last for stratum in self.baselines)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if list(self.times) != sorted(set(self.times)) or self.times[0] < 0:
            raise ValueError("times must be at least 0 and increase")
        if any(len(stratum.hazard) != len(self.times) for stratum in self.baselines):
            raise ValueError("give every baseline one hazard per time")
        if any(not self.times[0] <= stratum.last <= self.times[-1] for stratum in self.baselines):
            raise ValueError("a baseline's last time must be within times")
        keys = [stratum.levels for stratum in self.baselines]
        if len(set(keys)) < len(keys) or any(len(key) != len(self.strata) for key in keys):
            raise ValueError("give one baseline per stratum, with one level of each of strata")
        strange = [name for name in self.strata if name not in self.levels]
        if strange:
            raise ValueError(f"strata without levels: {', '.join(strange)}")
        return self


class FittedAft(_Fitted):
    """z = (log t − location) / exp(log_scale); the risk by ``distribution`` as in equation_times.Aft.

    ``shape`` is the regression of a generalized gamma's Q.
    """

    model: Literal["aft"]
    distribution: AftDistribution
    location: tuple[FittedTerm, ...] = Field(min_length=1)
    log_scale: tuple[FittedTerm, ...] = ()
    shape: tuple[FittedTerm, ...] = ()

    @property
    def regressions(self) -> tuple[tuple[FittedTerm, ...], ...]:
        """Those of location, log scale and shape."""
        return (self.location, self.log_scale, self.shape)

    @property
    def has_relative_hazard(self) -> bool:
        """Whether the hazard ratio of two patients is the same at every time: Weibull with one scale for everybody."""
        return self.distribution in ("weibull", "exponential") and not any(term.factors for term in self.log_scale)

    @model_validator(mode="after")
    def _shape_of_gamma(self) -> Self:
        if bool(self.shape) != (self.distribution == "generalized_gamma"):
            raise ValueError("shape is the regression of a generalized_gamma's Q, and of no other")
        return self


FittedSurvival = FittedCox | FittedAft
_FILE: TypeAdapter[FittedSurvival] = TypeAdapter(Annotated[FittedSurvival, Field(discriminator="model")])


def written(fitted: FittedSurvival) -> bytes:
    """The file; the same model gives the same bytes."""
    return fitted.model_dump_json(by_alias=True, exclude_none=True, indent=1).encode() + b"\n"


def read(path: Path) -> FittedSurvival:
    """The fitted regression in a file.

    Raises:
        ArtifactError: too large, no JSON, or no ``cds.survival/1``; lists every fault with its place.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise ArtifactError(f"a survival regression of more than {LARGEST_FILE} bytes is not read", where=path.name)
    try:
        return _FILE.validate_json(path.read_bytes())
    except ValidationError as error:
        faults: list[InputError] = [
            ArtifactError(_said(fault["type"], fault["msg"]), where=_place(fault["loc"], path.name))
            for fault in error.errors(include_url=False, include_input=False)[:10]
        ]
        raise all_at_once(faults) from None


def _place(location: tuple[int | str, ...], name: str) -> str:
    steps = [step for step in location if step not in ("cox", "aft")]
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    return f"{name}: {path}" if path else name


def _said(kind: str, message: str) -> str:
    if kind == "json_invalid":
        return "not readable as JSON"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return 'no fitted survival regression (model = "cox" or "aft")'
    plain = message.removeprefix("Value error, ")
    return plain[:1].lower() + plain[1:]
