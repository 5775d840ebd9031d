"""Figures of a randomised trial: the effects with their intervals, and each arm's course over the visits."""

from __future__ import annotations

import numpy as np

from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.report.drawing import ACCENT, DASHES, INK, MARKERS, RULE, SOFT, Board, Figure, Frame, Scale, shortened, ticks
from cds.report.figure_calibration import column
from cds.report.figure_notes import plain_note
from cds.report.rounding import number, percent
from cds.report.wording import Sentences

SECTION = "trial"
LINE, TOP, MOST = 22, 34, 24
LEFT, RIGHT = 268, 505


def effects(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """One line per arm, visit and subgroup: the effect with its interval, and the line of no effect."""
    del record
    effect, low, high = (column(curve, key)[:MOST] for key in ("effect", "low", "high"))
    inside = np.concatenate([effect, low, high, [float(curve.facts["ideal"])]])
    inside = inside[np.isfinite(inside)]
    if len(inside) < 2:
        return None
    room = 0.06 * float(np.ptp(inside)) or 0.5
    ends = (float(inside.min()) - room, float(inside.max()) + room)
    bottom = TOP + LINE * len(effect)
    board = Board(640, bottom + 46)
    frame = Frame(board, Scale(*ends, LEFT, RIGHT), Scale(0, 1, bottom, TOP - 8))
    frame.axes(x_ticks=ticks(*ends), y_ticks=(), x_label=curve.x_label)
    none = frame.x.at(float(curve.facts["ideal"]))
    board.segment(none, TOP - 8, none, bottom, stroke=SOFT, stroke_width=1, stroke_dasharray=DASHES[1])
    told = []
    for k, (value, a, b) in enumerate(zip(effect, low, high, strict=True)):
        y, label = TOP + LINE * (k + 0.4), _label(curve, k)
        board.text(8, y + 4, shortened(label, LEFT - 16, 10), size=10)
        if k:
            board.segment(8, y - LINE / 2, 632, y - LINE / 2, stroke=RULE, stroke_width=0.6)
        if not np.isfinite(value):
            board.text(RIGHT + 12, y + 4, words("number.none"), size=10, fill=SOFT)
            continue
        if np.isfinite(a) and np.isfinite(b):
            board.segment(frame.x.at(float(a)), y, frame.x.at(float(b)), y, stroke_width=1.4)
        board.marker(frame.x.at(float(value)), y, "square", fill=ACCENT)
        text = number(float(value), 2)
        if np.isfinite(a) and np.isfinite(b):
            bounds = words("number.range", low=number(float(a), 2), high=number(float(b), 2))
            text = f"{text} ({bounds})"
        board.text(RIGHT + 12, y + 4, text, size=9.5)
        told.append(f"{label} {text}")
    board.text(8, 14, words("figure.trial_lines"), size=10, fill=SOFT)
    alternative = words("alt.trajectory", title=curve.title, points="; ".join(told))
    return Figure(name, SECTION, curve.title, alternative, plain_note(curve, words), board.finish(alternative))


def _label(curve: Curve, k: int) -> str:
    """What a line is about; the arm is left out of the lines of its subgroups."""
    arm, visit, group = (str(curve.columns[key][k]) for key in ("arm", "visit", "group"))
    return f"{arm}, {group}" if group else f"{arm}, {visit}" if visit else arm


def course(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """The mean outcome of each arm at each visit, a dash and a mark of its own; None where all arms are too small."""
    arms, visit = [str(arm) for arm in curve.facts["arms"]], column(curve, "visit")
    values = np.concatenate([column(curve, key) for key in curve.columns if key != "visit"])
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    room = 0.06 * float(np.ptp(values)) or 0.5
    ends = (float(values.min()) - room, float(values.max()) + room)
    width = 0.05 * float(np.ptp(visit)) or 0.5
    lines = -(-len(arms) // 3)
    board = Board(640, 272 + 14 * lines)
    top = 16 + 14 * lines
    frame = Frame(
        board, Scale(float(visit.min()) - width, float(visit.max()) + width, 62, 626), Scale(*ends, top + 204, top)
    )
    frame.axes(x_ticks=visit.tolist(), y_ticks=ticks(*ends), y_gap=42, x_label=curve.x_label, y_label=curve.y_label)
    told = []
    for k, arm in enumerate(arms):
        aside = visit + (k - (len(arms) - 1) / 2) * width / 4  # so that intervals do not cover each other
        mean, low, high = column(curve, arm), column(curve, f"{arm} low"), column(curve, f"{arm} high")
        dash, kind = DASHES[k % len(DASHES)], MARKERS[k % len(MARKERS)]
        frame.line(aside, mean, dash=dash, width=1.8, stroke=ACCENT if not k else INK)
        for point in zip(aside, mean, low, high, strict=True):
            if np.isfinite(point[1]):
                frame.point(*(float(value) for value in point), kind=kind)
        told.append(f"{arm} {', '.join(number(float(m), 2) for m in mean if np.isfinite(m))}")
    for line in range(lines):
        entries = [
            (MARKERS[k % len(MARKERS)], shortened(arms[k], 150, 10))
            for k in range(3 * line, min(3 * line + 3, len(arms)))
        ]
        board.key(62, 14 + 14 * line, entries)
    alternative = words("alt.trajectory", title=curve.title, points="; ".join(told))
    note = plain_note(curve, words, weighted=record.weighted)
    return Figure(name, SECTION, curve.title, alternative, note, board.finish(alternative))


def by_group(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """Effects in groups of the predicted risk, or observed on predicted benefit, each with its interval."""
    at, value, low, high = (column(curve, key) for key in ("at", "value", "low", "high"))
    known = np.concatenate([value, low, high])
    known = known[np.isfinite(known)]
    if not len(known):
        return None
    is_benefit = curve.name == "trial_benefit"
    edges = np.concatenate([known, [0.0], at if is_benefit else []])
    room = 0.06 * float(np.ptp(edges)) or 0.5
    ends = (float(edges.min()) - room, float(edges.max()) + room)
    width = 0.08 * float(np.ptp(at)) or 0.5
    across = ends if is_benefit else (float(at.min()) - width, float(at.max()) + width)
    board = Board(430, 286)
    frame = Frame(board, Scale(*across, 62, 416), Scale(*ends, 236, 26))
    frame.axes(x_ticks=ticks(*across), y_ticks=ticks(*ends), y_gap=42, x_label=curve.x_label, y_label=curve.y_label)
    ideal = ends if is_benefit else (0.0, 0.0)
    frame.line(across, ideal, dash=DASHES[1], width=1, stroke=SOFT)
    for point in zip(at, value, low, high, strict=True):
        frame.point(*(float(value_) for value_ in point), fill=ACCENT)
    level = percent(record.protocol.measures.level)
    dashed = words("figure.ideal" if is_benefit else "figure.no_effect")
    board.key(62, 14, [("circle", words("figure.group_effect", level=level)), (DASHES[1], dashed)])
    shown = zip(at[np.isfinite(value)], value[np.isfinite(value)], strict=True)
    told = "; ".join(f"{number(float(x), 2)}: {number(float(y), 2)}" for x, y in shown)
    alternative = words("alt.trajectory", title=curve.title, points=told)
    return Figure(name, SECTION, curve.title, alternative, plain_note(curve, words), board.finish(alternative))


DRAWERS = {"trial_effects": effects, "trial_course": course, "trial_by_risk": by_group, "trial_benefit": by_group}
