"""Finds what a protocol left as its template had it: a place marked with an ellipsis."""

from __future__ import annotations

from cds.core.protocol import ValidationProtocol

MARK = "…"


def unfilled(protocol: ValidationProtocol) -> list[str]:
    """The texts that still hold the mark, as the file names them: ``question``, ``criteria[0].rationale``."""
    texts = {
        "question": protocol.question,
        "population": protocol.population,
        "time_zero": protocol.time_zero,
        "outcome.competing": getattr(protocol.outcome, "competing", ""),
        **{f"criteria[{place}].rationale": each.rationale for place, each in enumerate(protocol.criteria)},
    }
    return [name for name, text in texts.items() if MARK in text]
