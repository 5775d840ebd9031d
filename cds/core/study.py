"""What a validator is given: everything about one validation, computed once and shared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from cds.core.arrays import BoolArray, FloatArray
from cds.core.attendance import Attendance
from cds.core.cohort import Cohort
from cds.core.finding import Curve, Finding, Table
from cds.core.fingerprints import Overlap
from cds.core.measure import Measure, NotEstimable, Result
from cds.core.model import Model
from cds.core.model_card import ModelCard
from cds.core.protocol import MeasuresSection, ValidationProtocol
from cds.core.sample import Sample


@dataclass(frozen=True)
class Subgroup:
    """One level of one attribute; the whole cohort where both are None."""

    attribute: str | None = None
    level: str | None = None

    @property
    def overall(self) -> bool:
        """Whether this is the whole cohort."""
        return self.attribute is None


OVERALL = Subgroup()
SMALL_CELL = 11  # where no protocol says otherwise
Scheme = Literal["bootstrap", "jackknife"]


def subgroups(
    groups: Mapping[str, NDArray[np.str_]],
    levels: Mapping[str, Sequence[str]] | None = None,
    orders: Mapping[str, Sequence[str]] | None = None,
) -> dict[Subgroup, BoolArray]:
    """Each level of each attribute with its rows, in the attributes' order and the levels' own or sorted order.

    ``levels`` names what there was before rows were excluded: a level without rows stays, as an empty group.
    ``orders`` gives the order of an attribute's levels, where it is not the alphabet's; it adds no level.
    """
    return {
        Subgroup(attribute, level): values == level
        for attribute, values in groups.items()
        for level in _in_order(
            {*values.tolist(), *(levels or {}).get(attribute, ())}, (orders or {}).get(attribute, ())
        )
    }


def _in_order(levels: Iterable[str], order: Sequence[str]) -> list[str]:
    """Levels as an order gives them, those that it does not hold after them in the alphabet's."""
    place = {level: k for k, level in enumerate(order)}
    return sorted(levels, key=lambda level: (place.get(level, len(place)), level))


@dataclass(frozen=True)
class Request:
    """One number to compute: which measure, in whom, with which parameters, in which analysis."""

    measure: str
    subgroup: Subgroup = OVERALL
    horizon: float | None = None
    threshold: float | None = None
    category: str | None = None
    smoother: str | None = None
    analysis: str = "primary"

    @property
    def parameters(self) -> dict[str, object]:
        """What the measure's compute function is called with."""
        named = {
            "horizon": self.horizon,
            "threshold": self.threshold,
            "category": self.category,
            "smoother": self.smoother,
        }
        return {name: value for name, value in named.items() if value is not None}

    def labelled(self, label: str) -> str:
        """A measure's label with the threshold, horizon and category that it was asked for.

        >>> Request("auroc", category="pain").labelled("Area under the ROC curve")
        'Area under the ROC curve, pain'
        """
        told = label if self.threshold is None else f"{label} at threshold {self.threshold:g}"
        told += "" if self.horizon is None else f" at {self.horizon:g}"
        return told if self.category is None else f"{told}, {self.category}"


@dataclass(frozen=True)
class Answer:
    """A request's result, and its replicates (NaN where one was not estimable) where they were drawn.

    ``scheme`` says how: bootstrap over patients, or leaving out one site at a time. ``parts`` holds the answer in
    each imputation where the result is pooled; contrasts are formed in each of them first. ``left_out`` holds the
    value without each block of patients, from which BCa intervals take their acceleration; ``present``, of answers
    whose replicates leave out sites, which sites have patients here.
    """

    request: Request
    result: Result
    replicates: FloatArray | None = None
    scheme: Scheme = "bootstrap"
    left_out: FloatArray | None = None
    present: BoolArray | None = None
    parts: tuple[Answer, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Study:
    """One validation: who, what was predicted and observed, what the protocol asks, and every number computed once.

    ``samples`` holds one sample per imputation (one when nothing is imputed), each on the same patients;
    ``groups`` maps each subgroup to its rows, ``sites`` each site; ``answers`` holds what the shared estimation
    pass computed. ``analyses`` are further samples of the same question, by the name of the analysis (complete
    cases, say), again one per imputation, and ``analysis_sites`` the rows of each site in them; ``rivals`` other
    models' samples of the very same patients, by model.
    ``attendance`` tells who was seen at which visit, of an outcome followed over visits; ``overlap`` who of the
    patients was among those that the model has seen, or why that is not known.
    ``jobs`` is how many worker processes a validator may use; no number depends on it.
    """

    cohort: Cohort
    samples: tuple[Sample, ...]
    measures: Mapping[str, Measure]
    settings: MeasuresSection
    answers: Mapping[Request, Answer] = field(default_factory=dict)
    groups: Mapping[Subgroup, BoolArray] = field(default_factory=dict)
    sites: Mapping[Subgroup, BoolArray] = field(default_factory=dict)
    analyses: Mapping[str, tuple[Sample, ...]] = field(default_factory=dict)
    analysis_sites: Mapping[str, Mapping[Subgroup, BoolArray]] = field(default_factory=dict)
    rivals: Mapping[str, tuple[Sample, ...]] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    minimum_events: int = 50
    card: ModelCard | None = None
    protocol: ValidationProtocol | None = None
    model: Model | None = None
    attendance: Attendance | None = None
    overlap: Overlap | NotEstimable | None = None
    jobs: int = 1

    @property
    def sample(self) -> Sample:
        """The only sample, or the first imputation's."""
        return self.samples[0]

    @property
    def small_cell(self) -> int:
        """The count from which on a number of patients is printed: the protocol's, or 11."""
        return SMALL_CELL if self.protocol is None else self.protocol.cohort.small_cell

    @property
    def judged_as_a_whole(self) -> bool:
        """Whether the cohort has numbers of its own: not where it stacks predictions at several landmarks."""
        return self.protocol is None or self.protocol.landmark is None

    @property
    def rng(self) -> np.random.Generator:
        """A generator from the protocol's seed, apart from the bootstrap's children."""
        return np.random.default_rng(np.random.SeedSequence(self.settings.seed, spawn_key=(2**31,)))

    def of_family(self, family: str) -> Iterator[Answer]:
        """The answers of one family's measures, in the order requested."""
        return (a for a in self.answers.values() if self.measures[a.request.measure].family == family)

    def findings(self, family: str) -> Iterator[Finding]:
        """The family's answers as findings, verdicts still open."""
        return (self.finding(answer) for answer in self.of_family(family))

    def finding(self, answer: Answer) -> Finding:
        """An answer as a finding."""
        request, measure = answer.request, self.measures[answer.request.measure]
        return Finding(
            measure=measure.name,
            family=measure.family,
            result=answer.result,
            analysis=request.analysis,
            attribute=request.subgroup.attribute,
            group=request.subgroup.level,
            horizon=request.horizon,
            threshold=request.threshold,
            category=request.category,
            parameters={
                **({} if request.smoother is None else {"smoother": request.smoother}),
                **self.sample.shown_parameters,
            },
        )

    def with_answers(self, answers: Iterable[Answer]) -> Self:
        """The same study with these answers instead."""
        return replace(self, answers={answer.request: answer for answer in answers})


Validator = Callable[[Study], Iterable[Finding | Curve | Table]]
