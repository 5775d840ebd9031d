"""A forest plot: each site's estimate with its interval, their mean, and what to expect of a new site."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.core.small_cells import hidden
from cds.core.verdict import tolerance
from cds.report.drawing import ACCENT, BAND, INK, RULE, SOFT, Board, Figure, Floats, Scale, text_width, ticks
from cds.report.figure_calibration import column
from cds.report.figure_notes import plain_note
from cds.report.rounding import count, decimals, number, percent, plain
from cds.report.wording import Sentences

LEFT, RIGHT, TOP, ROW = 232, 470, 42, 17.0
MOST_NAMED = 40  # sites; more are drawn as bare lines, in the order of their estimates
TALLEST = 520.0  # all the rows of such sites together
NAME_ENDS, N_ENDS, EVENTS_ENDS, WEIGHT_ENDS = 118.0, 172.0, 220.0, 640.0
ROUND = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)
FINE = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5)
FEWEST_TICKS = 4


@dataclass(frozen=True)
class Axis:
    """A horizontal axis, logarithmic for ratios, that ends where the main part of the plot does."""

    scale: Scale
    logarithmic: bool

    def at(self, value: float) -> float:
        """The position of a value, at the axis's end where it lies beyond."""
        return min(max(self.scale.at(self._scaled(value)), LEFT), RIGHT)

    def beyond(self, value: float) -> bool:
        """Whether a value lies outside the axis."""
        return not self.scale.low - 1e-12 <= self._scaled(value) <= self.scale.high + 1e-12

    def ticks(self) -> tuple[float, ...]:
        """Round numbers along the axis."""
        if not self.logarithmic:
            return ticks(self.scale.low, self.scale.high, about=7)
        for candidates in (ROUND, FINE):
            inside = tuple(v for v in candidates if self.scale.low <= math.log(v) <= self.scale.high)
            if len(inside) >= FEWEST_TICKS:
                return inside
        return ticks(math.exp(self.scale.low), math.exp(self.scale.high), about=4)

    def _scaled(self, value: float) -> float:
        if not self.logarithmic:
            return value
        return math.log(value) if value > 0 else -math.inf


def forest(curve: Curve, record: RunRecord, *, name: str, words: Sentences) -> Figure | None:
    """One line per site, the mean as a diamond, the interval for a new site as a bar; None without an estimate."""
    facts, estimates = curve.facts, column(curve, "estimate")
    if not np.isfinite(estimates).any():
        return None
    axis = _axis(curve)
    names, bare = [str(s) for s in curve.columns["site"]], len(curve.columns["site"]) > MOST_NAMED
    order = np.argsort(estimates, kind="stable") if bare else np.arange(len(names))
    step = min(ROW, TALLEST / len(names)) if bare else ROW
    bottom = TOP + step * len(names) + 8
    summary = 34 * (("mean" in facts) + ("prediction_low" in facts)) / 2
    board = Board(640, bottom + summary + 44)
    _background(board, axis, _allowed(curve, record), facts, bottom + summary)
    _head(board, words, bare=bare, events=bool(np.isfinite(column(curve, "events")).any()))
    digits = decimals([float(v) for v in estimates[np.isfinite(estimates)]])
    for place, k in enumerate(order):
        middle = TOP + step * (place + 0.5)
        _site(board, axis, curve, int(k), middle, size=None if not bare else min(2.6, step / 2))
        if not bare:
            _texts(board, curve, int(k), middle, digits=digits, words=words)
    if not bare:
        _counts(board, curve, record, step)
    _summary(board, axis, facts, bottom, digits=digits, words=words)
    board.text((LEFT + RIGHT) / 2, board.height - 4, _title_of_axis(curve, words), size=10.5, anchor="middle")
    alternative = _alternative(curve, names, words)
    note = _note(curve, axis, words, bare=bare, banded=_allowed(curve, record) is not None)
    return Figure(name, "sites", curve.title, alternative, note, board.finish(alternative))


def _axis(curve: Curve) -> Axis:
    """From the estimates, the mean, the interval for a new site, and the intervals of sites that weigh something."""
    facts, weight = curve.facts, column(curve, "weight")
    low, high, estimate = column(curve, "low"), column(curve, "high"), column(curve, "estimate")
    heavy = weight >= 0.5 * (weight[weight > 0].mean() if (weight > 0).any() else 0.0)
    marks = [*estimate, *low[heavy], *high[heavy]]
    marks += [facts[k] for k in ("low", "high", "mean") if k in facts]
    marks += _reasonable(facts, estimate)
    if facts.get("direction") == "target" and facts.get("ideal") is not None:
        marks.append(facts["ideal"])
    logarithmic = facts.get("scale") == "log"
    values = np.asarray([m for m in marks if np.isfinite(m) and (m > 0 or not logarithmic)], dtype=np.float64)
    values = values if len(values) else np.ones(1)
    values = np.log(values) if logarithmic else values
    pad = 0.03 * (float(np.ptp(values)) or abs(float(values[0])) or 1.0)
    return Axis(Scale(float(values.min()) - pad, float(values.max()) + pad, LEFT + 6, RIGHT - 6), logarithmic)


def _reasonable(facts: Any, estimate: Floats) -> list[float]:
    """The ends of the interval for a new site, unless they would squeeze the sites into a third of the axis."""
    if "prediction_low" not in facts:
        return []
    ends = [float(facts["prediction_low"]), float(facts["prediction_high"])]
    spread = float(np.nanmax(estimate) - np.nanmin(estimate))
    return ends if ends[1] - ends[0] <= 4 * spread or facts.get("scale") == "logit" else []


def _allowed(curve: Curve, record: RunRecord) -> tuple[float, float] | None:
    """What the protocol's criterion on everyone allows, where there is one."""
    wanted = tuple(curve.facts.get(key) for key in ("measure", "horizon", "threshold", "category"))
    for c in record.protocol.criteria:
        if c.across is None and (c.measure, c.horizon, c.threshold, c.category) == wanted:
            return tolerance(c.shown())
    return None


def _background(board: Board, axis: Axis, allowed: tuple[float, float] | None, facts: Any, bottom: float) -> None:
    if allowed is not None:
        low, high = (max(min(v, 1e9), -1e9) if not axis.logarithmic else max(min(v, 1e9), 1e-9) for v in allowed)
        a, b = axis.at(low), axis.at(high)
        board.add("rect", x=a, y=TOP - 4, width=max(b - a, 0.5), height=bottom - TOP + 4, fill="#eef2f6")
    if facts.get("direction") == "target" and facts.get("ideal") is not None:
        at = axis.at(float(facts["ideal"]))
        board.segment(at, TOP - 4, at, bottom, stroke=INK, stroke_width=0.9)
    if "mean" in facts:
        at = axis.at(float(facts["mean"]))
        board.segment(at, TOP - 4, at, bottom, stroke=ACCENT, stroke_width=0.9, stroke_dasharray="3 3")
    board.segment(LEFT, bottom, RIGHT, bottom, stroke=SOFT, stroke_width=0.9)
    for value in axis.ticks():
        at = axis.at(value)
        board.segment(at, bottom, at, bottom + 4, stroke=SOFT, stroke_width=0.8)
        board.text(at, bottom + 15, plain(value), size=9.5, anchor="middle", fill=SOFT)


def _head(board: Board, words: Sentences, *, bare: bool, events: bool) -> None:
    if not bare:
        board.text(0, 26, words("figure.forest_site"), size=9.5, fill=SOFT)
        board.text(N_ENDS, 26, words("figure.forest_n"), size=9.5, anchor="end", fill=SOFT)
        if events:
            board.text(EVENTS_ENDS, 26, words("figure.forest_events"), size=9.5, anchor="end", fill=SOFT)
        board.text(WEIGHT_ENDS, 26, words("figure.forest_weight"), size=9.5, anchor="end", fill=SOFT)
    board.text(480, 26, words("figure.forest_estimate"), size=9.5, fill=SOFT)
    board.segment(0, 32, 640, 32, stroke=RULE, stroke_width=0.8)


def _site(board: Board, axis: Axis, curve: Curve, k: int, middle: float, *, size: float | None) -> None:
    value, low, high = (float(column(curve, name)[k]) for name in ("estimate", "low", "high"))
    weight, most = float(column(curve, "weight")[k]), float(column(curve, "weight").max())
    if np.isfinite(low) and np.isfinite(high):
        board.segment(
            axis.at(low), middle, axis.at(high), middle, stroke=INK, stroke_width=1.1 if size is None else 0.6
        )
        for end, sign in ((low, -1), (high, 1)):
            if axis.beyond(end):
                _arrow(board, axis.at(end), middle, sign)
    if not np.isfinite(value) or axis.beyond(value):
        return
    if size is not None:
        board.add("circle", cx=axis.at(value), cy=middle, r=max(size, 0.8), fill=INK)
    elif weight > 0:
        board.marker(axis.at(value), middle, "square", size=1.6 + 3.4 * math.sqrt(weight / most), fill=ACCENT)
    else:
        board.marker(axis.at(value), middle, "circle", size=2.6, fill="#ffffff")


def _arrow(board: Board, x: float, y: float, sign: int) -> None:
    board.segment(x, y, x - 5 * sign, y - 3, stroke=INK, stroke_width=1.1)
    board.segment(x, y, x - 5 * sign, y + 3, stroke=INK, stroke_width=1.1)


def _texts(board: Board, curve: Curve, k: int, middle: float, *, digits: int, words: Sentences) -> None:
    value, low, high = (float(column(curve, name)[k]) for name in ("estimate", "low", "high"))
    board.text(0, middle + 3.5, _fit(str(curve.columns["site"][k]), NAME_ENDS, 10), size=10)
    weight, reason = float(column(curve, "weight")[k]), str(curve.columns["left_out"][k])
    if np.isfinite(value):
        told = number(value, digits)
        if np.isfinite(low) and np.isfinite(high):
            told += f" ({words('number.range', low=number(low, digits), high=number(high, digits))})"
        board.text(480, middle + 3.5, _fit(told, 134, 9.2), size=9.2)
    elif reason:
        board.text(LEFT + 4, middle + 3.5, _fit(reason, RIGHT - LEFT - 8, 9), size=9, fill=SOFT)
    board.text(WEIGHT_ENDS, middle + 3.5, f"{100 * weight:.1f}%" if weight else "–", size=9.5, anchor="end", fill=SOFT)


def _counts(board: Board, curve: Curve, record: RunRecord, step: float) -> None:
    """Patients and events of each site; small counts, and those that would give them away, as a cross."""
    for column_name, ends in (("n", N_ENDS), ("events", EVENTS_ENDS)):
        values = [None if not np.isfinite(v) else int(v) for v in column(curve, column_name)]
        small = hidden(values, record.protocol.cohort.small_cell)
        for k, value in enumerate(values):
            if value is not None:
                told, y = "×" if k in small else count(value), TOP + step * (k + 0.5) + 3.5
                board.text(ends, y, told, size=9.5, anchor="end", fill=SOFT)


def _summary(board: Board, axis: Axis, facts: Any, top: float, *, digits: int, words: Sentences) -> None:
    if "mean" not in facts:
        return
    middle, level = top + 9, percent(float(facts["level"]))
    board.text(0, middle + 3.5, words("figure.forest_mean", sites=facts["sites_used"]), size=10, weight=600)
    if "low" in facts:
        a, b, m = (axis.at(float(facts[key])) for key in ("low", "high", "mean"))
        points = [(a, middle), (m, middle - 5.5), (b, middle), (m, middle + 5.5)]
        path = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points) + "Z"
        board.add("path", d=path, fill=ACCENT, stroke=INK, stroke_width=0.8)
        told = words("number.range", low=number(facts["low"], digits), high=number(facts["high"], digits))
        board.text(480, middle + 3.5, f"{number(facts['mean'], digits)} ({told})", size=9.5, weight=600)
    if "prediction_low" not in facts:
        return
    middle += 17
    board.text(0, middle + 3.5, words("figure.forest_new", level=level), size=10, weight=600)
    ends = float(facts["prediction_low"]), float(facts["prediction_high"])
    a, b = (axis.at(end) for end in ends)
    board.add("rect", x=a, y=middle - 3.2, width=max(b - a, 1), height=6.4, fill=BAND, stroke=INK, stroke_width=0.8)
    for end, sign in zip(ends, (-1, 1), strict=True):
        if axis.beyond(end):
            _arrow(board, axis.at(end), middle, sign)
    told = words("number.range", low=number(ends[0], digits), high=number(ends[1], digits))
    board.text(480, middle + 3.5, told, size=9.5, weight=600)


def _title_of_axis(curve: Curve, words: Sentences) -> str:
    logarithmic = curve.facts.get("scale") == "log"
    return words("figure.forest_log", label=curve.x_label) if logarithmic else curve.x_label


def _note(curve: Curve, axis: Axis, words: Sentences, *, bare: bool, banded: bool) -> str:
    facts, told = curve.facts, [plain_note(curve, words)]
    told += [words("figure.forest_lines")] if "mean" in facts else []
    told += [words("figure.forest_ideal")] if facts.get("direction") == "target" else []
    told += [words("figure.forest_band")] if banded else []
    if bare:
        told.append(words("figure.forest_bare", sites=count(len(curve.columns["site"]))))
    if "tau2" in facts:
        bounds = words("number.range", low=_tau(facts["tau2_low"]), high=_tau(facts["tau2_high"]))
        scale = words(f"figure.forest_scale_{facts['scale']}")
        told.append(words("figure.forest_tau2", tau2=_tau(facts["tau2"]), bounds=bounds, scale=scale))
    for key in ("no_mean", "no_prediction", "caution"):
        if facts.get(key):
            told.append(f"{str(facts[key])[:1].upper()}{str(facts[key])[1:]}.")
    ends = np.concatenate([column(curve, "low"), column(curve, "high")])
    if any(axis.beyond(float(v)) for v in ends if np.isfinite(v)):
        told.append(words("figure.forest_cut"))
    return " ".join(part for part in told if part)


def _tau(value: float) -> str:
    """Three digits, without powers of ten."""
    return "below 0.0001" if 0 < value < 0.0001 else f"{value:.3g}" if value < 1e5 else "100000+"


def _alternative(curve: Curve, names: Sequence[str], words: Sentences) -> str:
    estimates, facts = column(curve, "estimate"), curve.facts
    known = np.flatnonzero(np.isfinite(estimates))
    lowest, highest = (int(known[f(estimates[known])]) for f in (np.argmin, np.argmax))
    told = words(
        "alt.forest", title=curve.title, sites=len(names), lowest=names[lowest], low=number(float(estimates[lowest])),
        highest=names[highest], high=number(float(estimates[highest])),
    )  # fmt: skip
    if "mean" in facts and "low" in facts:
        bounds = words("number.range", low=number(facts["low"]), high=number(facts["high"]))
        told += " " + words("alt.forest_mean", mean=number(facts["mean"]), bounds=bounds)
    if "prediction_low" in facts:
        bounds = words("number.range", low=number(facts["prediction_low"]), high=number(facts["prediction_high"]))
        told += " " + words("alt.forest_new", bounds=bounds)
    return told


def _fit(text: str, width: float, size: float) -> str:
    """The text, cut with an ellipsis where it would run on."""
    return text if text_width(text, size) <= width else text[: max(int(width / (0.53 * size)) - 1, 1)].rstrip() + "…"


DRAWERS = {"forest": forest}
