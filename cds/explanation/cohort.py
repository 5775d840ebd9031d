"""The explanations of many patients of a cohort: who is explained, what moves the model most, what is withheld."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import FloatArray, IntArray
from cds.core.errors import PredictionError
from cds.core.explanation import Explanation, Space
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard
from cds.core.study import Study
from cds.explanation.outputs import outputs_of
from cds.explanation.shap_values import explain_outputs
from cds.stats.inputs import prepare_inputs
from cds.stats.resampling import child

STREAM = 2**31 + 41
RESAMPLES = 1000


@dataclass(frozen=True, eq=False)
class CohortExplanation:
    """The contributions of every explained patient, shape (patients, inputs), in the space shown.

    ``rows`` are their places in the sample, ``inputs`` their prepared inputs; ``withheld`` names, patient by patient,
    the check that their explanation fails (empty where it stands), ``unexplained`` counts those without one by reason.
    Only explanations that stand are in ``values``, NaN elsewhere. ``asked`` is how many patients were drawn.
    """

    output: str
    space: Space
    names: tuple[str, ...]
    values: FloatArray
    rows: IntArray
    inputs: pd.DataFrame
    withheld: tuple[str, ...]
    unexplained: Mapping[str, int]
    asked: int
    of: int
    method: str
    background_rows: int
    horizon: float | None

    @property
    def stands(self) -> NDArray[np.bool_]:
        """Which explanations passed every check, shape (patients,)."""
        return np.array([not why for why in self.withheld], dtype=bool)

    @property
    def factor(self) -> float:
        """What values are multiplied with for print: probabilities in percentage points."""
        return 100.0 if self.space == "probability" else 1.0


def explain_cohort(study: Study, model: RegisteredModel, patients: int) -> CohortExplanation | NotEstimable:
    """Explain so many patients of the study, drawn at random from a child of its seed; one row of each.

    Patients for whom the model gives no prediction are not drawn. The output is the one that most criteria are about.
    """
    features = prepare_inputs(model.card, study.cohort.features)
    first = np.unique(study.sample.patient_codes, return_index=True)[1]
    required = [f.name for f in model.card.inputs if f.required]
    usable = first[features.iloc[first][required].notna().all(axis=1).to_numpy()] if required else first
    if not len(usable):
        return NotEstimable("nobody has every input that the model needs")
    rng = child(study.settings.seed, STREAM)
    chosen = np.sort(rng.choice(usable, size=min(patients, len(usable)), replace=False))
    found = [_one(model, features.iloc[[row]], study.settings.seed) for row in chosen]
    output = output_of(study, model, features.iloc[[int(chosen[0])]])
    return _gathered(model, features, chosen, found, output, of=len(first))


def output_of(study: Study, model: RegisteredModel, row: pd.DataFrame) -> str:
    """The output that most criteria ask about: a category, a horizon; else the last one."""
    outputs = outputs_of(model.predict(row))
    asked = [c.category or c.horizon for c in study.protocol.criteria] if study.protocol else []
    names = [name if isinstance(name, str) else f"{name:.15g}" for name in asked if name is not None]
    known = [name for name in names if name in outputs.names]
    return max(dict.fromkeys(known), key=known.count) if known else outputs.names[-1]


Told = Mapping[tuple[str, Space], Explanation | NotEstimable] | str


def _one(model: RegisteredModel, row: pd.DataFrame, seed: int) -> Told:
    try:
        return explain_outputs(model, row.reset_index(drop=True), seed=seed)
    except PredictionError as fault:
        return fault.what


def _gathered(
    model: RegisteredModel, features: pd.DataFrame, chosen: IntArray, found: Sequence[Told], output: str, *, of: int
) -> CohortExplanation | NotEstimable:
    shown: list[tuple[int, Explanation]] = []
    reasons: dict[str, int] = {}
    for row, told in zip(chosen, found, strict=True):
        each = told if isinstance(told, str) else _shown(told, output)
        if isinstance(each, Explanation):
            shown.append((int(row), each))
        else:
            reason = each if isinstance(each, str) else each.reason
            reasons[reason] = reasons.get(reason, 0) + 1
    if not shown:
        return NotEstimable(next(iter(reasons)))
    rows = np.array([row for row, _ in shown])
    names = tuple(shown[0][1].values)
    withheld = tuple(_failed(each) for _, each in shown)
    values = np.array(
        [[np.nan if why else each.values[n] for n in names] for (_, each), why in zip(shown, withheld, strict=True)]
    )
    first = shown[0][1]
    return CohortExplanation(
        output, first.space, names, values, rows, features.iloc[rows].reset_index(drop=True), withheld, reasons,
        len(chosen), of, first.method, first.background_rows, first.horizon,
    )  # fmt: skip


def _shown(told: Mapping[tuple[str, Space], Explanation | NotEstimable], output: str) -> Explanation | NotEstimable:
    """The explanation of this output in the space that pages print."""
    return next(each for (name, space), each in told.items() if name == output and space != "log_odds")


def _failed(explanation: Explanation) -> str:
    return next((check.name for check in explanation.failed), "")


@dataclass(frozen=True)
class Importance:
    """How much an input, or a domain of inputs, moves the model: mean |value| with its interval, how often first.

    ``first`` is the share of patients in whom nothing moves the prediction more.
    """

    name: str
    kind: Literal["input", "domain"]
    domain: str
    mean: float
    low: float
    high: float
    first: float


def importances(found: CohortExplanation, card: ModelCard, level: float, seed: int) -> Iterator[Importance]:
    """Inputs by falling mean |value|, then domains: of a domain, the |sum| of its inputs' values.

    Intervals are percentiles of 1,000 resamples of patients; the background is the same in all of them.
    """
    values = found.values[found.stands] * found.factor
    domains = domains_of(found.names, card)
    yield from sorted(_ranked(found.names, values, level, seed, domains=domains), key=lambda one: -one.mean)
    named = list(dict.fromkeys(d for d in domains.values() if d))
    if named:
        sums = np.column_stack([values[:, [domains[n] == d for n in found.names]].sum(axis=1) for d in named])
        yield from sorted(_ranked(named, sums, level, seed, domains=None), key=lambda one: -one.mean)


def domains_of(names: Sequence[str], card: ModelCard) -> dict[str, str]:
    """The domain of each input, empty where the card names none; a player that is a domain is its own."""
    known = {feature.name: feature.domain or "" for feature in card.inputs}
    return {name: known.get(name, name) for name in names}


def _ranked(
    names: Sequence[str], values: FloatArray, level: float, seed: int, *, domains: Mapping[str, str] | None
) -> Iterator[Importance]:
    """Each name's importance: of inputs with the ``domains`` that they are in, else of domains."""
    sizes = np.abs(values)
    rng = child(seed, STREAM + 1)
    draws = rng.multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), size=RESAMPLES) @ sizes / len(sizes)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    first = np.bincount(np.argmax(sizes, axis=1), minlength=len(names)) / len(sizes)
    for k, name in enumerate(names):
        kind: Literal["input", "domain"] = "domain" if domains is None else "input"
        place = "" if domains is None else domains.get(name, "")
        yield Importance(name, kind, place, float(sizes[:, k].mean()), float(low[k]), float(high[k]), float(first[k]))
