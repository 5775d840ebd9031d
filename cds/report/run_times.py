"""Which rows of a validation run are about the time that the page is about, and how they say their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cds.report.facts import PatientFacts
from cds.report.times import within
from cds.report.wording import Sentences

Row = Mapping[str, Any]


def at_page_horizon(rows: Iterable[Row], facts: PatientFacts) -> list[Row]:
    """The rows without a time, and those of one time: the page's, else the latest that the run judged."""
    given = list(rows)
    timed = [row for row in given if row.get("horizon") is not None]
    chosen = [row for row in timed if is_page_horizon(row, facts)]
    if timed and not chosen:
        latest = max(float(row["horizon"]) for row in timed)
        chosen = [row for row in timed if float(row["horizon"]) == latest]
    return [row for row in given if row.get("horizon") is None or row in chosen]


def is_page_horizon(row: Row, facts: PatientFacts) -> bool:
    """Whether the row is about the page's time; the same number in another unit is another time."""
    return row.get("horizon") == facts.horizon and _unit(row, facts) in ("", facts.card.time_unit or _unit(row, facts))


def row_within(row: Row, facts: PatientFacts, say: Sentences) -> str:
    """``within 365 days``; empty where the row has no time."""
    horizon = row.get("horizon")
    return "" if horizon is None else within(float(horizon), _unit(row, facts) or facts.card.time_unit, say)


def _unit(row: Row, facts: PatientFacts) -> str:
    return str(row.get("time_unit") or "")
