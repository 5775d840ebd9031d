"""What this version analyses: whatever a protocol asks beyond it is refused, never ignored."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.errors import ProtocolError, all_at_once
from cds.core.protocol import ValidationProtocol
from cds.protocol.trial import trial_criteria_faults, trial_faults

TIMES = ("survival", "competing_risks")
ANALYSED = ("binary", "nominal", "ordinal", "continuous", *TIMES, "repeated")
PREDICTED_BY: dict[str, tuple[str, ...]] = {
    "risk": ("binary", "survival", "competing_risks"),
    "probabilities": ("nominal", "ordinal"),
    "value": ("continuous", "repeated"),
    "low": ("continuous", "repeated"),
    "high": ("continuous", "repeated"),
    "linear_predictor": ("survival", "competing_risks"),
}


def refuse_unsupported(protocol: ValidationProtocol, *, where: str = "") -> None:
    """Refuse a protocol that asks for what this version does not analyse.

    Refused are analyses that a kind of outcome does not have here, and settings that mean
    nothing for the outcome's kind. ``where`` names the protocol's file in messages.

    Raises
    ------
    ProtocolError
        Lists everything that is not analysed at once.
    """
    told = "this version of cds does not analyse"
    faults = [ProtocolError(f"{key}: {told} {what}", where=where, do=do) for key, what, do in _asked(protocol)]
    unfit = [*trial_faults(protocol), *trial_criteria_faults(protocol)]
    faults += [ProtocolError(what, where=where, do=do) for what, do in unfit]
    if faults:
        raise all_at_once(faults)


def _asked(protocol: ValidationProtocol) -> Iterator[tuple[str, str, str]]:
    cohort = protocol.cohort
    several_rows = protocol.outcome.kind == "repeated" or protocol.landmark is not None or protocol.trial is not None
    if cohort.visit is not None and not several_rows:
        yield (
            "cohort.visit",
            "several rows per patient of one outcome",
            "Remove visit, or declare [landmark] or repeated",
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
    yield from _of_times(protocol)
    if "drift" in protocol.model_fields_set and protocol.cohort.date is None:
        yield "drift", "drift without dates", "Name the date's column under [cohort], or remove [drift]"
    if kind in ("continuous", "repeated", *TIMES) and protocol.sampling == "case_control":
        yield "sampling", f"case-control designs of a {_plain(kind)} outcome", "Choose another sampling"
    if kind != "binary" and protocol.prevalence is not None:
        yield "prevalence", f"the prevalence of a {_plain(kind)} outcome, which is not one number", "Remove prevalence"
    if kind in ("continuous", "repeated") and measures.thresholds:
        yield "measures.thresholds", f"thresholds of risk of a {kind} outcome", "Remove thresholds"
    if kind in ("continuous", "repeated") and measures.clip is not None:
        yield "measures.clip", f"bounds of a {kind} outcome's predictions", "Remove clip"


def _of_times(protocol: ValidationProtocol) -> Iterator[tuple[str, str, str]]:
    """What only times to an event, or visits, have; and what is not done for them here."""
    kind, measures = protocol.outcome.kind, protocol.measures
    of = f"of a {_plain(kind)} outcome"
    if measures.horizons and kind not in (*TIMES, "repeated") and protocol.trial is None:
        yield "measures.horizons", f"horizons {of}", "Remove horizons"
    if kind not in TIMES:
        if measures.follow_up != "to_horizon":
            yield "measures.follow_up", f"the follow-up {of}", "Remove follow_up"
        if measures.grid:
            yield "measures.grid", f"the times of an integrated Brier score {of}", "Remove grid"
        if measures.censoring != "marginal":
            yield "measures.censoring", f"the censoring {of}", "Remove censoring and censoring_given"
        if protocol.landmark is not None:
            yield "landmark", f"landmarks {of}", "Remove [landmark], or make the outcome a time to an event"
        return
    if "smoother" in measures.model_fields_set:
        yield "measures.smoother", f"another smoother than the regressions that are fixed {of}", "Remove smoother"
    if isinstance(protocol.predictions.risk, str):
        yield "predictions.risk", f"one column of risks {of}", 'Name a column per horizon: risk = {"90" = "…"}'
    if protocol.outcome.missing == "weight":
        yield "outcome.missing", f"weighting for missing outcomes {of}", 'Choose "refuse" or "exclude"'
    if protocol.needs_refits:
        yield "design", f"internal validation by refitting {of}", "Set patients aside, with held_out = true"
    if protocol.landmark is not None:
        yield from _of_landmarks(protocol)


def _of_landmarks(protocol: ValidationProtocol) -> Iterator[tuple[str, str, str]]:
    cohort = protocol.cohort
    if cohort.visit is None:
        yield "landmark", "landmarks whose column is not named", "Name the column of landmarks as visit under [cohort]"
    for name in ("groups", "continuous", "site", "imputation", "date"):
        if getattr(cohort, name):
            yield f"cohort.{name}", f"{name} over landmarks", f"Remove {name}, or judge one landmark in a protocol"
    if any(criterion.across is None for criterion in protocol.criteria):
        yield (
            "criteria",
            "one number over all landmarks, whose patients and censoring differ",
            'Judge each landmark: add across = "landmark" and each = true',
        )


def _plain(kind: str) -> str:
    return kind.replace("_", " ")
