"""What a protocol says of the outcome: one section per kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from cds.core.protocol_repeated import ResponderRule
from cds.core.strict import Strict


class _Outcome(Strict):
    """``observed_given`` names columns that tell who has an outcome, for ``missing = "weight"``."""

    missing: Literal["refuse", "exclude", "weight"] = "refuse"
    observed_given: tuple[str, ...] = ()


class BinaryOutcome(_Outcome):
    """A column whose ``positive`` value is the event; ``negative`` is the other value, inferred where omitted."""

    kind: Literal["binary"]
    column: str
    positive: int | float | str | bool = 1
    negative: int | float | str | bool | None = None


class CategoricalOutcome(_Outcome):
    """A column with declared categories, in order where ordinal."""

    kind: Literal["nominal", "ordinal"]
    column: str
    categories: tuple[str, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _no_category_twice(self) -> Self:
        twice = [c for c in dict.fromkeys(self.categories) if self.categories.count(c) > 1]
        if twice:
            raise ValueError(f"outcome.categories names {', '.join(map(repr, twice))} more than once")
        return self


class ContinuousOutcome(_Outcome):
    """A number in a unit."""

    kind: Literal["continuous"]
    column: str
    unit: str = ""


class SurvivalOutcome(_Outcome):
    """Time and event columns; ``competing`` says why no other event can end follow-up.

    ``happened`` and ``censored`` are the event column's two codes; any other code is refused.
    """

    kind: Literal["survival"]
    time: str
    event: str
    happened: int | str | bool = 1
    censored: int | str | bool = 0
    entry: str | None = None
    competing: str = ""

    @model_validator(mode="after")
    def _no_competing_event(self) -> Self:
        if not self.competing.strip().lower().startswith("none:") or not self.competing.partition(":")[2].strip():
            raise ValueError(
                'a survival outcome needs competing = "none: …", which says why no other event can end follow-up '
                '(death before recovery, say); where one can, the kind is "competing_risks": treating it as '
                "censored overstates the risk"
            )
        if self.happened == self.censored:
            raise ValueError("outcome.happened and outcome.censored must be different codes")
        return self


class CompetingRisksOutcome(_Outcome):
    """Time and status columns, the cause of interest, and the codes of other causes where they are declared.

    Without ``others`` every code that is neither ``cause`` nor ``censored`` counts as a competing event.
    """

    kind: Literal["competing_risks"]
    time: str
    status: str
    cause: int = Field(default=1, ge=0)
    censored: int = Field(default=0, ge=0)
    others: tuple[int, ...] = ()
    entry: str | None = None

    @model_validator(mode="after")
    def _codes_differ(self) -> Self:
        if self.cause == self.censored:
            raise ValueError("outcome.cause and outcome.censored must be different codes")
        if {self.cause, self.censored} & set(self.others):
            raise ValueError(
                "outcome.others are the causes beside outcome.cause and outcome.censored: competing events"
            )
        return self


class RepeatedOutcome(_Outcome):
    """A number measured at every visit, in a unit; ``cohort.visit`` names the column of the visits' times.

    Patients who miss a visit are the rule: by default their rows there are excluded and counted. ``responder``
    derives a secondary outcome, who improved enough.
    """

    missing: Literal["refuse", "exclude", "weight"] = "exclude"
    kind: Literal["repeated"]
    column: str
    unit: str = ""
    responder: ResponderRule | None = None


LIFETIME = {"years": 120.0, "months": 1440.0, "weeks": 6262.0, "days": 43830.0}


def faults_of_columns(outcome: Any, groups: Sequence[str]) -> list[str]:
    """Outcome columns that two things are read from, or that patients would be grouped by."""
    columns = [
        str(value) for key in ("column", "time", "event", "status", "entry") if (value := getattr(outcome, key, None))
    ]
    twice = [name for name in dict.fromkeys(columns) if columns.count(name) > 1]
    faults = [f"outcome names the column {name!r} for two things" for name in twice]
    return faults + [
        f"cohort.groups names {name!r}, a column of the outcome: whoever is grouped by it is told apart by what the "
        "model shall predict"
        for name in groups
        if name in columns
    ]


def fault_of_horizons(horizons: Sequence[float], unit: str) -> list[str]:
    """A last horizon that nobody lives to see: another unit than the horizons are in."""
    most = LIFETIME.get(unit)
    if most is None or not horizons or horizons[-1] <= most:
        return []
    return [f"measures.horizons: {horizons[-1]:g} {unit} is longer than a life. Is time_unit {unit!r} right?"]


OutcomeSection = Annotated[
    BinaryOutcome | CategoricalOutcome | ContinuousOutcome | SurvivalOutcome | CompetingRisksOutcome | RepeatedOutcome,
    Field(discriminator="kind"),
]
