"""A published equation as a model: logistic, survival, ordered probit, linear, points with risk groups.

The file (``cds.equation/1``, see equation_format) holds coefficients and named transforms; nothing in it is
ever evaluated as code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import assert_never

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import PredictionError, all_at_once, row_list
from cds.core.measure import NotEstimable
from cds.core.model import Adapter
from cds.core.model_card import ModelCard
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.core.structure import Shares
from cds.models.additive import equation_shares
from cds.models.equation_base import Term
from cds.models.equation_format import Equation, Linear, Logistic, OrderedProbit, Points
from cds.models.equation_groups import risk_groups
from cds.models.equation_reading import check_against_card, read_equation
from cds.models.equation_sampling import sampling_bounds
from cds.models.equation_survival import risk_by_horizon
from cds.models.equation_terms import design
from cds.models.equation_times import Aft, Cox, ProportionalHazards
from cds.stats.inputs import prepare_inputs, refuse_missing


@dataclass(frozen=True)
class EquationModel:
    """An equation that fits its card."""

    card: ModelCard
    equation: Equation
    adapter: str = "equation"

    def __post_init__(self) -> None:
        check_against_card(self.equation, self.card)

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> Prediction:
        """Predict from raw inputs, one row per prediction.

        ``horizons`` picks among those of a Cox equation's baseline; parametric survival models take any positive
        one; other equations have none.

        Raises:
            PredictionError: lists every fault: a missing column or required value, an unknown level, a value
                outside the limits that the equation's source sets, a horizon that the baseline lacks.
        """
        inputs = self._inputs(features)
        lp = self._linear_predictor(inputs)
        match self.equation:
            case Logistic():
                return Risk(_logistic(lp))
            case Cox() | Aft() | ProportionalHazards():
                return risk_by_horizon(self.equation, self.card, lp, horizons)
            case OrderedProbit():
                return ClassProbabilities(_category_shares(lp, self.equation), self.card.categories)
            case Linear():
                return self._value(self.equation, inputs, lp)
            case Points():
                return risk_groups(self.equation, inputs, lp, self._points(inputs))
            case _:
                assert_never(self.equation)

    def linear_predictor(self, features: pd.DataFrame) -> FloatArray:
        """The linear predictor (or the total of the points) per row, after recalibration; see equation_times.Aft for
        that of an accelerated failure time: higher means an earlier event."""
        return self._linear_predictor(self._inputs(features))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """What each source input adds to the linear predictor (rows × inputs, after recalibration).

        The first column, ``(intercept)``, is the part that no input moves; a product of inputs has a column
        of its own, such as ``age × sex``. The columns of a row sum to its linear predictor.
        """
        inputs = self._inputs(features)
        recalibration = self.equation.recalibration
        slope = recalibration.slope * self.equation.stretch
        columns = {"(intercept)": np.full(len(inputs), recalibration.intercept + slope * self.equation.intercept)}
        columns |= {name: slope * share for name, share in self._points(inputs).items()}
        return pd.DataFrame(columns, index=features.index)

    def additive_shares(self, features: pd.DataFrame) -> Shares | None:
        """What each input adds, where no term is a product of inputs; see additive.equation_scale for the scale."""
        return equation_shares(self.equation, self.card, self.contributions(features))

    def sampling_bounds(self, features: pd.DataFrame, *, level: float) -> tuple[FloatArray, FloatArray] | NotEstimable:
        """Bounds of every estimate by the coefficients' sampling error, where the file has their covariance."""
        inputs = self._inputs(features)
        return sampling_bounds(self.equation, self.card, inputs, self._linear_predictor(inputs), level)

    def _inputs(self, features: pd.DataFrame) -> pd.DataFrame:
        inputs = prepare_inputs(self.card, features)
        refuse_missing(self.card, inputs)
        self._refuse_outside_limits(inputs)
        return inputs

    def _refuse_outside_limits(self, inputs: pd.DataFrame) -> None:
        faults = []
        for name, (low, high) in self.equation.limits.items():
            values = inputs[name].to_numpy(dtype=np.float64)
            rows = np.flatnonzero((values < low) | (values > high)).tolist()
            if rows:
                fault = f"the equation is defined for {name!r} from {low:g} to {high:g} only"
                faults.append(PredictionError(f"{fault}, got another value at {row_list(rows)}"))
        if faults:
            raise all_at_once(faults)

    def _points(self, inputs: pd.DataFrame) -> dict[str, FloatArray]:
        points: dict[str, FloatArray] = {}
        for term in self.equation.terms:
            points[term.name] = points.get(term.name, np.zeros(len(inputs))) + _share(term, inputs)
        return points

    def _linear_predictor(self, inputs: pd.DataFrame) -> FloatArray:
        start = np.full(len(inputs), self.equation.intercept)
        lp: FloatArray = reduce(lambda total, term: total + _share(term, inputs), self.equation.terms, start)
        recalibration = self.equation.recalibration
        return recalibration.intercept + recalibration.slope * (self.equation.stretch * lp)

    def _value(self, equation: Linear, inputs: pd.DataFrame, lp: FloatArray) -> Value:
        interval = equation.interval
        if interval is None:
            return Value(lp)
        leverage = np.zeros(len(inputs))
        if interval.covariance is not None:
            columns = [_filled(term, inputs) for term in equation.terms]
            x = np.column_stack([np.ones(len(inputs)), *columns])
            # Rounding in a nearly singular covariance can leave −1e-15 where the truth is 0.
            leverage = np.maximum(np.einsum("ij,jk,ik->i", x, np.array(interval.covariance), x), 0.0)
        half = interval.t * np.sqrt(interval.residual_variance * (1.0 + leverage))
        return Value(lp, lp - half, lp + half, interval.level)


def _share(term: Term, inputs: pd.DataFrame) -> FloatArray:
    share: FloatArray = design(term, inputs) @ np.asarray(term.weights)
    return share if term.missing is None else np.where(np.isnan(share), term.missing, share)


def _filled(term: Term, inputs: pd.DataFrame) -> FloatArray:
    # A missing optional input stands at 0 in every column of its term: its share of the variance is unknown.
    return np.nan_to_num(design(term, inputs), nan=0.0)


def _logistic(lp: FloatArray) -> FloatArray:
    from scipy.special import expit

    risk: FloatArray = expit(lp)
    return risk


def _category_shares(lp: FloatArray, equation: OrderedProbit) -> FloatArray:
    from scipy.special import ndtr

    below = ndtr(np.asarray(equation.thresholds) - lp[:, np.newaxis])
    edges = np.column_stack([np.zeros(len(lp)), below, np.ones(len(lp))])
    shares: FloatArray = np.diff(edges, axis=1)
    return shares


def load(path: Path, card: ModelCard) -> EquationModel:
    """The model in an equation file.

    Raises:
        ArtifactError: the file is no ``cds.equation/1``.
        CardError: it does not fit the card.
    """
    return EquationModel(card, read_equation(path))


ADAPTER = Adapter(name="equation", suffixes=(".toml",), load=load)
