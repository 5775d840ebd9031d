"""Precision: how wide the intervals came out against the widths that the protocol aimed at."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.finding import Curve, Finding, Table
from cds.core.study import Study
from cds.planning.achieved import precision_table


def validate(study: Study) -> Iterator[Finding | Curve | Table]:
    """The table of widths; nothing without a protocol."""
    table = None if study.protocol is None else precision_table(study, study.protocol)
    if table is not None:
        yield table
