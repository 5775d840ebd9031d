"""The study of a randomised trial: everyone who was randomised, in the arm as randomised."""

from __future__ import annotations

from cds import catalog
from cds.assembly.imputations import taken_apart
from cds.core.cohort import Cohort
from cds.core.errors import InputError, located
from cds.core.model import RegisteredModel
from cds.core.prediction import Prediction
from cds.core.protocol import ValidationProtocol
from cds.core.study import Study, subgroups
from cds.longitudinal.trial import applicable
from cds.tabular.trial_columns import refuse_criteria, trial_sample


def trial_study(protocol: ValidationProtocol, cohort: Cohort, model: RegisteredModel | None) -> Study:
    """The study of a cohort of randomised patients; a model's predictions enter as the predicted risk.

    Raises:
        InputError: predictions that are undefined, columns that hold other than declared.
    """
    parts = (cohort,) if cohort.imputations is None else taken_apart(cohort).imputations
    try:
        samples = tuple(
            trial_sample(protocol, part.features, _predicted(model, part), weights=part.weights, patient=part.codes)
            for part in parts
        )
        refuse_criteria(protocol, samples[0].arms)
    except InputError as fault:
        raise located(fault, cohort.source) from None
    return Study(
        cohort=parts[0],
        samples=samples,
        measures=applicable(catalog.measures("trial"), samples[0]),
        settings=protocol.measures,
        groups=subgroups(parts[0].compared, orders=parts[0].level_orders),
        references=protocol.cohort.named_references,
        minimum_events=protocol.cohort.minimum_events,
        card=None if model is None else model.card,
        protocol=protocol,
        model=model,
    )


def _predicted(model: RegisteredModel | None, cohort: Cohort) -> Prediction | None:
    return cohort.predictions if model is None else model.predict(cohort.features)
