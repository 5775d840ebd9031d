"""How far a patient's estimate moves over the stored refits: by hand, and on the page."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from cds.core.prediction import Risk
from cds.patients import explain
from cds.patients.instability import instability_range
from tests.patients import made


@dataclass(frozen=True)
class Says:
    """A refit that gives everybody the same risk."""

    risk: float

    def predict(self, features, *, horizons=None):
        return Risk(np.full(len(features), self.risk))


def with_refits():
    refits = tuple(Says(0.2 + 0.01 * k) for k in range(41))  # .20 to .60
    return made.model(load_refits=lambda: refits)


def test_the_range_holds_the_middle_95_percent_of_the_refits():
    found = instability_range(with_refits(), made.patients().head(1))
    assert (found.low, found.high) == (pytest.approx(0.21), pytest.approx(0.59))
    assert found.details["refits"] == 41


def test_without_refits_there_is_no_range():
    assert instability_range(made.model(), made.patients().head(1)) is None


def test_the_page_and_the_json_say_it(tmp_path):
    report = explain(with_refits(), made.patients(), patient="P-1")
    told = json.loads(report.save(tmp_path).with_suffix(".json").read_text(encoding="utf-8"))
    source = "model instability: where 41 models made from other samples of such patients lie"
    assert f"Plausible range: 21 to 59 of 100 (95 %, {source})." in told["page"]["estimate"]["notes"]
    estimate = told["technical"]["estimate"]
    assert estimate["interval_on_page"] == "instability"
    assert estimate["intervals"]["instability"]["high"] == pytest.approx(0.59)
    assert estimate["intervals"]["conformal"] == {"not_available": "no conformal score is stored with the model"}


def test_a_withheld_estimate_says_nothing_of_its_refits(tmp_path):
    report = explain(with_refits(), made.patients(), patient="P-2")
    text = report.save(tmp_path).with_suffix(".json").read_text(encoding="utf-8")
    assert "Plausible range" not in text and "model instability" not in text
    assert "0.59" not in text
