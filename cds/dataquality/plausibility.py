"""Inputs outside the range that their card calls plausible, and inputs written in another unit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cds.core.finding import Finding, Severity
from cds.core.model_card import Feature, InputSummary
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.stats.recorded import recorded
from cds.stats.suspicions import InputSuspicion, suspicions
from cds.stats.units import likely_unit

OUT_OF_RANGE = DataCheck(
    code="DQ001",
    name="input_out_of_range",
    what="Numbers outside the plausible range that the model's card declares (warning).",
    source="Kahn et al., eGEMs 2016, atemporal plausibility, doi:10.13063/2327-9214.1244",
)
WRONG_UNIT = DataCheck(
    code="DQ002",
    name="input_in_another_unit",
    what="More than half of an input's values lie outside its plausible range, and 9 in 10 lie inside after "
    "conversion from a unit that is often mistaken for the declared one (blocking).",
    source="Kahn et al., eGEMs 2016, atemporal plausibility, doi:10.13063/2327-9214.1244",
)
FEWEST = 20  # values from which a median and quantiles tell something
NARROW = 2.0  # the factor between development's 5 % and 95 % quantiles within which another unit is the likeliest cause
UNIT_OF_DEVELOPMENT = DataCheck(
    code="DQ018",
    name="input_in_another_unit_than_in_development",
    what="The median of an input lies outside the 5 % to 95 % quantiles of the development data and inside them, at a "
    "quarter of the distance, after conversion from a unit or scale that is often mistaken for the declared one, "
    "although the values are plausible (a warning where the development data are narrow, their quantiles within a "
    "factor of two, or the scale is another one; else info, because another population may explain it).",
    source="Kahn et al., eGEMs 2016, atemporal plausibility, doi:10.13063/2327-9214.1244",
)


def plausibility(study: Study) -> Iterator[Finding]:
    """One fault per suspicious input; a clear row for each check that found none."""
    if study.card is None:
        yield OUT_OF_RANGE.not_run(NO_CARD)
        yield WRONG_UNIT.not_run(NO_CARD)
        return
    ranged = sum(feature.range is not None for feature in study.card.inputs)
    if not ranged:
        yield OUT_OF_RANGE.not_run("the card declares no plausible ranges")
        yield WRONG_UNIT.not_run("the card declares no plausible ranges")
        return
    found = suspicions(study.card, study.cohort.features)
    for check, code in ((OUT_OF_RANGE, "out_of_range"), (WRONG_UNIT, "wrong_unit")):
        faults = [_fault(check, suspicion, len(study.cohort)) for suspicion in found if suspicion.code == code]
        yield from faults or [check.clear({"inputs": ranged})]


def _fault(check: DataCheck, suspicion: InputSuspicion, rows: int) -> Finding:
    cause = f" {suspicion.likely_cause[:1].upper()}{suspicion.likely_cause[1:]}?" if suspicion.likely_cause else ""
    return check.fault(
        "blocking" if check is WRONG_UNIT else "warning",
        f"{suspicion.sentence}{cause}",
        {"outside": len(suspicion.rows), "rows": rows},
        about=suspicion.input,
    )


def units_of_development(study: Study) -> Iterator[Finding]:
    """A fault per input whose median fits the development data only in another unit; a clear row where none does."""
    if study.card is None:
        yield UNIT_OF_DEVELOPMENT.not_run(NO_CARD)
        return
    told = {s.input for s in suspicions(study.card, study.cohort.features) if s.code == "wrong_unit"}
    developed = {} if study.card.development is None else study.card.development.inputs
    compared = [f for f in study.card.inputs if f.name in developed and f.name in study.cohort.features]
    faults = [_in_another_unit(study, f, developed[f.name]) for f in compared if f.name not in told]
    found = [fault for fault in faults if fault is not None]
    yield from found or [UNIT_OF_DEVELOPMENT.clear({"inputs_compared": len(compared)})]


def _in_another_unit(study: Study, feature: Feature, developed: InputSummary) -> Finding | None:
    if feature.type not in ("number", "integer") or developed.q05 is None or developed.q95 is None:
        return None
    column = recorded(feature, study.cohort.features[feature.name])
    values = pd.to_numeric(column.astype(object), errors="coerce").to_numpy(dtype=np.float64)
    values = values[np.isfinite(values)]
    middle = developed.mean if developed.median is None else developed.median
    if len(values) < max(FEWEST, study.small_cell) or middle is None:
        return None
    low, here, high = (float(q) for q in np.quantile(values, [0.05, 0.5, 0.95]))
    scale = _scale(feature, developed)
    found = likely_unit(feature.unit, (low, here, high), (developed.q05, middle, developed.q95), scale)
    if found is None:
        return None
    name, factor = found
    narrow = developed.q05 > 0 and developed.q95 / developed.q05 < NARROW
    severity: Severity = "warning" if narrow or name.startswith("a scale") else "info"
    else_cause = "" if narrow else ", or another population"
    sentence = (
        f"{feature.title}: the median is {here:.3g}, in development it was {middle:.3g} {feature.unit}".rstrip()
        + f" (5 % to 95 %: {developed.q05:.3g} to {developed.q95:.3g}). Likely cause: written in {name} (times "
        f"{factor:.4g} it would be {here * factor:.3g}){else_cause}. Look up the unit, and convert the values."
    )
    return UNIT_OF_DEVELOPMENT.fault(severity, sentence, {"median": here, "factor": factor}, about=feature.name)


def _scale(feature: Feature, developed: InputSummary) -> tuple[float, float]:
    """The ends of the scale: the card's range, else 0 and the end of a common scale that development filled."""
    if feature.range is not None:
        return feature.range
    if developed.minimum is None or developed.maximum is None or developed.minimum < 0:
        return (-1.0, 0.0)
    ends = [end for end in (1.0, 10.0, 100.0) if end / 2 < developed.maximum <= end]
    return (0.0, ends[0]) if ends and not feature.unit else (-1.0, 0.0)
