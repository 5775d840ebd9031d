"""A plan as lines of a terminal: the targets, the size that decides, what was assumed, remarks and sources."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from cds.planning.plan import Plan, Row


def lines(plan: Plan) -> Iterator[str]:
    """A table of the targets, the size that decides, what was assumed, remarks and sources."""
    yield f"Validation of a model for a {plan.kind} outcome; intervals of {100 * plan.level:g} %"
    yield ""
    cells = [_header(plan), *(_cells(row, plan) for row in plan.rows)]
    widths = [max(len(line[k]) for line in cells) for k in range(len(cells[0]))]
    for line in cells:
        rest = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        yield f"  {line[0].ljust(widths[0])}  {'  '.join(rest)}"
    largest = plan.largest
    if largest is not None:
        events = "" if largest.events is None else f", {largest.events:,} events"
        yield from ("", f"The largest decides: {largest.patients:,} patients{events} ({largest.name}).")
    for title, told in (("Assumed", plan.assumed), ("To note", plan.remarks), ("Sources", plan.sources)):
        if told:
            yield from ("", f"{title}:", *(line for text in told for line in _point(text)))


def _point(text: str) -> list[str]:
    """A point of a list; a word that is longer than a line (an address) is not broken."""
    return textwrap.wrap(
        text, 100, initial_indent="  - ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


def _header(plan: Plan) -> list[str]:
    simulated = ["± simulation"] if plan.kind == "survival" else []
    events = [] if plan.kind == "continuous" else ["events"]
    asked = [] if plan.asked_about is None else [f"width in {plan.asked_about:,}"]
    return ["measure", "target width", "patients", *simulated, *events, *asked]


def _cells(row: Row, plan: Plan) -> list[str]:
    def shown(value: int | None) -> str:
        return "–" if value is None else f"{value:,}"

    simulated = [shown(row.error)] if plan.kind == "survival" else []
    events = [] if plan.kind == "continuous" else [shown(row.events)]
    asked = [] if plan.asked_about is None else ["–" if row.width is None else f"{row.width:.3g}"]
    return [
        row.name,
        "–" if row.target is None else f"{row.target:g}",
        shown(row.patients),
        *simulated,
        *events,
        *asked,
    ]
