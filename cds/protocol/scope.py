"""What this version analyses: whatever a protocol asks beyond it is refused, never ignored."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.errors import ProtocolError, all_at_once
from cds.core.protocol import ValidationProtocol

ANALYSED = ("binary", "nominal", "ordinal", "continuous")
PREDICTED_BY: dict[str, tuple[str, ...]] = {
    "risk": ("binary", "survival", "competing_risks"),
    "probabilities": ("nominal", "ordinal"),
    "value": ("continuous",),
    "low": ("continuous",),
    "high": ("continuous",),
    "linear_predictor": ("survival", "competing_risks"),
}
_COHORT = {
    "visit": "several rows per patient",
}


def refuse_unsupported(protocol: ValidationProtocol) -> None:
    """Refuse a protocol that asks for what this version does not analyse.

    Refused are outcomes of survival, competing-risks and repeated kinds; visits and intersections of groups; and
    settings that mean nothing for the outcome's kind.

    Raises
    ------
    ProtocolError
        Lists everything that is not analysed at once.
    """
    told = "this version of cds does not analyse"
    faults = [ProtocolError(f"{where}: {told} {what}", do=do) for where, what, do in _asked(protocol)]
    if protocol.outcome.kind not in ANALYSED:
        faults.insert(0, ProtocolError(not_analysed(protocol.outcome.kind)))
    if faults:
        raise all_at_once(faults)


def not_analysed(kind: str) -> str:
    """The sentence that refuses another kind of outcome."""
    return (
        f"this version validates {', '.join(ANALYSED[:-1])} and {ANALYSED[-1]} outcomes, "
        f"no {kind.replace('_', ' ')} outcomes (outcome.kind)"
    )


def _asked(protocol: ValidationProtocol) -> Iterator[tuple[str, str, str]]:
    cohort = protocol.cohort
    for name, what in _COHORT.items():
        if getattr(cohort, name) is not None:
            yield f"cohort.{name}", what, f"Remove {name}, or prepare data that do not need it"
    if cohort.intersections:
        yield (
            "cohort.intersections",
            "intersections of groups",
            "Make a column of the combined groups instead",
        )
    yield from _without_meaning(protocol)


def _without_meaning(protocol: ValidationProtocol) -> Iterator[tuple[str, str, str]]:
    """Settings that say nothing about an outcome of this kind, which would otherwise be ignored."""
    kind, predictions, measures = protocol.outcome.kind, protocol.predictions, protocol.measures
    if kind == "binary" and isinstance(predictions.risk, dict):
        yield "predictions.risk", "risks by horizon of a binary outcome", 'Name one column: risk = "…"'
    for name, kinds in PREDICTED_BY.items():
        if getattr(predictions, name) is not None and kind not in kinds:
            yield f"predictions.{name}", f"{name} of a {kind} outcome", "Remove it, and name what the outcome needs"
    if measures.horizons:
        yield "measures.horizons", f"horizons of a {kind} outcome", "Remove horizons"
    if "drift" in protocol.model_fields_set and protocol.cohort.date is None:
        yield "drift", "drift without dates", "Name the date's column under [cohort], or remove [drift]"
    if measures.follow_up != "to_horizon":
        yield "measures.follow_up", f"the follow-up of a {kind} outcome", "Remove follow_up"
    if kind == "continuous" and protocol.sampling == "case_control":
        yield "sampling", "case-control designs of a continuous outcome, which has no cases", "Choose another sampling"
    if kind != "binary" and protocol.prevalence is not None:
        yield "prevalence", f"the prevalence of a {kind} outcome, which is more than one number", "Remove prevalence"
    if kind == "continuous" and measures.thresholds:
        yield "measures.thresholds", "thresholds of risk of a continuous outcome", "Remove thresholds"
    if kind == "continuous" and measures.clip is not None:
        yield "measures.clip", "bounds of a continuous outcome's predictions", "Remove clip"
