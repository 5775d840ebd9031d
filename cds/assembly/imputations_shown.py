"""What is drawn from one imputation only says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cds.core.finding import Curve, Finding, Table
from cds.core.study import Study

FROM_SAMPLES = ("calibration", "discrimination", "utility", "overall")
POOLED_TABLES = ("smoothers", "per_thousand")  # made of pooled answers, or of counts averaged over the imputations
POOLED_CURVES = ("risk_distribution",)


def labelled(outputs: Iterable[Finding | Curve | Table], study: Study) -> Iterator[Finding | Curve | Table]:
    """The outputs, curves and tables of the first of several imputations labelled as such."""
    m = len(study.samples)
    told = f"the first of {m} imputations"
    for out in outputs:
        one = not isinstance(out, Finding) and m > 1 and out.family in FROM_SAMPLES
        if one and isinstance(out, Curve) and "imputations" not in out.facts and out.name not in POOLED_CURVES:
            note = out.note if told in out.note else f"{out.note}; {told}" if out.note else told
            yield replace(out, note=note)
        elif one and isinstance(out, Curve) and out.name in POOLED_CURVES:
            yield replace(out, note=f"averaged over {m} imputations")
        elif one and isinstance(out, Table) and out.name not in POOLED_TABLES:
            yield replace(out, note=f"{out.note} Shown: {told}.".strip())
        else:
            yield out
