"""What every adapter of scikit-learn's interface asks of an estimator: fitted, on the card's inputs, in their order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cds.core.errors import ArtifactError, nearest
from cds.core.model_card import ModelCard


def is_survival(candidate: object) -> bool:
    """Whether scikit-survival's interface is behind this: a survival function, or an estimator of that library's."""
    last = last_step(candidate)
    return hasattr(candidate, "predict_survival_function") or type(last).__module__.partition(".")[0] == "sksurv"


def last_step(estimator: Any) -> Any:
    """The estimator that predicts at the end of a pipeline, however nested; the estimator itself if it is none."""
    last = estimator
    while getattr(last, "steps", None):
        last = last.steps[-1][1]
    return last


def as_trained(estimator: Any, prepared: pd.DataFrame) -> Any:
    """The columns in the order of training; a plain array where the estimator never saw names."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        return np.ascontiguousarray(prepared.to_numpy())  # as arrays are laid out that models are trained on
    frame = prepared[list(names)]
    if getattr(estimator, "categorical_features", None) != "from_dtype":
        return frame
    # Histogram gradient boosting reads from the column type which inputs are categories.
    levels = getattr(estimator, "is_categorical_", None)
    chosen = () if levels is None else np.asarray(names)[np.asarray(levels, dtype=bool)]
    return frame.astype({name: "category" for name in chosen})


def check_fitted(estimator: Any) -> None:
    """Refuse what is no scikit-learn estimator, or not fitted.

    Raises:
        ArtifactError: saying which.
    """
    from sklearn.base import BaseEstimator
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    if not isinstance(estimator, BaseEstimator):
        raise ArtifactError(f"a scikit-learn estimator is needed, got {type(estimator).__name__}")
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        raise ArtifactError(f"the {type(estimator).__name__} is not fitted", do="Fit it first") from None
    except TypeError:
        raise ArtifactError(f"{type(estimator).__name__} is a class or cannot be fitted") from None


def check_inputs(estimator: Any, card: ModelCard) -> None:
    """Refuse an estimator that was trained on other inputs than the card declares.

    Raises:
        ArtifactError: naming them.
    """
    declared = [feature.name for feature in card.inputs]
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        count = getattr(estimator, "n_features_in_", len(declared))
        if count != len(declared):
            raise ArtifactError(f"the model was trained on {count} inputs, the card declares {len(declared)}")
        return
    absent = [str(name) for name in names if name not in declared]
    unused = [name for name in declared if name not in list(names)]
    if absent:
        raise ArtifactError(
            f"the model was trained on inputs that the card does not declare: {', '.join(absent)}",
            do=nearest(absent[0], declared),
        )
    if unused:
        raise ArtifactError(
            f"the card declares inputs that the model was not trained on: {', '.join(unused)}",
            do=nearest(unused[0], [str(name) for name in names]),
        )
