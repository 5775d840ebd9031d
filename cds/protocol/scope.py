"""What this version analyses: whatever a protocol asks beyond it is refused, never ignored."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.errors import ProtocolError, all_at_once
from cds.core.protocol import BinaryOutcome, ValidationProtocol

_COHORT = {
    "imputation": "pooling over imputations",
    "site": "intervals and results by site",
    "visit": "several rows per patient",
    "date": "drift over time",
}


def refuse_unsupported(protocol: ValidationProtocol) -> None:
    """Refuse a protocol that asks for what this version does not analyse.

    Refused are outcomes other than binary; imputations, sites, visits, dates and intersections of groups;
    weighting for missing outcomes; case-control designs; BCa intervals; and settings that mean nothing for a
    binary outcome.

    Raises
    ------
    ProtocolError
        Lists everything that is not analysed at once.
    """
    told = "this version of cds does not analyse"
    faults = [ProtocolError(f"{where}: {told} {what}", do=do) for where, what, do in _asked(protocol)]
    if not isinstance(protocol.outcome, BinaryOutcome):
        faults.insert(0, ProtocolError(only_binary(protocol.outcome.kind)))
    if faults:
        raise all_at_once(faults)


def only_binary(kind: str) -> str:
    """The sentence that refuses another kind of outcome."""
    return f"this version validates binary outcomes only, no {kind.replace('_', ' ')} outcomes (outcome.kind)"


def _asked(protocol: ValidationProtocol) -> Iterator[tuple[str, str, str]]:
    outcome, cohort = protocol.outcome, protocol.cohort
    if outcome.missing == "weight":
        yield "outcome.missing", "weighting for missing outcomes", 'Choose missing = "refuse" or "exclude"'
    for name, what in _COHORT.items():
        if getattr(cohort, name) is not None:
            yield f"cohort.{name}", what, f"Remove {name}, or prepare data that do not need it"
    if cohort.intersections:
        yield (
            "cohort.intersections",
            "intersections of groups",
            "Make a column of the combined groups instead",
        )
    if protocol.sampling == "case_control":
        yield "sampling", "case-control designs, whose share of events is the investigator's choice", ""
    if protocol.measures.interval == "bca":
        yield "measures.interval", "BCa intervals", 'Choose interval = "percentile"'
    if isinstance(outcome, BinaryOutcome):
        yield from _without_meaning(protocol)


def _without_meaning(protocol: ValidationProtocol) -> Iterator[tuple[str, str, str]]:
    predictions, measures = protocol.predictions, protocol.measures
    if isinstance(predictions.risk, dict):
        yield "predictions.risk", "risks by horizon of a binary outcome", 'Name one column: risk = "…"'
    for name in ("probabilities", "value", "linear_predictor"):
        if getattr(predictions, name) is not None:
            yield (
                f"predictions.{name}",
                f"{name} of a binary outcome",
                'Name the column of the risk: risk = "…"',
            )
    if measures.horizons:
        yield "measures.horizons", "horizons of a binary outcome", "Remove horizons"
    if measures.follow_up != "to_horizon":
        yield "measures.follow_up", "the follow-up of a binary outcome", "Remove follow_up"
