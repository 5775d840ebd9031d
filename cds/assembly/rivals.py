"""Other models' samples of the very same patients: same outcome, weights, groups and imputations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cds.assembly.study import sample_of
from cds.comparison.refitted import why_no_comparator
from cds.core.cohort import Cohort
from cds.core.errors import InputError, ProtocolError, all_at_once, located
from cds.core.model import RegisteredModel
from cds.core.prediction import Prediction
from cds.core.protocol import PredictionsSection, ValidationProtocol
from cds.core.sample import Sample
from cds.core.study import Study
from cds.protocol import LoadedProtocol

FROZEN = "predictions:"
LOGISTIC = "logistic:"
ONE_COLUMN = {"binary": "risk", "continuous": "value"}


@dataclass(frozen=True, eq=False)
class Rival:
    """A model to compare with, or a column of frozen predictions."""

    name: str
    model: RegisteredModel | None = None
    column: str = ""

    @property
    def provenance(self) -> str:
        """What it is, for the notes of the report."""
        if self.model is None:
            return f"{self.name}: the predictions in column {self.column}"
        known = f"sha256 {self.model.sha256[:16]}" if self.model.sha256 else "not hashed: it is in memory only"
        return f"{self.name} ({self.model.adapter}, {known})"


def with_comparator(
    loaded: LoadedProtocol, against: Sequence[RegisteredModel | str], model: RegisteredModel | None
) -> tuple[LoadedProtocol, tuple[RegisteredModel | str, ...]]:
    """The protocol with the regression on the same inputs where ``logistic:`` asks for it, and the other rivals.

    It adds an analysis and bears on no verdict, so it is no deviation; a protocol that rules it out is obeyed.

    Raises:
        ProtocolError: the protocol says comparator = "none".
        InputError: the model cannot be refitted, is itself a regression, or has inputs that a regression cannot take.
    """
    others = tuple(one for one in against if one != LOGISTIC)
    protocol = loaded.protocol
    if len(others) == len(against):
        return loaded, others
    if protocol.refitting.comparator == "none":
        raise ProtocolError(
            'the protocol rules out the regression on the same inputs (refitting.comparator = "none")',
            do="Name another model to compare with",
        )
    reason = why_no_comparator(model)
    if reason:
        raise InputError(
            f"there is no regression on the same inputs to compare with: {reason}",
            do="Name another model to compare with (--against MODEL)",
        )
    refitting = protocol.refitting.model_copy(update={"comparator": "logistic"})
    return replace(loaded, protocol=protocol.model_copy(update={"refitting": refitting})), others


def rival_of(given: RegisteredModel | str) -> Rival:
    """A model, a registry reference, or ``predictions:COLUMN`` as a rival.

    Raises:
        InputError: ``predictions:`` without a column; whatever the registry says of an unknown model.
    """
    if isinstance(given, RegisteredModel):
        return Rival(given.card.identity, given)
    if given.startswith(FROZEN):
        column = given.removeprefix(FROZEN)
        if not column:
            raise InputError(
                "predictions: names no column to compare with", do="Write predictions:COLUMN, such as predictions:risk"
            )
        return Rival(column, column=column)
    from cds.registry import load_model

    model = load_model(given)
    return Rival(model.card.identity, model)


def rivals_of(given: Sequence[RegisteredModel | str], model: RegisteredModel | None) -> tuple[Rival, ...]:
    """All rivals; refuses one that is named twice or that is the model itself.

    Raises:
        InputError: which one.
    """
    rivals = tuple(rival_of(one) for one in given)
    own = "" if model is None else model.card.identity
    names = [rival.name for rival in rivals]
    faults = [
        InputError(f"{name} would be compared with itself" if name == own else f"{name} is named twice to compare with")
        for name in dict.fromkeys(names)
        if name == own or names.count(name) > 1
    ]
    if faults:
        raise all_at_once(faults)
    return rivals


def with_rivals(
    study: Study, protocol: ValidationProtocol, cohorts: Sequence[Cohort], rivals: Sequence[Rival]
) -> Study:
    """The study with each rival's samples, one per imputation (``cohorts``), of the very same patients.

    Raises:
        InputError: a rival of another outcome kind or other categories, or whose predictions are undefined for these
            patients; all rivals' faults at once, each naming the rival.
    """
    samples: dict[str, tuple[Sample, ...]] = {}
    faults: list[InputError] = []
    for rival in rivals:
        try:
            samples[rival.name] = tuple(_sample(protocol, cohort, rival) for cohort in cohorts)
        except InputError as fault:
            faults.append(_named(fault, rival.name))
    if faults:
        raise all_at_once(faults)
    return replace(study, rivals={**study.rivals, **samples})


def _named(fault: InputError, name: str) -> InputError:
    """The fault and those joined to it, saying which model they are about."""
    others = [_named(other, name) for other in fault.others]
    return type(fault)(f"{fault.what} (to compare with: {name})", where=fault.where, do=fault.do, others=others)


def _sample(protocol: ValidationProtocol, cohort: Cohort, rival: Rival) -> Sample:
    try:
        prediction = _predicted(protocol, cohort, rival)
    except InputError as fault:
        raise located(fault, cohort.source) from None
    return sample_of(protocol, cohort, prediction)


def _predicted(protocol: ValidationProtocol, cohort: Cohort, rival: Rival) -> Prediction:
    if rival.model is not None:
        return rival.model.predict(cohort.features)
    from cds.models.predictions_file import frozen_predictions

    kind = protocol.outcome.kind
    if kind not in ONE_COLUMN:
        raise ProtocolError(
            f"a {kind.replace('_', ' ')} outcome has a column of predictions per {_per(kind)}; predictions:COLUMN "
            "names one only",
            do="Register the other model and name it",
        )
    section = PredictionsSection.model_validate({ONE_COLUMN[kind]: rival.column})
    return frozen_predictions(cohort.features, section, kind)


def _per(kind: str) -> str:
    return "horizon" if kind in ("survival", "competing_risks") else "category"


def provenance(rivals: Sequence[Rival]) -> list[str]:
    """Notes of the report: who was compared with."""
    return [f"Compared with {'; '.join(rival.provenance for rival in rivals)}."] if rivals else []
