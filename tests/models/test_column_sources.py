"""Which inputs a pipeline's columns come from: held against what changes when one input changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.models.column_sources import column_sources


def rows() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(size=60), "c": rng.choice([1.0, 2.0, 3.0], 60)})
    frame.loc[[2, 9], "b"] = np.nan
    return frame


def steps() -> dict[str, Any]:
    from sklearn.compose import ColumnTransformer
    from sklearn.decomposition import PCA
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import (
        FunctionTransformer,
        KBinsDiscretizer,
        OneHotEncoder,
        OrdinalEncoder,
        PolynomialFeatures,
        SplineTransformer,
        StandardScaler,
    )

    def fill(*after: Any) -> Any:
        return make_pipeline(SimpleImputer(add_indicator=True), *after)

    bins = KBinsDiscretizer([3, 2, 2, 2], encode="onehot-dense", strategy="uniform")
    return {
        "imputed with indicators": fill(),
        "splines": fill(SplineTransformer(n_knots=4)),
        "powers and products": fill(PolynomialFeatures(2)),
        "bins": fill(bins),
        "side by side": ColumnTransformer(
            [
                ("last", OneHotEncoder(sparse_output=False, min_frequency=5), ["c"]),
                ("dropped", "drop", ["b"]),
                ("first", fill(StandardScaler()), [0]),
            ],
            remainder="passthrough",
        ),
        "by mask, slice and name": ColumnTransformer(
            [
                ("mask", SimpleImputer(), [False, True, False]),
                ("slice", StandardScaler(), slice(0, 1)),
                ("name", OrdinalEncoder(), ["c"]),
            ]
        ),
        "nested": make_pipeline(
            ColumnTransformer([("ab", fill(), ["b", "a"])], remainder="passthrough"), StandardScaler()
        ),
        "unknown function": make_pipeline(FunctionTransformer(np.log1p)),
        "mixed": fill(PCA(2)),
    }


@pytest.mark.parametrize("name", list(steps()))
def test_a_column_changes_only_with_the_inputs_that_it_comes_from(name: str) -> None:
    frame, step = rows(), steps()[name]
    step.fit(frame)
    found = column_sources(step, [frozenset([k]) for k in range(3)])
    if name in ("unknown function", "mixed"):
        assert found is None
        return
    assert found is not None
    before = np.asarray(step.transform(frame), dtype=float)
    assert before.shape[1] == len(found)
    rng = np.random.default_rng(4)
    seen: list[set[int]] = [set() for _ in found]
    for k, column in [*enumerate(frame.columns)] * 20:
        after = np.asarray(step.transform(frame.assign(**{column: rng.permutation(frame[column])})), dtype=float)
        for place in np.flatnonzero((before != after).any(axis=0)):
            seen[place].add(k)
    # A constant column (the power 0) changes with nothing.
    assert [set(source) for source in found] == seen
