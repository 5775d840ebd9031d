"""The study of one validation: who is judged, on which samples, in which groups and sites."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cds import catalog
from cds.assembly.missing_outcomes import missing_outcomes
from cds.core.alignment import align
from cds.core.cohort import Cohort
from cds.core.errors import DataError, InputError, located
from cds.core.finding import Table
from cds.core.model import RegisteredModel
from cds.core.prediction import Prediction
from cds.core.protocol import ValidationProtocol
from cds.core.sample import Sample
from cds.core.study import Study, Subgroup, subgroups
from cds.tabular import without_missing_outcomes


@dataclass(frozen=True, eq=False)
class Assembled:
    """A study ready to be answered, and what was learnt on the way."""

    study: Study
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


def assemble(protocol: ValidationProtocol, cohort: Cohort, model: RegisteredModel | None) -> Assembled:
    """The study of the patients with an observed outcome, and missing outcomes by prediction.

    Raises:
        InputError: predictions that are undefined, of another kind than the outcome, or absent; no patient with
            an outcome; outcomes missing where the protocol refuses that.
    """
    prediction = predicted(model, cohort)
    levels = {name: [*np.unique(values), *_reference(protocol, name)] for name, values in cohort.groups.items()}
    tables: list[Table] = []
    observed = _outcome_observed(cohort)
    if not observed.all():
        tables.append(missing_outcomes(protocol, prediction, observed, cohort.source))
        prediction, cohort = prediction.take(np.flatnonzero(observed)), without_missing_outcomes(cohort)
    sample = sample_of(protocol, cohort, prediction)
    study = Study(
        cohort=cohort,
        samples=(sample,),
        measures=catalog.measures(protocol.outcome.kind),
        settings=protocol.measures,
        groups=subgroups(cohort.groups, levels),
        sites=sites_of(protocol, cohort),
        references=protocol.cohort.references,
        minimum_events=protocol.cohort.minimum_events,
        card=None if model is None else model.card,
        protocol=protocol,
        model=model,
    )
    return Assembled(study, tuple(tables))


def predicted(model: RegisteredModel | None, cohort: Cohort) -> Prediction:
    """What the model, or the data's frozen predictions, say of each row."""
    if model is not None:
        try:
            return model.predict(cohort.features)
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
        return align(
            cohort.outcome,
            prediction,
            weights=cohort.weights,
            patient=cohort.codes,
            design=protocol.sampling if cohort.weights is None else "sampling",
            clip=protocol.measures.clip,
        )
    except InputError as fault:
        raise located(fault, cohort.source) from None


def sites_of(protocol: ValidationProtocol, cohort: Cohort) -> dict[Subgroup, np.ndarray]:
    """Each site with its rows; none where the protocol declares no site."""
    if cohort.sites is None or protocol.cohort.site is None:
        return {}
    return subgroups({protocol.cohort.site: cohort.sites})


def with_samples(study: Study, samples: tuple[Sample, ...]) -> Study:
    """The same study on these samples, one per imputation."""
    return replace(study, samples=samples)


def _outcome_observed(cohort: Cohort) -> np.ndarray:
    if cohort.outcome is None:
        raise DataError("the cohort has no outcome", where=cohort.source)
    return cohort.outcome.observed


def _reference(protocol: ValidationProtocol, attribute: str) -> list[str]:
    named = protocol.cohort.references.get(attribute)
    return [] if named is None else [named]
