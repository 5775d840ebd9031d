"""Groups against their reference: a gap is a measure compared, and the output says which reference was taken."""

from __future__ import annotations

from collections.abc import Iterable

from cds.core.finding import Curve, Finding, Table
from cds.core.protocol import LANDMARK
from cds.core.study import Study
from cds.fairness.gap import gaps, reference_of


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """The gaps of every attribute, and a table of the groups with the reference of each."""
    attributes = [a for a in dict.fromkeys(str(s.attribute) for s in study.groups) if a != LANDMARK]
    for attribute in attributes:
        yield from gaps(study, attribute, reference_of(study, attribute)[0])
    if attributes:
        yield _table(study, attributes)


def _table(study: Study, attributes: list[str]) -> Table:
    rows = []
    for attribute in attributes:
        reference, named = reference_of(study, attribute)
        for subgroup, mask in study.groups.items():
            if subgroup.attribute == attribute:
                role = (
                    ("reference" if named else "reference (the largest; none was named)")
                    if subgroup.level == reference
                    else ""
                )
                rows.append((attribute, str(subgroup.level), str(int(mask.sum())), role))
    return Table("groups", "fairness", "Groups compared", ("attribute", "group", "patients", "role"), tuple(rows))
