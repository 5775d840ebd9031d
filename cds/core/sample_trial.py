"""The sample of a randomised trial: everyone who was randomised, one row per patient, in the arm as randomised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray, frozen, numbers, refuse_rows, same_length
from cds.core.errors import DataError, nearest
from cds.core.outcome import OutcomeKind
from cds.core.protocol_trial import Better, TrialResponder
from cds.core.sample import Sample

CONTROL = 0


@dataclass(frozen=True, eq=False, kw_only=True)
class TrialSample(Sample):
    """Arm codes, the outcome at each follow-up visit, and what was known before randomisation, patient by patient.

    ``outcome`` has shape (n, visits), NaN where it was not observed: such patients stay in their arm and are counted.
    ``arm`` holds positions in ``arms``, of which the first is the control. ``visits`` are the times of the columns,
    empty where the outcome was measured once. ``covariates`` are those of the randomisation as columns of a
    regression, shape (n, k). ``benefit`` has a column per arm other than the control. ``risk``, ``baseline`` and
    ``benefit`` are NaN where missing. With ``clustered`` the patient codes are those of the clusters: what was
    randomised is what is drawn and counted. ``level`` is that of the intervals.

    Refused are fewer than two arms, a binary outcome other than 0 and 1, clusters that hold several arms.
    """

    kind: ClassVar[OutcomeKind] = "trial"
    outcome: FloatArray
    arm: IntArray
    arms: tuple[str, ...]
    visits: tuple[float, ...] = ()
    primary_visit: float | None = None
    baseline: FloatArray | None = None
    covariates: FloatArray | None = None
    clustered: bool = False
    risk: FloatArray | None = None
    benefit: FloatArray | None = None
    binary: bool = False
    responder: TrialResponder | None = None
    better: Better = "lower"
    unit: str = ""
    time_unit: str = ""
    level: float = 0.95

    def __post_init__(self) -> None:
        outcome = np.asarray(self.outcome, dtype=np.float64)
        outcome = outcome.reshape(-1, 1) if outcome.ndim == 1 else outcome
        refuse_rows(np.asarray(np.isinf(outcome).any(axis=1)), "outcome must be finite, got an infinite value")
        if len(self.arms) < 2:
            raise DataError("a trial needs two arms or more")
        arm = np.asarray(self.arm, dtype=np.int64)
        same_length(outcome=len(outcome), arm=len(arm))
        if not len(outcome):
            raise DataError("the sample has no rows")
        refuse_rows((arm < 0) | (arm >= len(self.arms)), "arm code outside the declared arms")
        if outcome.shape[1] != max(1, len(self.visits)) or list(self.visits) != sorted(set(self.visits)):
            raise DataError("the outcome needs a column for each visit, and visits must increase")
        if self.primary_visit is not None and self.primary_visit not in self.visits:
            raise DataError(f"the primary visit {self.primary_visit:g} is no follow-up visit")
        if self.binary:
            strange = ~(np.isnan(outcome) | (outcome == 0) | (outcome == 1))
            refuse_rows(np.asarray(strange.any(axis=1)), "outcome must be 0 or 1, got another value")
        object.__setattr__(self, "outcome", frozen(outcome))
        object.__setattr__(self, "arm", frozen(arm))
        self._check_known_before()
        self._check_shared()
        if self.clustered:
            self._check_clusters()

    def _check_known_before(self) -> None:
        for name in ("baseline", "risk"):
            if getattr(self, name) is not None:
                values = numbers(getattr(self, name), name, allow_missing=True)
                same_length(outcome=len(self), **{name: len(values)})
                object.__setattr__(self, name, values)
        for name, allowed in (("covariates", False), ("benefit", True)):
            if getattr(self, name) is not None:
                table = np.asarray(getattr(self, name), dtype=np.float64)
                table = table.reshape(-1, 1) if table.ndim == 1 else table
                same_length(outcome=len(self), **{name: len(table)})
                bad = np.isinf(table) if allowed else ~np.isfinite(table)
                refuse_rows(np.asarray(bad.any(axis=1)), f"{name} must be finite")
                object.__setattr__(self, name, frozen(table))
        if self.benefit is not None and self.benefit.shape[1] != len(self.arms) - 1:
            raise DataError("predicted benefit needs a column for each arm other than the control")

    def _check_clusters(self) -> None:
        if self.patient is None:
            raise DataError("a cluster-randomised trial needs the clusters' codes")
        _, place = np.unique(self.patient, return_inverse=True)
        lowest, highest = np.full(place.max() + 1, len(self.arms)), np.full(place.max() + 1, -1)
        np.minimum.at(lowest, place, self.arm)
        np.maximum.at(highest, place, self.arm)
        refuse_rows((lowest < highest)[place], "a cluster that was randomised as a whole holds several arms,")

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def analytic(self) -> bool:
        """Whether intervals hold without resampling: simple design, no weights; clusters have their own interval."""
        return self.design == "simple" and self.weights is None

    @property
    def categories(self) -> tuple[str, ...]:
        """The arms other than the control, each compared with it."""
        return self.arms[1:]

    @property
    def control(self) -> str:
        """The control arm's name."""
        return self.arms[CONTROL]

    def position(self, arm: str) -> int:
        """The place of an arm, the control's being 0.

        Raises:
            DataError: no such arm; the nearest one is named.
        """
        if arm not in self.arms:
            raise DataError(f"there is no arm {arm!r}", do=nearest(arm, self.arms))
        return self.arms.index(arm)

    def column(self, visit: float | None) -> int:
        """The outcome's column at a visit; at the primary one (by default the last) where none is named.

        Raises:
            DataError: nobody was to be seen at this visit.
        """
        visit = self.primary_visit if visit is None else visit
        if visit is None:
            return int(self.outcome.shape[1]) - 1
        if visit not in self.visits:
            raise DataError(f"there is no follow-up visit {visit:g}; there are {[f'{v:g}' for v in self.visits]}")
        return self.visits.index(visit)

    def at(self, visit: float | None) -> FloatArray:
        """The outcome at a visit, shape (n,), NaN where it was not observed."""
        k = self.column(visit)
        return self.rows_memo(("at", k), lambda: frozen(np.ascontiguousarray(self.outcome[:, k])))

    def observed(self, visit: float | None) -> BoolArray:
        """Rows of positive weight whose outcome was observed at the visit."""
        return self.memo(("observed", self.column(visit)), lambda: ~np.isnan(self.at(visit)) & (self.weight > 0))

    def inside(self, arm: int) -> BoolArray:
        """Rows of one arm, by position."""
        return self.rows_memo(("inside", arm), lambda: self.arm == arm)

    @property
    def baseline_filled(self) -> FloatArray | None:
        """The baseline with the mean of all arms where it is missing: blind to the arm, as randomisation allows.

        White & Thompson 2005, doi:10.1002/sim.1981. None without a baseline.
        """
        if self.baseline is None:
            return None
        baseline = self.baseline
        return self.memo("baseline_filled", lambda: filled(baseline, self.weight))

    @property
    def sign(self) -> float:
        """1 where higher outcomes are better, else −1: a difference times it is a benefit."""
        return 1.0 if self.better == "higher" else -1.0


def filled(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Values with their weighted mean where they are missing; zeros where all are."""
    known = ~np.isnan(values)
    total = float(weight[known].sum())
    mean = float(weight[known] @ values[known]) / total if total > 0 else 0.0
    return np.where(known, values, mean)
