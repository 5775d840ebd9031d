"""What was observed: one frozen class per outcome kind, checked in its constructor.

Missing outcomes are NaN (or code −1) and legal here; what is done about them is the protocol's rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray, frozen, numbers, refuse_rows, same_length
from cds.core.errors import DataError
from cds.core.protocol_repeated import ResponderRule

OutcomeKind = Literal["binary", "nominal", "ordinal", "continuous", "survival", "competing_risks", "repeated", "trial"]


@dataclass(frozen=True, eq=False)
class Binary:
    """An event that happened (1) or did not (0); NaN where it was not observed."""

    event: FloatArray
    kind: OutcomeKind = "binary"

    def __post_init__(self) -> None:
        event = numbers(self.event, "outcome", allow_missing=True)
        refuse_rows(~(np.isnan(event) | (event == 0) | (event == 1)), "outcome must be 0 or 1, got another value")
        object.__setattr__(self, "event", event)

    def __len__(self) -> int:
        return len(self.event)

    @property
    def observed(self) -> BoolArray:
        """Rows whose outcome was observed."""
        return ~np.isnan(self.event)

    def take(self, rows: IntArray) -> Binary:
        """The outcomes of these rows."""
        return Binary(self.event[rows])


@dataclass(frozen=True, eq=False)
class Nominal:
    """One of several unordered categories, as codes into ``categories``; −1 where it was not observed."""

    code: IntArray
    categories: tuple[str, ...]
    kind: OutcomeKind = "nominal"

    def __post_init__(self) -> None:
        code = np.asarray(self.code, dtype=np.int64)
        if len(self.categories) < 2 or len(set(self.categories)) != len(self.categories):
            raise DataError("categories must be at least two different names")
        refuse_rows((code < -1) | (code >= len(self.categories)), "outcome code outside the declared categories")
        object.__setattr__(self, "code", frozen(code))

    def __len__(self) -> int:
        return len(self.code)

    @property
    def observed(self) -> BoolArray:
        """Rows whose outcome was observed."""
        return self.code >= 0

    def take(self, rows: IntArray) -> Self:
        """The outcomes of these rows."""
        return type(self)(self.code[rows], self.categories)


@dataclass(frozen=True, eq=False)
class Ordinal(Nominal):
    """One of several categories in their declared order."""

    kind: OutcomeKind = "ordinal"


@dataclass(frozen=True, eq=False)
class Continuous:
    """A number in a unit, such as pain 0–10; NaN where it was not observed."""

    value: FloatArray
    unit: str
    kind: OutcomeKind = "continuous"

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", numbers(self.value, "outcome", allow_missing=True))

    def __len__(self) -> int:
        return len(self.value)

    @property
    def observed(self) -> BoolArray:
        """Rows whose outcome was observed."""
        return ~np.isnan(self.value)

    def take(self, rows: IntArray) -> Continuous:
        """The outcomes of these rows."""
        return Continuous(self.value[rows], self.unit)


@dataclass(frozen=True, eq=False)
class CompetingRisks:
    """Follow-up time, what ended it (0 censored, k a cause), and optional delayed entry.

    A missing time is NaN, a missing status −1; such a row was not observed.
    """

    time: FloatArray
    status: IntArray
    time_unit: str
    entry: FloatArray | None = None
    kind: OutcomeKind = "competing_risks"

    def __post_init__(self) -> None:
        time = numbers(self.time, "time", allow_missing=True)
        refuse_rows(time < 0, "time must not be negative")
        status = np.asarray(self.status, dtype=np.int64)
        same_length(time=len(time), status=len(status))
        refuse_rows(status < -1, "status must be 0 (censored) or a cause's positive code")
        if self.entry is not None:
            entry = numbers(self.entry, "entry")
            same_length(time=len(time), entry=len(entry))
            refuse_rows(entry >= time, "entry must come before the end of follow-up")
            object.__setattr__(self, "entry", entry)
        object.__setattr__(self, "time", time)
        object.__setattr__(self, "status", frozen(status))

    def __len__(self) -> int:
        return len(self.time)

    @property
    def observed(self) -> BoolArray:
        """Rows whose follow-up and its end were recorded."""
        return ~np.isnan(self.time) & (self.status >= 0)

    def take(self, rows: IntArray) -> Self:
        """The outcomes of these rows."""
        entry = None if self.entry is None else self.entry[rows]
        return type(self)(self.time[rows], self.status[rows], self.time_unit, entry)


@dataclass(frozen=True, eq=False)
class Survival(CompetingRisks):
    """Follow-up time and whether the event (1) or censoring (0) ended it."""

    kind: OutcomeKind = "survival"

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_rows(self.status > 1, "event must be 0 or 1; other codes are competing events")


@dataclass(frozen=True, eq=False)
class Repeated:
    """An outcome measured at several visits: the measured outcome and the visit's time, row by row.

    ``baseline`` is the value before the first visit, NaN where it is missing; ``responder`` the rule that tells from
    it who improved enough.
    """

    measured: Continuous | Ordinal | Binary
    visit: FloatArray
    baseline: FloatArray | None = None
    responder: ResponderRule | None = None
    kind: OutcomeKind = "repeated"

    def __post_init__(self) -> None:
        visit = numbers(self.visit, "visit")
        same_length(outcome=len(self.measured), visit=len(visit))
        object.__setattr__(self, "visit", visit)
        if self.baseline is not None:
            baseline = numbers(self.baseline, "baseline", allow_missing=True)
            same_length(outcome=len(self.measured), baseline=len(baseline))
            object.__setattr__(self, "baseline", baseline)

    def __len__(self) -> int:
        return len(self.visit)

    @property
    def observed(self) -> BoolArray:
        """Rows whose outcome was measured."""
        return self.measured.observed

    def take(self, rows: IntArray) -> Repeated:
        """The outcomes of these rows."""
        baseline = None if self.baseline is None else self.baseline[rows]
        return Repeated(self.measured.take(rows), self.visit[rows], baseline, self.responder)


Outcome = Binary | Nominal | Ordinal | Continuous | Survival | CompetingRisks | Repeated
