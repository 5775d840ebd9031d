"""Repeated cross-validation: everyone predicted once by a stranger's model, classes and patients kept together."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.internal import cross_validation
from cds.internal.cross_validation import answers
from cds.internal.redone import asked_of, source_of
from tests.internal.refittable import drawn, fitted, protocol, study_of


def dealt(study, folds, repeat=0):
    source = source_of(study)
    return cross_validation._dealt(study.sample, source.codes, folds, source.seed, repeat)


def found(study, **how):
    return {a.request.measure: a.result for a in answers(study, source_of(study), asked_of(study), **how)}


def test_every_fold_has_its_share_of_events():
    data = drawn(103)
    fold = dealt(study_of(data, fitted(data), protocol()), 5)
    events = np.bincount(fold, data["y"])
    assert np.ptp(np.bincount(fold)) <= 1
    assert np.ptp(events) <= 1


def test_repeats_are_dealt_anew():
    data = drawn(60)
    study = study_of(data, fitted(data), protocol())
    assert (dealt(study, 5, 0) != dealt(study, 5, 1)).any()


def test_rows_of_a_patient_stay_in_one_fold():
    data = drawn(120)
    patients = np.repeat(np.arange(40), 3)
    fold = dealt(study_of(data, fitted(data), protocol(), patients=patients), 4)
    assert all(len(set(fold[patients == one])) == 1 for one in range(40))


def test_the_brier_score_is_that_of_a_plain_loop_over_the_folds():
    data = drawn(90)
    model = fitted(data)
    study = study_of(data, model, protocol())
    risk = np.empty(90)
    fold = dealt(study, 3)
    for k in range(3):
        loop = fitted(data[fold != k])
        risk[fold == k] = loop.predict(data[fold == k].drop(columns="y")).values
    result = found(study, folds=3, repeats=1)["brier"]
    assert result.value == pytest.approx(np.mean((data["y"] - risk) ** 2), rel=1e-10)
    assert "folds' models share patients" in result.interval.reason


def test_the_mean_over_repeats_carries_their_spread():
    data = drawn(90)
    result = found(study_of(data, fitted(data), protocol()), folds=3, repeats=3)["auroc"]
    assert result.details["refits"] == 9
    assert result.details["sd_between_repeats"] > 0


def test_more_folds_than_events_is_refused_with_the_count():
    data = drawn(60).assign(y=[1] * 4 + [0] * 56)
    result = found(study_of(data, fitted(data), protocol()), folds=10, repeats=1)["brier"]
    assert isinstance(result, NotEstimable)
    assert "10 folds but only 4 patients of the rarest outcome class" in result.reason


def test_a_failed_fold_is_counted_and_its_repeat_left_out():
    from sklearn.tree import DecisionTreeClassifier

    class Moody(DecisionTreeClassifier):
        def fit(self, X, y, **rest):
            if Moody.strict and X["x0"].max() < Moody.limit:
                raise ValueError("no")
            return super().fit(X, y, **rest)

    Moody.strict, Moody.limit = False, 0.0
    data = drawn(60)
    study = study_of(data, fitted(data, Moody(max_depth=2)), protocol())
    Moody.strict, Moody.limit = True, data["x0"].max()
    result = found(study, folds=3, repeats=2)["brier"]
    assert isinstance(result, NotEstimable)
    assert "2 of 6 refits failed" in result.reason
