"""Reads an equation file and checks it against its card; every fault is named with its place."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_never

from pydantic import TypeAdapter, ValidationError

from cds.core.errors import ArtifactError, CardError, InputError, all_at_once, nearest
from cds.core.model_card import Feature, ModelCard
from cds.models.equation_base import Recalibration, Sampling, Strict, Term, Transform
from cds.models.equation_format import (
    Condition,
    Equation,
    EquationFile,
    Group,
    Linear,
    Logistic,
    OrderedProbit,
    Points,
    PredictionInterval,
)
from cds.models.equation_sampling import covariance_faults, sampling_faults
from cds.models.equation_times import Aft, Baseline, Cox, ProportionalHazards
from cds.stats.inputs import number_like

LARGEST_FILE = 2_000_000  # bytes; the largest published equation has a few thousand

_MODELS: dict[str, type[Strict]] = {
    "logistic": Logistic,
    "cox": Cox,
    "aft": Aft,
    "proportional_hazards": ProportionalHazards,
    "ordered_probit": OrderedProbit,
    "linear": Linear,
    "score": Points,
}
_SECTIONS: dict[str, type[Strict]] = {
    "terms": Term,
    "product": Transform,
    "recalibration": Recalibration,
    "baseline": Baseline,
    "interval": PredictionInterval,
    "sampling": Sampling,
    "groups": Group,
    "when": Condition,
}
_OUTCOMES = {
    "logistic": ("binary",),
    "cox": ("survival", "competing_risks"),
    "aft": ("survival",),
    "proportional_hazards": ("survival",),
    "ordered_probit": ("ordinal",),
    "linear": ("continuous",),
    "score": ("score",),
}


def read_equation(path: Path) -> Equation:
    """The equation in a TOML file.

    Raises:
        ArtifactError: the file is no TOML or no ``cds.equation/1``; lists every fault with its place.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise ArtifactError(f"an equation of more than {LARGEST_FILE} bytes is not read", where=path.name)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ArtifactError(f"not readable as TOML ({error})", where=path.name) from None
    return parse_equation(document, where=path.name)


def parse_equation(document: dict[str, Any], *, where: str = "") -> Equation:
    """The equation in a parsed document; see read_equation."""
    adapter: TypeAdapter[Equation] = TypeAdapter(EquationFile)
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        faults: list[InputError] = [
            ArtifactError(_said(fault, document), where=_place(fault, where)) for fault in error.errors()
        ]
        raise all_at_once(faults) from None


def _place(fault: Any, where: str) -> str:
    # The first step of the location is the kind of model that the discriminator chose.
    steps = [step for step in fault["loc"] if step not in _MODELS]
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    return ": ".join(part for part in (where, path) if part)


def _said(fault: Any, document: dict[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        key = str(fault["loc"][-1])
        return f"unknown key {key!r}. {nearest(key, _keys(fault['loc'], document))}"
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
        given = str(document.get("model", ""))
        return f"unknown model {given!r}. {nearest(given, _MODELS)}" if given else f"model is missing: {_known()}"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _known() -> str:
    return ", ".join(_MODELS)


def _keys(location: tuple[int | str, ...], document: dict[str, Any]) -> list[str]:
    holder: type[Strict] = _MODELS[str(document["model"])]
    for step in location[:-1]:
        holder = _SECTIONS.get(str(step), holder)
    return [field.alias or name for name, field in holder.model_fields.items()]


def check_against_card(equation: Equation, card: ModelCard) -> None:
    """Refuse an equation that does not fit its card.

    Raises:
        CardError: lists every fault at once: an input or level that the card lacks, another kind of outcome,
            horizons or categories that differ, an optional input without a rule for its missing values.
    """
    faults = [CardError(fault, where=card.identity) for fault in _faults(equation, card)]
    if faults:
        raise all_at_once(faults)


def _faults(equation: Equation, card: ModelCard) -> Iterator[str]:
    if card.outcome not in _OUTCOMES[equation.model]:
        allowed = " or ".join(_OUTCOMES[equation.model])
        yield f"a {equation.model} equation needs a card with outcome {allowed}, got {card.outcome}"
    inputs = {feature.name: feature for feature in card.inputs}
    used = {source for term in equation.terms for source in term.sources} | set(equation.limits)
    for name in sorted(used - set(inputs)):
        yield f"the equation names input {name!r}, which the card lacks. {nearest(name, inputs)}"
    for name in sorted(set(equation.limits) & set(inputs)):
        if not _numeric(inputs[name]):
            yield f"limits on input {name!r}, whose levels are text"
    for term in equation.terms:
        yield from _term_faults(term, inputs)
    yield from _kind_faults(equation, card)


def _term_faults(term: Term, inputs: dict[str, Feature]) -> Iterator[str]:
    features = [inputs[source] for source in term.sources if source in inputs]
    for feature in features:
        if not feature.required and term.missing is None:
            yield f"input {feature.name!r} is not required: its term must say what missing counts as"
    if term.levels:
        for feature in features:
            yield from _level_faults(set(term.levels), feature)
        return
    for factor in term.factors:
        compared = isinstance(factor.equals, str)
        for feature in features:
            if feature.name == factor.input and not compared and not _numeric(feature):
                yield f"input {feature.name!r} is a {feature.type} with text levels: give its term levels"


def _level_faults(given: set[str], feature: Feature) -> Iterator[str]:
    if feature.type not in ("category", "boolean"):
        yield f"input {feature.name!r} is a {feature.type}: levels need a category"
        return
    known = set(feature.levels or ({"0", "1"} if feature.type == "boolean" else given))
    for level in sorted(given - known):
        yield f"level {level!r} of input {feature.name!r} is not on the card. {nearest(level, known)}"
    for level in sorted(known - given):
        yield f"level {level!r} of input {feature.name!r} has no coefficient"


def _numeric(feature: Feature) -> bool:
    if feature.type == "category" or feature.levels:
        return bool(feature.levels) and all(number_like(level) for level in feature.levels or ())
    return feature.type in ("number", "integer", "boolean")


def _kind_faults(equation: Equation, card: ModelCard) -> Iterator[str]:
    match equation:
        case Logistic():
            yield from sampling_faults(equation)
        case Aft() | ProportionalHazards():
            return
        case Cox():
            for horizon in sorted(set(card.horizons) - set(equation.baseline.horizons)):
                yield f"the card's horizon {horizon:g} is not in the equation's baseline"
            yield from sampling_faults(equation)
        case OrderedProbit():
            if len(card.categories) != len(equation.thresholds) + 1:
                yield f"{len(equation.thresholds)} thresholds need {len(equation.thresholds) + 1} categories"
            yield from sampling_faults(equation)
        case Linear():
            yield from _covariance_faults(equation)
        case Points():
            for condition in (condition for group in equation.groups for condition in group.when):
                yield from _condition_faults(condition, card)
        case _:
            assert_never(equation)


def _condition_faults(condition: Condition, card: ModelCard) -> Iterator[str]:
    inputs = {feature.name: feature for feature in card.inputs}
    if condition.input is None:
        return
    if condition.input not in inputs:
        yield (f"a group compares input {condition.input!r}, which the card lacks. {nearest(condition.input, inputs)}")
    elif not isinstance(condition.equals, str) and not _numeric(inputs[condition.input]):
        yield f"a group compares input {condition.input!r} with a number, but its levels are text"


def _covariance_faults(equation: Linear) -> Iterator[str]:
    if equation.interval is None or equation.interval.covariance is None:
        return
    size = 1 + sum(len(term.weights) for term in equation.terms)
    rows = "the intercept and every coefficient"
    yield from covariance_faults(equation.interval.covariance, size, "interval.covariance", rows)
