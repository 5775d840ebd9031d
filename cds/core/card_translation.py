"""A card's own texts in another language: optional, and told on the page where a text is lacking."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from cds.core.strict import Strict

TEXTS = (
    "person", "unit", "time_origin", "predicts", "event_phrase", "no_event_phrase", "horizon", "intended_use",
    "population", "regulatory_status", "limits", "disclaimer",
)  # fmt: skip


class InputTranslation(Strict):
    """An input's label, unit, domain and levels; what is the same in both languages, such as a unit, may be left out.

    The ``domain`` is printed where the card's domains are the players of explanations.
    """

    label: str = ""
    unit: str = ""
    domain: str = ""
    levels: dict[str, str] = Field(default_factory=dict)


class CardTranslation(Strict):
    """The texts of a card that a page prints, each under the card's own key; ``categories`` maps the outcome's."""

    person: str = ""
    unit: str = ""
    time_origin: str = ""
    predicts: str = ""
    event_phrase: str = ""
    no_event_phrase: str = ""
    horizon: str = ""
    intended_use: str = ""
    not_for: tuple[str, ...] = ()
    population: str = ""
    regulatory_status: str = ""
    limits: str = ""
    disclaimer: str = ""
    categories: dict[str, str] = Field(default_factory=dict)
    inputs: dict[str, InputTranslation] = Field(default_factory=dict)


def refuse_strange_names(
    translation: CardTranslation, levels: dict[str, set[str]], categories: tuple[str, ...]
) -> None:
    """Refuse translations of inputs, levels and categories that the card does not have.

    ``levels`` are the card's by input. Raises ValueError, naming the first.
    """
    for name, given in translation.inputs.items():
        if name not in levels:
            raise ValueError(f"translations names the input {name!r}, which the card does not have")
        if strange := sorted(set(given.levels) - levels[name]):
            raise ValueError(f"translations names the level {strange[0]!r} of input {name!r}, which the card lacks")
    if strange := sorted(set(translation.categories) - set(categories)):
        raise ValueError(f"translations names the category {strange[0]!r}, which is not among categories")


def translated(card: Any, translation: CardTranslation, language: str) -> Any:
    """The card with its texts replaced; its ``language`` changes only where no text had to stay as it was."""
    texts = {key: getattr(translation, key) for key in (*TEXTS, "not_for") if getattr(translation, key)}
    inputs = tuple(_input(feature, translation.inputs.get(feature.name)) for feature in card.inputs)
    # A unit such as kg/m² needs no translation, and neither does what the card leaves at its default or blank.
    given = {key for key in (*TEXTS, "not_for") if key in card.model_fields_set and getattr(card, key)}
    whole = (
        given - {"unit"} <= set(texts)
        and all(_whole(feature, translation.inputs.get(feature.name)) for feature in card.inputs)
        and set(card.categories) <= set(translation.categories)
        and (card.explanation.players != "domains" or _domains_whole(card.inputs, translation))
    )
    return card.model_copy(update={**texts, "inputs": inputs, "language": language if whole else card.language})


def _input(feature: Any, given: InputTranslation | None) -> Any:
    if given is None:
        return feature
    texts = {
        key: text for key, text in (("label", given.label), ("unit", given.unit), ("domain", given.domain)) if text
    }
    levels = None if feature.levels is None else {**feature.levels, **given.levels}
    return feature.model_copy(update={**texts, "levels": levels})


def _whole(feature: Any, given: InputTranslation | None) -> bool:
    """Whether an input's label and levels are all translated."""
    return given is not None and bool(given.label) and set(feature.levels or {}) <= set(given.levels)


def _domains_whole(features: Any, translation: CardTranslation) -> bool:
    """Whether the domain of every input that has one is translated."""
    return all(translation.inputs[feature.name].domain for feature in features if feature.domain)
