"""What a protocol says of a randomised trial."""

from __future__ import annotations

from cds.core.strict import Strict


class TrialSection(Strict):
    """The column of the arms and the control's level."""

    arm: str
    control: str
