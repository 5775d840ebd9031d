"""What a protocol says of a randomised trial: arms, baseline, randomisation, and what is asked beside the effect."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from cds.core.arrays import BoolArray, FloatArray
from cds.core.protocol_repeated import ROUNDING, ResponderRule
from cds.core.strict import Strict

Level = int | float | str | bool
Better = Literal["lower", "higher"]


class TrialResponder(Strict):
    """Who responded: by the outcome reached, or by the change from baseline; one of the four.

    ``at_most`` and ``at_least`` are values of the outcome, ``relative_change`` a share of the baseline (0.3: by 30 %
    of it), ``change`` points.

    >>> TrialResponder(at_most=1).told("points")
    'an outcome of 1 points or less'
    """

    at_most: float | None = None
    at_least: float | None = None
    relative_change: float | None = Field(default=None, gt=0)
    change: float | None = Field(default=None, gt=0)
    direction: Literal["decrease", "increase"] = "decrease"

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        given = [v for v in (self.at_most, self.at_least, self.relative_change, self.change) if v is not None]
        if len(given) != 1:
            raise ValueError("trial.responder needs one of at_most, at_least, relative_change and change")
        if not self.needs_baseline and "direction" in self.model_fields_set:
            raise ValueError("trial.responder.direction goes with relative_change or change")
        if self.needs_baseline:
            self._from_baseline()  # its own checks
        return self

    @property
    def needs_baseline(self) -> bool:
        """Whether response is a change from baseline."""
        return self.relative_change is not None or self.change is not None

    def _from_baseline(self) -> ResponderRule:
        return ResponderRule(
            baseline="baseline", relative_change=self.relative_change, change=self.change, direction=self.direction
        )

    def responds(self, outcome: FloatArray, baseline: FloatArray | None) -> BoolArray:
        """Whether each patient responded, shape (n,); False where outcome or baseline do not tell."""
        with np.errstate(invalid="ignore"):
            if self.at_most is not None:
                return np.asarray(outcome <= self.at_most + ROUNDING * max(1.0, abs(self.at_most)))
            if self.at_least is not None:
                return np.asarray(outcome >= self.at_least - ROUNDING * max(1.0, abs(self.at_least)))
            if baseline is None:
                return np.zeros(len(outcome), dtype=np.bool_)
            rule = self._from_baseline()
            return rule.responds(rule.improvement(baseline, outcome))

    def told(self, unit: str = "") -> str:
        """The rule in words."""
        if self.at_most is not None:
            return f"an outcome of {self.at_most:g} {unit}".rstrip() + " or less"
        if self.at_least is not None:
            return f"an outcome of {self.at_least:g} {unit}".rstrip() + " or more"
        return self._from_baseline().told(unit)


class Eligible(Strict):
    """The rows of those who could be randomised; others, such as healthy controls, are left out and counted."""

    column: str = Field(min_length=1)
    value: Level


class TrialSection(Strict):
    """A randomised trial, analysed by intention to treat: everyone stays in the arm as randomised.

    ``arm`` is the column of the arms and ``control`` the arm that the others are compared with; ``labels`` name the
    arms in the report (level → words), all of them or none. The baseline is a column, or the outcome at
    ``baseline_visit`` of ``cohort.visit``. With ``baseline_date`` and ``randomised_on`` (columns of dates) a baseline
    measured after randomisation is refused. ``stratified_by`` are the covariates of the randomisation, adjusted for;
    ``cluster`` the column of what was randomised where that was not the patient. ``primary_visit`` is the one that
    numbers without a visit are about (by default the last). ``risk`` and ``benefit`` are columns of a predicted risk
    (or prognostic score) and of the predicted benefit, larger meaning more benefit; with several arms a column for
    each. ``better`` says which outcomes are better; ``missing_values`` are texts that mean missing in the data.
    """

    arm: str = Field(min_length=1)
    control: Level
    labels: dict[str, str] = Field(default_factory=dict)
    baseline: str | None = None
    baseline_visit: float | None = None
    baseline_date: str | None = None
    randomised_on: str | None = None
    stratified_by: tuple[str, ...] = ()
    cluster: str | None = None
    primary_visit: float | None = None
    risk: str | None = None
    benefit: str | dict[str, str] | None = None
    responder: TrialResponder | None = None
    better: Better = "lower"
    eligible: Eligible | None = None
    missing_values: tuple[str, ...] = ()

    @property
    def has_baseline(self) -> bool:
        """Whether the outcome before treatment is known."""
        return self.baseline is not None or self.baseline_visit is not None

    @property
    def columns(self) -> dict[str, str]:
        """The columns that the section names, by the key that names them."""
        named = {
            "arm": self.arm, "baseline": self.baseline, "baseline_date": self.baseline_date,
            "randomised_on": self.randomised_on, "cluster": self.cluster, "risk": self.risk,
            "eligible.column": None if self.eligible is None else self.eligible.column,
            **{f"stratified_by[{k}]": name for k, name in enumerate(self.stratified_by)},
        }  # fmt: skip
        if isinstance(self.benefit, str):
            named["benefit"] = self.benefit
        else:
            named.update({f"benefit.{arm}": name for arm, name in (self.benefit or {}).items()})
        return {f"trial.{key}": name for key, name in named.items() if name is not None}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        faults = []
        if self.baseline is not None and self.baseline_visit is not None:
            faults.append("trial.baseline and trial.baseline_visit both name the baseline; keep one")
        if (self.baseline_date is None) != (self.randomised_on is None):
            faults.append(
                "trial.baseline_date and trial.randomised_on go together: the one must not come after the other"
            )
        if self.baseline_date is not None and not self.has_baseline:
            faults.append("trial.baseline_date says nothing without trial.baseline")
        if self.responder is not None and self.responder.needs_baseline and not self.has_baseline:
            faults.append("trial.responder is a change from baseline: name trial.baseline or trial.baseline_visit")
        if self.primary_visit is not None and self.primary_visit == self.baseline_visit:
            faults.append("trial.primary_visit is the baseline visit: name a visit after randomisation")
        twice = sorted({label for label in self.labels.values() if list(self.labels.values()).count(label) > 1})
        if twice:
            faults.append(f"trial.labels gives two arms the same name {twice[0]!r}; name them apart")
        if self.arm in (self.baseline, self.cluster, self.risk, *self.stratified_by):
            faults.append("trial.arm also serves as baseline, cluster, risk or covariate; it can only be the arm")
        if faults:
            raise ValueError("\n".join(faults))
        return self
