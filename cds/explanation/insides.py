"""What a model tells of its inside, made ready for values: additive shares, or trees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.model import Additive, OfTrees, RegisteredModel
from cds.core.structure import Scale, Trees
from cds.explanation.coalition_sums import linear_sums, tree_sums
from cds.explanation.linear_values import linear_values, linear_values_by_row
from cds.explanation.tree_values import margins, tree_interactions, tree_values, tree_values_by_row, ways

LINEAR = "interventional SHAP values of the raw inputs, in closed form: the model is additive here"
TREES = "interventional SHAP values of the raw inputs, exact from the leaves of the model's trees"


@dataclass(frozen=True, eq=False)
class Local:
    """One patient's: sums of patient (first) and background rows (rows × outputs), and what follows from them.

    ``by_row`` gives values (background rows × inputs × outputs), ``pairs`` interaction indices (inputs × inputs ×
    outputs; None where nothing interacts), ``coalitions`` every coalition's sum (coalitions × outputs) from which
    inputs differ, where each background row's coalitions start, and how many there are.
    """

    sums: FloatArray
    by_row: Callable[[], FloatArray]
    pairs: Callable[[], FloatArray] | None
    coalitions: Callable[[BoolArray, IntArray, int], FloatArray]


@dataclass(frozen=True, eq=False)
class Inside:
    """A model that is a sum on ``scale``: its values for many patients at once, and one patient's."""

    scale: Scale
    method: str
    many: Callable[[pd.DataFrame, pd.DataFrame], FloatArray]
    local: Callable[[pd.DataFrame, pd.DataFrame], Local]


def inside_of(model: RegisteredModel) -> Inside | None:
    """The inside that a model with a background tells; None where it is no sum on any scale."""
    known = model.model
    if isinstance(known, Additive) and model.background is not None:
        first = known.additive_shares(model.background.iloc[[0]])
        if first is not None:
            return _additive(known, first.scale)
    trees = known.trees() if isinstance(known, OfTrees) else None
    return None if trees is None else _of_trees(trees)


def _additive(known: Additive, scale: Scale) -> Inside:
    def shares(features: pd.DataFrame) -> FloatArray:
        found = known.additive_shares(features)
        return np.full((len(features), 1), np.nan) if found is None else found.values

    def local(patient: pd.DataFrame, background: pd.DataFrame) -> Local:
        own, others = shares(patient), shares(background)
        by_row = linear_values_by_row(own, others)
        return Local(
            np.vstack([own, others]).sum(axis=1, keepdims=True),
            lambda: by_row[:, :, np.newaxis],
            None,
            lambda differs, starts, size: linear_sums(by_row, others.sum(axis=1), differs, starts, size),
        )

    def many(patients: pd.DataFrame, background: pd.DataFrame) -> FloatArray:
        return linear_values(shares(patients), shares(background))[:, :, np.newaxis]

    return Inside(scale, LINEAR, many, local)


def _of_trees(trees: Trees) -> Inside:
    def local(patient: pd.DataFrame, background: pd.DataFrame) -> Local:
        went = ways(trees, pd.concat([patient, background], ignore_index=True))
        return Local(
            margins(trees, went),
            lambda: tree_values_by_row(trees, went),
            lambda: tree_interactions(trees, went),
            lambda differs, starts, size: tree_sums(trees, went, differs, starts, size),
        )

    return Inside(trees.scale, TREES, lambda patients, background: tree_values(trees, patients, background), local)
