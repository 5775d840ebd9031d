"""Checks what scikit-learn's compiled code trusts blindly: a loaded model's nodes, support vectors and knots.

A file can be of allowed types throughout and still point outside its arrays, which crashes the interpreter at
the first prediction.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType, NoneType
from typing import Any

import numpy as np

from cds.core.errors import ArtifactError

# What holds nothing of the model's own; a module would lead to everything that is imported.
_PLAIN = (str, bytes, int, float, type, NoneType, ModuleType, FunctionType, BuiltinFunctionType)


def refuse_broken(model: object) -> None:
    """Refuse trees, support vector machines and splines whose parts point outside one another.

    Raises:
        ArtifactError: naming the kind of part that is inconsistent.
    """
    boosted: list[Any] = []
    for part in fitted_parts(model):
        attributes = getattr(part, "__dict__", None)
        held = attributes if isinstance(attributes, dict) else {}
        if "tree_" in held:
            _check_tree(held["tree_"], held.get("n_features_in_"))
        if "estimators_" in held and type(part).__module__.startswith(("sklearn.ensemble._", "sksurv.ensemble.")):
            boosted += [part] if _check_ensemble(type(part), held) else []
        if "_predictors" in held:
            _check_boosted(held)
        if "_n_support" in held:
            _check_support(held)
        if type(part).__name__ in ("BSpline", "_BSpline"):
            _check_spline(part)
    for part in boosted:  # last, as it asks the model that boosting starts from
        _check_stages(part)


def fitted_parts(root: object) -> Iterator[object]:
    """Every object that can be reached from the model, each once."""
    seen: set[int] = set()
    waiting: list[object] = [root]
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, _PLAIN):
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, (list, tuple, set)):
            waiting.extend(part)
        elif isinstance(part, np.ndarray):
            waiting.extend(part.ravel().tolist() if part.dtype == object else [])
        elif isinstance(getattr(part, "__dict__", None), dict):
            waiting.extend(vars(part).values())


def _refuse(inconsistent: bool, what: str) -> None:
    if inconsistent:
        raise ArtifactError(f"the model file is inconsistent: {what}", do="Store the model again from its source")


def _children_inside(left: Any, right: Any, is_leaf: Any) -> bool:
    """Whether every split's children come after it and inside the tree: no walk leaves it or circles."""
    own = np.flatnonzero(~is_leaf)
    return all(bool(((child[own] > own) & (child[own] < len(is_leaf))).all()) for child in (left, right))


def _check_tree(tree: Any, features: Any) -> None:
    # First, as the arrays below are as long as the tree says that it is.
    _refuse(not 0 < tree.node_count == tree.capacity, "a tree's nodes are not as many as it says")
    left, right, feature = (
        np.asarray(a, dtype=np.int64) for a in (tree.children_left, tree.children_right, tree.feature)
    )
    is_leaf = left == -1
    inside = _children_inside(left, right, is_leaf) and tree.n_features == features
    _refuse(not inside, "a tree's nodes point outside the tree")
    used = feature[~is_leaf]
    outside = (used < 0) | (used >= tree.n_features)
    _refuse(bool(outside.any()), "a tree splits on a feature that does not exist")


def _check_ensemble(kind: type, held: dict[str, Any]) -> bool:
    """Whether it is boosted, so that its stages must be checked too."""
    from sklearn.ensemble import BaseEnsemble
    from sklearn.ensemble._forest import BaseForest
    from sklearn.ensemble._gb import BaseGradientBoosting

    # These two hand the trees unchecked rows; other ensembles let each member check for itself.
    if issubclass(kind, BaseEnsemble) and issubclass(kind, (BaseForest, BaseGradientBoosting)):
        members = np.asarray(held["estimators_"], dtype=object).ravel()
        trees = [getattr(member, "tree_", None) for member in members]
        _refuse(not trees or None in trees, "an ensemble holds a member that is no tree")
        widths = {tree.n_features for tree in trees if tree is not None}
        _refuse(widths != {held.get("n_features_in_")}, "an ensemble's trees expect other numbers of features")
    return issubclass(kind, BaseGradientBoosting)


def _check_stages(model: Any) -> None:
    """Each stage's trees are added, one column each, to what the model starts from: they must be as many."""
    stages = np.shape(model.estimators_)
    try:
        start = np.shape(model._raw_predict_init(np.zeros((1, model.n_features_in_))))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ArtifactError("the model file is inconsistent: boosting starts from no model") from error
    _refuse(len(stages) != 2 or start != (1, stages[1]), "a boosted model's stages have other numbers of trees")


def _check_boosted(held: dict[str, Any]) -> None:
    features = held.get("n_features_in_", 0)
    mapped = getattr(held.get("_bin_mapper"), "is_categorical_", None)
    categorical = np.zeros(features, dtype=bool) if mapped is None else np.asarray(mapped, dtype=bool)
    _refuse(len(categorical) != features, "a boosted model's features do not match its bins")
    for predictor in (tree for stage in held["_predictors"] for tree in stage):
        nodes, bitsets = predictor.nodes, predictor.raw_left_cat_bitsets
        is_leaf = nodes["is_leaf"].astype(bool)
        inside = len(nodes) > 0 and _children_inside(
            nodes["left"].astype(np.int64), nodes["right"].astype(np.int64), is_leaf
        )
        _refuse(not inside, "a boosted tree's nodes point outside the tree")
        splits = nodes[~is_leaf]
        used = splits["feature_idx"].astype(np.int64)
        _refuse(
            bool(((used < 0) | (used >= features)).any()),
            "a boosted tree splits on a feature that does not exist",
        )
        by_level = splits["is_categorical"].astype(bool)
        sets = splits["bitset_idx"].astype(np.int64)[by_level]
        known = bitsets.ndim == 2 and bitsets.shape[1] == 8 and bool((sets < len(bitsets)).all())
        _refuse(
            not known or not categorical[used[by_level]].all(),
            "a boosted tree splits on levels that do not exist",
        )


def _check_support(held: dict[str, Any]) -> None:
    vectors, counts = held["support_vectors_"], np.asarray(held["_n_support"], dtype=np.int64)
    _refuse(not isinstance(vectors, np.ndarray), "a support vector machine was trained on sparse data")
    classes = len(held["classes_"]) if "classes_" in held else 2
    pairs = classes * (classes - 1) // 2
    total, width = len(vectors), held.get("n_features_in_")
    fits = (
        vectors.shape == (total, width)
        and np.shape(held["_dual_coef_"]) == (classes - 1, total)
        and np.shape(held["_intercept_"]) == (pairs,)
        and len(held["support_"]) == total
        and all(len(held[name]) in (0, 2 if "classes_" not in held else pairs, pairs) for name in ("_probA", "_probB"))
    )
    # A regression counts its vectors in the first entry and leaves the second unused.
    summed = counts.sum() == total if "classes_" in held else counts[0] == total
    _refuse(not fits or not summed or bool((counts < 0).any()), "a support vector machine's parts differ in size")


def _check_spline(spline: Any) -> None:
    from scipy.interpolate import BSpline

    try:
        BSpline(spline.t, spline.c, spline.k, extrapolate=spline.extrapolate, axis=spline.axis)
    except (ValueError, TypeError, AttributeError) as error:
        raise ArtifactError("the model file is inconsistent: a spline's knots do not match its coefficients") from error
