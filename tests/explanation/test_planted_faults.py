"""Faults planted in the values of fitted models, whichever method found them: trees, an additive form, coalitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cds.core.arrays import FloatArray
from cds.core.explanation import Explanation
from cds.core.model import RegisteredModel
from cds.explanation import shap_values
from cds.explanation.shap_values import explain_outputs
from tests.explanation import kinds


def trees() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return kinds.native(HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=6, random_state=1))


def additive() -> Any:
    from sklearn.linear_model import LogisticRegression

    frame = kinds.cohort()
    return kinds.piped(LogisticRegression()).fit(frame[kinds.INPUTS], frame.event)


def neither() -> Any:
    from sklearn.svm import SVC

    frame = kinds.cohort()
    return kinds.piped(SVC(probability=True, random_state=1)).fit(frame[kinds.INPUTS], frame.event)


def planted(monkeypatch: pytest.MonkeyPatch, change: Callable[[FloatArray], FloatArray]) -> None:
    honest = shap_values.solve

    def faulty(*given: Any, **asked: Any) -> Mapping[Any, Any]:
        return {
            key: replace(each, played=replace(each.played, by_row=_changed(each.played.by_row, change)))
            for key, each in honest(*given, **asked).items()
        }

    monkeypatch.setattr(shap_values, "solve", faulty)


def _changed(by_row: Mapping[Any, FloatArray | None], change: Callable[[FloatArray], FloatArray]) -> dict[Any, Any]:
    return {key: None if values is None else change(values) for key, values in by_row.items()}


def strongest_and_weakest_swapped(values: FloatArray) -> FloatArray:
    mean, order = values.mean(axis=0), np.arange(values.shape[1])
    high, low = int(np.argmax(mean)), int(np.argmin(mean))
    order[[high, low]] = [low, high]
    return values[:, order]


def fitted(kind: Callable[[], Any]) -> RegisteredModel:
    return kinds.registered(kind(), kinds.card())


def found(model: RegisteredModel) -> dict[Any, Explanation]:
    row = kinds.cohort(seed=9)[kinds.INPUTS].dropna().iloc[[3]].reset_index(drop=True)
    told = explain_outputs(model, row)
    assert all(isinstance(each, Explanation) for each in told.values())
    return {key: each for key, each in told.items() if isinstance(each, Explanation)}


FAULTS: dict[str, tuple[Callable[[FloatArray], FloatArray], str]] = {
    "off by three points": (lambda values: values + np.eye(values.shape[1])[1] * 0.03, "additivity"),
    "swapped": (strongest_and_weakest_swapped, "faithfulness"),
    "all alike": (lambda values: np.full_like(values, values.sum() / values.size), "faithfulness"),
}


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("kind", [trees, additive, neither])
def test_each_fault_is_caught_whatever_found_the_values(
    monkeypatch: pytest.MonkeyPatch, kind: Callable[[], Any]
) -> None:
    model = fitted(kind)
    honest = {key: each.withheld for key, each in found(model).items()}
    assert honest == dict.fromkeys(honest)
    for change, failed in FAULTS.values():
        with monkeypatch.context() as patch:
            planted(patch, change)
            assert {each.withheld for each in found(model).values()} == {failed}
