"""Outcomes followed over visits that several tests share: 14 patients due at weeks 4, 12 and 26, as typed into R."""

import numpy as np

from cds.core.attendance import Attendance
from cds.core.protocol_repeated import ResponderRule
from cds.core.sample_repeated import RepeatedSample

# In R, for every comment that names i, v, b, p and y: the same five vectors, and
#   cl <- function(x) sqrt(sandwich::vcovCL(lm(x ~ 1), i, type = "HC0", cadjust = TRUE)[1, 1])
PATIENT = np.array(
    [0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 7, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 12, 13, 13]
)  # fmt: skip
VISIT = np.array(
    [4, 12, 26, 4, 12, 4, 12, 26, 12, 26, 4, 26, 12, 26, 26, 4, 26, 4, 26, 4, 12, 26, 4, 12, 26, 12, 26, 4, 12, 12, 26],
    dtype=float,
)  # fmt: skip
BASELINE = np.array(
    [4, 4, 4, 4, 4, 8, 8, 8, 6, 6, 7, 7, 7, 7, 8, 4, 4, 6, 6, 4, 4, 4, 6, 6, 6, 9, 9, 7, 7, 4, 4], dtype=float
)  # fmt: skip
PREDICTED = np.array(
    [2.8, 2, 1.8, 3.1, 2.3, 6.2, 4.6, 4.2, 3, 2.7, 5.2, 3.4, 4.1, 3.8, 3.6, 3.1, 2.1, 4.8, 3.3, 2.8, 2, 1.8, 4.5, 3.3,
     3, 5.1, 4.6, 4.9, 3.5, 2.3, 2.1]
)  # fmt: skip
OBSERVED = np.array(
    [2, 1, 1, 3, 3, 4, 2, 2, 5, 4, 4, 2, 5, 3, 4, 2, 2, 5, 3, 5, 2, 3, 3, 2, 3, 5, 5, 5, 6, 0, 1], dtype=float
)  # fmt: skip
WEEKS = (4.0, 12.0, 26.0)
THIRTY_PERCENT = ResponderRule(baseline="pain_0", relative_change=0.3)


def visits(**more) -> RepeatedSample:
    """The 14 patients, with other parts where they are given."""
    parts = {
        "observed": OBSERVED, "predicted": PREDICTED, "visit": VISIT, "patient": PATIENT, "baseline": BASELINE,
        "responder": THIRTY_PERCENT,
    }  # fmt: skip
    return RepeatedSample(**{**parts, **more})


def attended(**more) -> Attendance:
    """Who of the 14 was seen: a patient without a row at a week was missing there."""
    parts = {"patient": PATIENT, "visit": VISIT, "predicted": PREDICTED, "seen": np.full(len(VISIT), True)}
    return Attendance(**{**parts, "schedule": WEEKS, **more})


def drawn_visits(patients: int, seed: int, *, between: float = 2.0, within: float = 1.0) -> RepeatedSample:
    """Patients with a random intercept of sd ``between``, each with one prediction for three visits; errors mean 0."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), 3)
    predicted = rng.normal(5, 2, patients)[patient]
    observed = predicted + rng.normal(0, between, patients)[patient] + rng.normal(0, within, 3 * patients)
    return RepeatedSample(
        observed=observed, predicted=predicted, visit=np.tile(WEEKS, patients), patient=patient,
        low=predicted - 3, high=predicted + 3, interval_level=0.9,
    )  # fmt: skip
