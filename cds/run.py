"""One validation from end to end: protocol + model + cohort → study → findings with verdicts → record."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cds import catalog
from cds.assembly.case_control import notes as case_control_notes
from cds.assembly.case_control import shown
from cds.assembly.imputations_shown import labelled
from cds.assembly.own_patients import made_from, refuse_own_patients
from cds.assembly.refitting import refuse_unrefittable
from cds.assembly.rivals import provenance, rivals_of, with_comparator, with_rivals
from cds.assembly.study import assemble
from cds.core.cohort import Cohort
from cds.core.errors import InputError, ProtocolError, located
from cds.core.finding import Findings, Readiness
from cds.core.model import RegisteredModel
from cds.core.protocol import ValidationProtocol
from cds.core.record import RunRecord
from cds.core.standing import standing_of
from cds.protocol import (
    LoadedProtocol,
    read_protocol,
    refuse_unanswerable,
    refuse_unsupported,
)
from cds.run_folder import write_run_folder
from cds.run_record import record_of
from cds.stats.estimation import answer
from cds.tabular import build_cohort, read_table

FROZEN = "predictions:"
RISK = ("risk", 'risk = "…", the column of the predicted probability', "risks")
CLASSES = ("probabilities", 'probabilities = {category = "…"}, a column for each category', "probabilities")
BY_HORIZON = ("risk", 'risk = {"90" = "…"}, a column for each horizon', "risks")
VALUE = ("value", 'value = "…", the column of the predicted value', "predicted values")
NAMED = {
    "binary": RISK,
    "nominal": CLASSES,
    "ordinal": CLASSES,
    "continuous": VALUE,
    "survival": BY_HORIZON,
    "competing_risks": BY_HORIZON,
    "repeated": VALUE,
}
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Run:
    """A finished validation. ``save`` writes its folder, complete or not at all."""

    record: RunRecord
    model: RegisteredModel | None
    inputs: Mapping[str, Path] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def readiness(self) -> Readiness:
        """ready, not_ready or inconclusive."""
        return self.record.readiness

    @property
    def findings(self) -> Findings:
        """Every finding, the overall primary ones first."""
        return self.record.findings

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the run folder and note the model's standing in its registry; returns the folder.

        Raises:
            InputError: the folder exists (unless ``overwrite``, and then only a run folder is replaced).
            ResourceError: the disk is full or not writable.
        """
        out = write_run_folder(self.record, Path(folder), inputs=self.inputs, overwrite=overwrite, timings=self.timings)
        if self.model is not None and self.model.sha256:
            _note_standing(self.model, self.record)
        return out


def _note_standing(model: RegisteredModel, record: RunRecord) -> None:
    """Where ``load_model`` will look for it: the model's own registry, else the default one.

    A model in memory has no place of its own; ``cds.explain`` then finds no standing, and says so.
    """
    from cds.registry import record_standing

    folder = Path(model.source)
    if model.source == "shipped" or folder.is_dir():
        own = folder.parent.parent if folder.parent.name == model.card.name else None
        record_standing(model.card, standing_of(record), root=own)


def read_cohort(
    data: str | Path, protocol: ValidationProtocol | str | Path, model: RegisteredModel | None = None
) -> Cohort:
    """The cohort of a CSV or Parquet file as the protocol declares it; without a model, its frozen predictions too.

    Raises:
        DataError, PredictionError, ProtocolError: every fault found, with columns and row positions.
    """
    declared = _loaded(protocol).protocol
    return build_cohort(
        read_table(Path(data), text_columns=(declared.cohort.patient or "patient",)),
        declared,
        None if model is None else model.card,
        model_inputs=model is not None,
        keep_missing_outcomes=True,
    )


def validate(
    model: RegisteredModel | str | None,
    cohort: Cohort | str | Path,
    protocol: LoadedProtocol | ValidationProtocol | str | Path,
    *,
    against: Sequence[RegisteredModel | str] = (),
    jobs: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Judge a model on a cohort against a protocol.

    Args:
        model: a registered or wrapped model, a registry reference, or None (or ``predictions:``) when the data hold
            frozen predictions.
        cohort: a Cohort, or the path of a CSV or Parquet file.
        protocol: a protocol, its path, or the name of a shipped one.
        against: other models to compare with on the same patients, as ``model`` is given; ``predictions:COLUMN`` is a
            column of frozen predictions, ``logistic:`` a regression on the model's inputs, both refitted.
        jobs: worker processes; all cores by default. The numbers do not depend on it.
        seed: of the bootstrap, instead of the protocol's; the record says so.
        progress: called with (done, total) while resampling.

    Raises:
        InputError: what is wrong with the protocol, the data or the model, all faults at once.
    """
    started = time.monotonic()
    loaded = _with_seed(_loaded(protocol), seed)
    refuse_unsupported(loaded.protocol, where=loaded.path.name)
    refuse_unanswerable(loaded.protocol, where=loaded.path.name)
    registered = _registered(model)
    refuse_unrefittable(loaded.protocol, registered)
    loaded, others = with_comparator(loaded, against, registered)
    rivals = rivals_of(others, registered)
    if rivals and loaded.protocol.trial is not None:
        raise ProtocolError("a trial compares arms, not models", do="Leave out the models to compare with")
    inputs: dict[str, Path] = {"protocol": loaded.path} if loaded.path.is_file() else {}
    if registered is not None and Path(registered.source).is_dir():
        inputs["model"] = Path(registered.source)
    for k, rival in enumerate(rivals, 1):
        if rival.model is not None and Path(rival.model.source).is_dir():
            inputs[f"against_{k}"] = Path(rival.model.source)
    if not isinstance(cohort, Cohort):
        inputs["data"] = Path(cohort)
        if registered is None and loaded.protocol.trial is None:
            _refuse_unnamed_predictions(loaded)
        try:
            cohort = read_cohort(cohort, loaded.protocol, registered)
        except InputError as fault:
            raise located(fault, f"{loaded.path.name}, [predictions]", before="[predictions]") from None
    for judged in (registered, *(rival.model for rival in rivals)):
        refuse_own_patients(loaded.protocol, cohort, judged)
    read = time.monotonic()
    assembled = assemble(loaded.protocol, cohort, registered)
    compared = with_rivals(assembled.study, loaded.protocol, assembled.cohorts or (assembled.study.cohort,), rivals)
    study = replace(answer(compared, jobs=jobs, progress=progress), jobs=jobs or os.cpu_count() or 1)
    found = (out for validator in catalog.validators().values() for out in validator(study))
    outputs = shown(labelled(found, study), study)
    told = [*assembled.notes, *case_control_notes(study), *made_from(registered), *provenance(rivals)]
    record = record_of(loaded, study, [*assembled.tables, *outputs], told)
    timings = {"read": read - started, "measure": time.monotonic() - read}
    return Run(record, registered, inputs, timings)


def _loaded(protocol: LoadedProtocol | ValidationProtocol | str | Path) -> LoadedProtocol:
    if isinstance(protocol, LoadedProtocol):
        return protocol
    if isinstance(protocol, ValidationProtocol):
        return LoadedProtocol(protocol, "", False, Path())
    return read_protocol(protocol)


def _with_seed(loaded: LoadedProtocol, seed: int | None) -> LoadedProtocol:
    """Another seed than the protocol's is a deviation, and the record lists it."""
    protocol = loaded.protocol
    if seed is None or seed == protocol.measures.seed:
        return loaded
    told = f"seed {seed} given at the run instead of the protocol's {protocol.measures.seed}"
    changed = {
        "measures": protocol.measures.model_copy(update={"seed": seed}),
        "deviations": (*protocol.deviations, told),
    }
    return replace(loaded, protocol=protocol.model_copy(update=changed))


def _registered(model: RegisteredModel | str | None) -> RegisteredModel | None:
    if model is None or model == FROZEN:
        return None
    if isinstance(model, str):
        from cds.registry import load_model

        return load_model(model)
    return model


def _refuse_unnamed_predictions(loaded: LoadedProtocol) -> None:
    protocol = loaded.protocol
    key, example, what = NAMED[protocol.outcome.kind]
    if getattr(protocol.predictions, key) is None:
        named = "predictions" in protocol.model_fields_set
        lacks = f"[predictions] section names no {key}" if named else "protocol has no [predictions] section"
        raise ProtocolError(
            f"the {lacks}, and without a model ({FROZEN}) the data must hold the {what}",
            where=loaded.path.name,
            do=f"Add [predictions] with {example}; or give a model",
        )
