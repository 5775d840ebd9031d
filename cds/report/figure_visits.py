"""Figures of an outcome followed over visits: the course, observed on predicted at each visit, error, drop-out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.report.drawing import ACCENT, DASHES, INK, SOFT, Board, Figure, Floats, Frame, Scale, ticks
from cds.report.figure_calibration import column
from cds.report.figure_drift import by_window
from cds.report.figure_notes import plain_note
from cds.report.rounding import count, number, percent, plain
from cds.report.wording import Sentences

SECTION = "visits"
ROOM = 0.05  # of the range, left free at each end
PER_ROW, MOST_PANELS, SIDE = 3, 9, 160


def trajectory(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """Mean observed value with its interval and mean predicted value at each visit."""
    visit, observed, predicted = (column(curve, key) for key in ("visit", "observed", "predicted"))
    low, high = column(curve, "low"), column(curve, "high")
    ends = _padded(np.concatenate([observed, predicted, low, high]))
    board = Board(640, 286)
    frame = Frame(board, Scale(*_padded(visit), 62, 620), Scale(*ends, 228, 30))
    frame.axes(x_ticks=visit.tolist(), y_ticks=ticks(*ends), y_gap=42, x_label=curve.x_label, y_label=curve.y_label)
    frame.line(visit, predicted, dash=DASHES[1], width=1.8, stroke=INK)
    frame.line(visit, observed, width=2, stroke=ACCENT)
    for x, y, a, b, p in zip(visit, observed, low, high, predicted, strict=True):
        frame.point(float(x), float(y), float(a), float(b), fill=ACCENT)
        frame.point(float(x), float(p), np.nan, np.nan, kind="diamond")
    level = percent(record.protocol.measures.level)
    board.key(
        62, 14, [("circle", words("figure.observed_mean", level=level)), ("diamond", words("figure.predicted_mean"))]
    )
    told = "; ".join(
        words("alt.trajectory_point", visit=plain(float(x)), observed=number(float(y)), predicted=number(float(p)))
        for x, y, p in zip(visit, observed, predicted, strict=True)
    )
    alternative = words("alt.trajectory", title=curve.title, points=told)
    note = plain_note(curve, words, weighted=record.weighted)
    return Figure(name, SECTION, curve.title, alternative, note, board.finish(alternative))


def bins(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """Mean observed on mean predicted value in groups of the prediction, one panel per visit on one scale."""
    visits = list(dict.fromkeys(column(curve, "visit").tolist()))[:MOST_PANELS]
    ends = _padded(np.concatenate([column(curve, key) for key in ("predicted", "observed", "low", "high")]))
    rows = -(-len(visits) // PER_ROW)
    board = Board(640, rows * (SIDE + 62) + 34)
    level = percent(float(curve.facts["level"]))
    board.key(46, 14, [("circle", words("figure.group_mean", level=level)), (DASHES[1], words("figure.ideal"))])
    told = []
    for k, visit in enumerate(visits):
        left, top = 46 + 206 * (k % PER_ROW), 52 + (SIDE + 62) * (k // PER_ROW)
        frame = Frame(board, Scale(*ends, left, left + SIDE), Scale(*ends, top + SIDE, top))
        frame.axes(x_ticks=ticks(*ends), y_ticks=ticks(*ends), size=9)
        frame.line(ends, ends, dash=DASHES[1], width=1, stroke=SOFT)
        here = column(curve, "visit") == visit
        x, y = column(curve, "predicted")[here], column(curve, "observed")[here]
        for point in zip(x, y, column(curve, "low")[here], column(curve, "high")[here], strict=True):
            frame.point(*(float(value) for value in point))
        n = count(float(column(curve, "n")[here].sum()))
        board.text(left, top - 8, words("figure.visit", visit=_at(visit, record), n=n), size=10.5, weight=600)
        told.append(
            words("alt.visit", visit=plain(visit), low=number(float(x[0])), observed_low=number(float(y[0])),
                  high=number(float(x[-1])), observed_high=number(float(y[-1])))
        )  # fmt: skip
    board.text(
        320, board.height - 8, f"{curve.x_label} (across), {curve.y_label.lower()} (up)", size=10, anchor="middle"
    )
    alternative = words("alt.trajectory", title=curve.title, points="; ".join(told))
    note = plain_note(curve, words, weighted=record.weighted)
    return Figure(name, SECTION, curve.title, alternative, note, board.finish(alternative))


def measures(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """One panel per measure, its estimates with intervals over the visits."""
    labels, ideals = curve.facts["labels"], curve.facts["ideal"]
    named = [str(measure) for measure in curve.columns["measure"]]
    unit = f" ({curve.facts['unit']})" if curve.facts.get("unit") else ""
    in_unit = {m for m in labels if (definition := record.definitions.get(m)) and definition.in_unit}
    shown = np.array([f"{labels[m]}{unit if m in in_unit else ''}" for m in named])
    wanted = np.array([_ideal(record, m, ideals.get(m)) for m in named])
    return _along(curve, column(curve, "value"), shown, wanted, record, name=name, words=words)


def dropout(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """The odds ratio of being missing per standard deviation of the prediction, at each visit."""
    odds = column(curve, "odds_ratio")
    labels = np.full(len(odds), words("figure.odds_of_missing"))
    return _along(curve, odds, labels, np.ones(len(odds)), record, name=name, words=words)


def _along(
    curve: Curve, value: Floats, labels: np.ndarray, ideal: Floats, record: RunRecord, *, name: str, words: Sentences
) -> Figure | None:
    """The panels that calendar windows have too, with visits in their place."""
    visit = column(curve, "visit")
    visits = sorted(set(visit.tolist()))
    columns = {
        "label": labels, "window": np.array([plain(v) for v in visit]), "at": np.searchsorted(visits, visit),
        "estimate": value, "low": column(curve, "low"), "high": column(curve, "high"),
        "few": np.zeros(len(value), dtype=bool), "ideal": ideal,
    }  # fmt: skip
    facts = {**curve.facts, "windows": [plain(v) for v in visits]}
    return by_window(replace(curve, columns=columns, facts=facts), record, name=name, words=words)


def _at(visit: float, record: RunRecord) -> str:
    return f"{plain(visit)} {record.protocol.time_unit}".rstrip()


def _ideal(record: RunRecord, measure: str, ideal: float | None) -> float:
    definition = record.definitions.get(measure)
    is_target = definition is not None and definition.direction == "target"
    return float(ideal) if ideal is not None and is_target else np.nan


def _padded(values: Floats) -> tuple[float, float]:
    found = values[np.isfinite(values)]
    low, high = float(found.min()), float(found.max())
    room = ROOM * (high - low) or 0.5
    return low - room, high + room


DRAWERS = {
    "trajectory": trajectory,
    "trajectory_bins": bins,
    "trajectory_calibration": measures,
    "trajectory_errors": measures,
    "dropout_odds": dropout,
}
