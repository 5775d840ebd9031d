"""Refits: the same whatever the workers, every step redone, failures counted with their reason."""

import numpy as np
import pandas as pd
import pytest

from cds.core.measure import NotEstimable
from cds.core.outcome import Binary
from cds.stats import refitting
from cds.stats.refitting import (
    BOOTSTRAP_STREAM,
    as_refittable,
    counted,
    patient_draws,
    refit_predictions,
    refits,
    spread,
)
from tests.internal.refittable import drawn, fitted


def parts(data, estimator=None):
    return as_refittable(fitted(data, estimator)), data.drop(columns="y"), Binary(data["y"].to_numpy(float))


def test_frozen_predictions_and_equations_have_no_refit():
    from cds.registry import load_model

    assert "frozen" in as_refittable(None).reason
    assert "cannot be refitted" in as_refittable(load_model("breast-recurrence")).reason


def test_the_refits_do_not_depend_on_the_number_of_workers(monkeypatch):
    from sklearn.ensemble import RandomForestClassifier

    data = drawn(80)
    given = parts(data, RandomForestClassifier(n_estimators=5, random_state=0))
    rows = patient_draws(np.arange(80), 6, seed=4)
    alone = refit_predictions(*given, rows, seed=4, stream=BOOTSTRAP_STREAM)
    monkeypatch.setattr(refitting, "PAYS_FROM", 0.0)
    together = refit_predictions(*given, rows, seed=4, stream=BOOTSTRAP_STREAM, jobs=2)
    assert all((a.result.values == b.result.values).all() for a, b in zip(alone, together, strict=True))


def test_another_seed_or_stream_draws_other_patients():
    codes = np.arange(50)
    first = patient_draws(codes, 1, seed=1)[0]
    assert (first != patient_draws(codes, 1, seed=2)[0]).any()
    assert (first != patient_draws(codes, 1, seed=1, stream=7)[0]).any()


def test_patients_are_drawn_whole():
    codes = np.repeat(np.arange(30), 2)
    for rows in patient_draws(codes, 5, seed=3):
        assert len(rows) == 60
        times = np.bincount(rows, minlength=60)
        assert (times[::2] == times[1::2]).all()


def test_imputation_is_redone_in_every_refit():
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    data = drawn(80)
    data.loc[::5, "x0"] = np.nan
    given = parts(data, make_pipeline(SimpleImputer(), LogisticRegression()))
    made = refits(*given, patient_draws(np.arange(80), 3, seed=1), seed=1, stream=BOOTSTRAP_STREAM)
    means = {float(one.result.estimator[0].statistics_[0]) for one in made}
    assert len(means) == 3


def test_a_sample_of_one_class_fails_with_its_reason():
    data = drawn(40)
    others = np.flatnonzero(data["y"] == 0)
    made = refits(*parts(data), [others, np.arange(40)], seed=1, stream=BOOTSTRAP_STREAM)
    assert [one.failed for one in made] == [True, False]
    assert "every class" in made[0].result.reason
    assert counted(made) == {"refits": 2, "refits_failed": 1}


def test_convergence_warnings_are_counted_and_no_failure():
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    data = drawn(60)
    with pytest.warns(ConvergenceWarning):
        given = parts(data, LogisticRegression(C=np.inf, max_iter=1))
    made = refits(*given, [np.arange(60)] * 3, seed=1, stream=BOOTSTRAP_STREAM)
    assert counted(made) == {"refits": 3, "refits_failed": 0, "refits_with_ConvergenceWarning": 3}


def test_an_estimators_own_error_is_told_by_its_kind_only():
    from sklearn.linear_model import LogisticRegression

    class Telling(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            if len(X) < 60:
                raise ValueError("patient Smith")
            return super().fit(X, y, sample_weight)

    data = drawn(60)
    made = refits(*parts(data, Telling()), [np.arange(50)], seed=1, stream=BOOTSTRAP_STREAM)
    assert isinstance(made[0].result, NotEstimable)
    assert made[0].result.reason == "the fit raised ValueError"


def test_only_the_rows_asked_for_are_predicted():
    data = drawn(60)
    made = refit_predictions(*parts(data), [np.arange(50)], seed=1, stream=BOOTSTRAP_STREAM, asked=[np.arange(50, 60)])
    direct = fitted(data.iloc[:50]).predict(pd.DataFrame(data.drop(columns="y").iloc[50:]))
    assert made[0].result.values == pytest.approx(direct.values, rel=1e-10)


def test_nothing_to_do_gives_nothing():
    assert spread(lambda k: k, 0) == []
    assert spread(lambda k: k * k, 4) == [0, 1, 4, 9]
