"""Times in words for a physician: "within 1 year", and phrases that do not say the time twice."""

from __future__ import annotations

import re

from cds.core.model_card import ModelCard
from cds.core.prediction import Prediction, RiskByHorizon
from cds.report.wording import Sentences, languages, sentences


def span(time: float, unit: str, say: Sentences) -> str:
    """A time with its unit, which is singular after 1 and said to be missing where nobody gave it."""
    if not unit:
        return say("time.no_unit", time=f"{time:g}")
    number = "one" if time == 1 else "many"
    return say("time.span", time=f"{time:g}", unit=say.get(f"time.{number}.{unit}", unit))


def within(time: float, unit: str, say: Sentences) -> str:
    """``within 5 years``."""
    return say("time.within", span=span(time, unit, say))


def without_time(phrase: str, card: ModelCard, say: Sentences) -> str:
    """A card's phrase without one of the card's horizons at its end: the page says the time itself."""
    theirs = sentences(card.language) if card.language in languages() else say  # the phrase is in the card's language
    spans = sorted((span(time, card.time_unit, theirs) for time in card.horizons), key=len, reverse=True)
    ends, before = "|".join(re.escape(text) for text in spans), theirs("time.before")
    return re.sub(rf"\s+({before})\s+({ends})$", "", phrase) if ends and card.time_unit else phrase


def main_horizon(card: ModelCard, prediction: Prediction | None) -> float | None:
    """The horizon that the page is about; None where the outcome has no times."""
    if isinstance(prediction, RiskByHorizon):
        return card.page_horizon(prediction.horizons)
    return card.page_horizon(card.horizons) if card.outcome in ("survival", "competing_risks") else None
