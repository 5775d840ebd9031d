"""From the card's [explanation] to the page and the JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest

from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard
from cds.core.prediction import Prediction, Risk
from cds.patients import explain
from tests.patients import made

DOMAINS = {"pain": "physical", "bmi": "physical", "kines": "psychosocial"}


def model(**settings: Any) -> RegisteredModel:
    card = made.card().model_dump(by_alias=True, exclude_unset=True)
    inputs = [{**each, "domain": DOMAINS.get(each["name"], "")} for each in card["inputs"]]
    card = ModelCard.model_validate({**card, "inputs": inputs, "explanation": settings})
    return made.model(model=made.Logistic(card))


def told_of(model: RegisteredModel) -> tuple[Any, dict[str, Any]]:
    report = explain(model, made.patients(), patient="P-1")
    document = json.loads(report.to_json())
    shown = next(each for each in document["technical"]["explanations"] if each["space"] == "probability")
    return report.view.why, shown


def test_domains_of_the_card_are_printed_and_the_json_has_them_and_their_inputs() -> None:
    why, shown = told_of(model(players="domains"))
    assert shown["withheld"] is None
    assert shown["players"] == "domains"
    groups = {tuple(group["inputs"]): group for group in shown["groups"]}
    assert set(groups) == {("pain", "bmi"), ("kines",), ("smoke",)}
    for inputs, group in groups.items():
        assert sum(shown["values"][name] for name in inputs) == pytest.approx(group["value"], abs=1e-12)
        assert group["monte_carlo_se"] is None
    assert "Physical" in [row.input for row in why.rows]
    assert "Pain intensity" not in [row.input for row in why.rows]
    assert {len(row.value) > 0 for row in why.rows} == {True}


def test_inputs_are_the_players_unless_the_card_says_otherwise_and_the_pair_that_interacts_is_in_the_json() -> None:
    why, shown = told_of(model())
    assert shown["players"] == "inputs" and shown["groups"] == []
    assert len(shown["interaction"]["inputs"]) == 2
    assert shown["details"]["correlated"]["coefficient"] in ("spearman", "correlation_ratio", "cramers_v")
    assert "most closely related: " in why.checked


@dataclass(frozen=True)
class Wavering(made.Logistic):
    """Answers otherwise each time that it is asked."""

    calls: list[int] = field(default_factory=list)

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> Prediction:
        self.calls.append(1)
        found = super().predict(features, horizons=horizons)
        assert isinstance(found, Risk)
        return Risk(found.values * (1 - 0.01 * (len(self.calls) % 3)))


def test_a_withheld_explanation_has_neither_groups_nor_an_interaction_in_the_json() -> None:
    for card in (model(players="domains").card, model().card):
        why, shown = told_of(made.model(model=Wavering(card)))
        assert why.absent and shown["withheld"]
        assert (shown["values"], shown["groups"], shown["interaction"], shown["imprecise"]) == ({}, [], None, [])
