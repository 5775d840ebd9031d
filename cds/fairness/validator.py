"""Groups against their reference: a gap is a measure compared, and the output says which reference was taken."""

from __future__ import annotations

from collections.abc import Iterable

from cds.core.finding import Curve, Finding, Table
from cds.core.protocol import LANDMARK
from cds.core.study import Study
from cds.fairness.absent import absent
from cds.fairness.continuous import along
from cds.fairness.gap import gaps, reference_of
from cds.fairness.heterogeneity import validate_heterogeneity
from cds.fairness.kept_back import events_kept_back
from cds.fairness.mitigation import mitigation
from cds.fairness.partial_pooling import validate_partial_pooling
from cds.fairness.representativeness import representativeness
from cds.fairness.widths import validate_widths
from cds.stats.group_sizes import patients_kept_back, sizes


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """Groups compared: gaps, heterogeneity, partial pooling, widths, mitigation, and whom the cohort stands for."""
    yield from absent(study)
    attributes = [a for a in dict.fromkeys(str(s.attribute) for s in study.groups) if a != LANDMARK]
    for attribute in attributes:
        yield from gaps(study, attribute, reference_of(study, attribute)[0])
    if attributes:
        yield _table(study, attributes)
    yield from validate_heterogeneity(study, attributes)
    yield from validate_partial_pooling(study, attributes)
    yield from validate_widths(study, attributes)
    for attribute in _judged(study, attributes):
        yield from mitigation(study, attribute)
    yield from representativeness(study)
    yield from along(study)


def _judged(study: Study, attributes: list[str]) -> list[str]:
    """The attributes that a criterion looks across; all of them where nothing is judged."""
    if study.protocol is None:
        return attributes
    across = {criterion.across for criterion in study.protocol.criteria}
    return [attribute for attribute in attributes if attribute in across]


def _table(study: Study, attributes: list[str]) -> Table:
    few, few_events, counted = patients_kept_back(study), events_kept_back(study), sizes(study)
    has_events = study.sample.event_rows is not None
    rows: list[tuple[str, ...]] = []
    for attribute in attributes:
        reference, named = reference_of(study, attribute)
        chosen = "reference" if named else "reference (the largest; none was named)"
        for level, (count, events) in counted[attribute].items():
            cell = (attribute, level)
            told = ["×" if cell in few else str(count)]
            if has_events:
                told.append("×" if events and cell in few_events else str(events))
            rows.append((attribute, level, *told, chosen if level == reference else ""))
    note = f"× stands for fewer than {study.small_cell} patients, and for what would give such a number away."
    counts = ("patients", "events") if has_events else ("patients",)
    return Table(
        "groups", "fairness", "Groups compared", ("attribute", "group", *counts, "role"), tuple(rows),
        note if any("×" in row[2:] for row in rows) else "",
    )  # fmt: skip
