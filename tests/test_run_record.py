"""What a record says of a trial whose clusters were randomised: patients and clusters are two numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cds.assembly.trial import trial_study
from cds.core.cohort import Cohort
from cds.core.protocol import ValidationProtocol
from cds.protocol import LoadedProtocol
from cds.report.scope_view import scope
from cds.report.wording import sentences
from cds.run_record import record_of
from tests.report import validation_record as made

N = 151


def trial_record(**trial):
    protocol = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "t", "version": "1", "question": "Does it help?",
            "outcome": {"kind": "continuous", "column": "pain"}, "trial": {"arm": "arm", "control": 0, **trial},
            "criteria": [{"measure": "treatment_effect", "at_most": 0, "category": "1"}],
        }
    )  # fmt: skip
    clinic = np.arange(N) % 12
    pain = np.random.default_rng(1).normal(5, 1, N)
    frame = pd.DataFrame({"arm": clinic % 2, "clinic": clinic, "pain": pain})
    cohort = Cohort(patients=np.array([f"P{k}" for k in range(N)]), features=frame)
    return record_of(
        LoadedProtocol(protocol, sha256="", locked=False, path=Path("p.toml")), trial_study(protocol, cohort, None), []
    )


def size_of(record):
    words = sentences("validation_en")
    told = dict(pair for row in scope(record, words) for pair in row)
    return told["Size"]


def test_patients_and_the_clusters_that_were_randomised_are_both_told():
    record = trial_record(cluster="clinic")
    assert (record.patients, record.rows) == (N, N)
    note = "151 patients in 12 clusters, which were randomised and are what is drawn."
    assert note in record.notes and note in record.results()["notes"]
    assert size_of(record) == "151 patients in 151 rows"


def test_without_clusters_none_are_told():
    record = trial_record()
    assert record.patients == N and not any("clusters" in note for note in record.notes)


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"patients": 1, "rows": 1, "events": None}, "1 patient in 1 row"),
        ({"patients": 1, "rows": 3, "events": 1}, "1 patient in 3 rows, 1 with the outcome"),
        ({"patients": 1200, "rows": 1300, "events": 0}, "1,200 patients in 1,300 rows, 0 with the outcome"),
    ],
)
def test_one_patient_in_one_row_is_singular(counts, told):
    assert size_of(made.record(**counts)) == told
