"""The text of a new protocol, by the question that it is for."""

from __future__ import annotations

from cds.protocol.template_classes import BINARY, NOMINAL, ORDINAL
from cds.protocol.template_numbers import CONTINUOUS, REPEATED
from cds.protocol.template_shared import CRITERIA_HEAD, Parts
from cds.protocol.template_times import COMPETING_RISKS, LANDMARK, SURVIVAL
from cds.protocol.template_trial import TRIAL

KINDS: dict[str, Parts] = {
    "binary": BINARY,
    "nominal": NOMINAL,
    "ordinal": ORDINAL,
    "continuous": CONTINUOUS,
    "survival": SURVIVAL,
    "competing_risks": COMPETING_RISKS,
    "repeated": REPEATED,
    "landmark": LANDMARK,  # of a survival outcome
    "trial": TRIAL,
}


def template(kind: str) -> str:
    """The commented protocol of one kind, its name and file still in braces."""
    own = KINDS[kind]
    before = own["head"] + own["outcome"] + own["cohort"] + own["predictions"] + own["measures"]
    return before + CRITERIA_HEAD + own["criteria"] + own["more"]
