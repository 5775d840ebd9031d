"""Rows whose inputs are missing: the model's own rule, complete cases or imputation, the others beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from cds.assembly.imputation_tables import COMPLETE_CASE, IMPUTED, MODEL_RULE, analyses_table, missing_by_input
from cds.assembly.imputations import taken_apart
from cds.core.arrays import BoolArray
from cds.core.cohort import Cohort, FlowStep
from cds.core.errors import DataError, InputError, PredictionError, ProtocolError, all_at_once, located, row_list
from cds.core.finding import Table
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard
from cds.core.protocol import ValidationProtocol
from cds.stats.inputs import how_to_complete, missing_required
from cds.stats.recorded import missing_rows, not_asked
from cds.tabular.imputations import original_rows, prediction_columns

ANALYSIS = {"model": MODEL_RULE, "complete_case": COMPLETE_CASE, "impute": IMPUTED}
COMPLETE = (
    'Complete them; or write method = "complete_case" or "impute" in [missing_inputs] before seeing the data; or set '
    "required = false in a new version of the card if the model can take blanks"
)
RESAMPLED = (
    "Imputed first, then resampled: bootstrap replicates are drawn within each of the {m} imputations, of the same "
    "patients in all of them, and the numbers are pooled by Rubin's rules."
)
NO_ORIGINAL = (
    "The data do not hold the incomplete rows that were imputed (imputation 0), so that performance under the model's "
    "own rule for missing inputs cannot stand beside the imputed one."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Judged:
    """The rows of each analysis: one cohort per imputation, the same patients in the same order in each of them.

    ``observed`` holds the primary analysis's patients with their inputs as they were observed; ``further`` the
    analyses that stand beside it, by name.
    """

    primary: tuple[Cohort, ...]
    observed: Cohort
    further: Mapping[str, tuple[Cohort, ...]] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


def judged(protocol: ValidationProtocol, cohort: Cohort, model: RegisteredModel | None) -> Judged:
    """Who is judged, on which inputs, under the primary analysis and those beside it.

    Raises:
        InputError: imputations that do not fit together; required inputs missing where the protocol leaves them to
            a model that refuses them; inputs that cannot be imputed; a rule that does not fit the data.
    """
    method, card = protocol.missing_inputs.method, None if model is None else model.card
    if method != "model" and (card is None or cohort.imputations is not None):
        why = (
            "goes with data that are not imputed yet, and cohort.imputation says that these are"
            if cohort.imputations is not None
            else "needs a model: frozen predictions do not say what they were made of"
        )
        raise ProtocolError(f'missing_inputs.method = "{method}" {why}', do="Remove one of the two")
    if cohort.imputations is not None:
        return _imputed_before(cohort, card, protocol)
    if protocol.cohort.imputation is not None:
        raise DataError("the protocol names cohort.imputation, and the cohort does not say which rows are which's")
    if card is None:
        return Judged(primary=(cohort,), observed=cohort)
    if method == "model":
        refuse_required(cohort, card)
    gaps = _gaps(cohort, card)
    if not any(gap.any() for gap in gaps.values()):
        return Judged(primary=(cohort,), observed=cohort)
    return _with_gaps(protocol, cohort, card, gaps)


def refuse_required(cohort: Cohort, card: ModelCard, rows: BoolArray | None = None) -> None:
    """Refuse rows (of those given) whose required inputs are missing, naming each input and its rows.

    Raises:
        PredictionError: with what to do about it.
    """
    kept = np.full(len(cohort), True) if rows is None else rows
    found = {name: [k for k in at if kept[k]] for name, at in missing_required(card, cohort.features).items()}
    faults = [
        PredictionError(
            f"required input {name!r} is missing at {row_list(at)}",
            do=how_to_complete(card, name, cohort.features, COMPLETE),
        )
        for name, at in found.items()
        if at and name in cohort.features
    ]
    if faults:
        raise located(all_at_once(faults), cohort.source)


def _with_gaps(protocol: ValidationProtocol, cohort: Cohort, card: ModelCard, gaps: Mapping[str, BoolArray]) -> Judged:
    """The protocol's method, and each of the others that the data and the protocol allow."""
    primary = ANALYSIS[protocol.missing_inputs.method]
    found: dict[str, tuple[Cohort, ...]] = {}
    small = protocol.cohort.small_cell
    tables, absent = [missing_by_input(card, gaps, small=small)], {}
    for name in (primary, *(n for n in ANALYSIS.values() if n != primary)):
        try:
            if name == IMPUTED:
                found[name], diagnosed = _impute(protocol, cohort, card)
                tables.append(diagnosed)
            else:
                found[name] = (_without_gaps(cohort, card, gaps, name),)
        except InputError as fault:
            if name == primary:
                raise located(fault, cohort.source) from None
            absent[name] = fault.what
    if primary != MODEL_RULE and MODEL_RULE in found and _same_rows(found, MODEL_RULE, COMPLETE_CASE):
        left = len(found.pop(MODEL_RULE)[0])
        gone = len(cohort) - left
        counted = f" ({gone} of {len(cohort)} patients)" if min(left, gone) >= small else ""
        absent[MODEL_RULE] = (
            f"the model gives no prediction where an input is missing{counted}: its own rule leaves the complete cases"
        )
    tables.append(analyses_table(primary, found, absent, small=small))
    return Judged(
        primary=found[primary],
        observed=cohort if primary == IMPUTED else found[primary][0],
        further={name: cohorts for name, cohorts in found.items() if name != primary},
        tables=tuple(tables),
        notes=(RESAMPLED.format(m=len(found[primary])),) if primary == IMPUTED else (),
    )


def _impute(protocol: ValidationProtocol, cohort: Cohort, card: ModelCard) -> tuple[tuple[Cohort, ...], Table]:
    if "missing_inputs" not in protocol.model_fields_set:
        raise DataError("the protocol has no [missing_inputs] section, which would specify the imputation")
    from cds.assembly.imputation_tables import diagnostics
    from cds.assembly.imputer import impute

    made = impute(cohort, card, protocol.missing_inputs, seed=protocol.measures.seed)
    return tuple(replace(cohort, features=features) for features in made.features), diagnostics(made, protocol, cohort)


def _imputed_before(cohort: Cohort, card: ModelCard | None, protocol: ValidationProtocol) -> Judged:
    """Data that come with their imputations; the incomplete data, where they come too, give the analyses beside it."""
    labels = cohort.imputations
    original = np.full(len(cohort), False) if labels is None else original_rows(cohort.features, labels)
    if card is not None:
        refuse_required(cohort, card, ~original)
    parts = taken_apart(cohort)
    note, incomplete = RESAMPLED.format(m=len(parts.imputations)), parts.original
    if incomplete is None:
        return Judged(primary=parts.imputations, observed=parts.imputations[0], notes=(note, NO_ORIGINAL))
    found, absent, tables = {IMPUTED: parts.imputations}, {}, []
    if card is None:
        has = incomplete.features[prediction_columns(protocol.predictions)].notna().all(axis=1).to_numpy()
        name = MODEL_RULE if has.all() else COMPLETE_CASE
        if has.any():
            found[name] = (_of_rows(incomplete, has, "prediction in the incomplete data", "no prediction"),)
    else:
        gaps = _gaps(incomplete, card)
        tables.append(missing_by_input(card, gaps, small=protocol.cohort.small_cell))
        for name in (COMPLETE_CASE, MODEL_RULE):
            try:
                found[name] = (_without_gaps(incomplete, card, gaps, name),)
            except InputError as fault:
                absent[name] = fault.what
        if MODEL_RULE in found and _same_rows(found, MODEL_RULE, COMPLETE_CASE):
            del found[MODEL_RULE]
            absent[MODEL_RULE] = "the model gives no prediction where an input is missing: it leaves the complete cases"
    tables.append(analyses_table(IMPUTED, found, absent, small=protocol.cohort.small_cell))
    further = {name: cohorts for name, cohorts in found.items() if name != IMPUTED}
    return Judged(primary=parts.imputations, observed=incomplete, further=further, tables=tuple(tables), notes=(note,))


def _gaps(cohort: Cohort, card: ModelCard) -> dict[str, BoolArray]:
    """Where each input is missing although it was asked; optional inputs that nobody has are the model's own affair."""
    features = cohort.features
    gaps = {f.name: missing_rows(f, features) for f in card.inputs if f.name in features}
    had = {name: not (gap | not_asked(card.feature(name), features)).all() for name, gap in gaps.items()}
    return {name: gap for name, gap in gaps.items() if card.feature(name).required or had[name]}


def _without_gaps(cohort: Cohort, card: ModelCard, gaps: Mapping[str, BoolArray], name: str) -> Cohort:
    """Rows with every input (complete cases), or with every input that the model insists on (its own rule)."""
    wanted = [gap for key, gap in gaps.items() if name == COMPLETE_CASE or card.feature(key).required]
    kept = ~np.any([np.full(len(cohort), False), *wanted], axis=0)
    what = "every input recorded" if name == COMPLETE_CASE else "every required input recorded"
    return _of_rows(cohort, kept, what, "an input is missing; the protocol keeps complete cases")


def _of_rows(cohort: Cohort, kept: BoolArray, what: str, reason: str) -> Cohort:
    if not kept.any():
        raise DataError(f"no row has {what}")
    if kept.all():
        return cohort
    rows = np.flatnonzero(kept)
    step = FlowStep(what, len(rows), len(cohort) - len(rows), reason)
    return replace(cohort.take(rows), flow=(*cohort.flow, step))


def _same_rows(found: Mapping[str, tuple[Cohort, ...]], one: str, other: str) -> bool:
    """Whether two analyses are of the same patients, so that they would say the same."""
    return other in found and np.array_equal(found[one][0].patients, found[other][0].patients)
