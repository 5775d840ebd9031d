"""What the terminal says of a comparison: the main differences per rival, or why there are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cds.core.finding import Finding
    from cds.core.record import RunRecord

ANALYSES = ("comparison", "comparison_refitted")
MAIN = (
    "auroc",
    "brier",
    "calibration_in_the_large",
    "calibration_slope",
    "hand_till_m",
    "log_loss",
    "mae",
    "net_benefit",
    "observed_expected",
    "ordinal_c",
    "r_squared",
)


def lines(record: RunRecord, *, other: str = "") -> Iterator[str]:
    """The differences of the main measures, each with its interval; ``other`` says what the rival is called."""
    found = [f for f in record.findings if f.analysis in ANALYSES and f.kind in ("difference", "ratio")]
    for name in dict.fromkeys(str(f.reference_group) for f in found):
        refitted = any(f.analysis == "comparison_refitted" for f in found if f.reference_group == name)
        yield f"  difference to {other or name} (the same patients{', both refitted' if refitted else ''})"
        yield from (f"    {_line(f)}" for f in found if f.reference_group == name and f.measure in MAIN)
    for table in record.tables:
        if table.section == "comparison" and len(table.header) == 2:
            yield f"  {table.title}: {table.rows[0][0]}: {table.rows[0][1]}"


def _line(finding: Finding) -> str:
    from cds.report.rounding import decimals, number

    row = finding.record()
    where = [f" at {row['threshold']:g}"] if row["threshold"] is not None else []
    where += [f" of {row['category']}"] if row["category"] is not None else []
    name = finding.measure + "".join(where)
    if row["estimate"] is None:
        return f"{name}: not estimable: {row['reason']}"
    values = [row[key] for key in ("estimate", "low", "high") if row[key] is not None]
    digits = decimals(values, apart=[0.0])
    estimate, *interval = (number(value, digits) for value in values)
    sign = "×" if finding.kind == "ratio" else "by"
    bounds = f"({' to '.join(interval)})" if interval else f"({row['reason']})"
    return f"{name} {sign} {estimate} {bounds}"
