"""What is followed over time: a trial is analysed as one, visits and landmarks are drawn, all else has nothing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds import catalog
from cds.core.cohort import Cohort
from cds.core.protocol import MeasuresSection, ValidationProtocol
from cds.core.study import Study, subgroups
from cds.longitudinal.trial import applicable
from cds.longitudinal.validator import validate
from cds.stats.estimation import answer
from tests.longitudinal.trials import simulated
from tests.studies import answered, parts
from tests.survival.tied import drawn
from tests.visits import WEEKS, attended, drawn_visits, visits


def test_a_trial_is_analysed_as_a_trial_and_as_nothing_else():
    sample = simulated(200, 2, effect=-1)
    study = Study(
        cohort=Cohort(patients=np.arange(200).astype(str), features=pd.DataFrame(index=range(200))),
        samples=(sample,), measures=applicable(catalog.measures("trial"), sample),
        settings=MeasuresSection(replicates=0),
    )  # fmt: skip
    findings, curves, tables = parts(validate(answer(study, jobs=1)))
    assert [f.measure for f in findings].count("treatment_effect") >= 1
    names = [f.measure for f in findings if f.analysis == "primary" and f.attribute is None]
    assert len(names) == len(set(names))  # no number is handed over twice
    assert {"trial_effects", "trial_by_risk", "trial_benefit"} == {c.name for c in curves}
    assert {"trial_conclusions", "trial_arms", "trial_baseline"} <= {t.name for t in tables}
    assert {o.family for o in (*findings, *curves, *tables)} == {"longitudinal"}


def test_visits_have_their_findings_curves_and_tables():
    sample = drawn_visits(60, 3)
    study = answered(sample, thresholds=(), horizons=WEEKS)
    findings, curves, tables = parts(validate(study))
    own = {name for name, measure in study.measures.items() if measure.family == "longitudinal"}
    assert {f.measure for f in findings} == own
    assert [c.name for c in curves] == [
        "trajectory", "trajectory_bins", "trajectory_calibration", "trajectory_errors"
    ]  # fmt: skip
    assert tables == []


def test_a_rule_of_response_and_attendance_add_their_tables():
    study = replace(answered(visits(), thresholds=(), horizons=WEEKS), attendance=attended())
    _, curves, tables = parts(validate(study))
    names = [t.name for t in tables]
    assert names[0] == "responders" and "dropout_odds" in names
    assert "dropout_odds" in {c.name for c in curves}


LANDMARKS = (0.0, 30.0)


@pytest.fixture(scope="module")
def landmarks():
    protocol = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "renewed", "version": "1", "question": "Do renewed risks hold?",
            "time_unit": "days", "outcome": {"kind": "survival", "time": "t", "event": "e", "competing": "none: made"},
            "cohort": {"patient": "p", "visit": "landmark"}, "landmark": {"times": list(LANDMARKS)},
            "measures": {"horizons": [15, 30], "replicates": 0},
            "criteria": [
                {"measure": "uno_c", "horizon": 15, "across": "landmark", "each": True, "at_least": 0.5}
            ],
        }
    )  # fmt: skip
    sample = drawn(300, 4)
    at = np.repeat(["0", "30"], 150)
    study = Study(
        cohort=Cohort(patients=np.arange(300).astype(str), features=pd.DataFrame(index=range(300))),
        samples=(sample,), measures=catalog.measures("survival"), settings=protocol.measures,
        groups=subgroups({"landmark": at}), protocol=protocol,
    )  # fmt: skip
    return answer(study, jobs=1)


def test_landmarks_are_drawn_once_per_window(landmarks):
    findings, curves, tables = parts(validate(landmarks))
    assert (findings, tables) == ([], [])
    assert [(c.name, c.facts["of"]) for c in curves] == [("by_landmark", "15 days"), ("by_landmark", "30 days")]
    assert set(curves[0].columns["landmark"].tolist()) == set(LANDMARKS)
    assert curves[0].x_label == "Landmark (days)" and curves[0].facts["windows"] == ["0", "30"]


@pytest.mark.parametrize("sample", [None, drawn(80, 5), drawn(80, 6, kind="competing_risks")])
def test_what_is_not_followed_over_visits_has_nothing(sample):
    study = answered() if sample is None else answered(sample, horizons=sample.horizons)
    assert list(validate(study)) == []
