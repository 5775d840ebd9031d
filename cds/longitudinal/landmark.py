"""Landmarks: how well renewed predictions do at each of them, among those who are then still at risk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cds.core.finding import Curve
from cds.core.measure import Estimate
from cds.core.protocol import LANDMARK
from cds.core.study import Answer, Study
from cds.stats.along import along_columns

SHOWN = ("uno_c", "dynamic_auroc", "brier", "observed_expected", "calibration_slope", "net_benefit_gain")
NOTE = (
    "points with intervals, hollow below the minimum of events; at each landmark only patients still at risk are "
    "judged, over the window that follows; the patients differ from landmark to landmark"
)


def by_landmark(study: Study) -> Iterator[Curve]:
    """The main measures over the landmarks, per window; none where no landmark is declared."""
    rules = None if study.protocol is None else study.protocol.landmark
    if rules is None:
        return
    places = {f"{time:g}": float(k) for k, time in enumerate(rules.times)}
    shown = [a for name in SHOWN for a in study.answers.values() if _is_of(a, name)]
    if not any(isinstance(answer.result, Estimate) for answer in shown):
        return
    columns = along_columns(study, shown, places, label=lambda answer: _label(study, answer))
    unit = study.protocol.time_unit if study.protocol else ""
    yield Curve(
        "by_landmark", "longitudinal", "Performance at each landmark", {**columns, "landmark": _times(columns)},
        x_label=f"Landmark ({unit})" if unit else "Landmark", note=NOTE,
        facts={"windows": [f"{time:g}" for time in rules.times], "level": study.settings.level},
    )  # fmt: skip


def _is_of(answer: Answer, name: str) -> bool:
    request = answer.request
    return request.measure == name and request.subgroup.attribute == LANDMARK and request.horizon is not None


def _label(study: Study, answer: Answer) -> str:
    request, unit = answer.request, study.protocol.time_unit if study.protocol else ""
    label = study.measures[request.measure].label
    label += "" if request.threshold is None else f" at {request.threshold:g}"
    return f"{label}, window {request.horizon:g} {unit}".rstrip()


def _times(columns: dict[str, np.ndarray]) -> np.ndarray:
    return np.array([float(level) for level in columns["window"]])
