"""The groups whose counts no table prints, all attributes and their intersections seen together."""

from __future__ import annotations

from collections.abc import Mapping

from cds.core.measure import Estimate
from cds.core.protocol import LANDMARK
from cds.core.small_cells import Cell, hidden_crossed
from cds.core.study import Request, Study
from cds.fairness.across import same_question
from cds.stats.group_sizes import crossed, patients_kept_back, sizes

Sizes = Mapping[str, Mapping[str, tuple[int | None, int | None]]]


def events_kept_back(study: Study, found: Sizes | None = None) -> set[Cell]:
    """Groups of too few patients, events or non-events, and those that would give them away.

    ``found`` holds patients and events where they are not those of the whole of follow-up.
    """
    counted = sizes(study) if found is None else found
    limit = study.small_cell
    events = {a: {level: e for level, (_, e) in levels.items()} for a, levels in counted.items()}
    others = [
        (a, level)
        for a, levels in counted.items()
        for level, (n, e) in levels.items()
        if n is not None and e is not None and 0 < n - e < limit
    ]
    few = patients_kept_back(study)
    return few | hidden_crossed(events, crossed(study), limit, also=others, anyway=few)


def kept_back(study: Study, request: Request) -> set[Cell]:
    """Groups of which no count is printed beside this number: patients and events, as a whole and as it counts them.

    The number's own are the events by its horizon or of its category.
    """
    own: dict[str, dict[str, tuple[int | None, int | None]]] = {}
    for asked, answer in study.answers.items():
        attribute, level = asked.subgroup.attribute, asked.subgroup.level
        if attribute not in (None, LANDMARK) and same_question(asked, request):
            result = answer.result
            told = (result.n, result.events) if isinstance(result, Estimate) else (None, None)
            own.setdefault(str(attribute), {})[str(level)] = told
    patients = {a: {level: n for level, (n, _) in levels.items()} for a, levels in own.items()}
    few = events_kept_back(study) | events_kept_back(study, own)
    return few | hidden_crossed(patients, crossed(study), study.small_cell, anyway=few)
