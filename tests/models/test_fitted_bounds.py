import io
import zipfile

import numpy as np
import pytest
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from cds.core.errors import ArtifactError
from cds.models.fitted_bounds import refuse_broken
from cds.models.skops_archive import read_skops, skops_bytes

RNG = np.random.default_rng(1)
X = RNG.normal(size=(80, 3))
Y = (X[:, 0] + RNG.normal(size=80) > 0).astype(int)


def doctored(model, field, value):
    """The stored model after a field of its first array of nodes was overwritten, read back under the list."""
    written = io.BytesIO()
    done = False
    with zipfile.ZipFile(io.BytesIO(skops_bytes(model))) as archive, zipfile.ZipFile(written, "w") as target:
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith(".npy") and not done:
                array = np.load(io.BytesIO(content))
                if array.dtype.names and field in array.dtype.names and len(array) > 2:
                    array[field][0] = value
                    held = io.BytesIO()
                    np.save(held, array)
                    content, done = held.getvalue(), True
            target.writestr(name, content)
    assert done
    return read_skops(written.getvalue())


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(max_depth=3),
        RandomForestClassifier(n_estimators=3),
        GradientBoostingClassifier(n_estimators=3),
        HistGradientBoostingClassifier(max_iter=3),
        HistGradientBoostingClassifier(max_iter=3, categorical_features=[2]),
        SVC(),
        make_pipeline(SplineTransformer(), LogisticRegression()),
    ],
)
def test_sound_models_pass(model):
    inputs = np.column_stack([X[:, :2], RNG.integers(0, 4, len(X))])
    refuse_broken(read_skops(skops_bytes(model.fit(inputs, Y))))


def test_sound_regressions_with_support_vectors_pass():
    refuse_broken(SVR().fit(X, X[:, 0]))


@pytest.mark.parametrize("model", [DecisionTreeClassifier(max_depth=3), RandomForestClassifier(n_estimators=2)])
@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("left_child", 10**9, "point outside the tree"),
        ("right_child", 0, "point outside the tree"),  # a walk in a circle never ends
        ("feature", 10**6, "a feature that does not exist"),
        ("feature", -5, "a feature that does not exist"),
    ],
)
def test_a_tree_that_leads_outside_its_arrays_is_refused(model, field, value, what):
    with pytest.raises(ArtifactError, match=what):
        refuse_broken(doctored(model.fit(X, Y), field, value))


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("left", 10**6, "point outside the tree"),
        ("right", 0, "point outside the tree"),
        ("feature_idx", 10**6, "a feature that does not exist"),
        ("is_categorical", 1, "levels that do not exist"),
    ],
)
def test_a_boosted_tree_that_leads_outside_its_arrays_is_refused(field, value, what):
    with pytest.raises(ArtifactError, match=what):
        refuse_broken(doctored(HistGradientBoostingClassifier(max_iter=2).fit(X, Y), field, value))


def test_a_forest_whose_trees_expect_more_features_is_refused():
    forest = RandomForestClassifier(n_estimators=2).fit(X, Y)
    wider = DecisionTreeClassifier(max_depth=2).fit(np.column_stack([X, X]), Y)
    forest.estimators_[1] = wider
    with pytest.raises(ArtifactError, match="expect other numbers of features"):
        refuse_broken(forest)


def test_support_vectors_that_do_not_match_their_counts_are_refused():
    for name, value in (("_n_support", np.array([10**6, 2], dtype=np.int32)), ("_dual_coef_", np.ones((1, 2)))):
        model = SVC().fit(X, Y)
        setattr(model, name, value)
        with pytest.raises(ArtifactError, match="parts differ in size"):
            refuse_broken(model)


def test_a_spline_whose_knots_do_not_match_is_refused():
    model = make_pipeline(SplineTransformer(), LogisticRegression()).fit(X, Y)
    model[0].bsplines_[0].c = np.ones((1, 1))
    with pytest.raises(ArtifactError, match="knots do not match"):
        refuse_broken(model)


def test_a_tree_that_says_it_has_more_nodes_than_it_holds_is_refused():
    tree = DecisionTreeClassifier(max_depth=2).fit(X, Y)
    state = tree.tree_.__getstate__()
    for count in (10**6, 0, -1):
        tree.tree_.__setstate__({**state, "node_count": count})
        with pytest.raises(ArtifactError, match="not as many as it says"):
            refuse_broken(tree)
    tree.tree_.__setstate__(state)


def test_boosted_stages_with_other_numbers_of_trees_than_the_start_are_refused():
    for model, outcome in (
        (GradientBoostingClassifier(n_estimators=4), (X[:, 0] > 0) + 0),
        (GradientBoostingClassifier(n_estimators=4), np.digitize(X[:, 0], [-0.5, 0.5])),
        (GradientBoostingRegressor(n_estimators=4, init="zero"), X[:, 0]),
    ):
        fitted = model.fit(X, outcome)
        refuse_broken(fitted)
        # the stages side by side: their columns would be added beyond the end of the rows
        fitted.estimators_ = fitted.estimators_.reshape(1, -1)
        with pytest.raises(ArtifactError, match="stages have other numbers of trees"):
            refuse_broken(fitted)
