"""Patients, models and standings for the tests of the page; numbers are made up."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.explanation import (
    Check,
    EstimateRange,
    Explanation,
    MissingInput,
    OutsideRange,
    Resemblance,
    Support,
)
from cds.core.model import Standing
from cds.core.model_card import ModelCard
from cds.core.prediction import ClassProbabilities, Risk, RiskByHorizon, Score, Value
from cds.report.facts import PatientFacts
from cds.safety.red_flags import read_rules, screen

CARD = {
    "schema": "cds.card/1",
    "name": "postpartum-lbp",
    "version": "3",
    "outcome": "binary",
    "outcome_column": "lbp6",
    "person": "women",
    "time_origin": "birth",
    "predicts": "low back pain that limits daily activity 6 months after birth",
    "event_phrase": "have low back pain that limits daily activity",
    "no_event_phrase": "do not",
    "horizon": "6 months after birth",
    "intended_use": "To choose with the woman how soon to offer physiotherapy after birth",
    "not_for": ["women under 18", "women with red flags", "known inflammatory spine disease"],
    "population": "1,840 women in four Dutch midwifery practices, 2016 to 2021",
    "responsible": "Dr A. Example",
    "contact": "models@clinic.example",
    "review_by": "2027-12-31",
    "regulatory_status": "not a medical device: research use only",
    "limits": "Not studied after caesarean section with complications",
    "inputs": [
        {"name": "pain", "label": "Pain intensity", "type": "number", "unit": "of 10", "range": [0, 10],
         "modifiable": True},
        {"name": "bmi", "label": "BMI", "type": "number", "unit": "kg/m²", "range": [12, 70], "modifiable": True},
        {"name": "age", "label": "Age", "type": "integer", "unit": "years", "range": [14, 60], "modifiable": False},
        {"name": "pgp", "label": "Pelvic girdle pain in an earlier pregnancy", "type": "boolean",
         "modifiable": False},
        {"name": "parity", "label": "Earlier births", "type": "integer", "range": [0, 12], "modifiable": False},
        {"name": "kines", "label": "Kinesiophobia", "type": "number", "range": [17, 68], "required": False,
         "modifiable": True},
        {"name": "sleep", "label": "Hours of sleep", "type": "number", "unit": "h", "range": [0, 14],
         "modifiable": True},
        {"name": "smoke", "label": "Smoking", "type": "category",
         "levels": {"0": "never", "1": "former", "2": "current"}},
    ],
    "development": {
        "rows": 1840,
        "events": 497,
        "outcome_mean": 0.27,
        "inputs": {
            "pain": {"n": 1840, "missing": 0, "minimum": 0, "maximum": 10, "q05": 1, "median": 4, "q95": 8},
            "bmi": {"n": 1840, "missing": 0, "minimum": 17.1, "maximum": 41.3, "q05": 20, "median": 25, "q95": 35},
            "age": {"n": 1840, "missing": 0, "minimum": 18, "maximum": 46, "q05": 22, "median": 31, "q95": 40},
            "pgp": {"n": 1840, "missing": 0, "counts": {"0": 1520, "1": 320}},
            "kines": {"n": 1700, "missing": 140, "minimum": 17, "maximum": 62, "q05": 25, "median": 36, "q95": 48},
            "parity": {"n": 1840, "missing": 0, "minimum": 0, "maximum": 6, "q05": 0, "median": 1, "q95": 3},
            "sleep": {"n": 1840, "missing": 0, "minimum": 3, "maximum": 11, "q05": 5, "median": 7, "q95": 9},
            "smoke": {"n": 1840, "missing": 0, "counts": {"0": 1300, "1": 340, "2": 200}},
        },
    },
}  # fmt: skip
INPUTS = {"pain": 7.0, "bmi": 27.4, "age": 31, "pgp": 1, "parity": 1, "kines": 44.0, "sleep": 7.5, "smoke": "0"}
MODEL = "a3" * 32


def card(**changes: Any) -> ModelCard:
    """The card with these fields changed."""
    return ModelCard.model_validate({**CARD, **changes})


def utility(found: int, missed: int, wrongly_flagged: int, *, half_width: float) -> dict[str, Any]:
    """What acting on the model at 30 in 100 does to 1,000 women, and the net benefits that follow from the counts.

    Net benefit = found / 1000 − wrongly flagged / 1000 × t / (1 − t); the better of treating all and none is none.
    """
    odds = 0.3 / 0.7
    everyone = found + missed
    model = round(found / 1000 - wrongly_flagged / 1000 * odds, 4)
    treat_all = round(everyone / 1000 - (1000 - everyone) / 1000 * odds, 4)
    spread = {"low": model - half_width, "high": model + half_width}
    return {
        "threshold": 0.3,
        "net_benefit": {"estimate": model, **spread},
        "net_benefit_treat_all": {"estimate": treat_all, "low": treat_all - 0.03, "high": treat_all + 0.03},
        "net_benefit_gain": {"estimate": model, **spread},
        "per_thousand": {
            "found": found,
            "missed": missed,
            "wrongly_flagged": wrongly_flagged,
            "correctly_left": 1000 - everyone - wrongly_flagged,
        },
    }


def measured(measure: str, label: str, estimate: float, low: float, high: float, **more: Any) -> dict[str, Any]:
    """A row of a standing's performance."""
    return {"measure": measure, "label": label, "estimate": estimate, "low": low, "high": high, **more}


def standing(**changes: Any) -> Standing:
    """A ready standing of this model with these fields changed: 361 of 1,312 women (27.5 %) have the outcome."""
    given: dict[str, Any] = {
        "run_id": "postpartum-external-1",
        "created": "2025-11-02T10:00:00Z",
        "readiness": "ready",
        "model_sha256": MODEL,
        "protocol": "postpartum-external@1",
        "question": "Does it predict here?",
        "population": "women of the northern clinics, 2022 to 2024",
        "design": "external",
        "n": 1312,
        "events": 361,
        "performance": (
            measured("auroc", "Area under the ROC curve", 0.74, 0.71, 0.77),
            measured("calibration_slope", "Calibration slope", 1.02, 0.9, 1.15),
            measured("calibration_in_the_large", "Calibration-in-the-large", 0.03, -0.1, 0.16),
            measured("observed_expected", "Observed / expected events", 1.02, 0.94, 1.1),
            measured("brier", "Brier score", 0.172, 0.162, 0.182),
            measured("auroc", "Area under the ROC curve", 0.73, 0.66, 0.8, attribute="parity", group="1"),
        ),
        "decision": (utility(194, 81, 186, half_width=0.02),),
    }
    return Standing(**{**given, **changes})


def explanation(**changes: Any) -> Explanation:
    """Contributions in points that add up to 0.32."""
    values = {
        "pain": 0.09,
        "pgp": 0.06,
        "kines": 0.02,
        "bmi": 0.012,
        "age": -0.03,
        "sleep": -0.05,
        "smoke": -0.047,
        "parity": -0.005,
    }
    given: dict[str, Any] = {
        "output": "event",
        "space": "probability",
        "base": 0.27,
        "values": values,
        "prediction": 0.32,
        "method": "exact coalitions",
        "exact": True,
        "background_rows": 200,
        "background_sha256": "b" * 64,
        "checks": (Check("additivity", 0.0, 0.001, True),),
    }
    return Explanation(**{**given, **changes})


def flags(**changes: object) -> dict[str, object]:
    """A row of red-flag columns, all "no" but for the changes."""
    return {flag.column: "no" for flag in read_rules().flags} | {f"red_flag_{name}": v for name, v in changes.items()}


def facts(**changes: Any) -> PatientFacts:
    """A patient of whom nothing withholds the estimate."""
    given: dict[str, Any] = {
        "card": card(),
        "model_sha256": MODEL,
        "adapter": "equation",
        "standing": standing(),
        "pseudonym": "P-0417",
        "recorded_on": "12 March 2026",
        "inputs": INPUTS,
        "screen": screen(flags()),
        "support": Support("development", resemblance=Resemblance(0.11, 0.42, 5, 200)),
        "in_not_for": False,
        "groups": {"parity": "1"},
        "prediction": Risk(np.array([0.32])),
        "explanations": (explanation(),),
    }
    return PatientFacts(**{**given, **changes})


OUTSIDE = Support("development", outside_development=(OutsideRange("bmi", "BMI", "47.2", 17.1, 41.3, "kg/m²"),))
MISSING = Support("development", missing=(MissingInput("pain", "Pain intensity", "of 10", True, (0.0, 10.0)),))
IMPUTED = Support(
    "development",
    missing=(
        MissingInput("kines", "Kinesiophobia", "", False, (17.0, 68.0), ("25", "48"), True, "36",
                     (EstimateRange("event", 0.264, 0.387),)),
    ),
)  # fmt: skip
FAILED = explanation(checks=(Check("additivity", 0.031, 0.001, False),))
# 61 of 412 women (14.8 %) have the outcome.
INCONCLUSIVE = standing(
    readiness="inconclusive",
    n=412,
    events=61,
    unsettled=(
        measured("calibration_slope", "Calibration slope", 1.01, 0.78, 1.24, criterion={"within": [0.8, 1.2]},
                 verdict="inconclusive"),
    ),
    performance=(
        measured("auroc", "Area under the ROC curve", 0.75, 0.68, 0.82),
        measured("calibration_slope", "Calibration slope", 1.01, 0.78, 1.24),
        measured("observed_expected", "Observed / expected events", 0.97, 0.81, 1.13),
    ),
    decision=(utility(89, 59, 126, half_width=0.04),),
)  # fmt: skip
# 361 of 1,312 women have the outcome, where the model expected 251.
NOT_READY = standing(
    readiness="not_ready",
    unsettled=(
        measured("calibration_slope", "Calibration slope", 0.86, 0.74, 0.98, criterion={"within": [0.8, 1.2]},
                 verdict="inconclusive"),
        measured("observed_expected", "Observed / expected events", 1.44, 1.33, 1.55, criterion={"within": [0.8, 1.2]},
                 verdict="fails"),
    ),
    performance=(
        measured("auroc", "Area under the ROC curve", 0.69, 0.65, 0.73),
        measured("calibration_slope", "Calibration slope", 0.86, 0.74, 0.98),
        measured("observed_expected", "Observed / expected events", 1.44, 1.33, 1.55),
    ),
    decision=(utility(138, 137, 131, half_width=0.02),),
)  # fmt: skip

CASES: dict[str, PatientFacts] = {
    "normal": facts(),
    "red_flag": facts(screen=screen(flags(saddle_numbness="yes"))),
    "unrecorded": facts(screen=screen(flags(saddle_numbness="", bladder_bowel="", weight_loss=""))),
    "missing": facts(support=MISSING, inputs={**INPUTS, "pain": None}),
    "outside": facts(
        support=OUTSIDE,
        inputs={**INPUTS, "bmi": 47.2},
        prediction=Risk(np.array([0.47])),
        bounds=(Risk(np.array([0.47])), Risk(np.array([0.36]))),
    ),
    "imputed": facts(support=IMPUTED, inputs={**INPUTS, "kines": None}),
    "explanation_withheld": facts(explanations=(FAILED,)),
    "inconclusive": facts(standing=INCONCLUSIVE),
    "not_ready": facts(standing=NOT_READY),
    "unvalidated": facts(standing=None, allow_unvalidated=True),
}


def other_kinds() -> dict[str, PatientFacts]:
    """A patient for each kind of prediction that is no single chance, as a point and as a range."""
    classes = ("self-care", "physiotherapist", "general practitioner")
    named = {
        "classes": (
            card(outcome="nominal", categories=list(classes), development=None),
            ClassProbabilities(np.array([[0.211, 0.642, 0.147]]), classes),
            ClassProbabilities(np.array([[0.3, 0.5, 0.2]]), classes),
        ),
        "value": (
            card(outcome="continuous", unit="of 10", development=None),
            Value(np.array([4.3]), np.array([1.9]), np.array([6.8])),
            Value(np.array([6.1])),
        ),
        "horizons": (
            card(outcome="survival", horizons=[90, 180, 365], time_unit="days", event_phrase="have returned to work",
                 no_event_phrase="have not", horizon=""),
            RiskByHorizon(np.array([[0.31, 0.52, 0.78]]), (90.0, 180.0, 365.0)),
            RiskByHorizon(np.array([[0.4, 0.63, 0.9]]), (90.0, 180.0, 365.0)),
        ),
        "score": (card(outcome="score"), Score(np.array([7.0]), np.array(["medium"])), Score(np.array([9.0]))),
    }  # fmt: skip
    found = {}
    for name, (its_card, point, other) in named.items():
        found[name] = facts(card=its_card, prediction=point, explanations=(), no_explanation="none was made")
        found[f"{name}_range"] = facts(card=its_card, prediction=point, bounds=(other,), support=OUTSIDE)
    return found
