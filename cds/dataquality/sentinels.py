"""Numbers and texts that stand for a missing value: −9, 99, 999, <undefined>."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.finding import Finding, Severity
from cds.core.model_card import Feature, level_key
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.dataquality.counts import counted, of_rows
from cds.stats.recorded import coded_missing, recorded
from cds.stats.strange_values import missing_code, missing_word

FEWEST = 3
LONELY = 0.2  # of the other values' range, by which a code inside the plausible range stands apart
SENTINELS = DataCheck(
    code="DQ014",
    name="code_for_missing_taken_for_a_value",
    what="A number that files write for a missing value (−9, 99, 999 and the like) in three rows or more of an input: "
    "outside its plausible or development range (blocking), or inside, but apart from all other values by a fifth of "
    "their range (warning); a word for a missing value in an input of text (warning).",
    source="Kahn et al., eGEMs 2016, completeness, doi:10.13063/2327-9214.1244",
)


def sentinels(study: Study) -> Iterator[Finding]:
    """A fault per input with an undeclared code for missing; else a clear row with the number of declared ones."""
    if study.card is None:
        yield SENTINELS.not_run(NO_CARD)
        return
    found, declared = [], 0
    for feature in study.card.inputs:
        if feature.name not in study.cohort.features:
            continue
        column = study.cohort.features[feature.name]
        declared += int(coded_missing(feature, column).sum())
        if feature.type in ("number", "integer"):
            found += list(_numbers(study, feature, recorded(feature, column)))
        elif feature.levels is None and feature.type in ("category", "text"):
            found += list(_texts(study, feature, recorded(feature, column)))
    yield from found or [SENTINELS.clear({"declared_codes_read_as_missing": counted(declared, study.small_cell)})]


def _numbers(study: Study, feature: Feature, column: pd.Series) -> Iterator[Finding]:
    values: FloatArray = pd.to_numeric(column.astype(object), errors="coerce").to_numpy(dtype=np.float64)
    levels, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    frequent = [(float(v), int(n)) for v, n in zip(levels, counts, strict=True) if n >= FEWEST]
    codes = {value: n for value, n in frequent if missing_code(level_key(value))}
    others = levels[~np.isin(levels, list(codes))]
    if not codes or not len(others):
        return
    outside = {value: n for value, n in codes.items() if _outside(study, feature, value, others)}
    inside = {v: n for v, n in codes.items() if v not in outside and _apart(v, others)}
    if outside:
        yield _fault(study, feature, outside, "blocking", f"outside {_bounds(study, feature)}")
    if inside:
        yield _fault(study, feature, inside, "warning", "plausible, but apart from all other values")


def _outside(study: Study, feature: Feature, value: float, others: FloatArray) -> bool:
    low, high = _range(study, feature)
    if low is None or high is None:
        return value < 0 <= float(others.min())  # a lone negative code among numbers that are none
    return not low <= value <= high


def _range(study: Study, feature: Feature) -> tuple[float | None, float | None]:
    """The plausible range, else that of the development data."""
    if feature.range is not None:
        return feature.range
    development = None if study.card is None else study.card.development
    summary = None if development is None else development.inputs.get(feature.name)
    return (None, None) if summary is None else (summary.minimum, summary.maximum)


def _bounds(study: Study, feature: Feature) -> str:
    low, high = _range(study, feature)
    if low is None or high is None:
        return "the other values, none of which is negative"
    whose = "plausible" if feature.range is not None else "development data's"
    return f"the {whose} range {low:g} to {high:g}".replace("-", "−")


def _apart(value: float, others: FloatArray) -> bool:
    """Whether a code of two digits or more lies beyond all other values by a fifth of their range."""
    gap = value - others.max() if value > 0 else others.min() - value
    return bool(abs(value) > FEWEST**2 and len(others) > FEWEST and gap > LONELY * float(np.ptp(others)))


def _fault(study: Study, feature: Feature, codes: dict[float, int], severity: Severity, what: str) -> Finding:
    count, small, rows = sum(codes.values()), study.small_cell, len(study.cohort)
    shown = [f"{value:g}".replace("-", "−") for value, n in codes.items() if n >= small]
    quoted = " and ".join(shown) if len(shown) == len(codes) else "a code such as −9 or 999"
    sentence = (
        f"{feature.title}: {quoted} in {of_rows(count, rows, small)}, {what}. Likely cause: a code for a missing "
        "value. Declare it in the card's missing_codes, or leave those cells empty."
    )
    return SENTINELS.fault(severity, sentence, {"rows": counted(count, small)}, about=feature.name)


def _texts(study: Study, feature: Feature, column: pd.Series) -> Iterator[Finding]:
    texts = Counter(value for value in column.dropna() if isinstance(value, str))
    meant = {text: n for text, n in texts.items() if missing_code(text.strip())}
    if feature.type == "text":  # of categories the check of levels tells the words
        meant |= {text: n for text, n in texts.items() if missing_word(text)}
    count, small = sum(meant.values()), study.small_cell
    if count < FEWEST:
        return
    words = list(dict.fromkeys(repr(word) for text in meant if (word := missing_word(text))))
    quoted = ", ".join(words) or "a code such as −9 or 999"
    sentence = (
        f"{feature.title}: {quoted} stands for a value in {of_rows(count, len(column), small)}. Likely cause: a code "
        "for a missing value. Declare it in the card's missing_codes, or leave those cells empty."
    )
    yield SENTINELS.fault("warning", sentence, {"rows": counted(count, small)}, about=feature.name)
