"""Figures of times to an event: error over time, and risk groups' observed course beside what was predicted."""

from __future__ import annotations

import numpy as np

from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.report.drawing import ACCENT, DASHES, INK, MARKERS, SOFT, Board, Figure, Floats, Frame, Scale, ticks
from cds.report.figure_calibration import column
from cds.report.figure_notes import has_band, plain_note
from cds.report.rounding import number, percent, plain
from cds.report.wording import Sentences

SECTION = "over_time"
POINTS = 12  # times above which a line alone is drawn, without a mark at each


def brier_over_time(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """Left the Brier score of the model beside that of the observed risk, right the index of prediction accuracy."""
    time, model, null = (column(curve, key) for key in ("time", "brier", "brier_null"))
    scaled, banded = column(curve, "ipa"), has_band(curve)
    board = Board(640, 262)
    high = column(curve, "high") if banded else model
    top = 1.08 * float(np.nanmax(np.concatenate([model, null, high])))
    across = Scale(0.0, float(time.max()), 56, 316)
    left = _frame(board, across, (0.0, top), curve.x_label, words("figure.brier"))
    low, end = min(0.0, float(np.nanmin(scaled, initial=0.0))), max(0.05, float(np.nanmax(scaled, initial=0.05)))
    across = Scale(0.0, float(time.max()), 384, 630)
    right = _frame(board, across, (1.1 * low, 1.1 * end), curve.x_label, words("figure.ipa"))
    if banded:
        left.band(time, column(curve, "low"), high)
    left.line(time, null, dash=DASHES[1], stroke=INK)
    right.line([right.x.low, right.x.high], [0, 0], dash=DASHES[1], width=1, stroke=SOFT)
    for frame, values in ((left, model), (right, scaled)):
        frame.line(time, values, width=2, stroke=ACCENT)
        for x, y in zip(time, values, strict=True) if len(time) <= POINTS else ():
            frame.point(float(x), float(y), np.nan, np.nan, fill=ACCENT)
    level = percent(record.protocol.measures.level)
    band = [("band", words("figure.interval", level=level))] if banded else []
    board.key(56, 14, [("line", words("figure.model")), *band, (DASHES[1], words("figure.no_model"))])
    alternative = words("alt.brier", title=curve.title, points=_told(time, model, scaled, words))
    return Figure(name, SECTION, curve.title, alternative, plain_note(curve, words), board.finish(alternative))


def risk_groups(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """Observed risk over time in each group, lowest to highest, and the mean predicted risk at the horizons."""
    group, time, observed = (column(curve, key) for key in ("group", "time", "observed"))
    predicted = curve.facts["predicted"]
    highest = max([float(np.nanmax(observed)), *(float(p["mean_risk"]) for p in predicted)])
    board = Board(640, 320)
    frame = Frame(board, Scale(0.0, float(time.max()), 56, 520), Scale(0.0, min(1.0, 1.05 * highest), 272, 28))
    marks = ticks(0.0, frame.y.high)
    frame.axes(
        x_ticks=ticks(0.0, float(time.max()), about=8), y_ticks=marks, y_gap=40, x_label=curve.x_label,
        y_label=words("figure.risk"),
    )  # fmt: skip
    names, told, heights = sorted(set(group.tolist())), [], {}
    for k, one in enumerate(names):
        rows, label = group == one, _group_name(k, len(names), words)
        frame.line(
            time[rows], observed[rows], width=1.9, dash=DASHES[(len(names) - 1 - k) % len(DASHES)], stroke=ACCENT
        )
        mine = [p for p in predicted if p["group"] == one]
        for point in mine:
            kind = MARKERS[k % len(MARKERS)]
            frame.point(float(point["horizon"]), float(point["mean_risk"]), np.nan, np.nan, kind=kind)
        heights[label] = frame.y.at(float(observed[rows][-1]))
        told.append(
            words("alt.risk_group", group=label, observed=number(float(observed[rows][-1]), 2),
                  predicted=number(float(mine[-1]["mean_risk"]), 2))
        )  # fmt: skip
    signs = {_group_name(k, len(names), words): MARKERS[k % len(MARKERS)] for k in range(len(names))}
    for label, y in _apart(heights).items():
        board.marker(534, y, signs[label], fill="#ffffff")
        board.text(544, y + 3.5, label, size=9.5, fill=SOFT)
    board.key(56, 14, [("line", words("figure.observed_risk")), ("circle", words("figure.mean_predicted"))])
    alternative = words("alt.risk_groups", title=curve.title, groups="; ".join(told))
    note = plain_note(curve, words, weighted=record.weighted)
    return Figure(name, SECTION, curve.title, alternative, note, board.finish(alternative))


def _group_name(k: int, count: int, words: Sentences) -> str:
    if k in (0, count - 1):
        return words("figure.lowest_group" if k == 0 else "figure.highest_group")
    return words("figure.group_number", k=k + 1)


def _apart(heights: dict[str, float], least: float = 12.0) -> dict[str, float]:
    """Heights of labels moved down where two would touch, in the order from the top."""
    placed: dict[str, float] = {}
    for label, wanted in sorted(heights.items(), key=lambda item: item[1]):
        above = max(placed.values(), default=-least)
        placed[label] = max(wanted, above + least)
    return placed


def _frame(board: Board, across: Scale, ends: tuple[float, float], x_label: str, y_label: str) -> Frame:
    frame = Frame(board, across, Scale(*ends, 214, 28))
    marks = ticks(across.low, across.high, about=6)
    room = across.stop - across.start + 16  # the other panel's title stands beside it
    frame.axes(x_ticks=marks, y_ticks=ticks(*ends), y_gap=42, x_label=x_label, y_label=y_label, x_room=room)
    return frame


def _told(time: Floats, model: Floats, scaled: Floats, words: Sentences) -> str:
    """The scores at up to five of the times."""
    chosen = np.unique(np.linspace(0, len(time) - 1, min(5, len(time))).round().astype(int))
    return "; ".join(
        words(
            "alt.brier_point",
            time=plain(float(time[k])),
            brier=number(float(model[k]), 3),
            ipa=number(float(scaled[k]), 3) if np.isfinite(scaled[k]) else words("number.none"),
        )
        for k in chosen
    )


DRAWERS = {"brier_over_time": brier_over_time, "risk_groups": risk_groups}
