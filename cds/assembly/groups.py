"""What the report must say of the groups that a protocol declares and the data do not hold."""

from __future__ import annotations

import numpy as np

from cds.core.cohort import MISSING_GROUP, Cohort

MOST_NAMED = 6


def group_notes(cohort: Cohort) -> list[str]:
    """A sentence for each attribute that the data lack, and for the bands and combinations that nobody has."""
    reasons: dict[str, list[str]] = {}
    for attribute, reason in cohort.absent.items():
        reasons.setdefault(reason, []).append(attribute)
    notes = [f"Nothing is said across {' and '.join(attributes)}: {reason}." for reason, attributes in reasons.items()]
    present = {name: set(np.unique(levels).tolist()) for name, levels in cohort.compared.items()}
    for name, order in cohort.level_orders.items():
        empty = [level for level in order if level not in present.get(name, order) and level != MISSING_GROUP]
        if empty:
            more = f" and {len(empty) - MOST_NAMED} more" if len(empty) > MOST_NAMED else ""
            notes.append(
                f"Nobody is in these groups of {name}, of whom nothing is said: {'; '.join(empty[:MOST_NAMED])}{more}."
            )
    return notes
