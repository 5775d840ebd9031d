"""RunRecords made by hand for the tests of the validation report: ready, not ready, inconclusive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cds.core.cohort import FlowStep
from cds.core.finding import Curve, Finding, Findings, Readiness, Table
from cds.core.measure import Estimate, Interval, Measure, NotEstimable
from cds.core.model_card import ModelCard
from cds.core.protocol import ValidationProtocol
from cds.core.record import RunRecord

CRITERIA: list[dict[str, Any]] = [
    {"measure": "calibration_slope", "within": [0.8, 1.2], "rationale": "a slope further off misleads"},
    {"measure": "calibration_in_the_large", "within": [-0.2, 0.2]},
    {"measure": "ici", "at_most": 0.06},
    {"measure": "auroc", "at_least": 0.65},
    {"measure": "net_benefit_gain", "threshold": 0.3, "at_least": 0.0},
    {"measure": "calibration_in_the_large", "difference_within": [-0.4, 0.4], "across": "sex"},
]

# measure: family, label, value, low, high, ideal, direction
NUMBERS: dict[str, tuple[str, str, float, float, float, float | None, str]] = {
    "calibration_slope": ("calibration", "Calibration slope", 1.04, 0.86, 1.19, 1, "target"),
    "calibration_in_the_large": ("calibration", "Calibration in the large", 0.031, -0.148, 0.187, 0, "target"),
    "ici": ("calibration", "Integrated calibration index (ICI)", 0.0312, 0.0162, 0.0571, 0, "lower"),
    "auroc": ("discrimination", "Area under the ROC curve (AUROC)", 0.731, 0.688, 0.770, 1, "higher"),
    "net_benefit_gain": (
        "utility",
        "Net benefit gained over treating all or none",
        0.0412,
        0.0213,
        0.0611,
        None,
        "higher",
    ),
    "brier": ("overall", "Brier score", 0.187, 0.172, 0.203, 0, "lower"),
}


NULL = {
    "expected_if_calibrated": 0.0187,
    "p95_if_calibrated": 0.0312,
    "p_value": 0.12,
    "null_replicates": 500,
    "null_replicates_not_estimable": 0,
}


def card(**changes: Any) -> ModelCard:
    """A card with everything declared but monitoring."""
    return ModelCard(
        **{
            "name": "chronic-lbp",
            "version": "1",
            "outcome": "binary",
            "predicts": "low back pain that limits daily activity",
            "horizon": "12 months after the first consultation",
            "time_origin": "first consultation",
            "intended_use": "to decide together with the patient on referral to supervised exercise",
            "not_for": ("children", "people with red flags", "pain after surgery"),
            "responsible": "Dr A. Example, Clinic North",
            "contact": "models@clinic.example",
            "review_by": "2027-12-31",
            "limits": "Learned in primary care only.",
            **changes,
        }
    )


def protocol(**changes: Any) -> ValidationProtocol:
    """A protocol with six criteria and two thresholds."""
    return ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1",
            "name": "chronic-lbp-external",
            "version": "2",
            "design": "external",
            "question": "Does the model predict chronic low back pain at 12 months well enough to guide referral here?",
            "population": "Adults with low back pain of less than 6 weeks, primary care, two regions",
            "site": "Clinic North",
            "time_zero": "first consultation",
            "locked_by": "Dr B. Statistician",
            "locked_on": "2026-10-01",
            "outcome": {"kind": "binary", "column": "chronic"},
            "cohort": {"groups": ["sex"], "references": {"sex": "female"}},
            "measures": {"thresholds": [0.3, 0.5]},
            "criteria": CRITERIA,
            **changes,
        }
    )


def estimate(
    value: float, low: float, high: float, *, n: int = 600, events: int | None = 190, **details: Any
) -> Estimate:
    """A value with a 95 % Wald interval."""
    return Estimate(value, Interval(low, high, 0.95, "wald"), n=n, events=events, details=details)


def definitions() -> dict[str, Measure]:
    """The measures by name, with made-up formulas."""
    return {
        name: Measure(
            kind="binary",
            name=name,
            family=family,
            label=label,
            compute=lambda sample: 0.0,
            ideal=ideal,  # type: ignore[arg-type]  # families are literals
            direction=direction,
            formula=f"formula of {name}",
            source="A Source (2025), doi:10.1000/example",  # type: ignore[arg-type]  # as above
            convention="a convention" if name == "ici" else "",
            is_distance=name == "ici",
        )
        for name, (family, label, _, _, _, ideal, direction) in NUMBERS.items()
    }


def findings(**verdicts: str) -> list[Finding]:
    """Six judged findings and some others; ``verdicts`` replaces what is said about a measure."""
    listed = []
    for criterion in CRITERIA[:5]:
        name = criterion["measure"]
        family, _, value, low, high, _, _ = NUMBERS[name]
        details = NULL if name == "ici" else {}
        listed.append(
            Finding(
                name,
                family,
                estimate(value, low, high, **details),
                threshold=criterion.get("threshold"),
                criterion={k: v for k, v in criterion.items() if k not in ("measure", "rationale")},
                verdict=verdicts.get(name, "meets"),
            )  # type: ignore[arg-type]  # verdicts are literals
        )
    listed.append(
        Finding(
            "calibration_in_the_large",
            "fairness",
            estimate(0.11, -0.21, 0.36),
            kind="difference",
            attribute="sex",
            group="male",
            reference_group="female",
            criterion={"difference_within": [-0.4, 0.4], "across": "sex"},
            verdict=verdicts.get("difference", "meets"),
        )  # type: ignore[arg-type]  # as above
    )
    listed.append(Finding("brier", "overall", estimate(*NUMBERS["brier"][2:5])))
    for group, n, events in (("female", 340, 112), ("male", 254, 78), ("not recorded", 6, 0)):
        for name in ("calibration_slope", "calibration_in_the_large", "auroc"):
            family, _, value, low, high, _, _ = NUMBERS[name]
            result = estimate(value, low - 0.06, high + 0.05, n=n, events=events)
            small = NotEstimable("no events in this group")
            listed.append(Finding(name, family, result if events else small, attribute="sex", group=group))
    listed.append(Finding("duplicate_rows", "dataquality", None, kind="data_fault", code="DQ001"))
    return listed


def observed(risk: np.ndarray) -> np.ndarray:
    """A slightly bent calibration curve."""
    return np.clip(risk + 0.05 * np.sin(5 * risk), 0, 1)


def curves(*, groups: bool = True) -> tuple[Curve, ...]:
    """Every curve that a binary run hands over."""
    risk = np.linspace(0.03, 0.82, 101)
    width = 0.02 + 0.12 * (risk - 0.3) ** 2 * 2
    edges = np.linspace(0, 1, 41)
    middle = (edges[:-1] + edges[1:]) / 2
    with_outcome = np.round(15 * np.exp(-((middle - 0.45) ** 2) / 0.03))
    without = np.round(41 * np.exp(-((middle - 0.22) ** 2) / 0.02))
    t = np.linspace(0.05, 0.7, 66)
    everyone = 0.317 - 0.683 * t / (1 - t)
    model = np.maximum(0.27 - 0.42 * t, 0.0) + 0.02
    tenth = np.linspace(0.08, 0.7, 10)
    fpr = np.linspace(0, 1, 201)
    facts = {"smoother": "rcs", "n": 600, "events": 190}
    drawn = [
        Curve(
            "calibration",
            "calibration",
            "Calibration in all patients",
            {"risk": risk, "observed": observed(risk), "low": observed(risk) - width, "high": observed(risk) + width},
            x_label="predicted risk",
            y_label="observed share with the outcome",
            facts=facts,
            note="Restricted cubic spline with 5 knots.",
        ),
        Curve(
            "calibration_tenths",
            "calibration",
            "Tenths",
            {
                "mean_risk": tenth,
                "observed": observed(tenth) + 0.02,
                "low": observed(tenth) - 0.07,
                "high": observed(tenth) + 0.1,
                "n": np.full(10, 60),
            },
        ),
        Curve(
            "risk_distribution",
            "discrimination",
            "Predicted risk by outcome",
            {"left": edges[:-1], "right": edges[1:], "events": with_outcome, "non_events": without},
        ),
        Curve(
            "decision",
            "utility",
            "Decision curve",
            {
                "threshold": t,
                "model": model,
                "low": model - 0.03,
                "high": model + 0.03,
                "treat_all": everyone,
                "treat_none": np.zeros(66),
            },
        ),
        Curve(
            "roc",
            "discrimination",
            "Receiver operating characteristic",
            {"false_positive_rate": fpr, "true_positive_rate": fpr**0.37},
        ),
    ]
    for group, n, events in (("female", 340, 112), ("male", 254, 78)) if groups else ():
        drawn.append(
            Curve(
                "calibration",
                "fairness",
                f"Calibration, sex: {group}",
                {
                    "risk": risk,
                    "observed": observed(risk),
                    "low": observed(risk) - 2 * width,
                    "high": observed(risk) + 2 * width,
                },
                attribute="sex",
                group=group,
                facts={"n": n, "events": events},
            )
        )
    return tuple(drawn)


def tables() -> tuple[Table, ...]:
    """The table of the first page and one about the smoother."""
    return (
        Table(
            "per_thousand",
            "utility",
            "Of 1,000 patients",
            (
                "Threshold",
                "Found",
                "Missed",
                "Wrongly flagged",
                "Correctly left",
                "Net benefit",
                "Treat all",
                "Treat none",
            ),
            (
                ("0.3", "231", "86", "208", "475", "0.142", "0.024", "0"),
                ("0.5", "118", "199", "61", "622", "0.057", "−0.366", "0"),
            ),
        ),
        Table(
            "smoothers",
            "calibration",
            "Calibration distances by smoother",
            ("Smoother", "ICI", "E50", "E90", "Emax"),
            (
                ("rcs", "0.031", "0.028", "0.051", "0.090"),
                ("lowess", "0.029", "0.027", "0.049", "0.101"),
                ("loess", "0.033", "0.030", "0.055", "0.110"),
            ),
            note="The smoother itself moves these numbers.",
        ),
    )


def record(readiness: Readiness = "ready", listed: list[Finding] | None = None, **changes: Any) -> RunRecord:
    """A whole run."""
    return RunRecord(
        **{
            "run_id": "chronic-lbp-1_20261120",
            "created": "2026-11-20T17:00:00Z",
            "seed": 20261120,
            "cds_version": "0.1.0",
            "model_name": "chronic-lbp",
            "model_version": "1",
            "adapter": "equation",
            "model_sha256": "3f" * 32,
            "card": card(),
            "rows": 600,
            "patients": 600,
            "events": 190,
            "data_source": "cohort.csv",
            "data_sha256": "a7" * 32,
            "protocol": protocol(),
            "protocol_sha256": "c4" * 32,
            "locked": True,
            "readiness": readiness,
            "findings": Findings(findings() if listed is None else listed),
            "curves": curves(),
            "tables": tables(),
            "flow": (FlowStep("rows in the file", 622), FlowStep("outcome recorded", 600, 22, "outcome missing")),
            "notes": ("No risk was exactly 0 or 1.",),
            "definitions": definitions(),
            "versions": {"numpy": "2.3.5", "scipy": "1.17.0"},
            **changes,
        }
    )


def not_ready() -> RunRecord:
    """AUROC fails, a gap is open, a small group is not assessed, one fault accepted, one check not run, not locked."""
    listed = findings(auroc="fails", difference="inconclusive")
    changed = {"auroc": estimate(0.601, 0.571, 0.640), "difference": estimate(0.21, -0.21, 0.56)}
    listed = [replace(f, result=changed["auroc"]) if f.verdict == "fails" else f for f in listed]
    listed = [replace(f, result=changed["difference"]) if f.kind == "difference" else f for f in listed]
    each = {"measure": "calibration_slope", "within": [0.8, 1.2], "across": "region", "each": True}
    listed += [
        Finding(
            "calibration_slope",
            "calibration",
            estimate(1.1, 0.4, 1.8, n=100, events=30),
            attribute="region",
            group="rural",
            criterion={k: v for k, v in each.items() if k != "measure"},
            verdict="not_assessable",
            verdict_reason="30 events or non-events, 20 fewer than the protocol's minimum of 50",
        ),
        Finding(
            "unit_suspected",
            "dataquality",
            NotEstimable("height looks like inches, not centimetres, in 12 rows"),
            kind="data_fault",
            code="DQ004",
            severity="blocking",
            accepted="Typed in inches; corrected by the clinic.",
        ),
        Finding(
            "overlap",
            "dataquality",
            NotEstimable("the registry holds no fingerprints of the development patients"),
            kind="data_fault",
            code="DQ002",
        ),
    ]
    asked = protocol(
        criteria=[*CRITERIA, each],
        cohort={"groups": ["sex", "region"], "references": {"sex": "female", "region": "urban"}},
    )
    return record(
        "not_ready",
        listed,
        locked=False,
        protocol=asked,
        not_set=("No criterion on net benefit in groups.", "No criterion on calibration by site."),
    )


def inconclusive() -> RunRecord:
    """The slope's interval crosses its tolerance; synthetic data; one deviation."""
    listed = findings(calibration_slope="inconclusive")
    listed = [replace(f, result=estimate(1.01, 0.78, 1.24)) if f.verdict == "inconclusive" else f for f in listed]
    asked = protocol(synthetic=True, deviations=("Follow-up was 11 months in one practice.",))
    return record("inconclusive", listed, protocol=asked)
