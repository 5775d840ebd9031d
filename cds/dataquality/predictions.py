"""Predicted risks that cannot be right: certainties, and risks that run against the outcome."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cds.core.finding import Finding
from cds.core.sample import BinarySample
from cds.core.study import Study
from cds.dataquality.check import DataCheck

NOT_BINARY = "it looks at risks of a binary outcome only"
CERTAIN = DataCheck(
    code="DQ005",
    name="risk_of_zero_or_one",
    what="Predicted risks of exactly 0 or 1, which have no logit and claim certainty (warning).",
    source="Steyerberg, Clinical Prediction Models, 2nd ed. 2019, ch. 15, doi:10.1007/978-3-030-16399-0",
)
REVERSED = DataCheck(
    code="DQ007",
    name="risk_reversed",
    what="Patients with the outcome have lower mean risks than those without, by more than 2.58 Welch "
    "standard errors: a reversed outcome or risk column (warning).",
    source="Welch, Biometrika 1947;34:28, doi:10.1093/biomet/34.1-2.28",
)


def certain_risks(study: Study) -> Iterator[Finding]:
    """How many risks are exactly 0 or 1."""
    if not isinstance(study.sample, BinarySample):
        yield CERTAIN.not_run(NOT_BINARY)
        return
    risk = study.sample.risk
    zero, one = int((risk == 0).sum()), int((risk == 1).sum())
    details = {"zero": zero, "one": one, "rows": len(risk)}
    if not zero + one:
        yield CERTAIN.clear(details)
        return
    sentence = f"Of {len(risk)} predicted risks, {zero} are exactly 0 and {one} exactly 1."
    yield CERTAIN.fault("warning", sentence, details)


def reversed_risks(study: Study) -> Iterator[Finding]:
    """Whether the risks run against the outcome."""
    if not isinstance(study.sample, BinarySample):
        yield REVERSED.not_run(NOT_BINARY)
        return
    event = study.sample.outcome == 1
    with_event, without = study.sample.risk[event], study.sample.risk[~event]
    if min(len(with_event), len(without)) < 10:
        yield REVERSED.not_run("fewer than 10 patients with or without the outcome")
        return
    difference = float(with_event.mean() - without.mean())
    error = float(np.sqrt(with_event.var(ddof=1) / len(with_event) + without.var(ddof=1) / len(without)))
    details = {"difference": difference, "standard_error": error}
    if difference < -2.58 * error:
        sentence = (
            f"Patients with the outcome have lower risks on average ({with_event.mean():.3f}) than those "
            f"without ({without.mean():.3f}). Is outcome.positive, or the risk, the wrong way round?"
        )
        yield REVERSED.fault("warning", sentence, details)
    else:
        yield REVERSED.clear(details)
