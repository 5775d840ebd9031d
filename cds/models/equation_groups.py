"""Points and risk groups by rules: the first group whose conditions all hold is the patient's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray
from cds.core.model_card import level_key
from cds.core.prediction import Score
from cds.models.equation_format import Condition, Group, Points
from cds.models.equation_terms import holds


def risk_groups(equation: Points, inputs: pd.DataFrame, total: FloatArray, shares: Mapping[str, FloatArray]) -> Score:
    """The score and its groups; ``shares`` are the points by source input.

    The value is the total, or the group's value where the rules give values.
    """
    if not equation.groups:
        return Score(total)
    scores = {"total": total} | {
        name: np.sum([shares[member] for member in members], axis=0) for name, members in equation.subscores.items()
    }
    chosen = np.full(len(inputs), len(equation.groups) - 1)
    for position in reversed(range(len(equation.groups))):
        chosen[_all_hold(equation.groups[position], inputs, scores)] = position
    names = np.array([group.name for group in equation.groups], dtype=np.str_)
    values = [group.value for group in equation.groups]
    if any(value is None for value in values):
        return Score(total, names[chosen])
    return Score(np.array(values, dtype=np.float64)[chosen], names[chosen])


def _all_hold(group: Group, inputs: pd.DataFrame, scores: Mapping[str, FloatArray]) -> BoolArray:
    true = np.ones(len(inputs), dtype=np.bool_)
    for condition in group.when:
        true &= _holds(condition, inputs, scores)
    return true


def _holds(condition: Condition, inputs: pd.DataFrame, scores: Mapping[str, FloatArray]) -> BoolArray:
    if condition.score is not None:
        return holds(condition, scores[condition.score])
    column = inputs[condition.input]
    if isinstance(condition.equals, str):
        same = column.map(level_key, na_action="ignore") == condition.equals
        return same.to_numpy(dtype=np.bool_)
    return holds(condition, column.to_numpy(dtype=np.float64))
