"""Attributes that the protocol names and the data lack: said, never skipped."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.finding import Finding
from cds.core.measure import NotEstimable
from cds.core.study import Study

MEASURE, FAMILY = "group_membership", "fairness"


def absent(study: Study) -> Iterator[Finding]:
    """A finding without a number for each absent attribute, with the reason; criteria across it say so themselves."""
    for attribute, reason in study.cohort.absent.items():
        yield Finding(MEASURE, FAMILY, NotEstimable(reason), attribute=attribute)
