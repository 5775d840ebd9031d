"""The samples of times to an event, with or without competing events: aligned and checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray, frozen, numbers, refuse_rows, same_length
from cds.core.errors import DataError
from cds.core.outcome import CompetingRisks, OutcomeKind, Survival
from cds.core.prediction import RiskByHorizon
from cds.core.sample import Sample
from cds.core.simulated_times import simulated_outcome

FollowUp = Literal["to_horizon", "all"]
ALONG_THE_ROWS = ("order", "tie_starts")  # cached per set of rows, the same at every horizon


@dataclass(frozen=True, eq=False, kw_only=True)
class CompetingRisksSample(Sample):
    """Follow-up, what ended it, and the risk of ``cause`` by each horizon, row by row.

    ``status`` is 0 where follow-up was censored, else the cause that ended it. ``risk`` has one column per horizon.
    ``at(h)`` is the same sample looking at one horizon: ``horizon`` is then h and ``risk_now`` its column.
    ``follow_up`` says what regressions for one horizon see: follow-up censored there, or all of it.
    ``censoring`` are the covariates of a Cox model of the censoring times, shape (n, k); None where
    censoring is taken to be independent of everything. ``grid`` are the times of the integrated Brier score; empty
    for the default grid. ``clip`` bounds the risks of measures that need a logarithm, where the protocol declares it.
    """

    kind: ClassVar[OutcomeKind] = "competing_risks"
    time: FloatArray
    status: IntArray
    risk: FloatArray
    horizons: tuple[float, ...]
    horizon: float | None = None
    cause: int = 1
    entry: FloatArray | None = None
    linear_predictor: FloatArray | None = None
    censoring: FloatArray | None = None
    follow_up: FollowUp = "to_horizon"
    grid: tuple[float, ...] = ()
    time_unit: str = ""
    clip: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        made = CompetingRisks if self.kind == "competing_risks" else Survival
        outcome = made(self.time, self.status, self.time_unit, self.entry)
        refuse_rows(~outcome.observed, "follow-up must not be missing")
        predicted = RiskByHorizon(self.risk, self.horizons, self.linear_predictor)
        same_length(time=len(outcome), risk=len(predicted))
        if not len(outcome):
            raise DataError("the sample has no rows")
        if self.cause < 1:
            raise DataError("the cause of interest must be a positive code; 0 means censored")
        if self.clip is not None and not 0 < self.clip[0] < self.clip[1] < 1:
            raise DataError("clip must be two bounds with 0 < low < high < 1")
        object.__setattr__(self, "time", outcome.time)
        object.__setattr__(self, "status", outcome.status)
        object.__setattr__(self, "entry", outcome.entry)
        object.__setattr__(self, "risk", predicted.values)
        lp = predicted.linear_predictor
        object.__setattr__(self, "linear_predictor", None if lp is None else numbers(lp, "linear predictor"))
        if self.censoring is not None:
            covariates = np.asarray(self.censoring, dtype=np.float64)
            same_length(time=len(outcome), censoring=len(covariates))
            refuse_rows(
                np.asarray(~np.isfinite(covariates).all(axis=1)), "covariates of the censoring model must be finite"
            )
            object.__setattr__(self, "censoring", frozen(covariates))
        self._check_shared()

    def __len__(self) -> int:
        return len(self.time)

    def at(self, horizon: float) -> Self:
        """The same sample looking at one horizon, made once; a replicate's view is a replicate of the full one's.

        Raises:
            DataError: a horizon for which there is no risk.
        """
        if horizon == self.horizon:
            return self
        if horizon not in self.horizons:
            raise DataError(f"no risk by horizon {horizon:g}; there are {list(self.horizons)}")

        def view(_: Self = self) -> Self:
            clone = self._clone()
            object.__setattr__(clone, "horizon", horizon)
            object.__setattr__(clone, "_rows", self.rows_memo(("at", horizon), self._shared_along_the_rows))
            object.__setattr__(clone, "_memo", {})
            object.__setattr__(clone, "_origin", self.origin.at(horizon) if self.is_replicate else None)
            return clone

        return self.memo(("at", horizon), view)

    def _shared_along_the_rows(self) -> dict[object, object]:
        return {name: getattr(self, name) for name in ALONG_THE_ROWS}

    @property
    def risk_now(self) -> FloatArray:
        """The risk by the sample's horizon, shape (n,); TypeError where it looks at none."""
        if self.horizon is None:
            raise TypeError("the sample looks at no horizon; use at(horizon)")
        place = self.horizons.index(self.horizon)
        return self.rows_memo("risk_now", lambda: frozen(np.ascontiguousarray(self.risk[:, place])))

    @property
    def is_event(self) -> FloatArray:
        """1 where the cause of interest ended follow-up, else 0, whenever that was."""
        return self.rows_memo("is_event", lambda: frozen((self.status == self.cause).astype(np.float64)))

    @property
    def order(self) -> IntArray:
        """Row positions by increasing time; among equal times, ends by any event come before censorings."""
        return self.rows_memo("order", lambda: frozen(np.lexsort((self.status == 0, self.time))))

    @property
    def tie_starts(self) -> IntArray:
        """Where, in ``order``, each run of equal times begins."""

        def starts() -> IntArray:
            ordered = self.time[self.order]
            return frozen(np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]))

        return self.rows_memo("tie_starts", starts)

    @property
    def followed(self) -> tuple[FloatArray, IntArray]:
        """Time and status as a regression for this horizon sees them: censored there, or all of follow-up."""
        if self.horizon is None or self.follow_up == "all":
            return self.time, self.status
        horizon = self.horizon

        def censored() -> tuple[FloatArray, IntArray]:
            return frozen(np.minimum(self.time, horizon)), frozen(np.where(self.time <= horizon, self.status, 0))

        return self.rows_memo("followed", censored)

    @property
    def last_time(self) -> float:
        """The end of the longest follow-up that has weight."""
        return self.memo(
            "last_time", lambda: float(self.time.max() if self.weights is None else self.time[self.weights > 0].max())
        )

    @property
    def happened(self) -> BoolArray:
        """Rows with an event of the cause of interest, by the horizon where the sample looks at one."""
        by_then = True if self.horizon is None else self.time <= self.horizon
        return self.rows_memo("happened", lambda: frozen((self.status == self.cause) & by_then))

    @property
    def event_rows(self) -> BoolArray:
        """As ``happened``."""
        return self.happened

    @property
    def events(self) -> float:
        """Weighted number of events of the cause of interest, by the horizon where the sample looks at one."""
        return self.memo("events", lambda: float(self.weight @ self.happened))

    @property
    def smallest_class(self) -> float:
        """Of those known to have had the event by the horizon and those known not to, the fewer; else the events.

        Known not to have had it: followed beyond the horizon, censored at it (an event at the same time would have
        come first), or taken by another event before.
        """
        if self.horizon is None:
            return self.events
        at_the_end = (self.time == self.horizon) & (self.status == 0)
        beyond = (self.time > self.horizon) | at_the_end | ((self.status > 0) & (self.status != self.cause))
        return min(self.events, float(self.weight @ beyond))

    @property
    def shown_parameters(self) -> dict[str, object]:
        """The cause of interest, where there are several."""
        return {"cause": self.cause} if self.kind == "competing_risks" else {}

    def simulated(self, rng: np.random.Generator) -> Self:
        """The same risks with follow-up drawn from them, as ``simulated_times`` says."""
        return self.with_outcome(*simulated_outcome(self, rng))

    def with_outcome(self, time: FloatArray, status: IntArray) -> Self:
        """The same risks with other follow-up, knots frozen here: what perfect calibration would show."""
        clone = self._with_weights(self.weight, origin=self)
        object.__setattr__(clone, "weights", self.weights)
        object.__setattr__(clone, "time", frozen(time))
        object.__setattr__(clone, "status", frozen(status))
        object.__setattr__(clone, "_rows", {})
        return clone

    @property
    def span(self) -> str:
        """The horizon with its unit, for messages: ``365 days``."""
        return "the end of follow-up" if self.horizon is None else f"{self.horizon:g} {self.time_unit}".rstrip()


@dataclass(frozen=True, eq=False, kw_only=True)
class SurvivalSample(CompetingRisksSample):
    """Follow-up, whether the event ended it (1) or censoring (0), and the risk by each horizon, row by row."""

    kind: ClassVar[OutcomeKind] = "survival"
