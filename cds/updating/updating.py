"""Makes a new registry version of a model by fitting it to new patients; the parent stays as it is."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cds.assembly.study import predicted, sample_of
from cds.core.cohort import Cohort
from cds.core.errors import ArtifactError, InputError, RegistryError, located
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard, UpdateSummary
from cds.core.outcome import Binary
from cds.core.protocol import ValidationProtocol
from cds.core.sample import Sample
from cds.models.update_file import Isotonic, LogRatios, Step
from cds.registry.folder import refuse_taken
from cds.registry.reference import registry_root
from cds.registry.updates import add_update
from cds.stats.refitting import FIT_ERRORS, as_refittable
from cds.stats.resampling import child
from cds.tabular import without_missing_outcomes
from cds.updating.fitting import METHODS, PER_INPUT, Method, fitted_step, refuse_too_few

REFIT_STREAM = 2**31 + 21
VERSION = r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}"  # as ModelCard.version


@dataclass(frozen=True, eq=False)
class Updated:
    """A registered update: the new version, its parent, and what was fitted (None for a refit)."""

    model: RegisteredModel
    parent: RegisteredModel
    step: Step | None

    def withdraw(self) -> None:
        """Remove the new version: for when it could not be judged after all."""
        shutil.rmtree(Path(self.model.source), ignore_errors=True)


def update(
    parent: RegisteredModel,
    cohort: Cohort,
    protocol: ValidationProtocol,
    *,
    method: Method,
    version: str = "",
    root: str | Path | None = None,
    split: float | None = None,
) -> Updated:
    """Fit a registered model to a cohort and register the result as a new version of the same name.

    Args:
        parent: a registered or shipped model; it stays as it is.
        cohort: the patients to update on, never those to judge on; rows without an outcome are left out.
        protocol: declares the outcome, the weights and the bounds of clipping.
        method: ``intercept``, ``recalibrate``, ``isotonic``, ``beta`` or ``refit``.
        version: of the new model; by default the parent's with the method's name.
        root: the registry; by default the parent's own, or where ``cds.load_model`` looks.
        split: the share of a file that the cohort is, for the record.

    Raises:
        DataError: too few events, a fit without a maximum, a slope that is not positive.
        RegistryError: the version exists, or the parent is not registered.
        InputError: a method that this outcome or model has not, a version that is no file name.
    """
    if protocol.cohort.imputation is not None:
        raise InputError(
            "an update is fitted to one table, not to imputations", do="Remove imputation from [cohort], or take one"
        )
    if version and not re.fullmatch(VERSION, version):
        raise InputError(
            f"{version[:50]!r} is no version: at most 40 letters, digits, dots, dashes and underscores",
            do="Give another (--new-version), such as 2",
        )
    place = root if root is not None else _own_root(parent)
    _refuse_taken(place, parent.card.name, version or f"{parent.card.version}-{method}")
    whole = without_missing_outcomes(cohort)
    sample = sample_of(protocol, whole, predicted(parent, whole))
    if not sample.shows_prevalence:
        raise InputError(
            "a case-control design without a prevalence cannot tell how high risks should be",
            do="Declare prevalence in the protocol, or update on a cohort",
        )
    told = _card(parent, whole, protocol, sample, method=method, version=version, split=split)
    if method == "refit":
        return Updated(_refit(parent, whole, sample, told, seed=protocol.measures.seed, root=place), parent, None)
    step = fitted_step(sample, method)
    made = add_update(parent, _with_numbers(told, step), step, patients=whole.features, root=place)
    return Updated(made, parent, step)


def _refuse_taken(root: str | Path | None, name: str, version: str) -> None:
    """Refuse a version that exists before anything is fitted, with what makes another."""
    try:
        refuse_taken(registry_root(root), name, version)
    except RegistryError as fault:
        raise RegistryError(fault.what, where=fault.where, do="Give another (--new-version), such as 2") from None


def _own_root(parent: RegisteredModel) -> Path | None:
    folder = Path(parent.source)
    return folder.parent.parent if folder.is_dir() and folder.parent.name == parent.card.name else None


def _card(
    parent: RegisteredModel,
    cohort: Cohort,
    protocol: ValidationProtocol,
    sample: Sample,
    *,
    method: Method,
    version: str,
    split: float | None,
) -> ModelCard:
    """The parent's card with the new version, its parent and what was done; claims about the parent are dropped."""
    card = parent.card
    events = sample.events if isinstance(cohort.outcome, Binary) else None
    summary = UpdateSummary(
        method=method,
        n=len(np.unique(sample.patient_codes)),
        events=None if events is None else round(events),
        data_sha256=cohort.sha256,
        split=split,
        parent_sha256=parent.sha256,
        protocol=f"{protocol.name} {protocol.version}",
    )
    changed: dict[str, Any] = {
        "version": version or f"{card.version}-{method}",
        "parent": card.identity,
        "update": summary,
        "claims": {},
    }
    given = card.model_dump(by_alias=True, exclude_unset=True)
    given.get("development", {}).pop("predictions", None)  # the parent's
    return ModelCard.model_validate({**given, **{name: _plain(value) for name, value in changed.items()}})


def _plain(value: Any) -> Any:
    return value.model_dump(exclude_none=True) if isinstance(value, UpdateSummary) else value


def _numbers(step: Step) -> dict[str, float]:
    """The fitted numbers as the card lists them; the points of a curve stand in the artifact only."""
    if isinstance(step, Isotonic):
        return {"points": float(len(step.risk)), "low": step.low, "high": step.high}
    if isinstance(step, LogRatios):
        pairs = enumerate(zip(step.intercepts, step.slopes, strict=True), 1)
        return {f"{name}_{k}": v for k, both in pairs for name, v in zip(("intercept", "slope"), both, strict=True)}
    return {k: v for k, v in step.model_dump(exclude_none=True).items() if isinstance(v, float)}


def _with_numbers(card: ModelCard, step: Step) -> ModelCard:
    """The card with the fitted numbers."""
    if card.update is None:
        raise TypeError("the card of an update says what was done")
    return card.model_copy(update={"update": card.update.model_copy(update={"parameters": _numbers(step)})})


def _refit(
    parent: RegisteredModel,
    cohort: Cohort,
    sample: Sample,
    card: ModelCard,
    *,
    seed: int,
    root: str | Path | None,
) -> RegisteredModel:
    from cds.registry import add

    model = as_refittable(parent)
    if isinstance(model, NotEstimable):
        raise ArtifactError(model.reason, do=f"Choose {', '.join(m for m in METHODS if m != 'refit')}")
    refuse_too_few(sample, "refit", PER_INPUT * len(parent.card.inputs))
    if cohort.outcome is None:
        raise InputError("the cohort has no outcome")
    try:
        fresh: Any = model.refit(cohort.features, cohort.outcome, weights=sample.weights, rng=child(seed, REFIT_STREAM))
    except InputError as fault:
        raise located(fault, cohort.source) from None
    except FIT_ERRORS as fault:
        raise ArtifactError(f"the refit failed ({type(fault).__name__})") from None
    fitted = getattr(fresh, "estimator", None)
    if fitted is None:
        raise ArtifactError(f"a refitted {parent.adapter} cannot be stored")
    development = cohort.features if card.outcome_column in cohort.features or not card.outcome_column else None
    background = _background(parent)
    return add(fitted, card, background=background, development=development, root=root)


def _background(parent: RegisteredModel) -> Any:
    """The parent's reference sample for explanations, its outcomes under the card's column."""
    if parent.background is None:
        return None
    column = parent.card.outcome_column
    if parent.background_outcome is None or parent.card.outcome != "binary" or not column:
        return parent.background
    positive = parent.card.positive
    if isinstance(positive, bool) or not isinstance(positive, (int, float)) or positive not in (0, 1):
        return parent.background
    return parent.background.assign(**{column: np.where(parent.background_outcome == 1, positive, 1 - positive)})
