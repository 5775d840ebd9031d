"""The inside of a scikit-learn pipeline, where it is a linear model or a sum of trees of columns of one input each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.model_card import ModelCard, level_key
from cds.core.structure import Scale, Shares, Tree, Trees
from cds.models.column_sources import column_sources
from cds.models.sklearn_checks import as_trained, last_step
from cds.stats.inputs import prepare_inputs

_LOGISTIC = ("LogisticRegression", "LogisticRegressionCV")
_LINEAR = ("LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "HuberRegressor")
_HISTOGRAM = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")
_BOOSTED = ("GradientBoostingClassifier", "GradientBoostingRegressor")
_FORESTS = ("RandomForestClassifier", "ExtraTreesClassifier", "RandomForestRegressor", "ExtraTreesRegressor")
_SINGLE = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
_IDENTITY_LOSSES = ("squared_error", "absolute_error", "quantile", "huber")


def shares_of(estimator: Any, card: ModelCard, features: pd.DataFrame) -> Shares | None:
    """What each input adds to a linear or a two-class logistic regression's log-odds; None for anything else."""
    last = _sklearn_last(estimator)
    scale = _linear_scale(last)
    sources = _sources(estimator, card) if scale else None
    if scale is None or sources is None:
        return None
    weights = _sign(last, card) * np.asarray(last.coef_, dtype=np.float64).reshape(-1)
    if len(weights) != len(sources) or any(len(s) > 1 and w != 0 for s, w in zip(sources, weights, strict=True)):
        return None
    columns = np.asarray(_columns(estimator, card, features), dtype=np.float64) * weights
    values = np.zeros((len(features), len(card.inputs)))
    for position, source in enumerate(sources):
        for k in source if len(source) == 1 else ():
            values[:, k] += columns[:, position]
    return Shares(scale, tuple(feature.name for feature in card.inputs), values)


def trees_of(estimator: Any, card: ModelCard) -> Trees | None:
    """The trees of gradient boosting (log-odds, value) and of forests (probability, value); None for anything else.

    Boosting of several classes is none: its class probabilities have log-odds that are no sum of trees.
    """
    last = _sklearn_last(estimator)
    sources = _sources(estimator, card) if last is not None else None
    if last is None or sources is None or any(len(source) > 1 for source in sources):
        return None
    owner = np.array([next(iter(source), 0) for source in sources])
    found = _histogram(last, card, owner) or _plain(last, card, owner)
    if found is None:
        return None
    scale, trees, split = found

    def goes_left(features: pd.DataFrame) -> Iterator[BoolArray]:
        yield from split(_columns(estimator, card, features))

    return Trees(scale, tuple(feature.name for feature in card.inputs), tuple(trees), goes_left)


def _sklearn_last(estimator: Any) -> Any:
    """The last step, if it is scikit-learn's own."""
    last = last_step(estimator)
    return last if type(last).__module__.startswith("sklearn.") else None


def _linear_scale(last: Any) -> Scale | None:
    name = type(last).__name__
    if name in _LOGISTIC and len(last.classes_) == 2 and np.shape(last.coef_)[0] == 1:
        return "log_odds"
    return "value" if name in _LINEAR and np.ndim(last.coef_) == 1 else None


def _sign(last: Any, card: ModelCard) -> float:
    """−1 where the model's second class is not the card's positive one."""
    if not hasattr(last, "classes_") or card.outcome != "binary":
        return 1.0
    return 1.0 if level_key(last.classes_[1]) == level_key(card.positive) else -1.0


def _steps(estimator: Any) -> list[Any]:
    """What comes before the last step, however nested."""
    before: list[Any] = []
    while getattr(estimator, "steps", None):
        before += [step for _, step in estimator.steps[:-1]]
        estimator = estimator.steps[-1][1]
    return before


def _sources(estimator: Any, card: ModelCard) -> list[frozenset[int]] | None:
    place = {feature.name: k for k, feature in enumerate(card.inputs)}
    names = getattr(estimator, "feature_names_in_", None)
    found: list[frozenset[int]] | None = [frozenset([place[str(name)]]) for name in (place if names is None else names)]
    for step in _steps(estimator):
        found = None if found is None else column_sources(step, found)
    return found


def _columns(estimator: Any, card: ModelCard, features: pd.DataFrame) -> Any:
    """What the last step is given."""
    columns = as_trained(estimator, prepare_inputs(card, features))
    for step in _steps(estimator):
        columns = columns if step is None or step == "passthrough" else step.transform(columns)
    return columns.toarray() if hasattr(columns, "toarray") else columns


def _histogram(last: Any, card: ModelCard, owner: IntArray) -> Any:
    if type(last).__name__ not in _HISTOGRAM or last.n_trees_per_iteration_ != 1:
        return None
    if hasattr(last, "classes_"):
        scale: Scale = "log_odds"
    elif last.loss in _IDENTITY_LOSSES:
        scale = "value"
    else:
        return None  # a logarithmic link: the value is no sum of trees
    sign, kinds = _sign(last, card), last.is_categorical_
    if kinds is not None and getattr(last, "_preprocessor", None) is not None:
        # The booster sees its categories first, then its numbers.
        owner = np.concatenate([owner[np.asarray(kinds)], owner[~np.asarray(kinds)]])
    predictors = [each[0] for each in last._predictors]
    trees = []
    for each in predictors:
        nodes = each.nodes
        leaf = nodes["is_leaf"].astype(bool)
        trees.append(
            Tree(
                np.where(leaf, -1, nodes["left"].astype(np.int64)),
                np.where(leaf, -1, nodes["right"].astype(np.int64)),
                np.where(leaf, -1, owner[np.where(leaf, 0, nodes["feature_idx"])]),
                sign * nodes["value"].astype(np.float64)[:, np.newaxis],
            )
        )

    def split(columns: Any) -> Iterator[BoolArray]:
        x = np.asarray(last._preprocess_X(columns, reset=False), dtype=np.float64)
        known, place = last._bin_mapper.make_known_categories_bitsets()
        for each in predictors:
            yield _histogram_left(each, x, known, place)

    return scale, trees, split


def _histogram_left(predictor: Any, x: FloatArray, known: Any, place: Any) -> BoolArray:
    """Numbers at most the threshold, levels in the node's set; a level that training never held counts as missing."""
    nodes = predictor.nodes
    asked = x[:, nodes["feature_idx"]]
    missing = np.isnan(asked)
    left = asked <= nodes["num_threshold"]
    for k in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~nodes["is_leaf"].astype(bool)):
        codes = asked[:, k]
        usable = ~np.isnan(codes) & (codes >= 0)
        code = np.where(usable, codes, 0).astype(np.int64)
        chosen = _in_set(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][k]], code)
        met = _in_set(known[place[nodes["feature_idx"][k]]], code)
        left[:, k] = usable & chosen
        missing[:, k] = ~usable | ~(chosen | met)
    result: BoolArray = np.where(missing, nodes["missing_go_to_left"].astype(bool), left)
    return result


def _in_set(bits: Any, code: IntArray) -> BoolArray:
    within = code < 32 * len(bits)
    at = np.where(within, code, 0)
    result: BoolArray = within & ((np.asarray(bits, dtype=np.int64)[at // 32] >> (at % 32)) & 1).astype(bool)
    return result


def _plain(last: Any, card: ModelCard, owner: IntArray) -> Any:
    name = type(last).__name__
    if name in _FORESTS:
        members, share = [each.tree_ for each in last.estimators_], 1.0 / len(last.estimators_)
    elif name in _SINGLE:
        members, share = [last.tree_], 1.0
    elif name in _BOOSTED and last.estimators_.shape[1] == 1 and _log_loss(last) and _constant_start(last):
        members, share = [each[0].tree_ for each in last.estimators_], float(last.learning_rate)
    else:
        return None
    boosted, classes = name in _BOOSTED, hasattr(last, "classes_")
    scale: Scale = ("log_odds" if boosted else "probability") if classes else "value"
    chosen, sign = ([0], _sign(last, card)) if boosted or not classes else (_outputs(last, card), 1.0)
    trees = []
    for each in members:
        leaf = each.children_left < 0
        values = sign * share * each.value[:, 0, :][:, chosen]
        source = np.where(leaf, -1, owner[np.where(leaf, 0, each.feature)])
        trees.append(Tree(each.children_left, each.children_right, source, values))

    def split(columns: Any) -> Iterator[BoolArray]:
        x = np.asarray(columns, dtype=np.float32)  # as these trees compare
        for each in members:
            asked = x[:, np.maximum(each.feature, 0)]
            yield np.where(np.isnan(asked), each.missing_go_to_left.astype(bool), asked <= each.threshold)

    return scale, trees, split


def _log_loss(last: Any) -> bool:
    return not hasattr(last, "classes_") or last.loss == "log_loss"


def _constant_start(last: Any) -> bool:
    return type(last.init_).__name__ in ("DummyClassifier", "DummyRegressor")


def _outputs(last: Any, card: ModelCard) -> list[int]:
    """The positions of the model's classes in the order of the card's outputs."""
    keys = [level_key(label) for label in last.classes_]
    wanted = [level_key(card.positive)] if card.outcome == "binary" else list(card.categories)
    return [keys.index(key) for key in wanted]
