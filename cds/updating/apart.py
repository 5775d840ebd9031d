"""Keeps the patients an update is judged on apart from those it was fitted to: overlap refused, or one file divided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cds.assembly.own_patients import DRAWN
from cds.core.arrays import IntArray
from cds.core.cohort import Cohort, FlowStep
from cds.core.errors import DataError, InputError
from cds.core.model_card import ModelCard
from cds.core.outcome import Binary, Continuous, Nominal, Outcome
from cds.core.protocol import ValidationProtocol
from cds.stats.inputs import prepare_inputs
from cds.stats.resampling import child

SPLIT_STREAM = 2**31 + 20
MOST_ALIKE = 0.05  # of the rows that equal another one, above which equal rows do not mean the same patient
OWN = "an update judged on its own patients is flattered by them"


def refuse_overlap(update: Cohort, judge: Cohort, protocol: ValidationProtocol, card: ModelCard) -> str:
    """Refuse patients that are in both cohorts; says how they were told apart.

    By patient identifier where the protocol names the column, else by rows that are identical in every input and in
    the outcome.

    Raises:
        DataError: how many patients are in both; or that rows are too alike to tell, and no identifier is named.
    """
    if protocol.cohort.patient is not None:
        shared = len(np.intersect1d(update.patients, judge.patients))
        if shared:
            raise _overlap(shared, "share their identifier with a patient of")
        return f"no patient identifier ({protocol.cohort.patient}) is in both"
    before, after = _fingerprints(update, card), _fingerprints(judge, card)
    shared = int(np.isin(after, before).sum())
    alike = 1 - len(np.unique(before)) / len(before)
    if shared and alike > MOST_ALIKE:
        raise DataError(
            f"{shared} rows to judge on equal a row of the update in every input and the outcome, and {alike:.0%} of "
            "the update's rows equal another one: whether they are the same patients cannot be told",
            do="Name cohort.patient in the protocol",
        )
    if shared:
        raise _overlap(shared, "equal, in every input and the outcome, a row of")
    return "no row is identical in both (the protocol names no patient identifier)"


def _overlap(shared: int, how: str) -> DataError:
    return DataError(
        f"{shared} patient{'' if shared == 1 else 's'} to judge on {how} the data to update on; {OWN}",
        do="Judge on other patients (--judge-data), or divide one file (--split)",
    )


def _fingerprints(cohort: Cohort, card: ModelCard) -> np.ndarray:
    """One number per row from its inputs as the model reads them and its outcome; never leaves the program."""
    rows = prepare_inputs(card, cohort.features).reset_index(drop=True)
    return np.asarray(pd.util.hash_pandas_object(rows.assign(**{"": _outcome(cohort.outcome)}), index=False))


def _outcome(outcome: Outcome | None) -> np.ndarray:
    match outcome:
        case Binary():
            return outcome.event
        case Nominal():
            return outcome.code
        case Continuous():
            return outcome.value
    raise InputError("the cohort has no outcome that an update can be fitted to")


def divided(cohort: Cohort, share: float, seed: int) -> tuple[Cohort, Cohort]:
    """The patients to update on (a ``share`` of each outcome class) and those to judge on, drawn by the seed.

    Raises:
        InputError: a share outside (0, 1).
        DataError: one side would be empty.
    """
    if not 0 < share < 1:
        raise InputError(f"the split must lie between 0 and 1, got {share:g}")
    rng = child(seed, SPLIT_STREAM)
    codes, first = np.unique(cohort.patients, return_index=True)
    classes = _strata(cohort.outcome)[first]
    drawn = np.zeros(len(codes), dtype=bool)
    for stratum in np.unique(classes):
        inside = np.flatnonzero(classes == stratum)
        drawn[rng.permutation(inside)[: round(share * len(inside))]] = True
    to_update = np.isin(cohort.patients, codes[drawn])
    if to_update.all() or not to_update.any():
        raise DataError("the split leaves one side without patients", where=cohort.source)
    sides: list[IntArray] = [np.flatnonzero(to_update), np.flatnonzero(~to_update)]
    update, judge = (cohort.take(rows) for rows in sides)
    step = FlowStep(DRAWN, len(judge), len(update), f"the update was fitted to them (split {share:g}, seed {seed})")
    return update, replace(judge, flow=(*judge.flow, step))


def _strata(outcome: Outcome | None) -> np.ndarray:
    """Outcome classes, a class of their own for outcomes that were not observed; one stratum for numbers."""
    match outcome:
        case Binary():
            return np.nan_to_num(outcome.event, nan=-1.0)
        case Nominal():
            return outcome.code
    if outcome is None:
        raise InputError("the cohort has no outcome")
    return np.zeros(len(outcome))
