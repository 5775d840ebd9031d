"""Faults planted in an explainer's output: the page withholds the reasons, and nothing that reads as one remains."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.arrays import FloatArray
from cds.core.explanation_settings import ExplanationLimits, ExplanationSettings
from cds.core.prediction import Prediction, Risk
from cds.explanation import games
from cds.patients.batch import explain_batch
from cds.patients.single import explain
from cds.stats.inputs import prepare_inputs
from tests.patients import made

INPUTS = ("pain", "bmi", "kines", "smoke")


def off_by_three_points(values: FloatArray) -> FloatArray:
    return values + np.where(np.arange(values.shape[1]) == 0, 0.03, 0.0)


def ends_swapped(values: FloatArray) -> FloatArray:
    order, mean = np.arange(values.shape[1]), values.mean(axis=0)
    high, low = int(np.argmax(mean)), int(np.argmin(mean))
    order[[high, low]] = [low, high]
    return values[:, order]


def all_alike(values: FloatArray) -> FloatArray:
    return np.full_like(values, values.sum() / values.size)


def planted(monkeypatch: pytest.MonkeyPatch, change: Callable[[FloatArray], FloatArray]) -> None:
    honest = games.shapley_by_row
    monkeypatch.setattr(games, "shapley_by_row", lambda *given: change(honest(*given)))


def nothing_reads_as_a_reason(technical: dict[str, Any]) -> None:
    assert technical["explanations"]
    for each in technical["explanations"]:
        assert each["withheld"].startswith("Explanation withheld: ")
        assert (each["values"], each["details"], each["groups"], each["imprecise"]) == ({}, {}, [], [])
        assert each["interaction"] is None
        assert not any(name in json.dumps(each["checks"]) for name in INPUTS)
    assert technical["lime"] == {"not_available": "the explanation is withheld"}
    assert technical["agreement"] is None
    assert technical["what_if"] == []


@pytest.mark.parametrize(
    ("change", "failed", "said"),
    [
        (off_by_three_points, "additivity", "the contributions differ from the model’s estimate by 3 points"),
        (ends_swapped, "faithfulness", "removing the strongest inputs first does not clearly move"),
        (all_alike, "faithfulness", "removing the strongest inputs first does not clearly move"),
    ],
)
def test_a_planted_fault_is_caught_and_withheld_on_the_page_and_in_the_json(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[FloatArray], FloatArray], failed: str, said: str
) -> None:
    planted(monkeypatch, change)
    report = explain(made.model(), made.patients(), patient="P-1")
    told = json.loads(report.to_json())
    why = told["page"]["why"]
    assert why["absent"].startswith(f"Explanation withheld: {said}")
    assert why["absent"].endswith(". The estimate is unchanged. Do not infer reasons for it.")
    assert why["absent"].count("Explanation withheld") == 1
    assert why["raised"] == why["lowered"] == why["rows"] == []
    assert told["page"]["estimate"]["headline"].startswith("Of 100 women")
    nothing_reads_as_a_reason(told["technical"])
    shown = next(each for each in told["technical"]["explanations"] if each["space"] == "probability")
    assert shown["withheld"] == why["absent"]
    checks = {each["name"]: each for each in shown["checks"]}
    assert [name for name, each in checks.items() if each["passed"] is False] == [failed]
    assert all({"value", "limit", "passed", "reason", "sentence"} <= set(each) for each in checks.values())


def test_an_honest_explanation_tells_every_check_and_keeps_its_reasons() -> None:
    technical = json.loads(explain(made.model(), made.patients(), patient="P-1").to_json())["technical"]
    shown = next(each for each in technical["explanations"] if each["space"] == "probability")
    assert set(shown["values"]) == set(INPUTS)
    assert shown["withheld"] is None
    assert {each["name"]: each["passed"] for each in shown["checks"]} == {
        "additivity": True, "repeatability": True, "stability": None, "faithfulness": True,
    }  # fmt: skip
    sentences = {each["name"]: each["sentence"] for each in shown["checks"]}
    assert sentences["stability"] == "not run: the card states no measurement error"
    assert "r_squared" in technical["lime"]


class Jumpy(made.Logistic):
    """A risk that jumps with every tenth of an input."""

    def predict(self, features: pd.DataFrame, *, horizons: Any = None) -> Prediction:
        x = prepare_inputs(self.card, features).fillna({"kines": 36.0})[["pain", "bmi", "kines"]].to_numpy(dtype=float)
        return Risk(0.5 + 0.15 * np.sin(300 * x).sum(axis=1))


def test_a_model_that_jumps_within_the_measurement_error_is_withheld() -> None:
    card = made.card()
    inputs = tuple(f.model_copy(update={"measurement_error": 1.0}) if f.name != "smoke" else f for f in card.inputs)
    unstable = replace(made.model(), model=Jumpy(card.model_copy(update={"inputs": inputs})))
    told = json.loads(explain(unstable, made.patients(), patient="P-1").to_json())
    said = "change their order when the inputs move by no more than their measurement error"
    assert said in told["page"]["why"]["absent"]
    nothing_reads_as_a_reason(told["technical"])


def test_the_cards_limit_lets_a_gap_pass_that_it_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, off_by_three_points)
    settings = ExplanationSettings(limits=ExplanationLimits(additivity=0.2, faithfulness=0.01))
    lenient = replace(made.model(), model=made.Logistic(made.card().model_copy(update={"explanation": settings})))
    told = json.loads(explain(lenient, made.patients(), patient="P-1").to_json())
    shown = next(each for each in told["technical"]["explanations"] if each["space"] == "probability")
    assert shown["withheld"] is None
    assert next(each for each in shown["checks"] if each["name"] == "additivity")["limit"] == 0.2


def test_in_german_the_reason_is_german(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, off_by_three_points)
    told = json.loads(explain(made.model(), made.patients(), patient="P-1", language="de").to_json())
    assert told["page"]["why"]["absent"].startswith(
        "Erklärung zurückgehalten: die Beiträge weichen zusammen um 3 Punkte von der Schätzung des Modells ab"
    )


def test_the_batch_withholds_it_too_and_its_summary_has_no_reasons(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    planted(monkeypatch, off_by_three_points)
    outcome = explain_batch(made.model(), made.patients(), out=tmp_path, patients=["P-1"])
    path = next(iter(outcome.written))
    nothing_reads_as_a_reason(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["technical"])
    summary = outcome.summary.read_text(encoding="utf-8")
    assert json.loads(summary)["reports"][0]["explanation_withheld"] == ["additivity"]
    assert not any(name in summary for name in ("pain", "kines", "smoke"))
