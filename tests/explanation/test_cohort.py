"""What moves a model in a cohort: drawn patients, importance with intervals, dependence, withheld explanations."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cds.explanation.cohort as cohort_module
from cds.core.explanation import Check
from cds.core.model_card import Feature
from cds.core.prediction import RiskByHorizon
from cds.core.protocol import CohortSection, ValidationProtocol
from cds.core.record import RunRecord
from cds.core.study import subgroups
from cds.explanation.cohort import explain_cohort, importances
from cds.explanation.shap_values import explain_outputs
from cds.explanation.validator import _about, validate
from cds.report.figures import drawers
from cds.report.wording import sentences
from cds.stats.group_sizes import patients_kept_back
from tests.explanation.fakes import registered, risk_of
from tests.samples import drawn
from tests.studies import answered, parts

N = 240
RNG = np.random.default_rng(8)
BACKGROUND = pd.DataFrame(RNG.normal(size=(40, 3)), columns=["a", "b", "c"])
INPUTS = [
    Feature.model_validate({"name": "a", "type": "number", "domain": "pain", "modifiable": True, "label": "Pain"}),
    Feature.model_validate({"name": "b", "type": "number", "domain": "pain"}),
    Feature.model_validate({"name": "c", "type": "number", "domain": "mood"}),
]
MODEL = registered(risk_of({"a": 1.0, "b": -0.5, "c": 0.1}, -1.0), INPUTS, BACKGROUND)


def study(patients=60, model=MODEL, small_cell=11, features=None):
    rows = pd.DataFrame(RNG.normal(size=(N, 3)), columns=["a", "b", "c"]) if features is None else features
    sex = np.repeat(["f", "m"], [200, 40])
    protocol = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "?",
            "outcome": {"kind": "binary", "column": "y"}, "cohort": {"groups": ["sex"], "small_cell": small_cell},
            "explanation": {"patients": patients}, "criteria": [{"measure": "auroc", "at_least": 0.5}],
        }
    )  # fmt: skip
    made = answered(drawn(N, 3))
    whole = replace(made.cohort, features=rows, groups={"sex": sex})
    return replace(made, cohort=whole, model=model, protocol=protocol, groups=subgroups({"sex": sex}))


def test_without_being_asked_it_is_silent() -> None:
    assert list(validate(study(patients=0))) == []


def test_frozen_predictions_are_said_to_have_no_model() -> None:
    (table,) = validate(study(model=None))
    assert "no model to explain" in table.rows[0][0]


def test_values_are_those_of_each_patient_alone() -> None:
    made = study()
    found = explain_cohort(made, MODEL, 25)
    assert (len(found.rows), found.asked, found.of, found.space) == (25, 25, N, "probability")
    alone = explain_outputs(MODEL, made.cohort.features.iloc[[int(found.rows[7])]].reset_index(drop=True), seed=1)
    assert found.values[7] == pytest.approx(list(alone["event", "probability"].values.values()))
    assert explain_cohort(made, MODEL, 25).rows.tolist() == found.rows.tolist()


def test_importance_is_the_mean_size_and_a_domain_sums_before_it_is_sized() -> None:
    found = explain_cohort(study(), MODEL, 80)
    told = {one.name: one for one in importances(found, MODEL.card, 0.95, 1)}
    assert [name for name in told][:3] == ["a", "b", "c"]
    assert told["a"].mean == pytest.approx(100 * np.abs(found.values[:, 0]).mean())
    assert told["pain"].mean == pytest.approx(100 * np.abs(found.values[:, :2].sum(axis=1)).mean())
    assert told["a"].low < told["a"].mean < told["a"].high
    assert sum(told[name].first for name in "abc") == pytest.approx(1)


def test_an_explanation_that_fails_its_check_is_counted_with_its_reason_and_not_averaged(monkeypatch) -> None:
    calls = []

    def planted(model, row, *, seed):
        calls.append(1)
        found = explain_outputs(model, row, seed=seed)
        if len(calls) % 4:
            return found
        wrong = Check("additivity", 0.1, 1e-6, False)
        return {key: replace(each, checks=(wrong,), values=dict.fromkeys("abc", 9.0)) for key, each in found.items()}

    monkeypatch.setattr(cohort_module, "explain_outputs", planted)
    _, curves, tables = parts(validate(study(patients=80)))
    row = tables[0].rows[0]
    assert (row[0], row[2], row[3], row[5]) == ("all", "80", "20", "additivity: 20")
    importance = next(c for c in curves if c.name == "explanation_importance")
    assert importance.columns["mean"].max() < 100


def test_small_groups_are_kept_back() -> None:
    _, _, tables = parts(validate(study(patients=60, small_cell=20)))
    rows = {row[1]: row for row in tables[0].rows if row[0] == "sex"}
    assert set(rows["m"][2:]) == {"×"} and set(rows["f"][2:]) == {"×"}  # the other would give it away
    assert "× stands for fewer than 20" in tables[0].note


def test_patients_without_a_required_input_are_not_drawn() -> None:
    rows = pd.DataFrame(RNG.normal(size=(N, 3)), columns=["a", "b", "c"])
    rows.loc[:229, "b"] = np.nan
    found = explain_cohort(study(features=rows), MODEL, 60)
    assert len(found.rows) == 10 and found.rows.min() == 230


def test_every_curve_is_drawn_with_what_it_shows_in_words() -> None:
    _, curves, _ = parts(validate(study()))
    assert [c.name for c in curves] == [
        "explanation_importance", "explanation_contributions", "explanation_dependence", "explanation_what_if",
    ]  # fmt: skip
    words, record = sentences("validation_en"), object.__new__(RunRecord)
    for curve in curves:
        figure = drawers()[curve.name](curve, record, name=curve.name, words=words)
        assert figure is not None and figure.section == "explanation"
        assert "Pain" in figure.alternative and "nan" not in figure.svg + figure.alternative


def test_a_risk_by_a_horizon_is_named_with_its_unit() -> None:
    def risks(features):
        chance = 1 / (1 + np.exp(-features["a"].to_numpy(dtype=float)))
        return RiskByHorizon(np.column_stack([0.4 * chance, 0.8 * chance]), (90.0, 365.0))

    model = registered(risks, INPUTS, BACKGROUND)
    found = explain_cohort(study(model=model), model, 12)
    assert (found.output, found.horizon) == ("365", 365.0)
    assert _about(found, "days").startswith("Contributions to the risk by 365 days in percentage points")


def test_a_group_hidden_for_an_intersection_is_hidden_here_too() -> None:
    made = study(patients=N)
    sex = np.repeat(["f", "m"], [200, 40])
    edu = np.r_[np.repeat(["a", "b"], [100, 100]), np.repeat(["a", "b"], [36, 4])]
    levels = {"sex": sex, "edu": edu, "sex×edu": np.char.add(np.char.add(sex, "×"), edu)}
    crossed = CohortSection(groups=("sex", "edu"), intersections=(("sex", "edu"),), small_cell=11)
    protocol = made.protocol.model_copy(update={"cohort": crossed})
    cohort = replace(made.cohort, groups={"sex": sex, "edu": edu}, crossed={"sex×edu": ("sex", "edu")})
    whole = replace(made, cohort=cohort, protocol=protocol, groups=subgroups(levels))
    few = patients_kept_back(whole)
    assert ("sex×edu", "m×b") in few
    _, _, tables = parts(validate(whole))
    for attribute, group, patients, *_ in tables[0].rows[1:]:
        assert (patients == "×") == ((attribute, group) in few), (attribute, group)
