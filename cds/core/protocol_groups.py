"""What a protocol says of groups: attributes, bands, intersections, numbers to follow along, the target population."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cds.core.errors import nearest
from cds.core.model_card import level_key
from cds.core.strict import Strict

CROSS = "×"
FEWEST_PARTS = 2
SHARES_ADD_UP = 0.01  # how far from 1 the shares of a target population may lie: rounding
Cuts = Annotated[tuple[float, ...], Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Shares = dict[str, Share]


def band_levels(cuts: tuple[float, ...]) -> tuple[str, ...]:
    """The names of the bands between cut points, lowest first; a band holds its lower bound.

    >>> band_levels((30, 45.5))
    ('under 30', '30 to under 45.5', '45.5 and over')
    """
    names = [level_key(float(cut)) for cut in cuts]
    between = (f"{low} to under {high}" for low, high in pairwise(names))
    return (f"under {names[0]}", *between, f"{names[-1]} and over")


class CohortSection(Strict):
    """Which columns say who, where, when and in which group.

    ``bands`` cuts a group's numbers at the given points; ``intersections`` are groups of groups, whose names join
    with ×; ``continuous`` are numbers along which calibration is followed as a smooth function, as it is along
    those of ``bands``. ``minimum_events`` is of events and of non-events, or of the rarest category; a continuous
    outcome has no events and no such minimum.
    """

    patient: str | None = None
    imputation: str | None = None
    site: str | None = None
    visit: str | None = None
    weight: str | None = None
    date: str | None = None
    groups: tuple[str, ...] = ()
    references: dict[str, str] = Field(default_factory=dict)
    intersections: tuple[tuple[str, ...], ...] = ()
    bands: dict[str, Cuts] = Field(default_factory=dict)
    continuous: tuple[str, ...] = ()
    minimum_events: int = Field(default=50, ge=1)
    small_cell: int = Field(default=11, ge=1)

    @property
    def crossed(self) -> dict[str, tuple[str, ...]]:
        """The intersections by name, each with the groups that it joins.

        >>> CohortSection(groups=("sex", "age"), intersections=(("sex", "age"),)).crossed
        {'sex×age': ('sex', 'age')}
        """
        return {CROSS.join(parts): parts for parts in self.intersections}

    @property
    def attributes(self) -> tuple[str, ...]:
        """Everything that patients are compared by: groups, then intersections."""
        return (*self.groups, *self.crossed)

    @property
    def along(self) -> tuple[str, ...]:
        """The numbers along which calibration is followed: the continuous ones and those cut into bands."""
        return tuple(dict.fromkeys((*self.bands, *self.continuous)))

    @property
    def named_references(self) -> dict[str, str]:
        """The reference of each attribute that has one; an intersection's is that of its parts unless it is named.

        >>> crossed = CohortSection(groups=("a", "b"), intersections=(("a", "b"),), references={"a": "1", "b": "x"})
        >>> crossed.named_references["a×b"]
        '1×x'
        """
        known = dict(self.references)
        for name, parts in self.crossed.items():
            if name not in known and all(part in self.references for part in parts):
                known[name] = CROSS.join(self.references[part] for part in parts)
        return known

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        faults = [
            *(fault for parts in self.intersections for fault in self._faults_of(parts)),
            *(
                f"bands names {name!r}, which is not among groups {list(self.groups)}"
                for name in self.bands
                if name not in self.groups
            ),
            *(
                f"bands.{name} must increase"
                for name, cuts in self.bands.items()
                if list(cuts) != sorted(set(cuts))
            ),
            *(
                f"references names {name!r}, which is not among groups {list(self.attributes)}"
                for name in self.references
                if name not in self.attributes
            ),
        ]  # fmt: skip
        several = Counter(frozenset(parts) for parts in self.intersections)
        faults += [f"intersections holds {sorted(parts)} more than once" for parts, n in several.items() if n > 1]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def _faults_of(self, parts: tuple[str, ...]) -> list[str]:
        if len(set(parts)) < max(FEWEST_PARTS, len(parts)):
            return [f"intersections: {list(parts)} must name at least two different groups"]
        faults = [
            f"intersections names {part!r}, which is not among groups. {nearest(part, self.groups)}"
            for part in parts
            if part not in self.groups
        ]
        taken = CROSS.join(parts)
        return faults + ([f"intersections: a group is named {taken!r} already"] if taken in self.groups else [])

    def why_not_across(self, across: str) -> str:
        """Why no criterion can look across this attribute, and what to do; empty where one can."""
        if across in self.attributes:
            return ""
        if across in self.continuous:
            return f"across = {across!r} is a number: add it to groups and cut it, bands = {{{across} = […]}}"
        same = [
            name
            for name, parts in self.crossed.items()
            if sorted(parts) == sorted(part.strip() for part in across.replace(" x ", CROSS).split(CROSS))
        ]
        if same:
            return f"across = {across!r} is not among groups. Write it as {same[0]!r}"
        return f"across = {across!r} is not among groups. {nearest(across, self.attributes)}"


class TargetPopulationSection(BaseModel):
    """The shares of groups in the population that the model is meant for, attribute by attribute.

    ``source`` says where they come from, a census say; every other key is an attribute with the share of each of its
    levels, which add up to 1 (within 0.01, for rounding).
    """

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)
    __pydantic_extra__: dict[str, Shares]

    source: str = ""

    @property
    def shares(self) -> dict[str, Shares]:
        """The share of each level, by attribute."""
        return dict(self.__pydantic_extra__ or {})

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        faults = [
            f"target_population.{attribute}: the shares add up to {sum(shares.values()):g}, not to 1"
            for attribute, shares in self.shares.items()
            if abs(sum(shares.values()) - 1) > SHARES_ADD_UP + 1e-12
        ]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def faults(self, cohort: CohortSection) -> list[str]:
        """Attributes that are no group of the cohort, and bands that it does not have."""
        faults = [
            f"target_population names {name!r}, which is not among groups. {nearest(name, cohort.attributes)}"
            for name in self.shares
            if name not in cohort.attributes
        ]
        for name, cuts in cohort.bands.items():
            known = band_levels(cuts)
            faults += [
                f"target_population.{name}: {level!r} is none of its bands. {nearest(level, known)}"
                for level in self.shares.get(name, ())
                if level not in known
            ]
        return faults
