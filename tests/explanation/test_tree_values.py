"""Values from the leaves of trees: against coalitions by brute force, shap, and models that are read wrongly."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.explanation import Explanation
from cds.core.measure import NotEstimable
from cds.core.model import OfTrees, RegisteredModel
from cds.core.structure import Trees
from cds.explanation.closed_forms import TREES, closed_values
from cds.explanation.shap_values import explain_outputs
from cds.explanation.tree_values import Ways, margins, tree_interactions, tree_values, tree_values_by_row, ways
from tests.explanation.kinds import INPUTS, card, cohort, native, piped, registered


def trees_of(model: RegisteredModel) -> Trees:
    assert isinstance(model.model, OfTrees)
    found = model.model.trees()
    assert found is not None
    return found


def went(trees: Trees, row: pd.DataFrame, background: pd.DataFrame) -> Ways:
    return ways(trees, pd.concat([row, background], ignore_index=True))


def payoffs(
    ask: Callable[[pd.DataFrame], Any], row: pd.DataFrame, background: pd.DataFrame
) -> dict[frozenset[int], float]:
    """v(S): the mean prediction with the patient's values of the inputs in S and the background's others."""
    names, found = list(row.columns), {}
    for size in range(len(names) + 1):
        for members in itertools.combinations(range(len(names)), size):
            mixed = background.assign(**{names[k]: row.iloc[0, k] for k in members})
            found[frozenset(members)] = float(np.mean(ask(mixed)))
    return found


def shapley(v: dict[frozenset[int], float], count: int) -> list[float]:
    f = math.factorial
    return [
        sum(f(len(s)) * f(count - len(s) - 1) / f(count) * (v[s | {i}] - v[s]) for s in v if i not in s)
        for i in range(count)
    ]


def interaction(v: dict[frozenset[int], float], count: int, i: int, j: int) -> float:
    f = math.factorial
    return sum(
        f(len(s)) * f(count - len(s) - 2) / f(count - 1) * (v[s | {i, j}] - v[s | {i}] - v[s | {j}] + v[s])
        for s in v
        if i not in s and j not in s
    )


def boosted_value() -> tuple[RegisteredModel, Callable[[pd.DataFrame], Any]]:
    from sklearn.ensemble import HistGradientBoostingRegressor

    last = HistGradientBoostingRegressor(
        max_iter=25, min_samples_leaf=5, categorical_features="from_dtype", random_state=1
    )
    fitted = native(last)
    return registered(fitted, card("continuous")), lambda x: fitted.predict(x.astype({"site": "category"}))


def old_boosting() -> tuple[RegisteredModel, Callable[[pd.DataFrame], Any]]:
    from sklearn.ensemble import GradientBoostingClassifier

    frame = cohort()
    fitted = piped(GradientBoostingClassifier(n_estimators=15, max_depth=4, random_state=1))
    fitted = fitted.fit(frame[INPUTS], frame.event)
    return registered(fitted, card(positive=1)), fitted.decision_function


def deep_forest() -> tuple[RegisteredModel, Callable[[pd.DataFrame], Any]]:
    from sklearn.ensemble import ExtraTreesRegressor

    frame = cohort()
    fitted = piped(ExtraTreesRegressor(8, random_state=1)).fit(frame[INPUTS], frame.score)
    return registered(fitted, card("continuous")), fitted.predict


@pytest.mark.parametrize("kind", [boosted_value, old_boosting, deep_forest], ids=lambda kind: kind.__name__)
def test_values_and_interactions_are_those_of_all_coalitions(kind: Any) -> None:
    model, ask = kind()
    assert model.background is not None
    trees = trees_of(model)
    for row in (cohort(seed=9)[INPUTS].iloc[[place]].reset_index(drop=True) for place in (0, 3)):
        v = payoffs(ask, row, model.background)
        expected = shapley(v, len(INPUTS))
        assert tree_values(trees, row, model.background)[0, :, 0] == pytest.approx(expected, abs=1e-10)
        by_row = tree_values_by_row(trees, went(trees, row, model.background))
        assert by_row.mean(axis=0)[:, 0] == pytest.approx(expected, abs=1e-10)
        found = tree_interactions(trees, went(trees, row, model.background))[:, :, 0]
        for i, j in itertools.combinations(range(len(INPUTS)), 2):
            assert found[i, j] == pytest.approx(interaction(v, len(INPUTS), i, j), abs=1e-10)
            assert found[i, j] == found[j, i]


def test_every_background_row_has_its_own_additive_values() -> None:
    model, ask = boosted_value()
    assert model.background is not None
    row = cohort(seed=9)[INPUTS].iloc[[0]].reset_index(drop=True)
    trees = trees_of(model)
    by_row = tree_values_by_row(trees, went(trees, row, model.background))[:, :, 0]
    assert by_row.sum(axis=1) == pytest.approx(ask(row)[0] - ask(model.background), abs=1e-10)


def test_many_patients_have_shaps_values_where_shap_reads_the_same_numbers() -> None:
    # shap 0.51.0 TreeExplainer, interventional: it rounds inputs to single precision, so they are given as such.
    import shap
    from sklearn.ensemble import HistGradientBoostingClassifier

    names = ["age", "pain", "sleep"]
    frame = cohort().dropna()
    x = frame[names].astype(np.float32).astype(np.float64)
    fitted = HistGradientBoostingClassifier(max_iter=30, min_samples_leaf=5, random_state=1).fit(x, frame.event)
    model = replace(registered(fitted, card(names=names, positive=1)), background=x.iloc[:120])
    found = closed_values(model, x.iloc[120:])
    assert not isinstance(found, NotEstimable)
    masker = shap.maskers.Independent(x.iloc[:120], max_samples=120)
    peer = shap.TreeExplainer(fitted, masker).shap_values(x.iloc[120:])
    assert found.values[:, :, 0] == pytest.approx(peer, abs=1e-6)
    assert (found.scale, found.method) == ("log_odds", TREES)
    assert found.residual < 1e-9


def test_levels_in_columns_of_their_own_are_one_input() -> None:
    model, _ = old_boosting()
    found = closed_values(model, cohort(seed=9)[INPUTS])
    assert not isinstance(found, NotEstimable)
    assert found.names == tuple(INPUTS)
    assert found.values.shape == (300, 4, 1)


def test_columns_made_of_several_inputs_and_several_classes_are_left_to_coalitions() -> None:
    from sklearn.decomposition import PCA
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline

    frame = cohort().dropna()
    names = ["age", "sleep"]
    mixed = make_pipeline(PCA(2), HistGradientBoostingClassifier(max_iter=5, random_state=1))
    model = registered(mixed.fit(frame[names], frame.event), card(names=names, positive=1))
    assert isinstance(model.model, OfTrees)
    assert model.model.trees() is None
    classes = np.where(frame.score > 1, "high", np.where(frame.score > 0, "middle", "low"))
    several = HistGradientBoostingClassifier(max_iter=5, random_state=1).fit(frame[names], classes)
    model = registered(several, card("ordinal", names=names, categories=["low", "middle", "high"]))
    assert isinstance(model.model, OfTrees)
    assert model.model.trees() is None


class Misread:
    """A model whose trees, as told, are not those that it predicts with."""

    def __init__(self, model: Any, change: Callable[[Trees], Trees]) -> None:
        self.model, self.change = model, change
        self.card, self.adapter, self.predict = model.card, model.adapter, model.predict

    def trees(self) -> Trees:
        found: Trees = self.change(self.model.trees())
        return found


def double(trees: Trees) -> Trees:
    return replace(trees, trees=tuple(replace(tree, values=2 * tree.values) for tree in trees.trees))


def broken(trees: Trees) -> Trees:
    raise AttributeError("bitsets")


@pytest.mark.parametrize(
    ("change", "told"), [(double, "differ from its own predictions"), (broken, "could not be read")]
)
def test_trees_that_are_read_wrongly_are_not_believed(change: Callable[[Trees], Trees], told: str) -> None:
    model, _ = old_boosting()
    row = cohort(seed=9).dropna()[INPUTS].iloc[[0]].reset_index(drop=True)
    right = explain_outputs(model, row)["event", "log_odds"]
    wrong = replace(model, model=Misread(model.model, change))
    found = explain_outputs(wrong, row)["event", "log_odds"]
    assert isinstance(found, Explanation)
    assert isinstance(right, Explanation)
    assert told in found.details["fallback"]
    assert found.method.endswith("exact by enumeration of coalitions")
    assert found.values == pytest.approx(right.values, abs=1e-9)
    if change is double:
        assert isinstance(closed_values(wrong, row), NotEstimable)


def test_a_value_of_trees_is_explained_without_coalitions() -> None:
    model, _ = deep_forest()
    row = cohort(seed=9).dropna()[INPUTS].iloc[[0]].reset_index(drop=True)
    found = explain_outputs(model, row)["value", "value"]
    assert isinstance(found, Explanation)
    assert found.method == TREES
    assert found.details["coalitions"] == 0
    assert found.exact
    assert next(check for check in found.checks if check.name == "repeatability").passed


def test_margins_are_the_models_own_up_to_a_constant() -> None:
    model, ask = old_boosting()
    rows = cohort(seed=9)[INPUTS]
    assert np.ptp(ask(rows) - margins(trees_of(model), ways(trees_of(model), rows))[:, 0]) == pytest.approx(
        0, abs=1e-10
    )


def test_ways_that_are_too_many_to_keep_are_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = old_boosting()
    assert model.background is not None
    trees, row = trees_of(model), cohort(seed=9)[INPUTS].iloc[[0]]
    kept = tree_values_by_row(trees, went(trees, row, model.background))
    monkeypatch.setattr("cds.explanation.tree_values.MOST_KEPT", 0)
    assert tree_values_by_row(trees, went(trees, row, model.background)).tolist() == kept.tolist()
