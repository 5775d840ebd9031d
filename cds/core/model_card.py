"""The model card: what a model is for, its inputs, and what the development data held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from cds.core.card_translation import CardTranslation, refuse_strange_names, translated
from cds.core.explanation_settings import ExplanationSettings
from cds.core.strict import Strict

CardOutcome = Literal["binary", "nominal", "ordinal", "continuous", "survival", "competing_risks", "score"]
InputType = Literal["number", "integer", "category", "boolean", "text", "series", "image"]


class InputSummary(Strict):
    """What the development data held for one input, recorded on registration."""

    n: int
    missing: int
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    sd: float | None = None
    q05: float | None = None
    median: float | None = None
    q95: float | None = None
    counts: dict[str, int] | None = None


class PredictionSummary(Strict):
    """What the model predicted of the development data, recorded on registration.

    ``mean`` and ``sd`` are of the risk, the probability or the value itself; ``linear_predictor_mean`` and
    ``linear_predictor_sd`` of its logit, of risks by a horizon log(−log(1 − risk)). ``implied_c`` is the concordance
    that the risks imply there.
    """

    n: int
    mean: float
    sd: float | None = None
    linear_predictor_mean: float | None = None
    linear_predictor_sd: float | None = None
    implied_c: float | None = None


class DevelopmentSummary(Strict):
    """What the development data held, recorded on registration; the rows themselves are not stored.

    ``risk_by_horizon`` is the observed share with the event by each of the card's horizons, as the source gives it
    (1 − Kaplan–Meier; with competing risks Aalen–Johansen). ``last_time`` is the end of follow-up and
    ``median_follow_up`` its median by the reverse Kaplan–Meier, both in the card's time unit. ``predictions`` is what
    the model predicted there: by ``"risk"``, ``"value"``, horizon or category. ``category_shares`` is the observed
    share of each category. ``nearness`` holds the 0th to 100th percentile of the mean Gower distance from a development
    row to its nearest rows of the background sample.
    """

    rows: int
    events: int | None = None
    outcome_mean: float | None = None
    risk_by_horizon: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    last_time: float | None = None
    median_follow_up: float | None = None
    description: str = ""
    inputs: dict[str, InputSummary] = Field(default_factory=dict)
    predictions: dict[str, PredictionSummary] = Field(default_factory=dict)
    category_shares: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    nearness: tuple[float, ...] = ()


class UpdateSummary(Strict):
    """How a version was made from its parent, and on whom; the rows themselves are not stored.

    ``split`` is the share of the file's patients that the update saw, where one file was divided.
    """

    method: Literal["intercept", "recalibrate", "isotonic", "beta", "refit"]
    n: int
    events: int | None = None
    data_sha256: str = ""
    split: float | None = None
    parent_sha256: str = ""
    protocol: str = ""
    parameters: dict[str, float] = Field(default_factory=dict)


class AskedIf(Strict):
    """When an input's question is asked: where ``column`` of the data holds ``value``.

    ``otherwise`` is what the model is given where it is not asked; without it, a blank.
    """

    column: str = Field(min_length=1)
    value: int | float | str | bool
    otherwise: int | float | str | bool | None = None


class Feature(Strict):
    """One input of a model as the data file writes it.

    ``observed_at`` says when the input is known, ``observed_on`` names the column of the data with its date.
    ``missing_codes`` are values that mean missing, ``asked_if`` says of whom the question is asked, and ``total_of``
    names the columns whose sum this score is. ``stable`` inputs stay as they are from one measurement to the next, and
    ``precision`` is the step in which a number is recorded: both tell when two rows are the same patient's.
    """

    name: str = Field(min_length=1)
    label: str = ""
    type: InputType
    unit: str = ""
    range: tuple[float, float] | None = None
    levels: dict[str, str] | None = None
    modifiable: bool | None = None
    domain: str = ""
    required: bool = True
    expected_sign: Literal[-1, 1] | None = None
    measurement_error: float | None = Field(default=None, ge=0)
    observed_at: str = ""
    observed_on: str = ""
    missing_codes: tuple[int | float | str, ...] = ()
    asked_if: AskedIf | None = None
    total_of: tuple[str, ...] = ()
    stable: bool | None = None
    precision: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.type in ("number", "integer") and self.levels:
            raise ValueError(f'input {self.name!r}: a {self.type} has no levels; use type = "category"')
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError(f"input {self.name!r}: range must be [low, high] with low < high")
        self._declarations_fit()
        return self

    def _declarations_fit(self) -> None:
        """Refuse declarations about missing values and totals that contradict the input."""
        on = f"input {self.name!r}"
        for code in self.missing_codes:
            if level_key(code) in (self.levels or {}):
                raise ValueError(f"{on}: {level_key(code)!r} is among levels and among missing_codes: it can be one")
            low, high = self.range or (np.inf, -np.inf)
            if not isinstance(code, str) and low <= code <= high:
                raise ValueError(f"{on}: the missing code {code:g} lies inside range: correct one of the two")
        if self.asked_if is not None and self.asked_if.otherwise is None and self.required:
            raise ValueError(
                f"{on} is required but not asked of everybody: set required = false, or asked_if.otherwise, the value "
                "that the model is given where it is not asked"
            )
        if self.asked_if is not None and self.asked_if.column == self.name:
            raise ValueError(f"{on}: asked_if.column is the input itself")
        if not self.total_of:
            return
        if self.type not in ("number", "integer"):
            raise ValueError(f"{on}: total_of goes with a number or an integer")
        if len(set(self.total_of)) < max(len(self.total_of), 2) or self.name in self.total_of:
            raise ValueError(f"{on}: total_of names two or more other columns, each once")

    @property
    def title(self) -> str:
        """The plain label, or the name where the card gives none."""
        return self.label or self.name

    def shown(self, value: Any) -> str:
        """A raw value as a person reads it, with its unit; ``not recorded`` where it is missing.

        >>> Feature(name="age", type="number", unit="years").shown(31.0)
        '31 years'
        """
        import pandas as pd

        if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
            return "not recorded"
        if level_key(value) in {level_key(code) for code in self.missing_codes}:
            return "not recorded"
        if self.levels:
            return self.levels.get(level_key(value), level_key(value))
        if self.type == "boolean":
            return "yes" if level_key(value) in ("1", "True", "true", "yes") else "no"
        if isinstance(value, (int, float, np.integer, np.floating)):
            return f"{float(value):.4g} {self.unit}".strip()
        return str(value)


def level_key(value: Any) -> str:
    """The key of a category as the card writes it: whole numbers without a decimal point.

    >>> level_key(1.0), level_key("1_female"), level_key(True)
    ('1', '1_female', 'True')
    """
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


class ModelCard(Strict):
    """Who a model is, what it predicts, for whom, from what, and who answers for it (``cds.card/1``).

    ``main_horizon`` is the one of ``horizons`` that a patient's page is about; without it the last one. ``parent`` is
    the ``name@version`` that an update started from, ``update`` what was done.

    Times to an event stand in ``time_column`` of the development data (and ``entry_column``, where patients came under
    observation later); what ended them in ``outcome_column``, where ``positive`` is the event of interest and
    ``censored`` its absence. ``language`` is that of the card's texts, ``translations`` holds them in others.
    """

    schema_: Literal["cds.card/1"] = Field(default="cds.card/1", alias="schema")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)
    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=40)
    outcome: CardOutcome
    outcome_column: str = ""
    time_column: str = ""
    entry_column: str = ""
    patient_column: str = ""
    positive: int | float | str | bool = 1
    censored: int | float | str | bool = 0
    categories: tuple[str, ...] = ()
    unit: str = ""
    horizons: tuple[float, ...] = ()
    main_horizon: float | None = None
    time_unit: str = ""
    person: str = "people"
    time_origin: str = ""
    predicts: str = ""
    event_phrase: str = "have the outcome"
    no_event_phrase: str = "do not"
    horizon: str = ""
    intended_use: str = ""
    not_for: tuple[str, ...] = ()
    population: str = ""
    responsible: str = ""
    contact: str = ""
    review_by: str = ""
    regulatory_status: str = ""
    limits: str = ""
    disclaimer: str = ""
    source: str = ""
    licence: str = ""
    synthetic: bool = False
    language: str = Field(default="en", pattern="^[a-z]{2}$")
    translations: dict[str, CardTranslation] = Field(default_factory=dict)
    design: Literal["cohort", "case_control"] = "cohort"
    prevalence: float | None = Field(default=None, gt=0, lt=1)
    inputs: tuple[Feature, ...] = ()
    explanation: ExplanationSettings = Field(default_factory=ExplanationSettings)
    claims: dict[str, Any] = Field(default_factory=dict)
    development: DevelopmentSummary | None = None
    parent: str = ""
    update: UpdateSummary | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        names = [feature.name for feature in self.inputs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"inputs named twice: {', '.join(twice)}")
        if self.outcome in ("nominal", "ordinal") and len(self.categories) < 2:
            raise ValueError(f'a card with outcome = "{self.outcome}" needs categories')
        repeated = [c for c in dict.fromkeys(self.categories) if self.categories.count(c) > 1]
        if repeated:
            raise ValueError(f"categories named twice: {', '.join(repeated)}")
        if self.outcome in ("survival", "competing_risks") and not self.horizons:
            raise ValueError(f'a card with outcome = "{self.outcome}" needs horizons')
        if self.horizons and self.outcome in ("survival", "competing_risks") and not self.time_unit.strip():
            raise ValueError(
                f'a card with outcome = "{self.outcome}" needs the unit of its horizons: add time_unit = "days" (or '
                '"weeks", "months", "years")'
            )
        if self.explanation.players == "domains" and not any(feature.domain for feature in self.inputs):
            raise ValueError('explanation.players = "domains", but no input has a domain: name them, or use "inputs"')
        if self.main_horizon is not None and self.main_horizon not in self.horizons:
            raise ValueError(f"main_horizon {self.main_horizon:g} is not among horizons {list(self.horizons)}")
        given = self.development.risk_by_horizon if self.development else {}
        unknown = [key for key in given if not any(key == f"{horizon:.15g}" for horizon in self.horizons)]
        if unknown:
            raise ValueError(f"development.risk_by_horizon names {', '.join(unknown)}, which is not among horizons")
        for translation in self.translations.values():
            levels = {feature.name: set(feature.levels or {}) for feature in self.inputs}
            refuse_strange_names(translation, levels, self.categories)
        return self

    def in_language(self, language: str) -> ModelCard:
        """The card with its texts in this language where it has them.

        ``language`` of what is returned is the one asked for only where every text is in it.
        """
        if language == self.language or language not in self.translations:
            return self
        found: ModelCard = translated(self, self.translations[language], language)
        return found

    @property
    def identity(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def gives_absolute_risk(self) -> bool:
        """False where the design knows no prevalence, so that no absolute risk may be printed."""
        return not (self.design == "case_control" and self.prevalence is None)

    def page_horizon(self, horizons: Sequence[float]) -> float | None:
        """The one of these horizons that a patient's page is about: ``main_horizon``, else the last; None of none."""
        if self.main_horizon in horizons:
            return self.main_horizon
        return horizons[-1] if len(horizons) else None

    def feature(self, name: str) -> Feature:
        """The input of this name; KeyError where there is none."""
        for feature in self.inputs:
            if feature.name == name:
                return feature
        raise KeyError(name)
