"""What happens to 1,000 patients if one acts at a threshold."""

from __future__ import annotations

from cds.core.finding import Table
from cds.core.sample_binary import BinarySample
from cds.utility.classification import counts
from cds.utility.net_benefit import net_benefit, net_benefit_treat_all


def per_thousand(sample: BinarySample, thresholds: tuple[float, ...]) -> Table:
    """Of 1,000 patients, how many are found, missed, wrongly flagged and rightly left; net benefit per 1,000."""
    rows = []
    for t in thresholds:
        c = {name: 1000 * value / sample.total for name, value in counts(sample, t).items()}
        nets = (net_benefit(sample, t), net_benefit_treat_all(sample, t), 0.0)
        shown = [f"{c[name]:.0f}" for name in ("tp", "fn", "fp", "tn")] + [f"{1000 * value:.0f}" for value in nets]
        rows.append((f"{t:g}", *shown))
    header = (
        "threshold",
        "found",
        "missed",
        "wrongly flagged",
        "correctly left",
        "net benefit",
        "treat all",
        "treat none",
    )
    note = "Net benefit per 1,000: patients found, less the wrongly flagged at the threshold's exchange rate."
    return Table("per_thousand", "utility", "What happens to 1,000 patients", header, tuple(rows), note)
