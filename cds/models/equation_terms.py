"""What each term of an equation makes of a patient's inputs: clipping, powers, splines, levels, products."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray
from cds.core.errors import PredictionError, row_list
from cds.core.model_card import level_key
from cds.models.equation_base import Term, Transform
from cds.models.equation_format import Condition


def design(term: Term, inputs: pd.DataFrame) -> FloatArray:
    """The term's columns (rows × coefficients) from prepared inputs; NaN where a source is missing.

    Raises:
        PredictionError: the transform is undefined for some rows (a logarithm of 0), or a level is unknown.
    """
    if term.levels is not None and term.input is not None:
        return _level_columns(inputs[term.input], list(term.levels), term.input)
    if term.knots is not None:
        x = _scaled(_clipped(_raw(inputs, term), term), term)
        return restricted_cubic_spline(x, term.knots)
    values = np.ones(len(inputs))
    for factor in term.factors:
        values = values * transformed(factor, inputs)
    return values[:, np.newaxis]


def restricted_cubic_spline(x: FloatArray, knots: tuple[float, ...]) -> FloatArray:
    """Columns x and the k − 2 nonlinear terms of a restricted cubic spline with k knots.

    Term j is ((x − t_j)₊³ − (x − t_{k−1})₊³ (t_k − t_j)/(t_k − t_{k−1})
    + (x − t_k)₊³ (t_{k−1} − t_j)/(t_k − t_{k−1})) / (t_k − t_1)².
    Source: Harrell, Regression Modeling Strategies, 2nd ed. 2015, section 2.4.5,
    doi 10.1007/978-3-319-19425-7.

    >>> restricted_cubic_spline(np.array([2.0]), (0.0, 1.0, 9.0)).tolist()
    [[2.0, 0.0848765]]
    """
    t = np.asarray(knots, dtype=np.float64)
    first, before, last = t[0], t[-2], t[-1]

    def cube(knot: float) -> FloatArray:
        above: FloatArray = np.maximum(x - knot, 0.0) ** 3
        return above

    nonlinear = [
        (cube(knot) - cube(before) * (last - knot) / (last - before) + cube(last) * (before - knot) / (last - before))
        / (last - first) ** 2
        for knot in t[:-2]
    ]
    columns: FloatArray = np.column_stack([x, *nonlinear])
    return columns


def transformed(transform: Transform, inputs: pd.DataFrame) -> FloatArray:
    """One transform of one input, one number per row; NaN where the input is missing."""
    if isinstance(transform.equals, str):
        column = inputs[transform.input]
        same = column.map(level_key, na_action="ignore") == transform.equals
        values = np.where(column.isna(), np.nan, same.to_numpy(dtype=np.float64))
    else:
        raw = _clipped(_raw(inputs, transform), transform)
        values = _function(transform, _scaled_input(transform, raw))
        _refuse_undefined(transform, raw, values)
    scaled: FloatArray = (values - transform.centre) / transform.scale
    return scaled


def holds(condition: Condition | Transform, values: FloatArray) -> BoolArray:
    """Where every comparison of a condition holds; never where the value is missing."""
    true = np.isfinite(values)
    if condition.above is not None:
        true &= values > condition.above
    if condition.at_least is not None:
        true &= values >= condition.at_least
    if condition.below is not None:
        true &= values < condition.below
    if condition.at_most is not None:
        true &= values <= condition.at_most
    if condition.equals is not None:
        true &= values == condition.equals
    return true


def _raw(inputs: pd.DataFrame, transform: Transform) -> FloatArray:
    values: FloatArray = inputs[transform.input].to_numpy(dtype=np.float64)
    return values


def _clipped(x: FloatArray, transform: Transform) -> FloatArray:
    if transform.minimum is not None:
        x = np.maximum(x, transform.minimum)
    if transform.maximum is not None:
        x = np.minimum(x, transform.maximum)
    return x


def _scaled_input(transform: Transform, x: FloatArray) -> FloatArray:
    scaled: FloatArray = (x + transform.shift) / transform.divide
    return scaled


def _scaled(x: FloatArray, transform: Transform) -> FloatArray:
    scaled: FloatArray = (_scaled_input(transform, x) - transform.centre) / transform.scale
    return scaled


def _function(transform: Transform, x: FloatArray) -> FloatArray:
    if transform.is_indicator:
        return np.where(np.isnan(x), np.nan, holds(transform, x).astype(np.float64))
    with np.errstate(all="ignore"):  # what is undefined is refused by the caller, with its rows
        if transform.log or transform.power == 0:
            values: FloatArray = np.log(x)
        elif transform.power is not None:
            values = np.power(x, transform.power)
        else:
            values = x
        if transform.times_log:
            values = values * np.log(x)
    return values


def _refuse_undefined(transform: Transform, x: FloatArray, values: FloatArray) -> None:
    bad = np.isfinite(x) & ~np.isfinite(values)
    if bad.any():
        what = "logarithm" if transform.log or transform.times_log or transform.power == 0 else "power"
        raise PredictionError(
            f"the equation's {what} of input {transform.input!r} is undefined at "
            f"{row_list(np.flatnonzero(bad).tolist())}",
            do="The input's value lies outside what the equation was written for",
        )


def _level_columns(column: pd.Series, levels: list[str], name: str) -> FloatArray:
    codes, uniques = pd.factorize(column)  # a missing value has code −1
    positions = [levels.index(key) if (key := level_key(value)) in levels else -1 for value in uniques]
    position = np.array([*positions, -1])[codes]
    strange = (codes >= 0) & (position < 0)
    if strange.any():
        rows = row_list(np.flatnonzero(strange).tolist())
        raise PredictionError(f"the equation has no coefficient for the level of input {name!r} at {rows}")
    columns: FloatArray = np.eye(len(levels))[position]
    columns[codes < 0] = np.nan
    return columns
