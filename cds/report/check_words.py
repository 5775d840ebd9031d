"""The checks of an explanation in words: why it is withheld, and what each check found."""

from __future__ import annotations

import math

import numpy as np

from cds.core.explanation import Check, Explanation, Space
from cds.core.model_card import ModelCard
from cds.report.wording import Sentences


def why_withheld(explanation: Explanation, card: ModelCard, say: Sentences) -> str:
    """The sentence that the page prints in the place of the reasons; empty where no check failed."""
    reasons = [check_sentence(check, explanation.space, card, say) for check in explanation.failed]
    return say("why.withheld", reason="; ".join(reasons)) if reasons else ""


def check_sentence(check: Check, space: Space, card: ModelCard, say: Sentences) -> str:
    """What a check found, as a clause without a full stop."""
    if check.passed is None:
        return say(f"check.not_run_{check.reason}")
    unit = {"probability": say("check.points"), "log_odds": say("why.log_odds_unit")}.get(space, card.unit)
    outcome = "passed" if check.passed else "failed"
    words = {"value": _shown(check, check.value, space, say), "limit": _shown(check, check.limit, space, say)}
    return " ".join(say(f"check.{check.name}_{outcome}", unit=unit, **words).split())


def _shown(check: Check, value: float | None, space: Space, say: Sentences) -> str:
    """A gap in the unit of the page, a share in percent, a correlation as it is."""
    if value is None:
        return ""
    if check.name == "faithfulness":
        return say.numeral(f"{_down(100 * value, 0):.4g}")
    if check.name == "stability":
        return say.numeral(f"{_down(value, 2):.2f}".replace("-", "−"))
    scaled = 100 * value if space == "probability" else value
    return say.numeral(str(np.format_float_positional(float(f"{scaled:.2g}"), trim="-")))


def _down(value: float, digits: int) -> float:
    """Rounded down, so that a value below its limit is not printed as the limit."""
    scale = float(10**digits)
    return math.floor(value * scale + 1e-9) / scale
