"""What is followed over time: predictions renewed at landmarks, outcomes over visits, and randomised trials."""

from __future__ import annotations

from collections.abc import Iterable

from cds.core.finding import Curve, Finding, Table
from cds.core.sample_trial import TrialSample
from cds.core.study import Study
from cds.longitudinal.landmark import by_landmark
from cds.longitudinal.trajectory import validate_trajectory
from cds.longitudinal.trial import validate_trial


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """The family's numbers, and the figures and tables of whichever of the three the study is."""
    if isinstance(study.sample, TrialSample):
        yield from validate_trial(study)
        return
    yield from study.findings("longitudinal")
    yield from by_landmark(study)
    yield from validate_trajectory(study)
