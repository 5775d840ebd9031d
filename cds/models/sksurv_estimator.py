"""Any scikit-survival estimator that gives survival functions, or a pipeline that ends in one, stored with skops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray, refuse_rows, same_length
from cds.core.errors import ArtifactError, DataError
from cds.core.model import Adapter
from cds.core.model_card import ModelCard
from cds.core.outcome import Outcome, Survival
from cds.core.prediction import RiskByHorizon
from cds.models.sklearn_checks import as_trained, check_fitted, check_inputs, is_survival, last_step
from cds.models.sklearn_refit import kept_rows, seeded_clone, weight_argument
from cds.models.skops_archive import read_skops, skops_bytes
from cds.models.survival_bounds import refuse_broken_survival
from cds.models.survival_times import asked_horizons, check_card, refuse_beyond
from cds.stats.inputs import prepare_inputs, refuse_missing

NAME = "sksurv_estimator"
ROWS = 1000  # predicted at a time: each row is held at every time of the development data

# What these archives hold beyond skops_archive.ALLOWED; beside each which estimators need it.
SURVIVAL_ALLOWED = (
    "sksurv.linear_model.coxph.CoxPHSurvivalAnalysis",
    "sksurv.linear_model.coxnet.CoxnetSurvivalAnalysis",
    "sksurv.linear_model.coxph.BreslowEstimator",  # the baseline of the two above and of boosting, checked later
    "sksurv.functions.StepFunction",  # as above
    "sksurv.tree.tree.SurvivalTree",  # forests too; checked later, as its sklearn Tree is
    "sksurv.tree.tree.ExtraSurvivalTree",
    "sksurv.ensemble.forest.RandomSurvivalForest",
    "sksurv.ensemble.forest.ExtraSurvivalTrees",
    "sksurv.ensemble.boosting.GradientBoostingSurvivalAnalysis",
    "sksurv.ensemble.boosting.ComponentwiseGradientBoostingSurvivalAnalysis",
    "sksurv.ensemble.boosting._ComponentwiseLeastSquares",  # its members
    "sksurv.ensemble.survival_loss.CoxPH",  # the loss of boosting
)


@dataclass(frozen=True, eq=False)
class SksurvModel:
    """A fitted scikit-survival estimator behind its card; checked against the card on construction.

    Raises:
        ArtifactError: not fitted, no survival functions, or other inputs than the card's.
        CardError: another outcome than survival, or a horizon after the end of the model's follow-up.
    """

    card: ModelCard
    estimator: Any
    adapter: str = NAME

    def __post_init__(self) -> None:
        check_fitted(self.estimator)
        check_card(self.card, float(_times(self.estimator)[-1]))
        check_inputs(self.estimator, self.card)

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> RiskByHorizon:
        """1 − the estimator's survival function at each horizon, one row per row of raw inputs.

        A horizon between two times takes the earlier one's value, and one before the first time the first one's, as
        scikit-survival's own step functions do. The linear predictor is ``predict()`` where the model is one of
        relative hazards (Cox, Coxnet, boosting of the Cox loss); forests and trees have none.

        Raises:
            PredictionError: undefined inputs (all of them at once), a missing required input, a horizon that is not
                positive or lies after the model's last time.
            ArtifactError: the estimator itself fails on these rows.
        """
        prepared = prepare_inputs(self.card, features)
        refuse_missing(self.card, prepared)
        asked = asked_horizons(self.card, horizons)
        times = _times(self.estimator)
        refuse_beyond(asked, float(times[-1]), self.card.time_unit)
        at = np.maximum(np.searchsorted(times, asked, side="right") - 1, 0)
        parts = [prepared.iloc[k : k + ROWS] for k in range(0, len(prepared), ROWS)]
        risks = [1.0 - self._survival(part)[:, at] for part in parts]
        values = np.concatenate(risks) if risks else np.empty((0, len(asked)))
        return RiskByHorizon(values, asked, self._linear_predictor(prepared))

    def refit(
        self,
        features: pd.DataFrame,
        outcome: Outcome,
        *,
        weights: FloatArray | None,
        rng: np.random.Generator,
    ) -> SksurvModel:
        """The same estimator with the same settings, fitted anew on these rows and seeded from ``rng``.

        Raises:
            PredictionError: undefined inputs or a missing required one.
            DataError: another kind of outcome, one that is missing, no events, delayed entry, or weights that the
                estimator cannot take.
            CardError: follow-up in these rows ends before one of the card's horizons.
        """
        prepared = prepare_inputs(self.card, features)
        refuse_missing(self.card, prepared)
        inputs = as_trained(self.estimator, prepared)
        return SksurvModel(self.card, _refitted(self.estimator, inputs, outcome, weights=weights, rng=rng))

    def _survival(self, prepared: pd.DataFrame) -> FloatArray:
        values = self._ask("predict_survival_function", prepared, return_array=True)
        if values.shape != (len(prepared), len(_times(self.estimator))):
            raise ArtifactError(f"the survival functions of {self.card.identity} do not match its times")
        return values

    def _linear_predictor(self, prepared: pd.DataFrame) -> FloatArray | None:
        if not _has_relative_hazard(last_step(self.estimator)):
            return None
        return self._ask("predict", prepared) if len(prepared) else np.empty(0)

    def _ask(self, method: str, prepared: pd.DataFrame, **given: bool) -> FloatArray:
        try:
            found = getattr(self.estimator, method)(as_trained(self.estimator, prepared), **given)
            return np.asarray(found, dtype=np.float64)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            # Its message may quote a patient's value, so only its kind is told.
            raise ArtifactError(
                f"the estimator of {self.card.identity} fails on these rows ({type(error).__name__})",
                do="Check that it was trained on raw inputs as the card declares them, and that it can take "
                "missing values in inputs that are not required",
            ) from None


def _times(estimator: Any) -> FloatArray:
    """The times at which the survival functions are known, increasing."""
    last = last_step(estimator)
    why = ""
    try:
        times = np.asarray(last.unique_times_, dtype=np.float64)
    except (AttributeError, ValueError):
        why = "fit it with fit_baseline_model=True (Coxnet) or the loss coxph (boosting), or use another estimator"
    if getattr(last, "low_memory", False):
        why = "fit it with low_memory=False"
    if why or not hasattr(estimator, "predict_survival_function"):
        raise ArtifactError(
            f"the {type(last).__name__} gives no survival functions, so no risks", do=why[:1].upper() + why[1:]
        )
    return times


def _has_relative_hazard(last: Any) -> bool:
    baselines = ("cum_baseline_hazard_", "_baseline_model", "_baseline_models")
    return any(getattr(last, name, None) is not None for name in baselines)


def _refitted(
    estimator: Any, inputs: Any, outcome: Outcome, *, weights: FloatArray | None, rng: np.random.Generator
) -> Any:
    from sksurv.util import Surv

    if not isinstance(outcome, Survival):
        raise DataError(f"a model of a survival outcome cannot be refitted to a {outcome.kind} one")
    if outcome.entry is not None:
        raise DataError("scikit-survival's estimators cannot be refitted with delayed entry")
    refuse_rows(~outcome.observed, "a refit needs every outcome, it is missing")
    same_length(inputs=len(inputs), outcome=len(outcome))
    kept = kept_rows(weights, len(outcome))
    if not (outcome.status[kept] == 1).any():
        raise DataError("a refit needs at least one event")
    target = Surv.from_arrays(event=outcome.status[kept] == 1, time=outcome.time[kept])
    fresh = seeded_clone(estimator, rng)
    given = {} if weights is None else weight_argument(fresh, np.asarray(weights, dtype=np.float64)[kept])
    used = inputs.loc[kept] if hasattr(inputs, "loc") else inputs[kept]
    return fresh.fit(used, target, **given)


def recognises(candidate: object) -> bool:
    """Whether this is a scikit-survival estimator, or a pipeline that ends in one."""
    return is_survival(candidate) and hasattr(candidate, "get_params")


def load(path: Path, card: ModelCard) -> SksurvModel:
    """Read a skops archive whose hash was verified.

    Raises:
        ArtifactError: scikit-survival is not installed; see read_skops; also parts that point outside one another.
    """
    _need_sksurv()
    estimator = read_skops(path.read_bytes(), also=SURVIVAL_ALLOWED)
    refuse_broken_survival(estimator)
    return SksurvModel(card, estimator)


def save(estimator: object, path: Path) -> None:
    """Write the estimator as a skops archive, and make sure that the allow-list lets it in again."""
    content = skops_bytes(estimator)
    read_skops(content, also=SURVIVAL_ALLOWED)
    path.write_bytes(content)


def wrap(estimator: object, card: ModelCard) -> SksurvModel:
    """The estimator in memory as a model."""
    return SksurvModel(card, estimator)


def _need_sksurv() -> None:
    try:
        import sksurv  # noqa: F401  # it also gives scikit-learn's pipelines their survival functions
    except ImportError:
        raise ArtifactError(
            "this model needs scikit-survival, which is not installed", do="Run: pip install 'cds-suite[survival]'"
        ) from None


ADAPTER = Adapter(
    name=NAME, suffixes=(".skops",), load=load, recognises=recognises, wrap=wrap, save=save, outcomes=("survival",)
)
