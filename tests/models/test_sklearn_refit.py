import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import MinMaxScaler

from cds.core.errors import DataError
from cds.core.outcome import Binary, Continuous, Nominal
from cds.models.sklearn_pipeline import SklearnModel


def refit(model, rows, outcome, *, weights=None, seed=1):
    return model.refit(rows, outcome, weights=weights, rng=np.random.default_rng(seed))


def test_a_refit_on_the_same_rows_gives_the_same_regression(rows, event, make_card, make_pipeline):
    model = SklearnModel(make_card(), make_pipeline(LogisticRegression()).fit(rows, event))
    again = refit(model, rows, Binary(event.astype(float)))
    assert again.estimator is not model.estimator
    assert np.allclose(again.predict(rows).values, model.predict(rows).values, atol=1e-12)


def test_a_refit_on_other_rows_leaves_the_first_model_alone(rows, event, make_card, make_pipeline):
    model = SklearnModel(make_card(), make_pipeline(LogisticRegression()).fit(rows, event))
    before = model.predict(rows).values.copy()
    other = refit(model, rows.iloc[:120], Binary(event[:120].astype(float)))
    assert not np.allclose(other.predict(rows).values, before)
    assert np.array_equal(model.predict(rows).values, before)


def test_seeds_come_from_the_generator(rows, event, make_card, make_pipeline):
    forest = RandomForestClassifier(n_estimators=5, random_state=0)
    model = SklearnModel(make_card(), make_pipeline(forest).fit(rows, event))
    outcome = Binary(event.astype(float))
    first, again, other = (refit(model, rows, outcome, seed=s).predict(rows).values for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_labels_of_text_are_refitted_as_text(rows, event, make_card, make_pipeline):
    words = np.where(event == 1, "yes", "no")
    model = SklearnModel(make_card(positive="yes"), make_pipeline(LogisticRegression()).fit(rows, words))
    again = refit(model, rows, Binary(event.astype(float)))
    assert again.estimator.classes_.tolist() == ["no", "yes"]
    assert np.allclose(again.predict(rows).values, model.predict(rows).values, atol=1e-12)


def test_weights_of_two_equal_doubled_rows(rows, event, make_card, make_pipeline):
    # Scaling to the range, unlike to the mean, is the same with and without doubled rows.
    fitted = make_pipeline(LogisticRegression(C=np.inf, tol=1e-10))
    fitted.set_params(prepare__numbers__scale=MinMaxScaler(), prepare__numbers__impute__strategy="constant")
    model = SklearnModel(make_card(), fitted.fit(rows, event))
    weights = np.ones(len(rows))
    weights[:40] = 2
    twice = np.r_[np.arange(len(rows)), np.arange(40)]
    weighted = refit(model, rows, Binary(event.astype(float)), weights=weights)
    doubled = refit(model, rows.iloc[twice], Binary(event[twice].astype(float)))
    assert np.allclose(weighted.predict(rows).values, doubled.predict(rows).values, atol=1e-6)


def test_rows_of_weight_zero_are_absent(rows, event, make_card, make_pipeline):
    model = SklearnModel(make_card(), make_pipeline(LogisticRegression()).fit(rows, event))
    weights = np.r_[np.ones(100), np.zeros(len(rows) - 100)]
    weighted = refit(model, rows, Binary(event.astype(float)), weights=weights)
    fewer = refit(model, rows.iloc[:100], Binary(event[:100].astype(float)))
    assert np.array_equal(weighted.predict(rows).values, fewer.predict(rows).values)


@pytest.mark.parametrize("estimator", [KNeighborsClassifier(), CalibratedClassifierCV(KNeighborsClassifier(), cv=3)])
def test_weights_that_an_estimator_cannot_take_are_refused(estimator, rows, event, make_card, make_pipeline):
    model = SklearnModel(make_card(), make_pipeline(estimator).fit(rows, event))
    weights = np.arange(len(rows)) + 1.0
    with pytest.raises(DataError, match="cannot be refitted with weights"):
        refit(model, rows, Binary(event.astype(float)), weights=weights)


def test_weights_reach_naive_bayes_and_a_perceptron_that_take_them(rows, event, make_card, make_pipeline):
    weights = np.linspace(0.1, 3, len(rows))
    for estimator in (GaussianNB(), MLPClassifier((3,), solver="lbfgs", max_iter=3000, random_state=1)):
        pipeline = make_pipeline(estimator)
        model = SklearnModel(make_card(), pipeline.fit(rows, event))
        outcome = Binary(event.astype(float))
        plain, weighted = refit(model, rows, outcome), refit(model, rows, outcome, weights=weights)
        assert not np.allclose(plain.predict(rows).values, weighted.predict(rows).values)


def test_values_and_categories_are_refitted(rows, make_card, make_pipeline):
    regression = SklearnModel(make_card(outcome="continuous"), make_pipeline(LinearRegression()).fit(rows, rows["age"]))
    doubled = refit(regression, rows, Continuous(rows["age"].to_numpy() * 2, "years"))
    assert np.allclose(doubled.predict(rows).values, rows["age"] * 2)

    code = rows["side"].to_numpy().astype(int) - 1
    names = np.array(["left", "right", "both"])
    card = make_card(outcome="nominal", categories=names.tolist())
    model = SklearnModel(card, make_pipeline(LogisticRegression()).fit(rows, names[code]))
    again = refit(model, rows, Nominal(code, ("left", "right", "both")))
    assert np.allclose(again.predict(rows).values, model.predict(rows).values, atol=1e-9)


def test_outcomes_that_are_missing_of_one_class_or_of_another_kind_are_refused(rows, event, make_card, make_pipeline):
    model = SklearnModel(make_card(), make_pipeline(LogisticRegression()).fit(rows, event))
    missing = event.astype(float)
    missing[3] = np.nan
    with pytest.raises(DataError, match="it is missing at row 3"):
        refit(model, rows, Binary(missing))
    with pytest.raises(DataError, match="at least one row of every class"):
        refit(model, rows, Binary(np.ones(len(rows))))
    with pytest.raises(DataError, match="cannot be refitted to a continuous one"):
        refit(model, rows, Continuous(event.astype(float), ""))


def test_a_cache_folder_named_in_the_artifact_is_not_used(rows, event, make_card, make_pipeline, tmp_path):
    fitted = make_pipeline(LogisticRegression()).set_params(memory=str(tmp_path / "cache"))
    model = SklearnModel(make_card(), fitted.set_params(memory=None).fit(rows, event))
    model.estimator.memory = str(tmp_path / "cache")
    refit(model, rows, Binary(event.astype(float)))
    assert not (tmp_path / "cache").exists()
