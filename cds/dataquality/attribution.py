"""To what a lower C-statistic is to be laid, case mix or the model, in a sentence and in rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cds.core.measure import Estimate, NotEstimable
from cds.core.model_card import PredictionSummary
from cds.dataquality.implied import Predicted, numbers_of

LOWER = 0.02  # a C-statistic that is lower by less is not remarked on
UNSURE = 0.05  # of one without an interval
NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class Attribution:
    """A sentence that lays a lower C-statistic to case mix or to the model, and its numbers."""

    sentence: str
    details: dict[str, Any]


def told_of_concordance(view: Predicted) -> Attribution | None:
    """To what a lower C-statistic is to be laid; None where none is lower by .02, or the model's own is not lower."""
    if not isinstance(view.implied, Estimate) or view.observed is None:
        return None
    implied, observed = view.implied.value, view.observed.value
    then = None if view.development is None else view.development.implied_c
    before = then if then is not None else view.claimed
    case_mix = None if before is None else before - implied
    model = _model_is_worse(view, implied - observed)
    if not model and (case_mix is None or case_mix < LOWER or before is None or before - observed < LOWER):
        return None
    numbers = f"The C-statistic{view.about} is {observed:.2f} here, and the model's own risks imply {implied:.2f} here"
    if then is not None:
        numbers += f"; in development they implied {then:.2f}"
    elif before is not None:
        numbers += f"; {before:.2f} was claimed"
    laid = _laid_to(case_mix, claim_only=then is None, model=model)
    sentence = f"{numbers}. {laid} {_shown(view, observed - implied)}"
    return Attribution(sentence, numbers_of(view))


def _model_is_worse(view: Predicted, loss: float) -> bool:
    if view.beyond is not None:
        return view.beyond.high < 0 and loss >= LOWER
    return loss >= UNSURE


def _laid_to(case_mix: float | None, *, claim_only: bool, model: bool) -> str:
    """Where the loss comes from, in a sentence."""
    mixed = case_mix is not None and case_mix >= LOWER
    doubt = "an optimistic claim" if claim_only else "risks surer of an overfitted model's own development data"
    alike = f"patients who are more alike (or to {doubt})"
    if mixed and model:
        return f"Of the loss, {case_mix:.2f} is to be laid to {alike}, the rest to the model: it ranks worse here."
    if mixed:
        return f"The loss is to be laid to {alike}; that the model itself ranks worse is not shown."
    if case_mix is None:
        return "The model ranks these patients worse than its risks promise."
    return "Case mix does not explain it: the model ranks these patients worse than its risks promise."


def _shown(view: Predicted, difference: float) -> str:
    if view.beyond is None:
        return f"Observed − implied: {difference:+.2f}, without an interval.".replace("-", "−")
    low, high = view.beyond.low, view.beyond.high
    level = f"{view.beyond.level:.0%} interval".replace("%", " %")
    return f"Observed − implied: {difference:+.2f} ({level} {low:+.2f} to {high:+.2f}).".replace("-", "−")


def table_rows(view: Predicted, *, hide: bool) -> list[tuple[str, str, str, str]]:
    """Rows of the case-mix table: mean and spread of the prediction, implied and observed concordance."""
    here, then, name = view.here, view.development, view.about
    what = "value" if view.scale == "value" else "risk"
    rows = [(f"Predicted {what}{name}, mean (sd)", *(_mean(one) for one in (then, here)))]
    if here.linear_predictor_mean is not None:
        rows.append((f"Linear predictor{name}, mean (sd)", *(_linear(one) for one in (then, here))))
    if isinstance(view.implied, Estimate):
        before = None if then is None else then.implied_c
        told = NOT_RECORDED if before is None else f"{before:.2f}"
        rows.append((f"C-statistic implied by the risks{name}", told, _value(view.implied)))
    if view.observed is not None:
        claimed = "–" if view.claimed is None else f"{view.claimed:.2f} (claimed)"
        rows.append((f"C-statistic observed{name}", claimed, _value(view.observed)))
    return [(label, before, "×" if hide else now, "") for label, before, now in rows]


def _mean(found: PredictionSummary | None) -> str:
    return NOT_RECORDED if found is None else _pair(found.mean, found.sd)


def _linear(found: PredictionSummary | None) -> str:
    return NOT_RECORDED if found is None else _pair(found.linear_predictor_mean, found.linear_predictor_sd)


def _pair(mean: float | None, sd: float | None) -> str:
    if mean is None:
        return NOT_RECORDED
    spread = "" if sd is None else f" ({sd:.2f})"
    return f"{mean:.2f}{spread}".replace("-", "−")


def _value(estimate: Estimate) -> str:
    if isinstance(estimate.interval, NotEstimable):
        return f"{estimate.value:.2f}"
    return f"{estimate.value:.2f} ({estimate.interval.low:.2f} to {estimate.interval.high:.2f})"
