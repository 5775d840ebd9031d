"""The parts that both models are developed without: whole patients, every class in each, everyone judged once."""

from dataclasses import replace

import numpy as np
import pandas as pd

from cds.comparison.refitted import _folds, out_of_fold, why_no_comparator
from cds.core.cohort import Cohort
from cds.core.measure import NotEstimable
from cds.core.outcome import Binary, Continuous
from tests.comparison.test_validator import _Study
from tests.samples import small
from tests.studies import answered


def study_of(outcome: np.ndarray, patient: np.ndarray):
    sample = small(outcome, np.linspace(0.1, 0.9, len(outcome)), patient=patient)
    cohort = Cohort(
        patients=patient.astype(str), features=pd.DataFrame(index=range(len(outcome))), outcome=Binary(outcome)
    )
    return replace(answered(sample), cohort=cohort)


def test_a_patient_s_rows_stay_together_and_everybody_is_left_out_once() -> None:
    patient = np.repeat(np.arange(60), 2)
    outcome = np.repeat((np.arange(60) % 3 == 0).astype(float), 2)
    study = study_of(outcome, patient)
    folds = _folds(study, study.cohort.outcome, 5)
    assert sorted(np.concatenate(folds)) == list(range(120))
    for part in folds:
        rest = np.setdiff1d(np.arange(120), part)
        assert not set(patient[part]) & set(patient[rest])
        assert 0 < outcome[part].mean() < 1


def test_a_rare_class_leaves_fewer_parts_and_one_patient_none() -> None:
    study = study_of(np.r_[np.ones(3), np.zeros(40)], np.arange(43))
    assert len(_folds(study, study.cohort.outcome, 10)) == 3
    study = study_of(np.r_[np.ones(1), np.zeros(40)], np.arange(41))
    assert isinstance(_folds(study, study.cohort.outcome, 10), NotEstimable)


def test_a_number_has_parts_without_classes() -> None:
    study = study_of(np.r_[np.ones(3), np.zeros(40)], np.arange(43))
    assert len(_folds(study, Continuous(np.arange(43.0), ""), 4)) == 4


def test_out_of_fold_predictions_are_those_of_the_fit_that_did_not_see_the_patient() -> None:
    study = _Study.make()
    made = out_of_fold(study)
    folds = _folds(study, study.cohort.outcome, 4)
    rest = np.setdiff1d(np.arange(len(study.cohort)), folds[0])
    frame = study.cohort.features
    from cds.comparison.logistic import comparator

    fit = comparator(study.card).refit(
        frame.iloc[rest].reset_index(drop=True),
        study.cohort.outcome.take(rest),
        weights=None,
        rng=np.random.default_rng(),
    )
    assert np.allclose(made.theirs[0].risk[folds[0]], fit.predict(frame.iloc[folds[0]].reset_index(drop=True)).values)


def test_frozen_predictions_have_no_comparator() -> None:
    assert "frozen" in why_no_comparator(None)
