"""The texts of a run folder's data files: estimates, curves, and plain values for JSON."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from cds.core.errors import CdsError
from cds.core.finding import COLUMNS, Curve, Finding


def plain(value: Any, place: str = "results") -> Any:
    """Return a value as JSON holds it; NumPy numbers become Python's, tuples become lists.

    Raises
    ------
    CdsError
        NaN, an infinite value or a type that JSON has no place for, naming the place.
    """
    match value:
        case Mapping():
            return {str(key): plain(item, f"{place}.{key}") for key, item in value.items()}
        case str() | bool() | int() | None:
            return value
        case np.bool_() | np.integer():
            return value.item()
        case float() | np.floating():
            if not math.isfinite(value):
                raise CdsError(f"{place} is no finite number")
            return float(value)
        case list() | tuple() | np.ndarray():
            return [plain(item, f"{place}[{position}]") for position, item in enumerate(value)]
    raise CdsError(f"{place} holds a {type(value).__name__}, which results cannot hold")


def estimates_csv(findings: Iterable[Finding]) -> str:
    """One row per finding with the columns of results.json: 6 significant digits, tables as JSON text."""
    return _csv(COLUMNS, ([finding.record()[name] for name in COLUMNS] for finding in findings))


def curve_files(curves: Sequence[Curve]) -> dict[str, str]:
    """File name to CSV text, one per curve: its columns, and the group where it describes one."""
    files: dict[str, str] = {}
    for curve in curves:
        told = (curve.name, curve.attribute, curve.group, curve.facts.get("of"))
        name = _unused(_slug("-".join(p for p in told if p)), files)
        group = {} if curve.attribute is None else {"attribute": curve.attribute, "group": curve.group}
        rows = zip(*curve.columns.values(), strict=True)
        files[name] = _csv([*group, *curve.columns], ([*group.values(), *row] for row in rows))
    return files


def _csv(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool() | np.bool_():
            return "true" if value else "false"
        case float() | np.floating():
            return f"{value:.6g}" if math.isfinite(value) else ""
        case Mapping() | list() | tuple():
            return json.dumps(_rounded(plain(value)), ensure_ascii=False, allow_nan=False)
    return str(value)


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return float(f"{value:.6g}")
        case dict():
            return {key: _rounded(item) for key, item in value.items()}
        case list():
            return [_rounded(item) for item in value]
    return value


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("._")[:80] or "curve"


def _unused(slug: str, files: Mapping[str, str]) -> str:
    name, number = f"{slug}.csv", 2
    while name.lower() in {used.lower() for used in files}:
        name, number = f"{slug}-{number}.csv", number + 1
    return name
