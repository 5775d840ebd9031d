"""Recorded values as the page's language writes them: numbers, yes and no, and what is not recorded."""

from __future__ import annotations

from cds.core.model_card import Feature, level_key
from cds.report.wording import Sentences

_KNOWN = {"not recorded": "value.not_recorded", "yes": "value.yes", "no": "value.no"}


def shown_value(feature: Feature, value: object, say: Sentences) -> str:
    """A raw value with its unit, in the language of the catalogue.

    >>> from cds.report.wording import sentences
    >>> shown_value(Feature(name="bmi", type="number", unit="kg/m²"), 27.4, sentences("de"))
    '27,4 kg/m²'
    """
    if feature.levels and level_key(value) in feature.levels:
        return feature.levels[level_key(value)]  # a level may be labelled "yes": that is the card's own word
    return reworded(feature, feature.shown(value), say)


def reworded(feature: Feature, text: str, say: Sentences) -> str:
    """A value that ``Feature.shown`` has written, in the language of the catalogue; the card's own words stay."""
    if text == "not recorded":
        return say("value.not_recorded")
    if feature.levels:
        return text
    if feature.type == "boolean":
        return say(_KNOWN[text]) if text in _KNOWN else text
    if feature.type not in ("number", "integer"):
        return text
    return f"{say.numeral(text.partition(' ')[0])} {feature.unit}".strip()
