"""The pre-specified protocol of a validation (``cds.protocol/1``): what is asked, of whom, what is good enough."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from cds.core.outcome import OutcomeKind
from cds.core.protocol_analyses import (
    DriftSection,
    ExplanationSection,
    LandmarkSection,
    MissingInputsSection,
    RefittingSection,
)
from cds.core.protocol_groups import CohortSection, TargetPopulationSection
from cds.core.protocol_outcomes import (
    BinaryOutcome,
    CategoricalOutcome,
    CompetingRisksOutcome,
    ContinuousOutcome,
    OutcomeSection,
    RepeatedOutcome,
    SurvivalOutcome,
    fault_of_horizons,
    faults_of_columns,
)
from cds.core.protocol_trial import TrialSection
from cds.core.strict import Strict

__all__ = [
    "BinaryOutcome",
    "CategoricalOutcome",
    "CohortSection",
    "CompetingRisksOutcome",
    "ContinuousOutcome",
    "OutcomeSection",
    "RepeatedOutcome",
    "SurvivalOutcome",
    "TargetPopulationSection",
]

Smoother = Literal["rcs", "lowess", "loess"]
Level = Annotated[float, Field(gt=0, lt=1)]
Threshold = Annotated[float, Field(gt=0, lt=1)]
Horizon = Annotated[float, Field(ge=0)]
LANDMARK = "landmark"


class PredictionsSection(Strict):
    """Columns with frozen predictions, for ``--model predictions:``."""

    risk: str | dict[str, str] | None = None
    probabilities: dict[str, str] | None = None
    value: str | None = None
    low: str | None = None
    high: str | None = None
    interval_level: Level = 0.95
    linear_predictor: str | None = None

    @model_validator(mode="after")
    def _interval_has_two_bounds(self) -> Self:
        if (self.low is None) != (self.high is None):
            named, absent = ("low", "high") if self.high is None else ("high", "low")
            raise ValueError(f"predictions name {named} but not {absent}: a prediction interval has two bounds")
        if self.low is None and "interval_level" in self.model_fields_set:
            raise ValueError("interval_level says nothing without low and high, the columns of the intervals' bounds")
        return self


class MeasuresSection(Strict):
    """How the measures are computed; everything has a default.

    ``horizons`` are times at which the risk of an event is judged, windows after each landmark, or visits. ``grid``
    holds the times of the integrated Brier score. ``censoring`` says on what censoring may depend: on nothing
    (``marginal``), or through a Cox model on the columns ``censoring_given``.
    """

    thresholds: tuple[Threshold, ...] = ()
    horizons: tuple[Horizon, ...] = ()
    grid: tuple[Horizon, ...] = ()
    censoring: Literal["marginal", "cox"] = "marginal"
    censoring_given: tuple[str, ...] = ()
    smoother: Smoother = "rcs"
    level: Level = 0.95
    replicates: int = Field(default=1000, ge=0, le=100_000)
    seed: int = Field(default=1, ge=0)
    interval: Literal["percentile", "bca"] = "percentile"
    follow_up: Literal["to_horizon", "all"] = "to_horizon"
    clip: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _settings_fit_together(self) -> Self:
        if len(set(self.thresholds)) != len(self.thresholds):
            raise ValueError("thresholds must differ from each other")
        for name in ("horizons", "grid"):
            for before, after in pairwise(getattr(self, name)):
                if after <= before:
                    raise ValueError(f"[measures] {name} must increase: {before:g} stands before {after:g}")
        if (self.censoring == "cox") != bool(self.censoring_given):
            raise ValueError('censoring = "cox" goes with censoring_given, the columns that censoring may depend on')
        if self.clip is not None and not 0 < self.clip[0] < self.clip[1] < 1:
            raise ValueError("clip must be two bounds with 0 < low < high < 1")
        return self


class CriterionSection(Strict):
    """A tolerance for one measure; its whole interval must lie inside."""

    measure: str
    at_least: float | None = None
    at_most: float | None = None
    within: tuple[float, float] | None = None
    difference_within: tuple[float, float] | None = None
    ratio_within: tuple[float, float] | None = None
    each: bool = False
    across: str | None = None
    horizon: float | None = None
    threshold: Threshold | None = None
    category: str | None = None
    rationale: str = ""

    @model_validator(mode="after")
    def _one_tolerance(self) -> Self:
        ranges = [r for r in (self.within, self.difference_within, self.ratio_within) if r is not None]
        bounds = [b for b in (self.at_least, self.at_most) if b is not None]
        if len(ranges) + bool(bounds) != 1:
            raise ValueError(
                f"criterion on {self.measure!r} needs exactly one tolerance: at_least, at_most, within, "
                "difference_within or ratio_within"
            )
        if any(low > high for low, high in ranges) or (len(bounds) == 2 and bounds[0] > bounds[1]):
            raise ValueError(f"criterion on {self.measure!r}: the lower bound lies above the upper bound")
        contrast = self.difference_within is not None or self.ratio_within is not None
        if contrast and self.each:
            raise ValueError(f"criterion on {self.measure!r}: each = true goes with at_least, at_most or within")
        if (contrast or self.each) != (self.across is not None):
            raise ValueError(
                f"criterion on {self.measure!r}: across goes with difference_within, ratio_within or each = true"
            )
        return self

    def shown(self) -> dict[str, Any]:
        """The criterion as results.json carries it: what was set, without the rationale."""
        given = self.model_dump(mode="json", exclude_none=True, exclude={"measure", "rationale"})
        if not given.get("each"):
            given.pop("each", None)
        return given


class PrecisionSection(Strict):
    """How wide the interval of one measure may be: what the study was planned to reach."""

    measure: str
    width: float = Field(gt=0)
    threshold: Threshold | None = None
    horizon: float | None = None
    category: str | None = None


class AcceptSection(Strict):
    """A data fault accepted, with the reason that the report prints."""

    code: str
    reason: str = Field(min_length=1)


class ValidationProtocol(Strict):
    """A protocol, fixed before the data are seen; unknown keys are refused.

    ``held_out`` declares that an internal design judges patients who were set aside before the model was fitted.
    """

    schema_: Literal["cds.protocol/1"] = Field(alias="schema")
    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    question: str = Field(min_length=1)
    population: str = ""
    time_zero: str = ""
    design: Literal["external", "temporal", "internal", "apparent"] = "external"
    held_out: bool = False
    sampling: Literal["simple", "sampling", "case_control"] = "simple"
    prevalence: float | None = Field(default=None, gt=0, lt=1)
    time_unit: str = ""
    site: str = ""
    synthetic: bool = False
    locked_by: str = ""
    locked_on: str = ""
    deviations: tuple[str, ...] = ()
    outcome: OutcomeSection
    cohort: CohortSection = Field(default_factory=CohortSection)
    target_population: TargetPopulationSection | None = None
    predictions: PredictionsSection = Field(default_factory=PredictionsSection)
    measures: MeasuresSection = Field(default_factory=MeasuresSection)
    missing_inputs: MissingInputsSection = Field(default_factory=MissingInputsSection)
    refitting: RefittingSection = Field(default_factory=RefittingSection)
    drift: DriftSection = Field(default_factory=DriftSection)
    explanation: ExplanationSection = Field(default_factory=ExplanationSection)
    landmark: LandmarkSection | None = None
    trial: TrialSection | None = None
    precision: tuple[PrecisionSection, ...] = ()
    criteria: tuple[CriterionSection, ...]
    accept: tuple[AcceptSection, ...] = ()

    @property
    def analysed_kind(self) -> OutcomeKind:
        """The kind whose measures answer the protocol: the outcome's, or ``trial`` where a trial is analysed."""
        return "trial" if self.trial is not None else self.outcome.kind

    @property
    def has_times(self) -> bool:
        """Whether the outcome is a time to an event, with or without competing events."""
        return self.outcome.kind in ("survival", "competing_risks")

    @property
    def needs_refits(self) -> bool:
        """Whether only refits can bear the verdict: an internal design whose patients were not held out."""
        return self.design == "internal" and not self.held_out

    @property
    def judges_development(self) -> bool:
        """Whether the model learned from the very patients that it is judged on, so that plain numbers flatter it."""
        return self.design == "apparent" or self.needs_refits

    @model_validator(mode="after")
    def _criteria_are_answerable(self) -> Self:
        if not self.criteria:
            raise ValueError("a protocol needs criteria; to look without judging there is cds.evaluate")
        if self.held_out and self.design != "internal":
            raise ValueError('held_out goes with design = "internal": patients of the development data set apart')
        if self.prevalence is not None and self.sampling != "case_control":
            raise ValueError('prevalence goes with sampling = "case_control", where the data cannot show it')
        if self.has_times and not self.measures.horizons:  # whatever names a horizon would follow from it
            raise ValueError(
                "measures.horizons is empty: name the times at which the risk is judged, horizons = [90, 365]"
            )
        # All faults at once, a line each.
        faults = [fault for criterion in self.criteria for fault in self._faults(criterion)]
        asked = [(c.measure, c.horizon, c.threshold, c.category, c.across, c.each) for c in self.criteria]
        for measure in dict.fromkeys(key[0] for key in asked if asked.count(key) > 1):
            faults.append(f"two criteria on {measure!r}: join them with within = [low, high]")
        faults += [] if self.target_population is None else self.target_population.faults(self.cohort)
        if self.has_times and self.measures.horizons[0] == 0:
            faults.append("measures.horizons: nobody can have had the event by time 0")
        faults += fault_of_horizons(self.measures.horizons, self.time_unit)
        faults += faults_of_columns(self.outcome, self.cohort.groups)
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def _faults(self, criterion: CriterionSection) -> list[str]:
        faults, on = [], f"criterion on {criterion.measure!r}"
        across, threshold = criterion.across, criterion.threshold
        if across == LANDMARK and self.landmark is not None:
            if not criterion.each:
                faults.append(f"{on}: landmarks are judged each for itself: write each = true")
        elif across is not None and (why := self.cohort.why_not_across(across)):
            faults.append(f"{on}: {why}")
        elif across is not None and not criterion.each and across not in self.cohort.named_references:
            faults.append(f"{on}: name the reference group of {across!r} in references")
        if threshold is not None and threshold not in self.measures.thresholds:
            listed = list(self.measures.thresholds)
            faults.append(f"{on}: threshold {threshold:g} is not among thresholds {listed}")
        if criterion.horizon is not None and criterion.horizon not in self.measures.horizons:
            listed = list(self.measures.horizons)
            faults.append(f"{on}: horizon {criterion.horizon:g} is not among horizons {listed}")
        return faults
