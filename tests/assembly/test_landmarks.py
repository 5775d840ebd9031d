"""At each landmark only those still at risk are judged, on what was known by then."""

import numpy as np
import pandas as pd
import pytest

from cds.assembly.landmarks import at_landmarks, landmark_groups
from cds.core.cohort import Cohort
from cds.core.errors import InputError
from cds.core.model_card import Feature, ModelCard
from cds.core.outcome import Survival
from cds.core.protocol import ValidationProtocol


def protocol(**landmark):
    return ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1",
            "name": "p",
            "version": "1",
            "question": "q",
            "time_unit": "days",
            "outcome": {"kind": "survival", "time": "t", "event": "e", "competing": "none: nobody dies"},
            "cohort": {"visit": "seen", "small_cell": 1},
            "measures": {"horizons": [90]},
            "landmark": {"times": [0, 30, 60], **landmark},
            "criteria": [{"measure": "uno_c", "horizon": 90, "across": "landmark", "each": True, "at_least": 0.6}],
        }
    )


def cohort(visits=(0, 30, 0, 0, 30), **columns):
    """Patient a is seen at 0 and 30 and followed to 50, b at 0 to 30, c at 0 and 30 to 100."""
    return Cohort(
        patients=np.array(["a", "a", "b", "c", "c"]),
        features=pd.DataFrame({"pain": [5.0, 4, 6, 7, 3], **columns}),
        outcome=Survival(np.array([50.0, 50, 30, 100, 100]), np.array([1, 1, 0, 0, 0]), "days"),
        visits=np.array(visits, dtype=float),
    )


def refused(data, rules, card=None) -> str:
    with pytest.raises(InputError) as error:
        at_landmarks(rules, data, card)
    return str(error.value)


def test_time_counts_from_the_landmark_among_those_still_at_risk():
    found = at_landmarks(protocol(), cohort(visits=(0, 30, 30, 0, 60)), None)
    kept = found.cohort
    assert kept.patients.tolist() == ["a", "a", "c", "c"]  # b's follow-up ended at 30 and is not at risk there
    assert kept.outcome.time.tolist() == [50, 20, 100, 40]
    assert [(s.step, s.rows, s.removed) for s in kept.flow] == [("still at risk at the landmark", 4, 1)]


def test_patients_at_risk_without_a_prediction_are_counted():
    rows = at_landmarks(protocol(), cohort(), None).table.rows
    assert rows == (("0", "3", "3", "0"), ("30", "2", "2", "0"), ("60", "1", "0", "1"))


def test_every_declared_landmark_is_a_group_even_without_rows():
    kept = at_landmarks(protocol(), cohort(), None).cohort
    groups = landmark_groups(protocol().landmark, kept)
    assert [(s.level, int(mask.sum())) for s, mask in groups.items()] == [("0", 3), ("30", 2), ("60", 0)]


def test_a_landmark_that_is_not_declared_is_refused():
    told = refused(cohort(visits=(0, 45, 0, 0, 30)), protocol())
    assert "landmarks other than the protocol's (0, 30, 60), at row 1" in told


def test_a_feature_dated_after_the_landmark_is_named():
    data = cohort(pain_day=[0.0, 31.0, 0.0, 0.0, 30.0])
    told = refused(data, protocol(dated={"pain": "pain_day"}))
    assert "feature 'pain' was measured after its landmark ('pain_day' says when) at row 1" in told
    fine = cohort(pain_day=[0.0, 30.0, 0.0, 0.0, 12.0])
    assert len(at_landmarks(protocol(dated={"pain": "pain_day"}), fine, None).cohort) == 5


def test_a_feature_without_its_time_is_refused():
    told = refused(cohort(pain_day=[0.0, None, 0.0, 0.0, 30.0]), protocol(dated={"pain": "pain_day"}))
    assert "feature 'pain' has a value without a time in 'pain_day' at row 1" in told


def test_an_input_that_the_card_observes_later_is_named():
    card = ModelCard(
        name="m", version="1", outcome="survival", horizons=(90,), time_unit="days",
        inputs=(Feature(name="pain", type="number", observed_at="30"),),
    )  # fmt: skip
    told = refused(cohort(), protocol(), card)
    assert "input 'pain' is observed at 30, after the landmark at rows 0, 2, 3" in told


def test_follow_up_is_the_same_in_every_row_of_a_patient():
    data = cohort()
    from_the_landmark = Survival(np.array([50.0, 20, 30, 100, 70]), np.array([1, 1, 0, 0, 0]), "days")
    told = refused(Cohort(**{**vars(data), "outcome": from_the_landmark}), protocol())
    assert "the rows of a patient differ in follow-up, at rows 0, 1, 3, 4" in told


def test_nobody_at_risk_at_any_landmark_is_refused():
    data = cohort(visits=(60, 60, 60, 60, 60))
    gone = Survival(np.full(5, 10.0), np.zeros(5, dtype=int), "days")
    assert "nobody is still at risk" in refused(Cohort(**{**vars(data), "outcome": gone}), protocol())


def test_those_who_enter_after_the_landmark_are_not_yet_at_risk():
    data = cohort()
    late = Survival(data.outcome.time, data.outcome.status, "days", np.array([0.0, 0, 10, 20, 20]))
    kept = at_landmarks(protocol(), Cohort(**{**vars(data), "outcome": late}), None).cohort
    assert kept.patients.tolist() == ["a", "a", "c"] and kept.outcome.entry is None
