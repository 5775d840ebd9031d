"""The JSON beside a patient's PDF: everything printed, and the technical detail that the decision allows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import cds
from cds.core.explanation import Explanation, LocalSurrogate
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard
from cds.core.prediction import Prediction
from cds.core.safety import POSTPARTUM, SafetyRules
from cds.core.spread import Spread
from cds.patients.gather import Gathered
from cds.report.check_words import check_sentence, why_withheld
from cds.report.contributions import page_explanation
from cds.report.patient import PatientView
from cds.report.wording import Sentences, sentences
from cds.resources import template_folder

if TYPE_CHECKING:
    from cds.explanation.similar import SimilarOutcomes

SCHEMA = "cds.patient/1"
_TEMPLATES = ("patient.html", "patient.css")


def document(
    model: RegisteredModel, gathered: Gathered, view: PatientView, *, seed: int, input_sha256: str
) -> dict[str, Any]:
    """The JSON's content; where the estimate is withheld nothing in it depends on the prediction."""
    return {
        "schema": SCHEMA,
        "input_sha256": input_sha256,
        "report_hash": view.report_hash,
        "language": view.language,
        "page": view.printed(),
        "technical": {
            "cds": cds.__version__,
            "seed": seed,
            "model": _model(model),
            "standing": None if model.standing is None else _plain(asdict(model.standing)),
            "recorded_on": gathered.facts.recorded_on,
            "inputs": _plain(gathered.facts.inputs),
            "unreadable": list(gathered.facts.unreadable),
            "rules": _rules(gathered),
            "support": _support(gathered),
            "estimate": _estimate(gathered),
            "explanations": _explanations(gathered, view.language),
            "explanation_withheld": _failed(gathered),
            "no_explanation": gathered.facts.no_explanation,
            "lime": _or_reason(gathered.surrogate),
            "what_if": [_plain(asdict(each)) for each in gathered.what_if],
            "similar": _or_reason(gathered.similar),
            "agreement": None if gathered.agreement is None else _plain(asdict(gathered.agreement)),
        },
    }


def input_hash(
    model: RegisteredModel,
    row: pd.DataFrame,
    *,
    language: str = "en",
    rules: SafetyRules | None = None,
    **asked: Any,
) -> str:
    """A hash of all that decides the pages: the row, the model and its standing, the rules, templates and seed."""
    from cds.safety.red_flags import read_rules

    names = (*_TEMPLATES, f"sentences/{language}.toml")
    files = {name: hashlib.sha256((template_folder() / name).read_bytes()).hexdigest() for name in names}
    content = {
        "row": {str(name): _plain(value) for name, value in row.iloc[0].items()},
        "model": [model.sha256, model.background_sha256, model.card.identity],
        "standing": None if model.standing is None else _plain(asdict(model.standing)),
        "language": language,
        "rules": (rules or read_rules()).sha256,
        "templates": files,
        "cds": cds.__version__,
        **asked,
    }
    return hashlib.sha256(json_text(content).encode("utf-8")).hexdigest()


def json_text(content: Mapping[str, Any]) -> str:
    """Canonical JSON text: the same content gives the same bytes."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n"


def _model(model: RegisteredModel) -> dict[str, Any]:
    return {
        "name": model.card.name,
        "version": model.card.version,
        "adapter": model.adapter,
        "sha256": model.sha256,
        "background_sha256": model.background_sha256,
        "background_rows": None if model.background is None else len(model.background),
        "card": _plain(model.card.model_dump(mode="json", by_alias=True, exclude={"development"})),
    }


def _rules(gathered: Gathered) -> dict[str, Any]:
    screen = gathered.facts.screen
    rules = screen.rules
    return {
        "name": rules.name,
        "version": rules.version,
        "sha256": rules.sha256,
        "approved_by": rules.approved_by,
        "approved_on": rules.approved_on,
        "language": rules.language,
        "postpartum": list(rules.of_set(POSTPARTUM)),
        "left_out": [flag.id for flag in rules.left_out],
        "urgency": screen.most_urgent,
        "emergencies_not_recorded": [flag.column for flag in screen.not_recorded if flag.emergency],
        "flags": {answer.flag.id: answer.state for answer in screen.answers},
        "items": {answer.item.id: answer.state for answer in screen.items},
    }


def _support(gathered: Gathered) -> dict[str, Any]:
    found: dict[str, Any] = _plain(asdict(gathered.facts.support))
    if gathered.decision.form != "point":
        for missing in found["missing"]:
            missing["estimates"] = []
    return found


def _estimate(gathered: Gathered) -> dict[str, Any]:
    """The exact prediction for a point; for a range only what the page prints, for nothing nothing."""
    form, prediction = gathered.decision.form, gathered.facts.prediction
    told: dict[str, Any] = {"form": form, "withheld": list(gathered.decision.withheld)}
    told |= {"fault": gathered.facts.prediction_fault, "no_interval": gathered.facts.no_interval}
    if gathered.facts.horizon is not None:
        told |= {"horizon": gathered.facts.horizon, "time_unit": gathered.facts.card.time_unit}
    if form == "point" and prediction is not None:
        told["prediction"] = _prediction(prediction)
        told["interval_on_page"] = gathered.facts.interval_source or None
        told["intervals"] = {source: _or_reason(each) for source, each in gathered.facts.intervals.items()}
    return told


def _prediction(prediction: Prediction) -> dict[str, Any]:
    told = {name: _plain(part) for name, part in vars(prediction).items() if part is not None}
    return {"kind": type(prediction).__name__, **told}


def _failed(gathered: Gathered) -> list[str]:
    """The checks for which the page's explanation is withheld."""
    page = page_explanation(gathered.facts)
    return [] if page is None else [check.name for check in page.failed]


def _explanations(gathered: Gathered, language: str) -> list[dict[str, Any]]:
    """Every output in every space with its checks in words; none has reasons where the page's are withheld."""
    say, silent = sentences(language), bool(_failed(gathered))
    return [_explanation(each, gathered.facts.card, say, silent) for each in gathered.facts.explanations]


def _explanation(explanation: Explanation, card: ModelCard, say: Sentences, silent: bool) -> dict[str, Any]:
    told: dict[str, Any] = _plain(asdict(explanation))
    told["residual"] = explanation.residual
    told["withheld"] = why_withheld(explanation, card, say) or None
    for check, given in zip(explanation.checks, told["checks"], strict=True):
        given["sentence"] = check_sentence(check, explanation.space, card, say)
    if silent or explanation.failed:
        # What failed must not be read as reasons anywhere, nor the same in another space or of another output.
        told["withheld"] = told["withheld"] or say("check.elsewhere")
        told |= {"values": {}, "details": {}, "groups": [], "imprecise": [], "interaction": None}
    return told


def _or_reason(found: LocalSurrogate | Spread | SimilarOutcomes | NotEstimable | None) -> Any:
    """What was found, or why it is not available; null where it was not asked for."""
    if isinstance(found, NotEstimable):
        return {"not_available": found.reason}
    return None if found is None else _plain(asdict(found))


def _plain(value: Any) -> Any:
    """A value as JSON holds it: missing values become null, dates text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if isinstance(value, (str, bool, int)) else str(value)
