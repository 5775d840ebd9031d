"""What is wrong with a protocol, in plain words: the place, the rule, and the nearest known key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from cds.core.errors import near_name, nearest
from cds.core.protocol import (
    AcceptSection,
    BinaryOutcome,
    CategoricalOutcome,
    CohortSection,
    CompetingRisksOutcome,
    ContinuousOutcome,
    CriterionSection,
    MeasuresSection,
    PrecisionSection,
    PredictionsSection,
    RepeatedOutcome,
    SurvivalOutcome,
    TargetPopulationSection,
    ValidationProtocol,
)
from cds.core.protocol_analyses import (
    DriftSection,
    ExplanationSection,
    LandmarkSection,
    MissingInputsSection,
    RefittingSection,
)
from cds.core.protocol_trial import TrialSection

OUTCOMES: dict[str, type[BaseModel]] = {
    "binary": BinaryOutcome,
    "nominal": CategoricalOutcome,
    "ordinal": CategoricalOutcome,
    "continuous": ContinuousOutcome,
    "survival": SurvivalOutcome,
    "competing_risks": CompetingRisksOutcome,
    "repeated": RepeatedOutcome,
}
SECTIONS: dict[str, type[BaseModel]] = {
    "cohort": CohortSection,
    "target_population": TargetPopulationSection,
    "predictions": PredictionsSection,
    "measures": MeasuresSection,
    "missing_inputs": MissingInputsSection,
    "refitting": RefittingSection,
    "drift": DriftSection,
    "explanation": ExplanationSection,
    "landmark": LandmarkSection,
    "trial": TrialSection,
    "precision": PrecisionSection,
    "criteria": CriterionSection,
    "accept": AcceptSection,
}
# The names that pydantic adds to a place for the branches of a union; they are no keys of the file.
_BRANCHES = {"int", "float", "str", "bool", "dict[str,str]"}
_TYPES = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list in brackets",
    "dict_type": "must be a table of keys and values",
    "model_type": "must be a table of keys and values",
    "finite_number": "must be a finite number",
    "string_too_short": "must not be empty",
}
Fault = tuple[str, str]


def plain_faults(details: Sequence[Mapping[str, Any]], raw: Mapping[str, Any]) -> list[Fault]:
    """Translate the validator's details into (what is wrong, what to do), each place once and in order."""
    found: dict[str, list[Fault]] = {}
    for detail in details:
        place = [part for part in detail["loc"] if part not in _BRANCHES]
        if place[:1] == ["outcome"] and len(place) > 1 and place[1] in OUTCOMES:
            place.pop(1)
        union = any(part in _BRANCHES for part in detail["loc"])
        found.setdefault(_written(place, raw), []).extend(_fault(detail, place, raw, union=union))
    return [fault for faults in found.values() for fault in dict.fromkeys(faults)]


def _fault(detail: Mapping[str, Any], place: list[Any], raw: Mapping[str, Any], *, union: bool) -> Iterator[Fault]:
    kind, context, where = detail["type"], detail.get("ctx", {}), _written(place, raw)
    if kind == "extra_forbidden":
        yield f"unknown key {where}", _known_key(place, raw)
    elif kind == "missing":
        yield (
            (f"{where} is missing", "")
            if isinstance(place[-1], str)
            else (f"{_written(place[:-1], raw)} must hold two numbers", "")
        )
    elif kind == "value_error":
        yield from ((line, "") for line in str(context["error"]).split("\n"))
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        yield _outcome_kind(context.get("tag"))
    elif kind == "literal_error":
        yield f"{where} must be {context['expected']}", _nearest_literal(place, raw, context["expected"])
    elif union:
        yield f"{where} has a value of the wrong type", ""
    else:
        yield f"{where} {_rule(kind, context, detail['msg'])}", ""


def _rule(kind: str, context: Mapping[str, Any], message: str) -> str:
    bounds = {"greater_than": "gt", "less_than": "lt", "greater_than_equal": "ge", "less_than_equal": "le"}
    words = {"gt": "greater than", "lt": "less than", "ge": "at least", "le": "at most"}
    if kind in bounds:
        bound = bounds[kind]
        return f"must be {words[bound]} {context[bound]:g}"
    if kind == "too_short":
        return f"must hold at least {context['min_length']} values, got {context['actual_length']}"
    if kind == "too_long":
        return f"must hold at most {context['max_length']} values, got {context['actual_length']}"
    if kind in _TYPES:
        return _TYPES[kind]
    return message[:1].lower() + message[1:].replace("Input", "it")


def _written(place: Sequence[Any], raw: Mapping[str, Any]) -> str:
    """A place as the file writes it: ``criteria[0].within (measure "auroc")``."""
    parts = ""
    for part in place:
        parts += f"[{part}]" if isinstance(part, int) else (f".{part}" if parts else str(part))
    if len(place) > 1 and place[0] in ("criteria", "precision") and isinstance(place[1], int):
        criterion = raw[place[0]][place[1]]
        measure = criterion.get("measure") if isinstance(criterion, dict) else None
        if isinstance(measure, str):
            return f'{parts} (measure "{measure}")'
    return parts


def _section(place: Sequence[Any], raw: Mapping[str, Any]) -> type[BaseModel]:
    if not place[:-1]:
        return ValidationProtocol
    if place[0] == "outcome":
        outcome = raw["outcome"]
        return OUTCOMES[outcome["kind"]]
    return SECTIONS[place[0]]


def _keys(section: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in section.model_fields.items()]


def _known_key(place: Sequence[Any], raw: Mapping[str, Any]) -> str:
    key, own = str(place[-1]), _keys(_section(place, raw))
    if near_name(key, own):
        return nearest(key, own)
    homes = [f"[{name}]" for name, section in SECTIONS.items() if key in _keys(section)]
    if key in _keys(ValidationProtocol):
        homes.append("the top of the file, before the first [section]")
    return f"It belongs to {' or '.join(homes)}" if homes else nearest(key, own)


def _outcome_kind(tag: object) -> Fault:
    listed = ", ".join(OUTCOMES)
    if not isinstance(tag, str):
        return f"outcome.kind is missing: {listed}", ""
    return f"outcome.kind must be one of {listed}", nearest(tag, OUTCOMES)


def _nearest_literal(place: Sequence[Any], raw: Mapping[str, Any], expected: str) -> str:
    value: Any = raw
    for part in place:
        value = value[part]
    known = [word.strip().strip("'") for word in expected.replace(" or ", ",").split(",")]
    near = near_name(str(value), known)
    return f"Did you mean {near!r}?" if near else ""
