"""Write docs/measures.md from the code: ``python scripts/measure_reference.py``; a test checks that it is current."""

from __future__ import annotations

from pathlib import Path

from cds.catalog import all_measures
from cds.core.measure import Measure
from cds.dataquality.validator import CHECKS

TARGET = Path(__file__).parents[1] / "docs" / "measures.md"
HEAD = """# Measure reference

Made from the code by `scripts/measure_reference.py`; `cds measures NAME` prints the same. *p* is the predicted risk,
*y* the outcome (0 or 1), *ȳ* the share of events, *t* the threshold, *o(p)* the smoothed observed risk. For an
outcome that is a number, *y* is the observed and *ŷ* the predicted value. For times to an event, *r* is the predicted
risk by the horizon *t*, *T* the end of follow-up, *G* the chance of not having been censored by a time, *F* that of
having had the event.
"""


def reference() -> str:
    """The whole document."""
    parts = [HEAD]
    for kind in dict.fromkeys(m.kind for m in all_measures()):
        parts.append(
            "## Randomised trials\n" if kind == "trial" else f"## {kind.replace('_', ' ').capitalize()} outcomes\n"
        )
        parts += [_section(measure) for measure in all_measures() if measure.kind == kind]
    parts.append("## Data checks\n")
    parts += [f"- **{check.code} {check.name}** – {check.what}" for check in CHECKS]
    return "\n".join(parts) + "\n"


def _section(measure: Measure) -> str:
    lines = [
        f"### `{measure.name}`\n",
        f"{measure.label} ({measure.family}). {_better(measure)}\n",
        f"- Formula: {measure.formula}",
        *([f"- Convention: {measure.convention}"] if measure.convention else []),
        f"- Interval: {measure.interval_name}",
        *([f"- Never a criterion: {measure.refused_as_criterion}"] if measure.refused_as_criterion else []),
        f"- Source: {measure.source}",
    ]
    return "\n".join(lines) + "\n"


def _better(measure: Measure) -> str:
    ideal = "" if measure.ideal is None else f"Ideal: {measure.ideal:g}."
    words = {"higher": "Higher is better.", "lower": "Lower is better.", "target": "", "none": ""}
    return " ".join(part for part in (ideal, words[measure.direction]) if part)


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
    print(f"wrote {TARGET.name}")
