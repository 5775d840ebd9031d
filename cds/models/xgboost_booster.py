"""XGBoost boosters in the native JSON or UBJ format: tried in a child process first, then read.

A booster with a few bytes changed can crash the interpreter, so a child with limits on memory and time reads
the file, checks its trees and predicts before the parent touches it. Categories reach the booster as codes:
in the order that the booster recorded, or in the card's order where it recorded none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import ArtifactError, CardError, PredictionError, all_at_once, nearest, row_list
from cds.core.model import Adapter
from cds.core.model_card import Feature, ModelCard, level_key
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.models import xgboost_child
from cds.stats.inputs import prepare_inputs, refuse_missing

NAME = "xgboost_booster"
CHILD_SECONDS = 90

_KINDS = {"binary:logistic": "binary", "binary:logitraw": "binary", "multi:softprob": "categories"}


@dataclass(frozen=True, eq=False)
class XGBoostModel:
    """A booster behind its card; checked against the card on construction.

    ``binary:logistic`` and ``binary:logitraw`` (through the logistic function) give a risk,
    ``multi:softprob`` the class probabilities in the order of the card's categories, ``reg:…`` a value. Early
    stopping is honoured.

    Raises:
        ArtifactError: another objective, no feature names, or other inputs than the card's.
        CardError: the card's outcome is not what the objective predicts.
    """

    card: ModelCard
    booster: Any
    adapter: str = NAME
    objective: str = field(init=False)
    levels: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        objective = json.loads(self.booster.save_config())["learner"]["objective"]["name"]
        object.__setattr__(self, "objective", objective)
        _check_objective(objective, self.card)
        _check_names(self.booster.feature_names, self.card)
        object.__setattr__(self, "levels", _code_order(self.booster, self.card))
        if self.card.outcome in ("nominal", "ordinal"):
            _check_classes(self.booster, self.card)

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> Prediction:
        """Risk, class probabilities or value, one per row of raw inputs; ``horizons`` do not apply.

        Missing optional inputs take the booster's own direction for missing values.

        Raises:
            PredictionError: undefined inputs, a missing required input, a level that the booster never met,
                or a prediction that is missing or outside its range.
        """
        prepared = prepare_inputs(self.card, features)
        refuse_missing(self.card, prepared)
        raw = self._ask(prepared)
        if self.card.outcome == "continuous":
            return Value(raw)
        if self.card.outcome == "binary":
            # logitraw gives log-odds; risk = 1 / (1 + exp(−log-odds))
            return Risk(1 / (1 + np.exp(-raw)) if self.objective == "binary:logitraw" else raw)
        # Single precision: rows sum to 1 within 1e-7 per class only.
        return ClassProbabilities(raw / raw.sum(axis=1, keepdims=True), self.card.categories)

    def _ask(self, prepared: pd.DataFrame) -> FloatArray:
        import xgboost

        matrix = xgboost.DMatrix(
            self._codes(prepared),
            feature_names=self.booster.feature_names,
            feature_types=self.booster.feature_types,
        )
        best = self.booster.attr("best_iteration")
        used = (0, 0) if best is None else (0, int(best) + 1)
        return np.asarray(self.booster.predict(matrix, iteration_range=used), dtype=np.float64)

    def _codes(self, prepared: pd.DataFrame) -> FloatArray:
        faults: list[PredictionError] = []
        columns: list[FloatArray] = []
        for name in self.booster.feature_names:
            column = prepared[name]
            if name not in self.levels:
                columns.append(column.to_numpy(dtype=np.float64))
                continue
            keys = column.map(level_key, na_action="ignore")
            codes = keys.map({level: float(code) for code, level in enumerate(self.levels[name])})
            unmet = np.flatnonzero((codes.isna() & column.notna()).to_numpy())
            if len(unmet):
                where = row_list(unmet.tolist())
                faults.append(PredictionError(f"input {name!r} has a level that the booster never met at {where}"))
            columns.append(codes.to_numpy(dtype=np.float64))
        if faults:
            raise all_at_once(faults)
        return np.column_stack(columns)


def _check_objective(objective: str, card: ModelCard) -> None:
    kind = "continuous" if objective.startswith("reg:") else _KINDS.get(objective)
    if kind is None:
        raise ArtifactError(
            f"boosters with objective {objective!r} are not supported",
            do="Train with binary:logistic, multi:softprob or a reg: objective",
        )
    wanted = {"nominal": "categories", "ordinal": "categories"}.get(card.outcome, card.outcome)
    if kind != wanted:
        raise CardError(f'objective {objective!r} does not predict the card\'s outcome = "{card.outcome}"')
    if card.outcome == "binary" and level_key(card.positive) in ("0", "False"):
        raise CardError(f"positive = {card.positive!r}, but a booster gives the risk of class 1")


def _check_names(names: list[str] | None, card: ModelCard) -> None:
    declared = [feature.name for feature in card.inputs]
    if not names:
        raise ArtifactError(
            "the booster has no feature names", do="Train it on a data frame, or set booster.feature_names"
        )
    absent = [name for name in names if name not in declared]
    unused = [name for name in declared if name not in names]
    if absent:
        raise ArtifactError(
            f"the booster was trained on inputs that the card does not declare: {', '.join(absent)}",
            do=nearest(absent[0], declared),
        )
    if unused:
        raise ArtifactError(
            f"the card declares inputs that the booster was not trained on: {', '.join(unused)}",
            do=nearest(unused[0], names),
        )


def _code_order(booster: Any, card: ModelCard) -> dict[str, list[str]]:
    """Per input that goes in as codes, its levels in the order of the codes."""
    types = dict(zip(booster.feature_names, booster.feature_types or [""] * booster.num_features(), strict=True))
    recorded = _recorded_levels(booster)
    return {
        name: recorded.get(name) or list(card.feature(name).levels or {})
        for name, kind in types.items()
        if kind == "c" or not _is_number(card.feature(name))
    }


def _recorded_levels(booster: Any) -> dict[str, list[str]]:
    if not hasattr(booster, "get_categories"):  # before XGBoost 3.1 boosters recorded none
        return {}
    held = booster.get_categories(export_to_arrow=True).to_arrow()
    return {name: [level_key(v) for v in values.to_pylist()] for name, values in held or () if values is not None}


def _is_number(feature: Feature) -> bool:
    """Whether prepare_inputs gives this input as a number, so that a booster may have met it as one."""
    levels = feature.levels or {}
    if feature.type == "category" or levels:
        return bool(levels) and all(_number_like(level) for level in levels)
    return feature.type in ("number", "integer", "boolean")


def _number_like(level: str) -> bool:
    try:
        return level_key(float(level)) == level
    except ValueError:
        return False


def _check_classes(booster: Any, card: ModelCard) -> None:
    count = int(json.loads(booster.save_config())["learner"]["learner_model_param"]["num_class"])
    if count != len(card.categories):
        raise CardError(f"the booster has {count} classes, the card names {len(card.categories)} categories")


def load(path: Path, card: ModelCard) -> XGBoostModel:
    """Read a booster whose hash was verified, after a child process has read it unharmed.

    Raises:
        ArtifactError: XGBoost is not installed, or the file is no booster, is damaged, or crashed the child.
    """
    xgboost = _xgboost()
    _refuse_other_formats(path)
    try_in_child(path)
    try:
        return XGBoostModel(card, xgboost.Booster(model_file=path))
    except (xgboost.core.XGBoostError, ValueError, KeyError) as error:
        raise ArtifactError(f"the booster cannot be read ({type(error).__name__})", where=path.name) from None


def _xgboost() -> Any:
    try:
        import xgboost
    except ImportError:
        raise ArtifactError(
            "this model needs XGBoost, which is not installed", do="Run: pip install 'cds-suite[xgboost]'"
        ) from None
    return xgboost


def _refuse_other_formats(path: Path) -> None:
    """Pure Python sees most damage to a JSON file, and spares the child."""
    content = path.read_bytes()
    try:
        whole = content.startswith(b"{L") or content.startswith(b"{i") or "learner" in json.loads(content)
    except (ValueError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise ArtifactError("the file is no XGBoost booster in JSON or UBJ, or is damaged", where=path.name)


def try_in_child(path: Path) -> None:
    """Let a child process read the booster and predict, within limits of memory and time.

    Raises:
        ArtifactError: the child refused the file, crashed or ran out of time.
    """
    command = [sys.executable, "-I", str(Path(xgboost_child.__file__)), str(path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    try:
        # The command is this interpreter and a script of this package; the path is an argument, not shell
        # text.
        done = subprocess.run(  # noqa: S603  # see above
            command, capture_output=True, timeout=CHILD_SECONDS, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        raise ArtifactError(f"reading the booster took over {CHILD_SECONDS} s", where=path.name) from None
    if done.returncode != 0:
        how = "crashed the process that tried it" if done.returncode < 0 else "is damaged or inconsistent"
        raise ArtifactError(f"the booster {how}", where=path.name, do="Store it again from its source")


def recognises(candidate: object) -> bool:
    """Whether this is an XGBoost booster or one of XGBoost's scikit-learn estimators."""
    return type(candidate).__module__.partition(".")[0] == "xgboost" and (
        hasattr(candidate, "get_booster") or hasattr(candidate, "save_raw")
    )


def wrap(candidate: Any, card: ModelCard) -> XGBoostModel:
    """The booster in memory as a model."""
    return XGBoostModel(card, _booster(candidate))


def save(candidate: Any, path: Path) -> None:
    """Write the booster in the format that the file's suffix names."""
    _booster(candidate).save_model(path)


def _booster(candidate: Any) -> Any:
    return candidate.get_booster() if hasattr(candidate, "get_booster") else candidate


ADAPTER = Adapter(name=NAME, suffixes=(".json", ".ubj"), load=load, recognises=recognises, wrap=wrap, save=save)
