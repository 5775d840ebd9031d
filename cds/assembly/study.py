"""The study of one validation: who is judged, on which samples, in which groups and sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cds import catalog
from cds.assembly.case_control import sampling
from cds.assembly.groups import group_notes
from cds.assembly.landmarks import at_landmarks, landmark_groups
from cds.assembly.missing_inputs import judged
from cds.assembly.missing_outcomes import Rows, missing_by_prediction, with_outcome
from cds.assembly.outcome_sensitivity import MAIN, outcome_sensitivity
from cds.assembly.overlap import WITHOUT_OVERLAP, development_overlap, taken, without_overlap
from cds.assembly.times import horizons_to_ask, refuse_unfitted_censoring, time_notes, time_rules
from cds.assembly.trial import trial_study
from cds.core.alignment import align
from cds.core.arrays import BoolArray
from cds.core.attendance import Attendance
from cds.core.cohort import Cohort
from cds.core.errors import DataError, InputError, located
from cds.core.finding import Table
from cds.core.model import RegisteredModel
from cds.core.outcome import Repeated
from cds.core.prediction import Prediction, Value
from cds.core.protocol import ValidationProtocol
from cds.core.sample import Sample
from cds.core.study import Study, Subgroup, subgroups
from cds.tabular import without_missing_outcomes


@dataclass(frozen=True, eq=False)
class Assembled:
    """A study ready to be answered, and what was learnt on the way.

    ``cohorts`` are the rows behind the study's samples, one per imputation; empty where the study's cohort is all.
    """

    study: Study
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    cohorts: tuple[Cohort, ...] = ()


def assemble(protocol: ValidationProtocol, cohort: Cohort, model: RegisteredModel | None) -> Assembled:
    """The study of the patients with an observed outcome, and missing outcomes by prediction.

    Raises:
        InputError: predictions that are undefined, of another kind than the outcome, or absent; no patient with
            an outcome; outcomes missing where the protocol refuses that.
    """
    if protocol.trial is not None:
        trial = trial_study(protocol, cohort, model)
        trial = replace(trial, overlap=development_overlap(protocol, [trial.cohort], model))
        return Assembled(trial, notes=tuple(group_notes(cohort)))
    card = None if model is None else model.card
    tables: list[Table] = []
    if protocol.landmark is not None:
        found = at_landmarks(protocol, cohort, card)
        cohort, tables = found.cohort, [found.table]
    rows = judged(protocol, cohort, model)
    every = [(c, predicted(model, c, protocol)) for c in rows.primary]
    tables, notes = [*tables, *rows.tables], [*rows.notes]
    if not _outcome_observed(rows.observed).all():
        if protocol.outcome.missing != "refuse" and protocol.outcome.kind in MAIN:
            tables.append(outcome_sensitivity(protocol, every, sample_of))
        first, prediction = every[0]
        small = protocol.cohort.small_cell
        if not isinstance(first.outcome, Repeated):  # whose drop-out is told per visit
            tables.append(missing_by_prediction(prediction, _outcome_observed(first), small=small))
    levels = {name: [*np.unique(v), *_reference(protocol, name)] for name, v in rows.observed.compared.items()}
    kept = [with_outcome(protocol, *one) for one in every]
    notes += kept[0].notes
    cohort = without_missing_outcomes(rows.observed, weighted=protocol.outcome.missing == "weight")
    further = {
        name: [with_outcome(protocol, c, predicted(model, c, protocol)) for c in cohorts]
        for name, cohorts in rows.further.items()
    }
    overlap = development_overlap(protocol, [cohort, *(k.cohort for k in kept if len(kept) > 1)], model)
    unseen = without_overlap(overlap)
    if unseen is not None:
        further[WITHOUT_OVERLAP] = [Rows(taken(k.cohort, unseen), k.prediction.take(unseen)) for k in kept]
    study = Study(
        cohort=cohort,
        samples=tuple(sample_of(protocol, k.cohort, k.prediction) for k in kept),
        analyses={
            name: tuple(sample_of(protocol, k.cohort, k.prediction) for k in each) for name, each in further.items()
        },
        analysis_sites={name: sites_of(protocol, each[0].cohort) for name, each in further.items()},
        measures=catalog.measures(protocol.analysed_kind),
        settings=protocol.measures,
        groups=_groups(protocol, cohort, levels),
        sites=sites_of(protocol, cohort),
        references=protocol.cohort.named_references,
        minimum_events=protocol.cohort.minimum_events,
        card=card,
        protocol=protocol,
        model=model,
        attendance=_attendance(protocol, *every[0]),
        overlap=overlap,
    )
    refuse_unfitted_censoring(study.sample)
    notes += [*time_notes(protocol, study.sample), *group_notes(cohort)]
    return Assembled(study, tuple(tables), tuple(notes), tuple(k.cohort for k in kept))


def predicted(model: RegisteredModel | None, cohort: Cohort, protocol: ValidationProtocol | None = None) -> Prediction:
    """What the model, or the data's frozen predictions, say of each row, at the protocol's horizons if it has any."""
    if model is not None:
        try:
            if protocol is None or not protocol.has_times:
                return model.predict(cohort.features)
            return model.predict(cohort.features, horizons=horizons_to_ask(protocol, model, cohort.features))
        except InputError as fault:
            raise located(fault, cohort.source) from None
    if cohort.predictions is None:
        raise InputError(
            "the cohort holds no frozen predictions", do="Name their column in [predictions], or give a model"
        )
    return cohort.predictions


def sample_of(protocol: ValidationProtocol, cohort: Cohort, prediction: Prediction) -> Sample:
    """The rows of a cohort with their predictions, weighted and clipped as the protocol declares."""
    if cohort.outcome is None:
        raise DataError("the cohort has no outcome", where=cohort.source)
    try:
        drawn = sampling(cohort.outcome, cohort.weights, design=protocol.sampling, prevalence=protocol.prevalence)
        return align(
            cohort.outcome,
            prediction,
            weights=drawn.weights,
            patient=cohort.codes,
            design=drawn.design,
            shows_prevalence=drawn.shows_prevalence,
            clip=protocol.measures.clip,
            times=time_rules(protocol, cohort, prediction),
        )
    except InputError as fault:
        raise located(fault, cohort.source) from None


def sites_of(protocol: ValidationProtocol, cohort: Cohort) -> dict[Subgroup, np.ndarray]:
    """Each site with its rows; none where the protocol declares no site."""
    if cohort.sites is None or protocol.cohort.site is None:
        return {}
    return subgroups({protocol.cohort.site: cohort.sites})


def _groups(
    protocol: ValidationProtocol, cohort: Cohort, levels: Mapping[str, Sequence[str]]
) -> dict[Subgroup, BoolArray]:
    if protocol.landmark is not None:
        return landmark_groups(protocol.landmark, cohort)
    return subgroups(cohort.compared, levels, cohort.level_orders)


def _attendance(protocol: ValidationProtocol, cohort: Cohort, prediction: Prediction) -> Attendance | None:
    """Who was seen at which visit, before rows without an outcome are left out; None without visits."""
    if protocol.trial is not None or not (isinstance(cohort.outcome, Repeated) and isinstance(prediction, Value)):
        return None
    return Attendance.of(cohort.outcome, prediction, cohort.codes, protocol.measures.horizons)


def _outcome_observed(cohort: Cohort) -> np.ndarray:
    if cohort.outcome is None:
        raise DataError("the cohort has no outcome", where=cohort.source)
    return cohort.outcome.observed


def _reference(protocol: ValidationProtocol, attribute: str) -> list[str]:
    named = protocol.cohort.named_references.get(attribute)
    return [] if named is None else [named]
