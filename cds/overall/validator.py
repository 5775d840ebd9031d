"""Overall performance: the family's numbers as findings."""

from __future__ import annotations

from collections.abc import Iterable

from cds.core.finding import Curve, Finding, Table
from cds.core.study import Study


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """Brier and scaled Brier score, log loss, Nagelkerke R² and Spiegelhalter's z."""
    yield from study.findings("overall")
