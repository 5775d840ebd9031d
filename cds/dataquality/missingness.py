"""Missing inputs, by variable and by outcome."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cds.core.arrays import BoolArray
from cds.core.finding import Finding, Severity, Table
from cds.core.sample import BinarySample, Sample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck

MANY = 0.05
MISSING = DataCheck(
    code="DQ003",
    name="input_missing",
    what="Inputs with missing values (info; warning above 5 % of the rows).",
    source="Sterne et al., BMJ 2009;338:b2393, doi:10.1136/bmj.b2393; the 5 % is a convention",
)


def missingness(study: Study) -> Iterator[Finding | Table]:
    """One finding per input with missing values, and a table of them by outcome."""
    if study.card is None:
        yield MISSING.not_run(NO_CARD)
        return
    gaps = {feature.title: (feature.name, _gaps(study, feature.name)) for feature in study.card.inputs}
    gaps = {title: (name, gap) for title, (name, gap) in gaps.items() if gap.any()}
    if not gaps:
        yield MISSING.clear({"inputs": len(study.card.inputs)})
        return
    for title, (name, gap) in gaps.items():
        missing, rows = int(gap.sum()), len(gap)
        sentence = f"{title}: missing in {missing} of {rows} rows ({missing / rows:.1%})."
        severity: Severity = "warning" if missing > MANY * rows else "info"
        yield MISSING.fault(severity, sentence, {"missing": missing, "rows": rows}, about=name)
    parts = _by_outcome(study.sample)
    if parts:
        yield _table({title: gap for title, (_, gap) in gaps.items()}, parts)


def _gaps(study: Study, name: str) -> BoolArray:
    features = study.cohort.features
    if name not in features:
        return np.full(len(features), True)
    return features[name].isna().to_numpy(dtype=bool)


def _by_outcome(sample: Sample) -> dict[str, BoolArray]:
    """The rows by how the outcome came out: events and others, categories, or thirds of a number."""
    if isinstance(sample, BinarySample):
        return {"With the outcome": sample.outcome == 1, "Without": sample.outcome == 0}
    if isinstance(sample, NominalSample):
        return {name: sample.code == k for k, name in enumerate(sample.categories)}
    if isinstance(sample, CompetingRisksSample):
        return {"With the event": sample.happened, "Without": ~sample.happened}
    if isinstance(sample, ContinuousSample):
        low, high = np.quantile(sample.observed, [1 / 3, 2 / 3])
        middle = (sample.observed > low) & (sample.observed <= high)
        return {"Lowest third": sample.observed <= low, "Middle third": middle, "Highest third": sample.observed > high}
    return {}


def _table(gaps: dict[str, BoolArray], parts: dict[str, BoolArray]) -> Table:
    rows = tuple(
        (title, f"{gap.mean():.1%}", *(_share(gap[part]) for part in parts.values())) for title, gap in gaps.items()
    )
    differ = "the two differ" if len(parts) == len(("with", "without")) else "they differ"
    note = f"Where {differ}, whether a value is missing may itself tell about the outcome."
    header = ("Input", "Missing", *parts)
    return Table("missing_inputs", "dataquality", "Missing inputs by outcome", header, rows, note)


def _share(gap: BoolArray) -> str:
    return f"{gap.mean():.1%}" if len(gap) else "no rows"
