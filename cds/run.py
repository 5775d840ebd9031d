"""One validation from end to end: protocol + model + cohort → study → findings with verdicts → record."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from cds import catalog
from cds.core.arrays import BoolArray, FloatArray
from cds.core.cohort import Cohort
from cds.core.errors import DataError, InputError, ProtocolError, located, row_list
from cds.core.finding import Findings, Readiness, Table
from cds.core.model import RegisteredModel
from cds.core.outcome import Binary
from cds.core.prediction import Prediction, Risk
from cds.core.protocol import ValidationProtocol
from cds.core.record import RunRecord
from cds.core.sample import BinarySample
from cds.core.standing import standing_of
from cds.core.study import Study, subgroups
from cds.protocol import (
    LoadedProtocol,
    read_protocol,
    refuse_unanswerable,
    refuse_unsupported,
)
from cds.run_folder import write_run_folder
from cds.run_record import record_of
from cds.stats.estimation import answer
from cds.tabular import build_cohort, read_table, without_missing_outcomes

FROZEN = "predictions:"
FIFTHS = 5
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
        jobs: worker processes; all cores by default. The numbers do not depend on it.
        seed: of the bootstrap, instead of the protocol's; the record says so.
        progress: called with (done, total) while resampling.

    Raises:
        InputError: what is wrong with the protocol, the data or the model, all faults at once.
    """
    started = time.monotonic()
    loaded = _with_seed(_loaded(protocol), seed)
    refuse_unsupported(loaded.protocol)
    refuse_unanswerable(loaded.protocol)
    registered = _registered(model)
    inputs: dict[str, Path] = {"protocol": loaded.path} if loaded.path.is_file() else {}
    if registered is not None and Path(registered.source).is_dir():
        inputs["model"] = Path(registered.source)
    if not isinstance(cohort, Cohort):
        inputs["data"] = Path(cohort)
        if registered is None:
            _refuse_unnamed_predictions(loaded)
        cohort = read_cohort(cohort, loaded.protocol, registered)
    read = time.monotonic()
    prediction = _prediction(registered, cohort)
    study, missing = _study(loaded.protocol, cohort, prediction, registered)
    study = answer(study, jobs=jobs, progress=progress)
    outputs = [output for validator in catalog.validators().values() for output in validator(study)]
    record = record_of(loaded, study, outputs, missing)
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
    if protocol.predictions.risk is None:
        named = "predictions" in protocol.model_fields_set
        lacks = "[predictions] section names no risk" if named else "protocol has no [predictions] section"
        raise ProtocolError(
            f"the {lacks}, and without a model ({FROZEN}) the data must hold the risks",
            where=loaded.path.name,
            do='Add [predictions] with risk = "…", the column of the predicted probability; or give a model',
        )


def _prediction(model: RegisteredModel | None, cohort: Cohort) -> Prediction:
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


def _study(
    protocol: ValidationProtocol, cohort: Cohort, prediction: Prediction, model: RegisteredModel | None
) -> tuple[Study, Table | None]:
    """The study on patients with an observed outcome, and missing outcomes by predicted risk."""
    if not isinstance(prediction, Risk):
        raise InputError(
            f"the protocol asks for a binary outcome, and the model gives {type(prediction).__name__}, no risk",
            do="Use a model that predicts the probability of the protocol's outcome",
        )
    levels = {name: [*np.unique(values), *_reference(protocol, name)] for name, values in cohort.groups.items()}
    observed = ~np.isnan(_events(cohort))
    missing = None if observed.all() else _missing_outcomes(protocol, prediction, observed, cohort.source)
    if missing is not None:
        prediction, cohort = prediction.take(np.flatnonzero(observed)), without_missing_outcomes(cohort)
    sample = BinarySample(
        outcome=_events(cohort),
        risk=prediction.values,
        weights=cohort.weights,
        patient=cohort.codes,
        design=protocol.sampling if cohort.weights is None else "sampling",
        clip=protocol.measures.clip,
    )
    study = Study(
        cohort=cohort,
        samples=(sample,),
        measures=catalog.measures(protocol.outcome.kind),
        settings=protocol.measures,
        groups=subgroups(cohort.groups, levels),
        references=protocol.cohort.references,
        minimum_events=protocol.cohort.minimum_events,
        card=None if model is None else model.card,
        protocol=protocol,
        model=model,
    )
    return study, missing


def _reference(protocol: ValidationProtocol, attribute: str) -> list[str]:
    named = protocol.cohort.references.get(attribute)
    return [] if named is None else [named]


def _events(cohort: Cohort) -> FloatArray:
    """The binary outcome, NaN where it was not observed."""
    if not isinstance(cohort.outcome, Binary):
        raise DataError("the cohort has no binary outcome")
    return cohort.outcome.event


def _missing_outcomes(protocol: ValidationProtocol, prediction: Risk, observed: BoolArray, source: str) -> Table:
    if protocol.outcome.missing == "refuse":
        raise DataError(
            f"the outcome is missing at {row_list(np.flatnonzero(~observed).tolist())}",
            where=source,
            do='Complete it, or set missing = "exclude" in [outcome] before seeing the data',
        )
    edges = np.quantile(prediction.values, np.linspace(0, 1, FIFTHS + 1))
    place = np.searchsorted(edges[1:-1], prediction.values, side="left")
    rows = tuple(
        (
            f"{edges[k]:.3f} to {edges[k + 1]:.3f}",
            str(int((place == k).sum())),
            str(int(((place == k) & ~observed).sum())),
        )
        for k in range(FIFTHS)
    )
    header = ("predicted risk (fifths)", "patients", "outcome missing")
    note = "If the missing outcomes gather at one end, the excluded patients differ from those judged."
    return Table("missing_outcomes", "dataquality", "Missing outcomes by predicted risk", header, rows, note)
