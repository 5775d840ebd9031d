"""The sample of an outcome followed over visits."""

import pickle

import numpy as np
import pytest

from cds.core.alignment import align
from cds.core.errors import DataError
from cds.core.outcome import Continuous, Repeated
from cds.core.prediction import Value
from cds.core.sample_repeated import RepeatedSample
from tests.visits import BASELINE, OBSERVED, PATIENT, PREDICTED, THIRTY_PERCENT, VISIT, WEEKS, visits


def test_a_visit_holds_its_rows_and_all_visits_hold_all():
    sample = visits()
    assert sample.visits == WEEKS
    assert [len(sample.at(visit)) for visit in (*WEEKS, None)] == [9, 10, 12, 31]
    assert sample.at(12).observed.tolist() == OBSERVED[VISIT == 12].tolist()
    assert sample.at(12).one_row_each and not sample.at(None).one_row_each
    assert sample.at(12) is sample.at(12)


def test_two_rows_of_a_patient_at_a_visit_are_refused_by_position():
    with pytest.raises(DataError, match=r"several rows at the same visit, at rows 0, 1"):
        visits(visit=np.where(np.arange(31) == 1, 4.0, VISIT))


def test_a_replicate_s_visit_is_a_replicate_of_the_visit():
    sample = visits()
    drawn = np.random.default_rng(2).integers(0, 3, 14).astype(float)[PATIENT]
    replicate = sample.resample(drawn)
    assert replicate.at(26).is_replicate and replicate.at(26).origin is sample.at(26)
    assert replicate.at(26).weight.tolist() == drawn[VISIT == 26].tolist()


def test_weights_of_a_visit_are_the_rows_own():
    weights = np.arange(1.0, 32)
    assert visits(weights=weights).at(4).weight.tolist() == weights[VISIT == 4].tolist()
    assert visits(weights=np.where(VISIT == 4, 0.0, 1.0)).visits == (12, 26)


def test_a_group_keeps_its_visits_and_patients():
    part = visits().where(PATIENT < 3)
    assert len(part) == 8 and part.at(26).patient_codes.tolist() == [0, 2]
    assert part.baseline is not None and part.baseline.tolist() == BASELINE[PATIENT < 3].tolist()


def test_a_worker_process_receives_the_same_sample():
    sample = visits()
    sample.at(4)
    assert pickle.loads(pickle.dumps(sample)).at(4).observed.tolist() == sample.at(4).observed.tolist()


def test_intervals_need_no_resampling_without_weights():
    assert visits().analytic
    assert not visits(weights=np.full(31, 2.0)).analytic


def test_outcome_and_prediction_are_aligned():
    outcome = Repeated(Continuous(OBSERVED, "points"), VISIT, BASELINE, THIRTY_PERCENT)
    sample = align(outcome, Value(PREDICTED), patient=PATIENT)
    assert isinstance(sample, RepeatedSample) and sample.kind == "repeated"
    assert sample.responder is THIRTY_PERCENT and len(sample.at(4)) == 9
    taken = outcome.take(np.array([3, 1]))
    assert taken.baseline is not None and taken.baseline.tolist() == [4, 4] and taken.visit.tolist() == [4, 12]


def test_the_rows_must_be_aligned():
    with pytest.raises(DataError, match="same number of rows"):
        visits(visit=VISIT[1:])
    with pytest.raises(DataError, match="same number of rows"):
        visits(baseline=BASELINE[1:])
