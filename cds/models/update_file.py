"""The file of an update (``cds.update/1``): which artifact it stands on, and what is done to its predictions.

Nothing in it is ever evaluated as code: a step is a method's name and its numbers.
"""

from __future__ import annotations

import tomllib
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cds.core.errors import ArtifactError, all_at_once

UPDATED, UPDATE_FILE = "updated", "update.toml"
LARGEST_FILE = 20_000_000  # bytes; an isotonic step has at most as many points as patients
Method = Literal["intercept", "recalibrate", "isotonic", "beta"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LogOdds(_Strict):
    """logit of the new risk = intercept + slope · logit of the old, which lies within ``low`` and ``high`` if given."""

    method: Literal["intercept", "recalibrate"]
    scale: Literal["log_odds"] = "log_odds"
    intercept: float
    slope: float = Field(default=1.0, gt=0)
    low: float | None = Field(default=None, gt=0, lt=1)
    high: float | None = Field(default=None, gt=0, lt=1)


class Linear(_Strict):
    """new value = intercept + slope · old value."""

    method: Literal["intercept", "recalibrate"]
    scale: Literal["value"] = "value"
    intercept: float
    slope: float = Field(default=1.0, gt=0)


class LogRatios(_Strict):
    """log(p_k / p_first) = intercept_k + slope_k · the old log-ratio, for every category but the first."""

    method: Literal["intercept", "recalibrate"]
    scale: Literal["log_ratios"] = "log_ratios"
    intercepts: tuple[float, ...] = Field(min_length=1)
    slopes: tuple[float, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if len(self.intercepts) != len(self.slopes):
            raise ValueError("as many intercepts as slopes are needed")
        return self


class Isotonic(_Strict):
    """The new risk by linear interpolation between points, the ends held; within ``low`` and ``high``."""

    method: Literal["isotonic"]
    scale: Literal["steps"] = "steps"
    risk: tuple[float, ...] = Field(min_length=1)
    observed: tuple[float, ...] = Field(min_length=1)
    low: float = Field(gt=0, lt=1)
    high: float = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if len(self.risk) != len(self.observed):
            raise ValueError("risk and observed differ in length")
        if list(self.risk) != sorted(set(self.risk)):
            raise ValueError("risk must increase")
        if list(self.observed) != sorted(self.observed) or not 0 <= self.observed[0] <= self.observed[-1] <= 1:
            raise ValueError("observed must not fall and must lie in [0, 1]")
        return self


class Beta(_Strict):
    """logit of the new risk = a·log p − b·log(1 − p) + c."""

    method: Literal["beta"]
    scale: Literal["beta"] = "beta"
    a: float = Field(ge=0)
    b: float = Field(ge=0)
    c: float
    low: float | None = Field(default=None, gt=0, lt=1)
    high: float | None = Field(default=None, gt=0, lt=1)


Step = LogOdds | Linear | LogRatios | Isotonic | Beta


class UpdateFile(_Strict):
    """What stands in ``update.toml``; the steps are applied in their order to the predictions of ``artifact``."""

    schema_: Literal["cds.update/1"] = Field(default="cds.update/1", alias="schema")
    adapter: str
    artifact: str
    steps: tuple[Annotated[Step, Field(discriminator="scale")], ...] = Field(min_length=1)


def parse_update(content: bytes, *, where: str) -> UpdateFile:
    """Read an update.

    Raises:
        ArtifactError: the file is no ``cds.update/1``; lists every fault with its place.
    """
    if len(content) > LARGEST_FILE:
        raise ArtifactError(f"an update of more than {LARGEST_FILE} bytes is not read", where=where)
    try:
        return UpdateFile.model_validate(tomllib.loads(content.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        raise ArtifactError("not readable as TOML", where=where) from None
    except ValidationError as refused:
        faults = dict.fromkeys(
            f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in refused.errors(include_input=False)
        )
        raise all_at_once([ArtifactError(fault, where=where) for fault in faults]) from None
