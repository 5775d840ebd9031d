"""Fits a scikit-learn estimator anew on other rows: same settings, fresh seeds, weights passed or refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, refuse_rows, same_length
from cds.core.errors import DataError
from cds.core.model_card import ModelCard, level_key
from cds.core.outcome import Binary, Continuous, Nominal, Outcome


def refitted(
    estimator: Any,
    inputs: Any,
    outcome: Outcome,
    card: ModelCard,
    *,
    weights: FloatArray | None,
    rng: np.random.Generator,
) -> Any:
    """A clone of the estimator, fitted on ``inputs`` (as it was trained on them) and the outcome.

    Rows of weight 0 are left out. Weights that are not all equal go to the last step's ``sample_weight``;
    earlier steps (scalers, imputers) do not see them.

    Raises:
        DataError: outcomes that are missing, of one class only or of another kind, or weights that the last
            step cannot take.
    """
    target = _target(estimator, outcome, card)
    same_length(inputs=len(inputs), outcome=len(target))
    kept = kept_rows(weights, len(target))
    if not kept.any():
        raise DataError("no row has a positive weight")
    target = target[kept]
    if not isinstance(outcome, Continuous) and len(np.unique(target.astype(str))) < len(estimator.classes_):
        raise DataError("a refit needs at least one row of every class")
    used = inputs.loc[kept] if hasattr(inputs, "loc") else inputs[kept]
    fresh = seeded_clone(estimator, rng)
    given = {} if weights is None else weight_argument(fresh, np.asarray(weights, dtype=np.float64)[kept])
    return fresh.fit(used, target, **given)


def kept_rows(weights: FloatArray | None, rows: int) -> BoolArray:
    """Rows of a positive weight; all of them without weights.

    Raises:
        DataError: a weight that is negative or missing, or another number of weights than of rows.
    """
    if weights is None:
        return np.ones(rows, dtype=bool)
    same_length(weights=len(weights), outcome=rows)
    refuse_rows(~(np.asarray(weights) >= 0), "weights must not be negative or missing")
    return np.asarray(weights) > 0


def _target(estimator: Any, outcome: Outcome, card: ModelCard) -> Any:
    """What the estimator is fitted on, in the labels that it was first fitted on."""
    if isinstance(outcome, Continuous) and card.outcome == "continuous":
        refuse_rows(np.isnan(outcome.value), "a refit needs every outcome, it is missing")
        return outcome.value
    if isinstance(outcome, Binary) and card.outcome == "binary":
        refuse_rows(np.isnan(outcome.event), "a refit needs every outcome, it is missing")
        is_positive = np.array([level_key(label) == level_key(card.positive) for label in estimator.classes_])
        labels = estimator.classes_
        return np.where(outcome.event == 1, labels[is_positive][0], labels[~is_positive][0])
    if isinstance(outcome, Nominal) and card.outcome in ("nominal", "ordinal"):
        refuse_rows(outcome.code < 0, "a refit needs every outcome, it is missing")
        by_key = {level_key(label): label for label in estimator.classes_}
        strange = sorted(set(outcome.categories) - set(by_key))
        if strange:
            raise DataError(f"the outcome has categories that the model does not know: {', '.join(strange)}")
        return np.array([by_key[category] for category in outcome.categories])[outcome.code]
    raise DataError(f"a model of a {card.outcome} outcome cannot be refitted to a {outcome.kind} one")


def seeded_clone(estimator: Any, rng: np.random.Generator) -> Any:
    """An unfitted estimator with the same settings, seeded anew, that keeps no cache."""
    from sklearn.base import clone

    fresh = clone(estimator)
    changed: dict[str, object] = {}
    for name in sorted(fresh.get_params(deep=True)):
        last = name.rpartition("__")[2]
        if last == "random_state":
            changed[name] = int(rng.integers(2**31 - 1))
        elif last == "memory":
            changed[name] = None  # a cache folder named in the artifact would be read, and it holds pickles
    return fresh.set_params(**changed)


def weight_argument(estimator: Any, weights: FloatArray) -> dict[str, FloatArray]:
    """The keyword under which the last step's fit takes weights; none where they are all equal.

    Raises:
        DataError: it takes none.
    """
    if np.ptp(weights) == 0:
        return {}
    prefix, last = "", estimator
    while hasattr(last, "steps"):
        name, last = last.steps[-1]
        prefix += f"{name}__"
    if not _takes_weights(last):
        raise DataError(
            f"{type(last).__name__} cannot be refitted with weights",
            do="Use an estimator whose fit takes sample_weight, or refit without weights",
        )
    return {f"{prefix}sample_weight": weights}


def _takes_weights(estimator: Any) -> bool:
    from sklearn.utils.validation import has_fit_parameter

    # Meta-estimators accept weights and then ignore them where the inner estimator cannot use them.
    inner = getattr(estimator, "estimator", None)
    return bool(has_fit_parameter(estimator, "sample_weight")) and (
        inner is None or not hasattr(inner, "fit") or (not hasattr(inner, "steps") and _takes_weights(inner))
    )
