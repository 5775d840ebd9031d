"""Any scikit-learn estimator or pipeline that takes raw inputs as a data frame, stored with skops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import ArtifactError, CardError
from cds.core.model import Adapter
from cds.core.model_card import ModelCard, level_key
from cds.core.outcome import Outcome
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.core.structure import Shares, Trees
from cds.models.fitted_bounds import refuse_broken
from cds.models.sklearn_checks import as_trained, check_fitted, check_inputs, is_survival
from cds.models.sklearn_refit import refitted
from cds.models.sklearn_structure import shares_of, trees_of
from cds.models.skops_archive import read_skops, skops_bytes
from cds.stats.inputs import prepare_inputs, refuse_missing

NAME = "sklearn_pipeline"


@dataclass(frozen=True, eq=False)
class SklearnModel:
    """A fitted scikit-learn estimator behind its card; checked against the card on construction.

    Raises:
        ArtifactError: not fitted, no probabilities where the card promises a risk, or other inputs than the
            card's.
        CardError: classes that the card does not name, or an outcome that scikit-learn does not predict.
    """

    card: ModelCard
    estimator: Any
    adapter: str = NAME

    def __post_init__(self) -> None:
        check_fitted(self.estimator)
        check_inputs(self.estimator, self.card)
        _check_outcome(self.estimator, self.card)

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> Prediction:
        """Risk, class probabilities or value, one per row of raw inputs; ``horizons`` do not apply.

        Missing optional inputs reach the pipeline as NaN, which its imputers or trees handle.

        Raises:
            PredictionError: undefined inputs (all of them at once), a missing required input, or a prediction
                that is missing or outside its range.
            ArtifactError: the pipeline itself fails on these rows.
        """
        prepared = prepare_inputs(self.card, features)
        refuse_missing(self.card, prepared)
        if self.card.outcome == "continuous":
            return Value(np.asarray(self._ask("predict", prepared), dtype=np.float64).reshape(len(prepared)))
        probabilities = self._ask("predict_proba", prepared)
        keys = [level_key(label) for label in self.estimator.classes_]
        if self.card.outcome == "binary":
            return Risk(probabilities[:, keys.index(level_key(self.card.positive))])
        order = [keys.index(category) for category in self.card.categories]
        return ClassProbabilities(probabilities[:, order], self.card.categories)

    def refit(
        self,
        features: pd.DataFrame,
        outcome: Outcome,
        *,
        weights: FloatArray | None,
        rng: np.random.Generator,
    ) -> SklearnModel:
        """The same estimator with the same settings, fitted anew on these rows and seeded from ``rng``.

        Raises:
            PredictionError: undefined inputs or a missing required one.
            DataError: outcomes missing or of one class only, or weights that the estimator cannot take.
        """
        prepared = prepare_inputs(self.card, features)
        refuse_missing(self.card, prepared)
        inputs = as_trained(self.estimator, prepared)
        fresh = refitted(self.estimator, inputs, outcome, self.card, weights=weights, rng=rng)
        return SklearnModel(self.card, fresh)

    def additive_shares(self, features: pd.DataFrame) -> Shares | None:
        """What each input adds, where the pipeline ends in a linear model of columns of one input each."""
        return shares_of(self.estimator, self.card, features)

    def trees(self) -> Trees | None:
        """The trees that the pipeline ends in, where each of their columns comes from one input."""
        return trees_of(self.estimator, self.card)

    def _ask(self, method: str, prepared: pd.DataFrame) -> Any:
        if not len(prepared):
            return np.empty((0, len(getattr(self.estimator, "classes_", ()))))
        try:
            return getattr(self.estimator, method)(as_trained(self.estimator, prepared))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            # Its message may quote a patient's value, so only its kind is told.
            raise ArtifactError(
                f"the pipeline of {self.card.identity} fails on these rows ({type(error).__name__})",
                do="Check that it was trained on raw inputs as the card declares them, and that it can take "
                "missing values in inputs that are not required",
            ) from None


def _check_outcome(estimator: Any, card: ModelCard) -> None:
    from sklearn.base import is_regressor

    if card.outcome == "continuous":
        if not is_regressor(estimator):
            raise CardError('the card says outcome = "continuous" but the model is no regressor')
        return
    if card.outcome not in ("binary", "nominal", "ordinal"):
        raise CardError(f"a scikit-learn model does not predict a {card.outcome} outcome")
    if not hasattr(estimator, "predict_proba"):
        raise ArtifactError(
            f"the {type(estimator).__name__} gives no probabilities",
            do="Wrap it in sklearn.calibration.CalibratedClassifierCV and fit that",
        )
    classes = getattr(estimator, "classes_", ())
    keys = [level_key(label) for label in classes]
    if any(isinstance(label, np.ndarray) for label in classes):
        raise ArtifactError("the model predicts several outcomes at once; register one model per outcome")
    if card.outcome == "binary" and (len(keys) != 2 or level_key(card.positive) not in keys):
        raise CardError(
            f"positive = {card.positive!r} must be one of the model's two classes, it has {', '.join(keys)}"
        )
    if card.outcome != "binary" and set(keys) != set(card.categories):
        raise CardError(f"categories must be the model's classes, {', '.join(keys)}; got {', '.join(card.categories)}")


def load(path: Path, card: ModelCard) -> SklearnModel:
    """Read a skops archive whose hash was verified.

    Raises:
        ArtifactError: see read_skops; also parts that point outside one another.
    """
    estimator = read_skops(path.read_bytes())
    refuse_broken(estimator)
    return SklearnModel(card, estimator)


def load_pickle(content: bytes, card: ModelCard) -> SklearnModel:
    """Unpickle a model, which runs whatever code the file holds: only for a permitted file of a pinned hash.

    Raises:
        ArtifactError: the file cannot be unpickled here.
    """
    import io

    import joblib

    try:
        estimator = joblib.load(io.BytesIO(content))
    except (ValueError, TypeError, LookupError, AttributeError, ImportError, EOFError, OSError) as error:
        raise ArtifactError(f"the pickle cannot be read here ({type(error).__name__})") from error
    return SklearnModel(card, estimator)


def recognises(candidate: object) -> bool:
    """Whether this is a scikit-learn estimator and not another library's in its clothes."""
    others = type(candidate).__module__.partition(".")[0] == "xgboost" or is_survival(candidate)
    return not others and (
        hasattr(candidate, "get_params") and hasattr(candidate, "fit") and hasattr(candidate, "predict")
    )


def save(estimator: object, path: Path) -> None:
    """Write the estimator as a skops archive, and make sure that the allow-list lets it in again."""
    content = skops_bytes(estimator)
    read_skops(content)
    path.write_bytes(content)


def wrap(estimator: object, card: ModelCard) -> SklearnModel:
    """The estimator in memory as a model."""
    return SklearnModel(card, estimator)


ADAPTER = Adapter(name=NAME, suffixes=(".skops",), load=load, recognises=recognises, wrap=wrap, save=save)
