"""Questions that are not asked of everybody: not asked, not answered and answered unasked are told apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cds.core.arrays import BoolArray
from cds.core.finding import Finding, Table
from cds.core.model_card import Feature
from cds.core.small_cells import hidden
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.dataquality.counts import counted, listed, of_rows
from cds.stats.recorded import missing_rows, not_asked

HIDDEN = "×"
ALL_BUT = 0.95
COARSE = 10  # levels of a column that may say of whom a question is asked
STRUCTURAL = DataCheck(
    code="DQ015",
    name="question_not_asked_of_everybody",
    what="An input that the card says is asked only of some (asked_if) and that holds a value in others (warning), or "
    "whose first question the data lack (warning). An input that is missing in every row with one answer to another "
    "input and almost never elsewhere, without a declaration (warning). What is not asked is not missing and is never "
    "imputed; how many were not asked stands in a table.",
    source="Little & Rubin, Statistical Analysis with Missing Data, 3rd ed., section 1.2, doi:10.1002/9781119482260",
)


def structural(study: Study) -> Iterator[Finding | Table]:
    """A fault per input that was answered unasked or whose rule is undeclared, and a table of those not asked."""
    if study.card is None:
        yield STRUCTURAL.not_run(NO_CARD)
        return
    present = [f for f in study.card.inputs if f.name in study.cohort.features]
    declared = [f for f in present if f.asked_if is not None]
    found = [fault for feature in declared for fault in _declared(study, feature)]
    found += [fault for feature in present if feature.asked_if is None for fault in _undeclared(study, feature)]
    yield from found or [STRUCTURAL.clear({"declared": len(declared)})]
    if declared:
        yield _table(study, declared)


def _declared(study: Study, feature: Feature) -> Iterator[Finding]:
    rule, features = feature.asked_if, study.cohort.features
    if rule is None:
        return
    if rule.column not in features:
        sentence = (
            f"{feature.title}: is asked only where {rule.column!r} is {rule.value}, a column that the data lack: every "
            "blank counts as missing. Add the column."
        )
        yield STRUCTURAL.fault("warning", sentence, {"rows": len(features)}, about=feature.name)
        return
    unasked, small = not_asked(feature, features), study.small_cell
    answered = unasked & ~_absent(study, feature)
    if answered.any():
        sentence = (
            f"{feature.title}: holds a value in {of_rows(int(answered.sum()), int(unasked.sum()), small)} where it is "
            f"not asked ({rule.column!r} is not {rule.value}). {_given(feature)} The values found are handed on as "
            "they are. Correct them, or the first question, or the card's asked_if."
        )
        yield STRUCTURAL.fault("warning", sentence, {"rows": counted(int(answered.sum()), small)}, about=feature.name)


def _given(feature: Feature) -> str:
    """What the model is given where the question is not asked."""
    otherwise = None if feature.asked_if is None else feature.asked_if.otherwise
    if otherwise is None:
        return "Where it is not asked the model is given a blank."
    return f"Where it is not asked the model is given {otherwise}."


def _absent(study: Study, feature: Feature) -> BoolArray:
    """The rows without a value, asked or not."""
    return missing_rows(feature.model_copy(update={"asked_if": None}), study.cohort.features)


def _undeclared(study: Study, feature: Feature) -> Iterator[Finding]:
    """A blank wherever another input has one answer, and hardly a blank elsewhere: a question with a filter."""
    gaps, small = _absent(study, feature), study.small_cell
    if gaps.sum() < small or (~gaps).sum() < small or study.card is None:
        return
    for other in study.card.inputs:
        if other.name == feature.name or other.name not in study.cohort.features:
            continue
        answers = study.cohort.features[other.name]
        if not 2 <= answers.nunique() <= COARSE:
            continue
        codes, _ = answers.factorize()
        whole = [k for k in range(answers.nunique()) if gaps[codes == k].all() and (codes == k).sum() >= small]
        explained = np.isin(codes, whole)
        if whole and explained[gaps].mean() >= ALL_BUT:
            sentence = (
                f"{feature.title}: missing in all {int(explained.sum())} rows with {len(whole)} of the answers to "
                f"{other.title}, and hardly elsewhere. Likely cause: a question that was not asked of everybody. "
                "Declare it as asked_if in the card, or it is imputed, or its rows left out, as if it were unknown."
            )
            yield STRUCTURAL.fault("warning", sentence, {"rows": int(explained.sum())}, about=feature.name)
            return


def _table(study: Study, declared: list[Feature]) -> Table:
    small, features, rows = study.small_cell, study.cohort.features, []
    for feature in declared:
        unasked, absent = not_asked(feature, features), _absent(study, feature)
        cells = [unasked & absent, unasked & ~absent, ~unasked & absent, ~unasked & ~absent]
        counts = [int(cell.sum()) for cell in cells]
        few = hidden(counts, small)
        shown = [HIDDEN if k in few else str(n) for k, n in enumerate(counts)]
        otherwise = None if feature.asked_if is None else feature.asked_if.otherwise
        rule = "" if feature.asked_if is None else f"{feature.asked_if.column} = {feature.asked_if.value}"
        rows.append((feature.title, rule, *shown, "a blank" if otherwise is None else str(otherwise)))
    note = "A question that is not asked is not missing: it is not imputed, and the model is given what the card says."
    if any(HIDDEN in row for row in rows):
        note += " × Small counts, and those from which they could be worked out, are not printed."
    header = ("Input", "Asked if", "Not asked", "Not asked, yet answered", "Asked, missing", "Answered", "If not asked")
    return Table(
        "questions_not_asked", "dataquality", f"Questions not asked of everybody ({listed(f.title for f in declared)})"
        if len(declared) == 1 else "Questions not asked of everybody", header, tuple(rows), note, section="missing",
    )  # fmt: skip
