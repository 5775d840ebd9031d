"""Predictions that cannot be right: certainties, and predictions that run against the outcome."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cds.core.finding import Finding
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.sample_repeated import RepeatedSample
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import Study
from cds.dataquality.check import DataCheck, outcome_setting

NO_PROBABILITIES = "the outcome is a number: there are no probabilities that could be 0 or 1"
FEWEST = 10
CLEARLY = 2.58  # standard errors
CERTAIN = DataCheck(
    code="DQ005",
    name="risk_of_zero_or_one",
    what="Predicted risks, or probabilities of a category, of exactly 0 or 1, which have no logit and claim certainty "
    "(warning).",
    source="Steyerberg, Clinical Prediction Models, 2nd ed. 2019, ch. 15, doi:10.1007/978-3-030-16399-0",
)
REVERSED = DataCheck(
    code="DQ007",
    name="risk_reversed",
    what="Patients with the outcome (of each category, against the rest) have lower mean risks of it than those "
    "without, by more than 2.58 Welch standard errors; or observed and predicted values are negatively correlated, by "
    "more than 2.58 standard errors of Fisher's z: a reversed or mistaken column (warning).",
    source="Welch, Biometrika 1947;34:28, doi:10.1093/biomet/34.1-2.28",
)


def certain_risks(study: Study) -> Iterator[Finding]:
    """How many risks or probabilities are exactly 0 or 1."""
    sample = study.sample
    if isinstance(sample, BinarySample):
        risk, what = sample.risk, "predicted risks"
    elif isinstance(sample, NominalSample):
        risk, what = sample.probability.ravel(), "predicted probabilities"
    elif isinstance(sample, CompetingRisksSample):
        risk, what = sample.risk.ravel(), "predicted risks by horizon"
    else:
        yield CERTAIN.not_run(NO_PROBABILITIES if sample.kind in ("continuous", "repeated") else _not_looked_at(study))
        return
    zero, one = int((risk == 0).sum()), int((risk == 1).sum())
    details = {"zero": zero, "one": one, "rows": len(sample)}
    if not zero + one:
        yield CERTAIN.clear(details)
        return
    sentence = f"Of {len(risk)} {what}, {zero} are exactly 0 and {one} exactly 1."
    yield CERTAIN.fault("warning", sentence, details)


def reversed_risks(study: Study) -> Iterator[Finding]:
    """Whether the predictions run against the outcome."""
    sample = study.sample
    if isinstance(sample, BinarySample):
        yield _reversed_binary(sample)
    elif isinstance(sample, NominalSample):
        yield _reversed_categories(sample)
    elif isinstance(sample, ContinuousSample | RepeatedSample):
        yield _reversed_values(sample)
    elif isinstance(sample, CompetingRisksSample):
        yield _reversed_times(sample, outcome_setting(study))
    else:
        yield REVERSED.not_run(_not_looked_at(study))


def _reversed_binary(sample: BinarySample, setting: str = "outcome.positive") -> Finding:
    compared = _compared(sample)
    if compared is None:
        return REVERSED.not_run(f"fewer than {FEWEST} patients with or without the outcome")
    with_event, without, error = compared
    details = {"difference": with_event - without, "standard_error": error}
    if not with_event - without < -CLEARLY * error:
        return REVERSED.clear(details)
    sentence = (
        f"Patients with the outcome have lower risks on average ({with_event:.3f}) than those "
        f"without ({without:.3f}). Is {setting}, or the risk, the wrong way round?"
    )
    return REVERSED.fault("warning", sentence, details)


def _reversed_categories(sample: NominalSample) -> Finding:
    """Each category against the rest; the sentence names those whose own patients have lower probabilities of it."""
    found = {name: _compared(sample.one_vs_rest(name)) for name in sample.categories}
    known = {name: compared for name, compared in found.items() if compared is not None}
    if not known:
        return REVERSED.not_run(f"fewer than {FEWEST} patients in every category, or outside it")
    details = {name: with_event - without for name, (with_event, without, _) in known.items()}
    wrong = [name for name, (with_event, without, error) in known.items() if with_event - without < -CLEARLY * error]
    if not wrong:
        return REVERSED.clear({"differences": details})
    sentence = (
        f"Patients of the category {', '.join(wrong)} have lower probabilities of it on average than the others. "
        "Do predictions.probabilities name the right columns?"
    )
    return REVERSED.fault("warning", sentence, {"differences": details})


def _reversed_values(sample: ContinuousSample | RepeatedSample) -> Finding:
    n = len(sample)
    if n < FEWEST or not np.ptp(sample.observed) or not np.ptp(sample.predicted):
        return REVERSED.not_run(f"fewer than {FEWEST} patients, or observed or predicted values that are all the same")
    correlation = float(np.corrcoef(sample.observed, sample.predicted)[0, 1])
    details = {"correlation": correlation, "rows": n}
    z = np.arctanh(np.clip(correlation, -1 + 1e-15, 1 - 1e-15)) * np.sqrt(n - 3)
    if not z < -CLEARLY:
        return REVERSED.clear(details)
    sentence = (
        f"Observed values fall where predicted ones rise (correlation {correlation:.2f}). "
        "Does the scale of one run the other way, or is it another column?"
    )
    return REVERSED.fault("warning", sentence, details)


def _reversed_times(sample: CompetingRisksSample, setting: str) -> Finding:
    """At the last horizon, among patients of whom it is known whether they had the event by then."""
    at = sample.at(sample.horizons[-1])
    known = at.happened | (at.time > sample.horizons[-1]) | ((at.status > 0) & (at.status != at.cause))
    if not known.any():
        return REVERSED.not_run("of nobody is it known whether they had the event by the last horizon")
    return _reversed_binary(
        BinarySample(outcome=at.happened[known].astype(np.float64), risk=at.risk_now[known]), setting
    )


def _compared(sample: BinarySample) -> tuple[float, float, float] | None:
    """Mean risk with and without the outcome and the Welch error of their difference; None with few of either."""
    event = sample.outcome == 1
    with_event, without = sample.risk[event], sample.risk[~event]
    if min(len(with_event), len(without)) < FEWEST:
        return None
    error = float(np.sqrt(with_event.var(ddof=1) / len(with_event) + without.var(ddof=1) / len(without)))
    return float(with_event.mean()), float(without.mean()), error


def _not_looked_at(study: Study) -> str:
    return f"it does not look at {study.sample.kind.replace('_', ' ')} outcomes"
