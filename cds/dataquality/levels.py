"""Levels other than the card's that still give a prediction: shifted codes, spellings, words for a missing value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.finding import Finding, Severity
from cds.core.model_card import Feature, InputSummary, level_key
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.dataquality.counts import counted, listed, of_rows
from cds.stats.recorded import recorded
from cds.stats.strange_values import counted_from, lost_levels, missing_word, taken_for_missing

FEW_CODES = 12  # different whole numbers of an input that may be codes
CHANCE = 0.001
MANY = 0.05
ENOUGH = 50  # rows in which a lowest level that nobody has is remarked on, where development does not tell
NEARER = 0.5  # how much of the distance from development may remain once the codes are shifted
LEVELS = DataCheck(
    code="DQ011",
    name="levels_not_on_the_card",
    what="Codes one too high or too low for the card (1/2 where development had 0/1), although every one of them is "
    "known (blocking); spellings of one level that differ in case or blanks, and words for a missing value taken for a "
    "level, in inputs without declared levels and in groups (warning); a level of the card such as 'None' that was "
    "read as missing (blocking above 5 % of the rows, else a warning); a level that was common in development and does "
    "not occur (info). Levels that the card does not know leave the prediction undefined and stop the run with the "
    "same hints.",
    source="Kahn et al., eGEMs 2016, value conformance, doi:10.13063/2327-9214.1244",
)


def levels(study: Study) -> Iterator[Finding]:
    """A fault per input, or group, whose levels are not the card's; a clear row where there is none."""
    if study.card is None:
        yield LEVELS.not_run(NO_CARD)
        return
    features, found = study.cohort.features, []
    for feature in study.card.inputs:
        if feature.name not in features:
            continue
        column = recorded(feature, features[feature.name])
        if feature.levels or feature.type == "boolean":
            found += list(_lost(study, feature, column)) or list(_shifted_levels(study, feature, column))
        elif feature.type in ("number", "integer"):
            found += list(_shifted_numbers(study, feature, column))
        else:
            found += list(_spellings(study, feature.title, feature.name, column))
    inputs = {feature.name for feature in study.card.inputs}
    for attribute, group in study.cohort.groups.items():
        if attribute not in inputs:
            found += list(_spellings(study, attribute, attribute, pd.Series(group)))
    yield from found or [LEVELS.clear({"inputs": len(study.card.inputs)})]


def _lost(study: Study, feature: Feature, column: pd.Series) -> Iterator[Finding]:
    lost = lost_levels(feature, column)
    if not lost:
        return
    missing, small = int(column.isna().sum()), study.small_cell
    severity: Severity = "blocking" if missing > MANY * len(column) else "warning"
    sentence = f"{feature.title}: missing in {of_rows(missing, len(column), small)}. {taken_for_missing(lost)}."
    yield LEVELS.fault(severity, sentence, {"missing": counted(missing, small)}, about=feature.name)


def _shifted_levels(study: Study, feature: Feature, column: pd.Series) -> Iterator[Finding]:
    """Codes that are all known and would all be known one lower (higher), where an end of the scale stays empty."""
    keys = column.dropna().map(level_key)
    if feature.type == "boolean":
        keys = keys.str.casefold().map(lambda key: {"yes": "1", "true": "1", "no": "0", "false": "0"}.get(key, key))
    counts, known = Counter(keys), feature.levels or {"0": "", "1": ""}
    developed, shifts = _developed(study, feature).counts or {}, _shifts(set(counts), known)
    unseen = [level for level, n in developed.items() if not counts[level] and _improbable(n, developed, counts)]
    shift = min(shifts, key=lambda by: _distance(counts, developed, by)) if shifts and developed else 0
    if shift and unseen and _distance(counts, developed, shift) < NEARER * _distance(counts, developed, 0):
        sentence = (
            f"{feature.title}: the card's level {listed(unseen)} does not occur, and the frequencies of the others are "
            f"those of development once the codes are shifted. {counted_from(shift)}."
        )
        yield LEVELS.fault("blocking", sentence, {"shift": shift}, about=feature.name)
    elif unseen:
        sentence = (
            f"{feature.title}: the level {listed(unseen)} does not occur, which {_shares(unseen, developed)} of the "
            "development data had. Likely cause: it was recoded or joined with another level, or nobody here has it."
        )
        yield LEVELS.fault("info", sentence, {"levels": len(unseen)}, about=feature.name)
    elif 1 in shifts and not developed and str(max(map(int, known))) in counts and counts.total() >= ENOUGH:
        lowest = str(min(map(int, known)))
        sentence = (
            f"{feature.title}: the card's lowest level {lowest!r} does not occur, and every code found is also known "
            "one lower. Check in the codebook that the codes count from the same number as the card's."
        )
        yield LEVELS.fault("info", sentence, {"shift": 1}, about=feature.name)


def _developed(study: Study, feature: Feature) -> InputSummary:
    summary = None if study.card is None or study.card.development is None else study.card.development
    nothing = InputSummary(n=0, missing=0)
    return nothing if summary is None else summary.inputs.get(feature.name, nothing)


def _improbable(count: int, developed: dict[str, int], here: Counter[str]) -> bool:
    """Whether a level of this frequency in development would be absent here by chance less than once in a thousand."""
    share = count / max(sum(developed.values()), 1)
    return bool((1 - share) ** sum(here.values()) < CHANCE)


def _shifts(found: set[str], known: dict[str, str]) -> list[int]:
    """Of 1 and −1 those that leave every code known once taken off; none where codes are words or complete."""
    numbers = {int(key) for key in found if key.lstrip("-").isdecimal()}
    declared = {int(key) for key in known if key.lstrip("-").isdecimal()}
    if len(numbers) < len(found) or len(numbers) < 2 or len(declared) < len(known) or numbers == declared:
        return []
    return [shift for shift in (1, -1) if {n - shift for n in numbers} <= declared]


def _distance(here: Counter[str], developed: dict[str, int], shift: int) -> float:
    """Half the sum of absolute differences of the shares, once ``shift`` is taken off the codes here."""
    shifted = {str(int(key) - shift) if shift else key: n for key, n in here.items()}
    total, before = sum(shifted.values()), sum(developed.values())
    keys = {*shifted, *developed}
    return sum(abs(shifted.get(k, 0) / total - developed.get(k, 0) / before) for k in keys) / 2


def _shares(unseen: list[str], developed: dict[str, int]) -> str:
    return f"{sum(developed[level] for level in unseen) / sum(developed.values()):.0%}"


def _shifted_numbers(study: Study, feature: Feature, column: pd.Series) -> Iterator[Finding]:
    """Few whole numbers whose ends are both shifted alike against development, or against the card's range."""
    values = _whole_numbers(column)
    reference = _ends(study, feature)
    if reference is None or not len(values):
        return
    low, high, mean = reference
    codes, shift = np.unique(values), float(values.min()) - low
    if not shift or float(values.max()) - high != shift or not 2 <= len(codes) <= FEW_CODES or high - low >= FEW_CODES:
        return
    if mean is not None and abs(values.mean() - shift - mean) >= abs(values.mean() - mean):
        return
    small, told = study.small_cell, ""
    if min((values == codes[0]).sum(), (values == codes[-1]).sum()) >= small:
        told = f"the data hold {codes[0]:g} to {codes[-1]:g} where "
    where = "the card's range is" if mean is None else "the development data held"
    means = "" if mean is None or len(values) < small else f" (mean {values.mean():.3g} here, {mean:.3g} there)"
    amount = f"{abs(shift):g} too {'high' if shift > 0 else 'low'}"
    do = f"{counted_from(int(shift))}." if abs(shift) == 1 else f"Every value seems to be {amount}: check the coding."
    sentence = f"{feature.title}: {told or 'values are shifted: '}{where} {low:g} to {high:g}{means}. {do}"
    yield LEVELS.fault("blocking", sentence, {"shift": shift, "rows": len(values)}, about=feature.name)


def _whole_numbers(column: pd.Series) -> FloatArray:
    values: FloatArray = pd.to_numeric(column.astype(object), errors="coerce").to_numpy(dtype=np.float64)
    values = values[np.isfinite(values)]
    return values if (values == np.round(values)).all() else values[:0]


def _ends(study: Study, feature: Feature) -> tuple[float, float, float | None] | None:
    """Lowest and highest value and mean of the development data; else an integer's range, without a mean."""
    developed = _developed(study, feature)
    if developed.minimum is not None and developed.maximum is not None:
        whole = developed.minimum.is_integer() and developed.maximum.is_integer()
        return (developed.minimum, developed.maximum, developed.mean) if whole else None
    if feature.range is not None and feature.range in ((0, 1), (1, 2)):
        return feature.range[0], feature.range[1], None
    return None


def _spellings(study: Study, title: str, name: str, column: pd.Series) -> Iterator[Finding]:
    """Texts that are one level but for case and blanks, and words for a missing value that stand as a level."""
    counts, small = Counter(value for value in column.dropna() if isinstance(value, str)), study.small_cell
    words = {text: word for text in counts if (word := missing_word(text))}
    one = Counter(" ".join(text.split()).casefold() for text in counts if text not in words)
    several = [text for text in counts if text not in words and one[" ".join(text.split()).casefold()] > 1]
    if several:
        rows, shown = sum(counts[t] for t in several), [t for t in several if counts[t] >= small]
        quoted = f" ({listed(shown)})" if shown else ""
        sentence = (
            f"{title}: {len(several)} spellings{quoted} are {len(several) - _fewer(several)} level"
            f"{'s' if len(several) - _fewer(several) > 1 else ''} but for upper and lower case or blanks, in "
            f"{of_rows(rows, len(column), small)}. Each is taken for a level of its own. Write every level in one way."
        )
        yield LEVELS.fault("warning", sentence, {"spellings": len(several)}, about=name)
    if words:
        rows = sum(counts[text] for text in words)
        sentence = (
            f"{title}: {listed(dict.fromkeys(words.values()))} stands as a level in "
            f"{of_rows(rows, len(column), small)}. Likely cause: another program wrote its word for a missing value. "
            "Leave those cells empty, or declare it in the card's missing_codes."
        )
        yield LEVELS.fault("warning", sentence, {"rows": counted(rows, small)}, about=name)


def _fewer(several: list[str]) -> int:
    return len(several) - len({" ".join(text.split()).casefold() for text in several})
