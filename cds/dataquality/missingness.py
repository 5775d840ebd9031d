"""Missing inputs, by variable, outcome and group."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cds.core.arrays import BoolArray
from cds.core.finding import Finding, Severity, Table
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.sample_times import CompetingRisksSample
from cds.core.small_cells import hidden
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.dataquality.counts import of_rows
from cds.stats.recorded import missing_rows

MANY = 0.05
HIDDEN = "×"
Gaps = dict[str, BoolArray]
MISSING = DataCheck(
    code="DQ003",
    name="input_missing",
    what="Inputs with missing values (info; warning above 5 % of the rows).",
    source="Sterne et al., BMJ 2009;338:b2393, doi:10.1136/bmj.b2393; the 5 % is a convention",
)


def missingness(study: Study) -> Iterator[Finding | Table]:
    """One finding per input with missing values, and tables of them by outcome and by group.

    Codes that the card declares to mean missing count as missing, questions that were not asked do not.
    """
    if study.card is None:
        yield MISSING.not_run(NO_CARD)
        return
    features = study.cohort.features
    gaps = {feature.title: (feature.name, missing_rows(feature, features)) for feature in study.card.inputs}
    gaps = {title: (name, gap) for title, (name, gap) in gaps.items() if gap.any()}
    if not gaps:
        yield MISSING.clear({"inputs": len(study.card.inputs)})
        return
    small = study.small_cell
    for title, (name, gap) in gaps.items():
        missing, rows = int(gap.sum()), len(gap)
        share = f" ({missing / rows:.1%})" if missing >= small and (rows - missing >= small or missing == rows) else ""
        sentence = f"{title}: missing in {of_rows(missing, rows, small)}{share}."
        severity: Severity = "warning" if missing > MANY * rows else "info"
        yield MISSING.fault(severity, sentence, {"missing": missing, "rows": rows}, about=name)
    parts, shown = _by_outcome(study.sample), {title: gap for title, (_, gap) in gaps.items()}
    if parts:
        yield _by_outcome_table(shown, parts, small)
    if study.cohort.groups:
        yield _by_group_table(study, shown, parts)


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


def _by_outcome_table(gaps: Gaps, parts: dict[str, BoolArray], small: int) -> Table:
    rows = [(title, *_shares(gap, [np.full(len(gap), True), *parts.values()], small)) for title, gap in gaps.items()]
    differ = "the two differ" if len(parts) == len(("with", "without")) else "they differ"
    note = f"Where {differ}, whether a value is missing may itself tell about the outcome."
    header = ("Input", "Missing", *parts)
    return Table("missing_inputs", "dataquality", "Missing inputs by outcome", header, tuple(rows), _told(rows, note))


def _by_group_table(study: Study, gaps: Gaps, parts: dict[str, BoolArray]) -> Table:
    """One row per input, attribute and level: the share missing there, and there by outcome."""
    small, rows = study.small_cell, []
    for title, gap in gaps.items():
        for attribute, values in study.cohort.groups.items():
            levels = [str(level) for level in np.unique(values)]
            overall = _shares(gap, [values == level for level in levels], small)
            for level, share in zip(levels, overall, strict=True):
                group = values == level
                inside = [part & group for part in parts.values()] if len(study.sample) == len(gap) else []
                split = _shares(gap, [group, *inside], small)[1:]
                rows.append(
                    (title, f"{attribute} = {level}", share, *(HIDDEN if share == HIDDEN else s for s in split))
                )
    outcomes = tuple(parts) if len(study.sample) == len(study.cohort) else ()
    note = "Where a value is missing more often in one group, results by group rest on other patients than those met."
    header = ("Input", "Group", "Missing", *outcomes)
    return Table(
        "missing_inputs_by_group", "dataquality", "Missing inputs by group and outcome", header, tuple(rows),
        _told(rows, note),
    )  # fmt: skip


def _shares(gap: BoolArray, parts: list[BoolArray], small: int) -> list[str]:
    """The share missing in each part; hidden where a count of missing or present values, or its complement, is small.

    Where one part alone would be hidden, the next smallest is too: the whole and the others would give it away.
    """
    missing, present = ([int((side & part).sum()) for part in parts] for side in (gap, ~gap))
    kept_back = hidden(missing, small) | hidden(present, small)
    return [
        "no rows" if not part.any() else HIDDEN if k in kept_back else f"{missing[k] / int(part.sum()):.1%}"
        for k, part in enumerate(parts)
    ]


def _told(rows: list[tuple[str, ...]], note: str) -> str:
    if not any(HIDDEN in row for row in rows):
        return note
    return f"{note} × Shares of small counts, and those from which they could be worked out, are not printed."
