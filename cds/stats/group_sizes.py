"""How many patients and events the groups of a study have, and which of the counts no table prints."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cds.core.protocol import LANDMARK
from cds.core.small_cells import Cell, hidden_crossed
from cds.core.study import Study


def patients_kept_back(study: Study) -> set[Cell]:
    """Groups, as (attribute, level), of too few patients, and those that would give them away."""
    counts = {a: {level: n for level, (n, _) in levels.items()} for a, levels in sizes(study).items()}
    return hidden_crossed(counts, crossed(study), study.small_cell)


def sizes(study: Study) -> dict[str, dict[str, tuple[int, int | None]]]:
    """Patients of every group, and how many of them had the event: None where the outcome has none."""
    events, codes = study.sample.event_rows, study.sample.patient_codes
    found: dict[str, dict[str, tuple[int, int | None]]] = {}
    for group, mask in study.groups.items():
        if group.attribute not in (None, LANDMARK):
            had = None if events is None else len(np.unique(codes[mask & events]))
            told = len(np.unique(codes[mask])), had
            found.setdefault(str(group.attribute), {})[str(group.level)] = told
    return found


def crossed(study: Study) -> Mapping[str, tuple[str, ...]]:
    """The intersections of the protocol by name, each with the groups that it joins."""
    return study.protocol.cohort.crossed if study.protocol else {}
