"""Landmarks: who is still at risk at each, what was known by then, and the time that remains."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray
from cds.core.cohort import Cohort, FlowStep
from cds.core.errors import DataError, InputError, all_at_once, located, row_list
from cds.core.finding import Table
from cds.core.model_card import ModelCard
from cds.core.outcome import CompetingRisks
from cds.core.protocol import LANDMARK, ValidationProtocol
from cds.core.protocol_analyses import LandmarkSection
from cds.core.small_cells import hidden
from cds.core.study import Subgroup

SOURCE = "van Houwelingen 2007, doi:10.1111/j.1467-9469.2006.00529.x"


@dataclass(frozen=True, eq=False)
class AtLandmarks:
    """The rows at risk at their landmark, with the time that remains, and how many were at risk at each."""

    cohort: Cohort
    table: Table


def at_landmarks(protocol: ValidationProtocol, cohort: Cohort, card: ModelCard | None) -> AtLandmarks:
    """Keep the rows whose patient is still at risk at the row's landmark, and count time from there.

    A row is a prediction for one patient at one landmark s. It stays where follow-up ends after s and observation
    began by then; its time is what remains, and horizons are windows after s. See van Houwelingen 2007,
    doi:10.1111/j.1467-9469.2006.00529.x.

    Raises:
        DataError: a landmark that the protocol does not declare, a feature dated after its landmark, follow-up that
            differs between a patient's rows, nobody at risk at any landmark; all faults at once.
    """
    rules, outcome = protocol.landmark, cohort.outcome
    if rules is None or cohort.visits is None or not isinstance(outcome, CompetingRisks):
        raise DataError("landmarks need their column, and a time to an event", where=cohort.source)
    faults = [
        *_undeclared(cohort.visits, rules, protocol.cohort.visit or LANDMARK),
        *_known_too_late(cohort, rules, card),
        *_differing(cohort, outcome),
    ]
    if faults:
        raise located(all_at_once(faults), cohort.source)
    at_risk = (outcome.time > cohort.visits) | np.isnan(outcome.time)
    if outcome.entry is not None:
        at_risk &= outcome.entry <= cohort.visits
    if not at_risk.any():
        raise DataError("nobody is still at risk at any landmark", where=cohort.source)
    return AtLandmarks(_remaining(cohort, outcome, cohort.visits, at_risk), _table(protocol, cohort, outcome, at_risk))


def landmark_groups(rules: LandmarkSection, cohort: Cohort) -> dict[Subgroup, BoolArray]:
    """Each declared landmark with its rows, in order of time; an empty one stays."""
    visits = np.empty(0) if cohort.visits is None else cohort.visits
    return {Subgroup(LANDMARK, f"{time:g}"): visits == time for time in rules.times}


def _undeclared(visits: FloatArray, rules: LandmarkSection, column: str) -> list[InputError]:
    bad = ~np.isin(visits, rules.times)
    if not bad.any():
        return []
    listed = ", ".join(f"{t:g}" for t in rules.times)
    return [
        DataError(
            f"column {column!r} holds landmarks other than the protocol's ({listed}), at "
            f"{row_list(np.flatnonzero(bad).tolist())}",
            do="Correct them, or declare them in landmark.times",
        )
    ]


def _known_too_late(cohort: Cohort, rules: LandmarkSection, card: ModelCard | None) -> list[InputError]:
    """Features that were measured after the landmark at which they enter a prediction."""
    visits = cohort.visits if cohort.visits is not None else np.empty(0)
    faults: list[InputError] = []
    for feature, column in rules.dated.items():
        when = pd.to_numeric(cohort.features[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        unread = np.isnan(when) & cohort.features[column].notna().to_numpy()
        undated = np.isnan(when) & ~unread & cohort.features[feature].notna().to_numpy()
        told = {
            f"column {column!r}, the time of feature {feature!r}, must hold numbers; it does not": unread,
            f"feature {feature!r} has a value without a time in {column!r}": undated,
            f"feature {feature!r} was measured after its landmark ({column!r} says when)": when > visits,
        }
        faults += [
            DataError(f"{what} at {row_list(np.flatnonzero(bad).tolist())}", do="Use what was known by the landmark")
            for what, bad in told.items()
            if bad.any()
        ]
    for observed, name in [] if card is None else [(f.observed_at, f.name) for f in card.inputs]:
        if _number(observed) is not None and (late := visits < float(observed)).any():
            faults.append(
                DataError(
                    f"the card says that input {name!r} is observed at {observed}, after the landmark at "
                    f"{row_list(np.flatnonzero(late).tolist())}",
                    do="Judge the model from that time on",
                )
            )
    return faults


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _differing(cohort: Cohort, outcome: CompetingRisks) -> list[InputError]:
    """Follow-up that is not the same in all rows of a patient: it counts from one origin, not from the landmark."""
    parts = pd.DataFrame({"patient": cohort.patients, "time": outcome.time, "status": outcome.status})
    several = parts.groupby("patient")[["time", "status"]].transform("nunique", dropna=False).gt(1).any(axis=1)
    if not several.any():
        return []
    return [
        DataError(
            f"the rows of a patient differ in follow-up, at {row_list(np.flatnonzero(several).tolist())}",
            do="Give each patient's time from the common origin in every row, not from the landmark",
        )
    ]


def _remaining(cohort: Cohort, outcome: CompetingRisks, visits: FloatArray, at_risk: BoolArray) -> Cohort:
    rest = type(outcome)(
        np.where(at_risk, outcome.time - visits, np.nan), np.where(at_risk, outcome.status, -1), outcome.time_unit
    )
    kept = replace(cohort, outcome=rest).take(np.flatnonzero(at_risk))
    removed = int((~at_risk).sum())
    if not removed:
        return kept
    why = "follow-up ended by the landmark, or observation began after it"
    return replace(kept, flow=(*cohort.flow, FlowStep("still at risk at the landmark", len(kept), removed, why)))


def _table(protocol: ValidationProtocol, cohort: Cohort, outcome: CompetingRisks, at_risk: BoolArray) -> Table:
    """Per landmark: patients still at risk, those with a prediction, and the others."""
    times = () if protocol.landmark is None else protocol.landmark.times
    first = pd.DataFrame({"patient": cohort.patients}).drop_duplicates().index.to_numpy()
    entry = np.full(len(cohort), -np.inf) if outcome.entry is None else outcome.entry
    left = [int(((outcome.time[first] > t) & (entry[first] <= t)).sum()) for t in times]
    seen = [int((at_risk & (cohort.visits == t)).sum()) for t in times]
    small = protocol.cohort.small_cell
    gone = [total - here for total, here in zip(left, seen, strict=True)]
    few = [hidden(counts, small) for counts in (left, seen, gone)]

    def shown(k: int, counts: list[int]) -> str:
        return "×" if any(k in kept_back for kept_back in few) else str(counts[k])

    rows = tuple((f"{t:g}", *(shown(k, counts) for counts in (left, seen, gone))) for k, t in enumerate(times))
    unit = f" ({protocol.time_unit})" if protocol.time_unit else ""
    note = (
        "At each landmark only patients still at risk are judged, on what was known by then. Patients at risk without "
        "a prediction were not seen again by then: if they differ, the numbers are about those who came."
    )
    if any(few):
        note += " × Small counts, and those from which they could be worked out, are not printed."
    header = (f"landmark{unit}", "still at risk", "with a prediction", "without")
    return Table("landmarks", "longitudinal", "Patients at each landmark", header, rows, note, section="landmarks")
