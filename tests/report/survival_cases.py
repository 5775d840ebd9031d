"""Patients of a model of time to recovery with three horizons, in every state of the page; numbers are made up."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.explanation import EstimateRange, MissingInput, Support
from cds.core.model import Standing
from cds.core.model_card import ModelCard
from cds.core.prediction import RiskByHorizon
from cds.report.facts import PatientFacts
from cds.safety.red_flags import screen
from tests.report import patient_cases as made

HORIZONS = (42.0, 90.0, 365.0)
AVERAGE = {"42": 0.35, "90": 0.52, "365": 0.81}
RECOVERY = {
    "outcome": "survival",
    "outcome_column": "recovered",
    "horizons": list(HORIZONS),
    "time_unit": "days",
    "person": "patients",
    "time_origin": "first visit",
    "predicts": "recovery from low back pain (pain 0 or 1 of 10 for a week)",
    "event_phrase": "have recovered",
    "no_event_phrase": "have not",
    "horizon": "",
    "intended_use": "To agree with the patient when to review, and how soon to offer physiotherapy",
    "not_for": ["people under 18", "people with red flags"],
    "population": "973 adults with recent low back pain in Sydney, 2003 to 2005",
}


def card(**changes: Any) -> ModelCard:
    """The card of time to recovery with these fields changed."""
    development = {**made.CARD["development"], "risk_by_horizon": AVERAGE, "events": None, "outcome_mean": None}  # type: ignore[dict-item]
    return made.card(**{**RECOVERY, "development": development, **changes})


def measured(measure: str, label: str, estimate: float, low: float, high: float, **more: Any) -> dict[str, Any]:
    """A row of the standing's performance at 365 days."""
    return made.measured(measure, label, estimate, low, high, **{"horizon": 365.0, "time_unit": "days", **more})


def standing(**changes: Any) -> Standing:
    """A ready standing: measures by three horizons, utility by two."""
    utility = {**made.utility(194, 81, 186, half_width=0.02), "time_unit": "days"}
    given: dict[str, Any] = {
        "population": "patients of the northern clinics, 2022 to 2024",
        "n": 812,
        "events": 604,
        "performance": (
            made.measured("harrell_c", "Harrell's C", 0.66, 0.64, 0.68),
            made.measured("calibration_slope", "Calibration slope", 0.93, 0.81, 1.05),
            measured("uno_c", "Uno's C", 0.65, 0.63, 0.67),
            measured("dynamic_auroc", "Dynamic AUROC", 0.71, 0.67, 0.75),
            measured("observed_expected", "Observed / expected", 1.04, 0.97, 1.11),
            measured("calibration_slope", "Calibration slope", 0.95, 0.82, 1.08),
            measured("observed_expected", "Observed / expected", 1.31, 1.1, 1.52, horizon=42.0),
            measured("observed_expected", "Observed / expected", 0.9, 0.8, 1.0, attribute="parity", group="1"),
        ),
        "decision": ({**utility, "horizon": 90.0, "threshold": 0.5}, {**utility, "horizon": 365.0}),
    }
    return made.standing(**{**given, **changes})


def risks(*values: float) -> RiskByHorizon:
    """The chances by 42, 90 and 365 days."""
    return RiskByHorizon(np.array([values]), HORIZONS)


def explanations(shown: RiskByHorizon, **changes: Any) -> tuple[Any, ...]:
    """Contributions by every horizon that add up to the prediction, larger at later horizons."""
    found = []
    shares = {"pain": -0.5, "pgp": -0.3, "kines": -0.1, "bmi": -0.15, "age": 0.05, "sleep": 0.02, "smoke": -0.02,
              "parity": 0.0}  # fmt: skip
    for k, horizon in enumerate(shown.horizons):
        base, prediction = list(AVERAGE.values())[k] - 0.02, float(shown.values[0, k])
        scale = (prediction - base) / sum(shares.values())
        values = {name: share * scale for name, share in shares.items()}
        own = {"output": f"{horizon:g}", "horizon": horizon, "base": base, "prediction": prediction, "values": values}
        found.append(made.explanation(**{**own, **changes}))
    return tuple(found)


def facts(**changes: Any) -> PatientFacts:
    """A patient of whom nothing withholds the estimate: 22, 36 and 63 of 100 recover by the three horizons."""
    shown = changes.get("prediction", risks(0.22, 0.36, 0.63))
    given: dict[str, Any] = {
        "card": card(),
        "standing": standing(),
        "prediction": shown,
        "explanations": explanations(shown),
        "reference_risks": (0.33, 0.5, 0.79),
        "reference_rows": 200,
    }
    return made.facts(**{**given, **changes})


IMPUTED = Support(
    "development",
    missing=(
        MissingInput(
            "kines", "Kinesiophobia", "", False, (17.0, 68.0), ("25", "48"), True, "36",
            tuple(EstimateRange(f"{h:g}", low, high, h) for h, low, high in
                  ((42.0, 0.11, 0.19), (90.0, 0.31, 0.38), (365.0, 0.58, 0.67))),
        ),
    ),
)  # fmt: skip
UNSETTLED = standing(
    readiness="inconclusive",
    unsettled=(
        measured("calibration_slope", "Calibration slope", 0.95, 0.78, 1.12, criterion={"within": [0.8, 1.2]},
                 verdict="inconclusive"),
    ),
)  # fmt: skip

CASES: dict[str, PatientFacts] = {
    "normal": facts(),
    "reference average": facts(card=card(development=None)),
    "red_flag": facts(screen=screen(made.flags(saddle_numbness="yes"))),
    "unrecorded": facts(screen=screen(made.flags(saddle_numbness=""))),
    "missing": facts(support=made.MISSING, inputs={**made.INPUTS, "pain": None}),
    "outside": facts(
        support=made.OUTSIDE,
        inputs={**made.INPUTS, "bmi": 47.2},
        prediction=risks(0.13, 0.24, 0.47),
        bounds=(risks(0.13, 0.24, 0.47), risks(0.22, 0.33, 0.58)),
        explanations=(),
    ),
    "imputed": facts(support=IMPUTED, inputs={**made.INPUTS, "kines": None}),
    "explanation_withheld": facts(explanations=explanations(risks(0.22, 0.36, 0.63), checks=made.FAILED.checks)),
    "inconclusive": facts(standing=UNSETTLED),
    "not_ready": facts(standing=standing(readiness="not_ready", unsettled=made.NOT_READY.unsettled)),
    "unvalidated": facts(standing=None, allow_unvalidated=True),
    "main horizon chosen": facts(card=card(main_horizon=90.0)),
    "one horizon": facts(
        card=card(horizons=[365.0], development=None),
        prediction=RiskByHorizon(np.array([[0.63]]), (365.0,)),
        explanations=explanations(risks(0.22, 0.36, 0.63))[-1:],
        reference_risks=(0.79,),
    ),
    "competing": facts(
        card=card(
            outcome="competing_risks",
            predicts="return to work before any disability pension",
            event_phrase="have returned to work",
        )
    ),
}
