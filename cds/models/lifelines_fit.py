"""lifelines' Cox and accelerated-failure-time regressions, stored as their numbers: lifelines itself only pickles."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import ArtifactError
from cds.core.model import Adapter
from cds.core.model_card import ModelCard
from cds.core.outcome import Outcome
from cds.core.prediction import RiskByHorizon
from cds.core.structure import Shares
from cds.models.additive import survival_shares
from cds.models.fitted_survival import (
    check_fits_card,
    check_inputs,
    keys,
    linear_predictor,
    predicted,
    ready_inputs,
    strata_within,
    written_level,
)
from cds.models.lifelines_design import Inputs, inputs_read
from cds.models.lifelines_numbers import AFT, COX, is_breslow, kind_of, last_times, numbers, strata_of
from cds.models.lifelines_refit import refitted
from cds.models.survival_format import FittedAft, FittedSurvival, read, written
from cds.models.survival_times import asked_horizons, check_card, refuse_beyond, risk_of_hazard

NAME = "lifelines_fit"


@dataclass(frozen=True, eq=False)
class FittedSurvivalModel:
    """A survival regression from its numbers, behind its card; checked against the card on construction.

    Raises:
        CardError: another outcome, other inputs, or a horizon after the end of the model's follow-up.
    """

    card: ModelCard
    fitted: FittedSurvival
    adapter: str = NAME

    def __post_init__(self) -> None:
        check_fits_card(self.fitted, self.card)

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> RiskByHorizon:
        """The risk by each horizon, one row per row of raw inputs; see fitted_survival.predicted."""
        return predicted(self.fitted, self.card, features, horizons)

    def additive_shares(self, features: pd.DataFrame) -> Shares | None:
        """What each input adds; None with strata, with products of inputs, or where hazard ratios change with time."""
        return survival_shares(self.fitted, self.card, ready_inputs(self.fitted.levels, self.card, features))

    def refit(
        self,
        features: pd.DataFrame,
        outcome: Outcome,
        *,
        weights: FloatArray | None,
        rng: np.random.Generator,
    ) -> FittedSurvivalModel:
        """The same columns, levels, strata and penalty, fitted anew on these rows by lifelines.

        Raises:
            PredictionError: undefined inputs or a missing one.
            DataError: another kind of outcome, one that is missing, no events, delayed entry, a fit that did not
                converge, or a model whose settings are not stored.
            CardError: follow-up in these rows ends before one of the card's horizons.
        """
        inputs = ready_inputs(self.fitted.levels, self.card, features)
        return FittedSurvivalModel(self.card, refitted(self.fitted, inputs, outcome, weights=weights))


@dataclass(frozen=True, eq=False)
class LifelinesModel:
    """A lifelines fitter in memory behind its card; checked against the card on construction.

    Raises:
        ArtifactError: a fitter that is not taken or not fitted, or a Cox regression fitted with delayed entry.
        CardError: another outcome, other inputs, or a horizon after the end of the model's follow-up.
    """

    card: ModelCard
    fitter: Any
    adapter: str = NAME

    def __post_init__(self) -> None:
        _check_fitter(self.fitter)
        check_card(self.card, max(self._last.values()) if self._last else None)
        check_inputs(self.card, self._read.numeric, self._levels)

    @cached_property
    def _read(self) -> Inputs:
        return inputs_read(self.fitter.regressors.mappings.values(), strata_of(self.fitter))

    @cached_property
    def _levels(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(map(written_level, met)) for name, met in self._read.levels.items()}

    @cached_property
    def _last(self) -> dict[tuple[str, ...], float]:
        """The end of follow-up by stratum; none where the baseline goes on for ever."""
        if not is_breslow(self.fitter):
            return {}
        return {tuple(map(written_level, key)): last for key, last in last_times(self.fitter).items()}

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> RiskByHorizon:
        """1 − exp(−H) of lifelines' own cumulative hazard at each horizon, one row per row of raw inputs.

        lifelines interpolates a Cox regression's baseline hazard linearly between the times of follow-up; before the
        first of them it takes the hazard at that time. The linear predictor is the log partial hazard of a Cox
        regression without strata, and −location/scale of a Weibull with one scale for everybody; others have none.

        Raises:
            PredictionError: undefined inputs (all of them at once), a missing input, a level or stratum that the model
                never met, a horizon that is not positive or lies after the follow-up.
        """
        inputs = ready_inputs(self._levels, self.card, features)
        asked = asked_horizons(self.card, horizons)
        if self._last:
            refuse_beyond(asked, max(self._last.values()), self.card.time_unit)
        strata = strata_of(self.fitter)
        if strata:
            strata_within(inputs, list(strata), self._last, asked, self.card.time_unit)
        if not len(inputs):
            return RiskByHorizon(np.empty((0, len(asked))), asked)
        return RiskByHorizon(self._risk(inputs, asked), asked, self._linear_predictor(inputs))

    def refit(
        self,
        features: pd.DataFrame,
        outcome: Outcome,
        *,
        weights: FloatArray | None,
        rng: np.random.Generator,
    ) -> FittedSurvivalModel:
        """See FittedSurvivalModel.refit.

        Raises:
            ArtifactError: a model that cannot be written as numbers.
        """
        return FittedSurvivalModel(self.card, numbers(self.fitter)).refit(features, outcome, weights=weights, rng=rng)

    def additive_shares(self, features: pd.DataFrame) -> Shares | None:
        """See FittedSurvivalModel.additive_shares; None where the formula is more than columns and their products."""
        fitted = self._stored
        if fitted is None:
            return None
        return survival_shares(fitted, self.card, ready_inputs(self._levels, self.card, features))

    def _risk(self, inputs: pd.DataFrame, asked: tuple[float, ...]) -> FloatArray:
        hazard = self._ask("predict_cumulative_hazard", inputs, times=list(asked))
        # With strata lifelines gives the rows stratum by stratum; their labels tell which is which.
        ordered = hazard[list(range(len(inputs)))].to_numpy(dtype=np.float64).T
        return np.maximum.accumulate(risk_of_hazard(ordered), axis=1)

    def _linear_predictor(self, inputs: pd.DataFrame) -> FloatArray | None:
        if is_breslow(self.fitter):
            if strata_of(self.fitter):
                return None
            return np.asarray(self._ask("predict_log_partial_hazard", inputs), dtype=np.float64)
        if kind_of(self.fitter) == COX:
            return None
        fitted = self._stored
        return linear_predictor(fitted, inputs) if isinstance(fitted, FittedAft) else None

    @cached_property
    def _stored(self) -> FittedSurvival | None:
        """The numbers; None where the formula is more than columns and their products."""
        try:
            return numbers(self.fitter)
        except ArtifactError:
            return None

    def _ask(self, method: str, inputs: pd.DataFrame, **given: Any) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return getattr(self.fitter, method)(self._as_trained(inputs), **given)
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            # Its message may quote a patient's value, so only its kind is told.
            raise ArtifactError(
                f"the fitter of {self.card.identity} fails on these rows ({type(error).__name__})",
                do="Check that it was trained on raw inputs as the card declares them",
            ) from None

    def _as_trained(self, inputs: pd.DataFrame) -> pd.DataFrame:
        """Categories as the values that the fitter met, which may be numbers or yes and no."""
        columns: dict[str, pd.Series] = {}
        for name, met in self._read.levels.items():
            raw = {written_level(level): level for level in met}
            columns[name] = pd.Series([raw[key] for key in keys(inputs[name])], index=inputs.index)
        return inputs.assign(**columns)


def _check_fitter(fitter: Any) -> None:
    taken = (COX, *AFT)
    if kind_of(fitter) not in taken:
        raise ArtifactError(
            f"lifelines' {kind_of(fitter)} is not taken",
            do=f"Taken are {', '.join(taken)}; for others, validate frozen predictions",
        )
    if not hasattr(fitter, "params_"):
        raise ArtifactError(f"the {kind_of(fitter)} is not fitted", do="Fit it first")
    if kind_of(fitter) != COX:
        return
    if is_breslow(fitter) and fitter.entry_col is not None:
        raise ArtifactError(
            "lifelines' baseline hazard takes everybody as followed from time zero, so with delayed entry (entry_col) "
            "its risks are too low",
            do="Give its coefficients and a baseline that counts only who was under observation as an equation",
        )
    if not is_breslow(fitter) and fitter.strata:
        raise ArtifactError("a Cox regression with strata is taken with a Breslow baseline only")


def recognises(candidate: object) -> bool:
    """Whether this is a fitter of lifelines."""
    return type(candidate).__module__.partition(".")[0] == "lifelines"


def load(path: Path, card: ModelCard) -> FittedSurvivalModel:
    """Read the numbers of a fitted regression.

    Raises:
        ArtifactError: the file is no ``cds.survival/1``.
        CardError: it does not fit the card.
    """
    return FittedSurvivalModel(card, read(path))


def save(fitter: Any, path: Path) -> None:
    """Write the fitter's numbers.

    Raises:
        ArtifactError: they are not all that it predicts from; the message says what else there is.
    """
    _check_fitter(fitter)
    path.write_bytes(written(numbers(fitter)))


def wrap(fitter: object, card: ModelCard) -> LifelinesModel:
    """The fitter in memory as a model."""
    return LifelinesModel(card, fitter)


ADAPTER = Adapter(
    name=NAME, suffixes=(".json",), load=load, recognises=recognises, wrap=wrap, save=save, outcomes=("survival",)
)
