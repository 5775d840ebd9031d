"""Chooses and draws the figures of a validation report from what the validators handed over."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.report.criteria_view import CriterionRow
from cds.report.drawing import Figure
from cds.report.figure_calibration import calibration, calibration_by_group
from cds.report.figure_criteria import MOST_ROWS, criteria
from cds.report.figure_decision import decision
from cds.report.figure_distribution import distribution
from cds.report.figure_groups import by_criterion
from cds.report.figure_horizons import of_several_horizons, panels
from cds.report.figure_lines import lines, roc
from cds.report.group_counts import GroupCounts
from cds.report.wording import Sentences

COMPANIONS = {"calibration_tenths"}


def draw_figures(record: RunRecord, rows: Sequence[CriterionRow], *, area: str, words: Sentences) -> tuple[Figure, ...]:
    """Every figure of the report, each under a name of its own; ``area`` says the AUROC with its interval.

    A curve of an unknown name is drawn as lines over its first column; one with nothing to draw is left out.
    """
    names = _Names()
    drawn = _criteria_figures(rows, names, words)
    panelled = of_several_horizons(record.curves)
    for name, curves in panelled.items():
        tenths = functools.partial(_companion, record, name="calibration_tenths")
        drawn.append(panels(curves, tenths, record, name=names(name), words=words))
    for curve in _overall(record.curves):
        if curve.name in panelled:
            continue
        figure = _overall_figure(curve, record, area, names, words)
        if figure is not None:
            drawn.append(figure)
    drawn += [replace(f, name=names("criterion_by_group")) for f in by_criterion(record, words)]
    drawn += _group_figures(record, names, words)
    return tuple(drawn)


class Drawer(Protocol):
    """Draws the curves of one name; None where there is nothing to draw."""

    def __call__(self, curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
        """The curve as a figure of this name; the record holds its companions."""
        ...


@functools.cache
def drawers() -> dict[str, Drawer]:
    """By the name of the curve: what the ``DRAWERS`` of every ``figure_*.py`` here declare."""
    import cds.report

    files = sorted(info.name for info in pkgutil.iter_modules(cds.report.__path__) if info.name.startswith("figure_"))
    found: dict[str, Drawer] = {}
    for name in files:
        found |= getattr(importlib.import_module(f"cds.report.{name}"), "DRAWERS", {})
    return found


class _Names:
    """File names that never repeat."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def __call__(self, wanted: str) -> str:
        stem = "".join(c if c.isascii() and c.isalnum() else "_" for c in wanted).strip("_")[:60] or "figure"
        name, k = stem, 2
        while name in self._used:
            name, k = f"{stem}_{k}", k + 1
        self._used.add(name)
        return name


def _criteria_figures(rows: Sequence[CriterionRow], names: _Names, words: Sentences) -> list[Figure]:
    title = words("figure.criteria")
    pages = [rows[i : i + MOST_ROWS] for i in range(0, len(rows), MOST_ROWS)]
    return [criteria(page, name=names("criteria"), title=title, words=words) for page in pages]


def _overall(curves: Sequence[Curve]) -> list[Curve]:
    return [c for c in curves if c.attribute is None and c.name not in COMPANIONS]


def _overall_figure(curve: Curve, record: RunRecord, area: str, names: _Names, words: Sentences) -> Figure | None:
    measures = record.protocol.measures
    known: dict[str, Callable[[str], Figure]] = {
        "calibration": lambda name: calibration(
            curve,
            _companion(record, curve, "calibration_tenths"),
            _companion(record, curve, "risk_distribution"),
            name=name,
            level=measures.level,
            weighted=record.weighted,
            words=words,
        ),
        "risk_distribution": lambda name: distribution(curve, name=name, weighted=record.weighted, words=words),
        "decision": lambda name: decision(
            curve, name=name, thresholds=measures.thresholds, level=measures.level, words=words
        ),
        "roc": lambda name: roc(curve, name=name, area=area, words=words),
    }
    if not all(len(values) for values in curve.columns.values()):
        return None
    if curve.name in known:
        return known[curve.name](names(curve.name))
    if curve.name in drawers():
        name = names("-".join(part for part in (curve.name, str(curve.facts.get("of", ""))) if part))
        return drawers()[curve.name](curve, record, name=name, words=words)
    return lines(curve, name=names(curve.name), words=words)


def _companion(record: RunRecord, curve: Curve, name: str) -> Curve | None:
    """The curve that belongs beside this one: same group and, where both say one, same horizon and category."""
    for other in record.curves:
        same = (other.attribute, other.group) == (curve.attribute, curve.group)
        facts = all(other.facts.get(k) == curve.facts.get(k) for k in ("horizon", "category"))
        if other.name == name and same and facts and all(len(v) for v in other.columns.values()):
            return other
    return None


def _asked(curve: Curve) -> tuple[float | None, str | None]:
    horizon, category = curve.facts.get("horizon"), curve.facts.get("category")
    return None if horizon is None else float(horizon), None if category is None else str(category)


def _kept_back(curve: Curve) -> Curve:
    """The curve of a group whose counts are not printed."""
    return replace(curve, facts={**curve.facts, "kept_back": True})


def _group_figures(record: RunRecord, names: _Names, words: Sentences) -> list[Figure]:
    curves = [c for c in record.curves if c.attribute and c.name == "calibration" and len(c.columns["risk"]) > 1]
    counts = GroupCounts(record)
    curves = [_kept_back(c) if counts.hides_group((str(c.attribute), str(c.group)), _asked(c)) else c for c in curves]
    figures = []
    for attribute, horizon in dict.fromkeys((str(c.attribute), c.facts.get("of")) for c in curves):
        mine = [c for c in curves if (c.attribute, c.facts.get("of")) == (attribute, horizon)]
        tenths = [t for c in mine if (t := _companion(record, c, "calibration_tenths")) is not None]
        figures.append(
            calibration_by_group(
                mine,
                tenths,
                name=names(f"calibration_{attribute}"),
                attribute=attribute
                if horizon is None
                else words("figure.attribute_at", attribute=attribute, at=horizon),
                level=record.protocol.measures.level,
                weighted=record.weighted,
                words=words,
            )
        )
    return figures
