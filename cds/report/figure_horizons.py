"""Calibration and decision curves of several horizons, side by side on one scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.report.drawing import Figure
from cds.report.figure_calibration import MOST_PANELS, calibration_panels
from cds.report.figure_classes import decision
from cds.report.wording import Sentences

PANELLED = ("calibration", "decision")
Companion = Callable[[Curve], Curve | None]


def of_several_horizons(curves: Sequence[Curve]) -> dict[str, list[Curve]]:
    """The curves of a name that come once per horizon, by name; those of a single horizon are no panels."""
    found = {
        name: [c for c in curves if c.name == name and c.attribute is None and "horizon" in c.facts]
        for name in PANELLED
    }
    return {name: mine for name, mine in found.items() if len(mine) > 1}


def panels(curves: Sequence[Curve], tenths_of: Companion, record: RunRecord, *, name: str, words: Sentences) -> Figure:
    """One panel per horizon, at most nine: those with a criterion, then the others in order; the note counts more."""
    shown = _chosen(curves, record)
    figure = _drawn(shown, tenths_of, record, name=name, words=words)
    left_out = len(curves) - len(shown)
    if not left_out:
        return figure
    told = words("figure.horizon_left_out" if left_out == 1 else "figure.horizons_left_out", n=left_out)
    return replace(figure, note=f"{figure.note} {told}".strip())


def _chosen(curves: Sequence[Curve], record: RunRecord) -> list[Curve]:
    """The curves that are drawn, by time: first come those whose horizon has a criterion."""
    asked = {c.horizon for c in record.protocol.criteria}
    first = sorted(range(len(curves)), key=lambda k: curves[k].facts["horizon"] not in asked)[:MOST_PANELS]
    return [curves[k] for k in sorted(first)]


def _drawn(curves: Sequence[Curve], tenths_of: Companion, record: RunRecord, *, name: str, words: Sentences) -> Figure:
    named = [replace(c, group=str(c.facts["of"])) for c in curves]
    if curves[0].name == "decision":
        return decision(_stacked(named, words("figure.decision_by_horizon")), record, name=name, words=words)
    found = [(tenths_of(c), str(c.facts["of"])) for c in curves]
    return calibration_panels(
        named, [replace(t, group=of) for t, of in found if t is not None], name=name, section="calibration",
        title=words("figure.calibration_by_horizon"), axes=words("figure.group_axes"),
        level=record.protocol.measures.level, weighted=record.weighted, words=words,
    )  # fmt: skip


def _stacked(curves: Sequence[Curve], title: str) -> Curve:
    """The curves beneath one another, the first column naming the horizon of each."""
    sizes = [len(c.columns["threshold"]) for c in curves]
    columns = {key: np.concatenate([np.asarray(c.columns[key]) for c in curves]) for key in curves[0].columns}
    names = np.repeat(np.array([str(c.group) for c in curves], dtype=np.str_), sizes)
    facts = {"categories": {str(c.group): dict(c.facts) for c in curves}}
    return replace(curves[0], title=title, group=None, columns={"category": names, **columns}, facts=facts)
