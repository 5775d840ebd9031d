"""A patient of a model of time to recovery, from raw inputs to PDF and JSON: normal, withheld, out of range."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from cds.core.prediction import RiskByHorizon
from cds.patients import explain, explain_batch
from cds.patients.instability import instability_range
from tests.patients import made
from tests.patients.test_single import text_of
from tests.report.survival_cases import HORIZONS


def risks_of(patient: str) -> list[float]:
    frame = made.patients()
    prediction = made.survival_model().predict(frame[frame["patient"] == patient])
    return [float(risk) for risk in prediction.values[0]]


def test_the_pages_and_the_json_give_the_models_risk_at_every_horizon(tmp_path: Path) -> None:
    report = explain(made.survival_model(), made.patients(), patient="P-1")
    told = json.loads(report.save(tmp_path).with_suffix(".json").read_text(encoding="utf-8"))
    own = risks_of("P-1")
    # lp = −0.12 · 7 − 0.03 · 2.4 − 0.44 = −1.352; by 365 days 1 − exp(−3.2 e^−1.352) = 0.563
    assert own[2] == pytest.approx(0.563, abs=5e-4)
    assert "about 56 have recovered within 365 days; about 44 have not" in report.view.estimate.headline
    estimate = told["technical"]["estimate"]
    assert (estimate["horizon"], estimate["time_unit"]) == (365.0, "days")
    assert estimate["prediction"]["values"] == [own]
    assert "56 of 100 have recovered within 365 days" in re.sub(r"\s+", " ", text_of(report.pdf))


def test_the_contributions_at_each_horizon_add_up_to_its_risk() -> None:
    told = json.loads(explain(made.survival_model(), made.patients(), patient="P-1").to_json())
    points = [each for each in told["technical"]["explanations"] if each["space"] == "probability"]
    assert [each["horizon"] for each in points] == list(HORIZONS)
    for each, own in zip(points, risks_of("P-1"), strict=True):
        assert each["prediction"] == own
        assert each["base"] + sum(each["values"].values()) == pytest.approx(own, abs=1e-12)
        assert not any(check["passed"] is False for check in each["checks"])
    assert told["technical"]["lime"]["output"] == "365"
    assert "for the chance within 365 days" in told["page"]["why"]["reference"]


def test_the_card_decides_which_horizon_the_page_is_about() -> None:
    early = made.survival_model(card=made.survival_card(main_horizon=90.0))
    report = explain(early, made.patients(), patient="P-1")
    assert "within 90 days; about" in report.view.estimate.headline
    assert json.loads(report.to_json())["technical"]["lime"]["output"] == "90"


def test_the_models_average_of_its_reference_patients_stands_beside() -> None:
    report = explain(made.survival_model(), made.patients(), patient="P-1")
    mean = 100 * made.survival_model().predict(made.background()).values[:, 2].mean()
    assert f"its 60 reference patients: {mean:.0f} of 100 within 365 days." in " ".join(report.view.estimate.notes)


@pytest.mark.parametrize(("patient", "code"), [("P-2", "flag_present"), ("P-3", "flag_unrecorded"), ("P-4", "missing")])
def test_a_withheld_estimate_is_in_no_file_at_any_horizon(patient: str, code: str, tmp_path: Path) -> None:
    report = explain(made.survival_model(), made.patients(), patient=patient)
    told = json.loads(report.to_json())
    assert report.view.withheld == (code,)
    assert told["technical"]["estimate"] == {
        "form": "none", "withheld": [code], "fault": "", "no_interval": "", "horizon": 365.0, "time_unit": "days",
    }  # fmt: skip
    assert told["technical"]["explanations"] == [] and told["technical"]["lime"] is None
    assert told["page"]["estimate"]["curve"] == "" and told["page"]["estimate"]["words"] == []
    assert not re.search(r"\d+ within \d+ days", report.to_json() + text_of(report.pdf))
    for risk in risks_of("P-1"):
        assert f"{risk:.4f}"[:6] not in report.to_json()


def test_a_batch_summary_holds_no_chance(tmp_path: Path) -> None:
    explain_batch(made.survival_model(), made.patients(), out=tmp_path)
    summary = (tmp_path / "summary.json").read_text(encoding="utf-8")
    assert "within" not in summary and "of 100" not in summary
    assert [each["shown"] for each in json.loads(summary)["reports"]].count("none") == 3


def test_outside_the_development_range_only_ranges_are_told() -> None:
    report = explain(made.survival_model(), made.patients(), patient="P-5")
    told = json.loads(report.to_json())
    assert report.view.estimate.kind == "horizons_range"
    assert "prediction" not in told["technical"]["estimate"]
    assert told["technical"]["explanations"] == []
    for risk in risks_of("P-5"):
        assert f"{risk:.4f}" not in report.to_json()
        assert f"about {100 * risk:.0f} " not in report.to_json()
    assert re.search(r"between \d+ and \d+ have recovered within 42 days", report.view.estimate.words[0])


@dataclass(frozen=True)
class Says:
    """A refit that gives everybody these risks."""

    risk: float

    def predict(self, features, *, horizons=None):
        values = np.outer(np.full(len(features), self.risk), [0.5, 0.75, 1.0])
        return RiskByHorizon(values, HORIZONS)


def test_refits_tell_the_spread_at_the_pages_horizon_and_at_the_others() -> None:
    refits = tuple(Says(0.2 + 0.01 * k) for k in range(41))  # .20 to .60 by 365 days
    found = instability_range(made.survival_model(load_refits=lambda: refits), made.patients().head(1))
    assert (found.low, found.high) == (pytest.approx(0.21), pytest.approx(0.59))
    assert found.details["horizon"] == 365.0
    assert found.details["by_horizon"]["42"] == [pytest.approx(0.105), pytest.approx(0.295)]


def test_the_same_inputs_give_the_same_bytes() -> None:
    first, second = (explain(made.survival_model(), made.patients(), patient="P-1") for _ in range(2))
    assert first.pdf == second.pdf
    assert first.to_json() == second.to_json()
