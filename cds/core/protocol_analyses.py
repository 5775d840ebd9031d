"""What a protocol says of analyses beside the measures: missing inputs, refits, landmarks, drift, explanations."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from cds.core.strict import Strict


class MissingInputsSection(Strict):
    """What happens to rows whose inputs are missing.

    ``model`` leaves them to the model's own rule, ``complete_case`` leaves the rows out, ``impute`` fills them
    several times; whichever is the primary analysis, the others stand beside it.
    """

    method: Literal["model", "complete_case", "impute"] = "model"
    imputations: int = Field(default=20, ge=2, le=200)
    iterations: int = Field(default=10, ge=1, le=100)
    auxiliary: tuple[str, ...] = ()


class RefittingSection(Strict):
    """What is done with a model that can be refitted; what is not set follows from the design and the model.

    ``bootstrap`` is the number of refits for the optimism (200 in an internal design, else none), ``folds`` and
    ``repeats`` of cross-validation, ``instability`` the number of refits for instability (0: none).
    """

    bootstrap: int | None = Field(default=None, ge=0, le=10_000)
    folds: int = Field(default=10, ge=2, le=100)
    repeats: int = Field(default=5, ge=1, le=100)
    instability: int = Field(default=0, ge=0, le=10_000)
    leave_one_site_out: bool | None = None
    comparator: Literal["logistic", "none"] | None = None


class LandmarkSection(Strict):
    """Predictions renewed as the patient is seen again: judged anew at each landmark, in those still at risk.

    ``cohort.visit`` is the column that holds the landmark of each row; ``times`` are the landmarks, in the time unit
    and from the same origin as the outcome's time. Horizons then count from the landmark. ``dated`` names, for
    features measured anew, the column that says when: nothing from after the landmark may enter a prediction.
    """

    times: tuple[float, ...] = Field(min_length=1)
    dated: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _times_increase(self) -> Self:
        if list(self.times) != sorted(set(self.times)) or self.times[0] < 0:
            raise ValueError("landmark.times must be 0 or more and increase")
        return self


class DriftSection(Strict):
    """Calendar windows of ``cohort.date``.

    ``false_alarm`` is the chance that the CUSUM signals anywhere in the series although the risks are right.
    """

    window: Literal["month", "quarter", "year"] = "quarter"
    false_alarm: float = Field(default=0.05, gt=0, lt=1)


class ExplanationSection(Strict):
    """The cohort's explanations in the report: of so many patients drawn at random; 0 leaves them out."""

    patients: int = Field(default=0, ge=0, le=5000)
