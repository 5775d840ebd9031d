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
    """The main measures over the landmarks, a curve per window; none where no landmark is declared."""
    protocol = study.protocol
    if protocol is None or protocol.landmark is None:
        return
    times, unit = protocol.landmark.times, protocol.time_unit
    places = {f"{time:g}": float(k) for k, time in enumerate(times)}
    for window in study.settings.horizons:
        shown = [a for name in SHOWN for a in study.answers.values() if _is_of(a, name, window)]
        if not any(isinstance(answer.result, Estimate) for answer in shown):
            continue
        columns = along_columns(study, shown, places, label=lambda answer: _label(study, answer))
        span = f"{window:g} {unit}".rstrip()
        yield Curve(
            "by_landmark", "longitudinal", f"Performance at each landmark, over the {span} that follow",
            {**columns, "landmark": np.array([float(level) for level in columns["window"]])},
            x_label=f"Landmark ({unit})" if unit else "Landmark", note=NOTE,
            facts={"windows": list(places), "level": study.settings.level, "horizon": window, "of": span},
        )  # fmt: skip


def _is_of(answer: Answer, name: str, window: float) -> bool:
    request = answer.request
    return request.measure == name and request.subgroup.attribute == LANDMARK and request.horizon == window


def _label(study: Study, answer: Answer) -> str:
    label = study.measures[answer.request.measure].label
    return label if answer.request.threshold is None else f"{label} at {answer.request.threshold:g}"
