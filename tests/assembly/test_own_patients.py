"""The rule that an updated model is not judged on the patients of its update."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds.assembly.own_patients import DRAWN, made_from, refuse_own_patients
from cds.core.cohort import Cohort, FlowStep
from cds.core.errors import DataError
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard, UpdateSummary
from cds.core.protocol import ValidationProtocol

SUMMARY = UpdateSummary(method="beta", n=40, events=12, data_sha256="same", split=0.5)
CARD = ModelCard(name="m", version="2", outcome="binary", parent="m@1", update=SUMMARY)


class Made:
    """A model with a card and nothing behind it."""

    adapter = "updated"
    card = CARD

    def predict(self, features, *, horizons=None):
        raise AssertionError("nothing is predicted here")


MODEL = RegisteredModel(Made(), "", "")
COHORT = Cohort(patients=np.array(["a"]), features=pd.DataFrame({"x": [1]}), sha256="same", source="new.csv")
PROTOCOL = ValidationProtocol.model_validate(
    {
        "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q",
        "outcome": {"kind": "binary", "column": "y"}, "criteria": [{"measure": "auroc", "at_least": 0.6}],
    }
)  # fmt: skip


def test_the_same_file_is_refused() -> None:
    with pytest.raises(DataError, match=r"new\.csv: these patients are those that .+@.+ was updated on"):
        refuse_own_patients(PROTOCOL, COHORT, MODEL)


def test_another_file_the_part_set_apart_and_other_models_pass() -> None:
    refuse_own_patients(PROTOCOL, replace(COHORT, sha256="other"), MODEL)
    refuse_own_patients(PROTOCOL, replace(COHORT, flow=(FlowStep(DRAWN, 1),)), MODEL)
    refuse_own_patients(PROTOCOL, COHORT, None)


def test_the_report_says_where_the_version_comes_from() -> None:
    (note,) = made_from(MODEL)
    assert note.startswith(
        "m@2 was made from m@1 by beta on 40 patients, 12 with the outcome, drawn as 50% of one file"
    )
    assert made_from(None) == []
