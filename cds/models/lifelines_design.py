"""What a lifelines regression makes of its inputs: plain columns, levels and their products; nothing else is data."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cds.core.errors import ArtifactError
from cds.models.fitted_survival import written_level
from cds.models.survival_format import Factor

INTERCEPT = "Intercept"
_CATEGORY = re.compile(r"C\((\w+)\)")


@dataclass(frozen=True)
class Inputs:
    """The inputs that a fitter reads: as numbers, and as categories with the levels that it was trained on."""

    numeric: set[str] = field(default_factory=set)
    levels: dict[str, tuple[Any, ...]] = field(default_factory=dict)


def inputs_read(mappings: Iterable[Any], strata: dict[str, tuple[Any, ...]]) -> Inputs:
    """The inputs of every regression of a fitter, and its strata."""
    found = Inputs(levels=dict(strata))
    for mapping in mappings:
        if isinstance(mapping, list):
            found.numeric.update(name for name in mapping if name != INTERCEPT)
            continue
        categories = dict(_categories(mapping))
        found.levels.update(categories)
        found.numeric.update(set(mapping.required_variables) - set(categories))
    return found


def terms(mapping: Any) -> dict[str, tuple[Factor, ...]]:
    """A regression's columns by name, each as the factors that it multiplies.

    Raises:
        ArtifactError: a formula with a function of an input (other than C), which would have to be stored as code.
    """
    if isinstance(mapping, list):
        return {str(name): () if name == INTERCEPT else (Factor(input=str(name)),) for name in mapping}
    found: dict[str, tuple[Factor, ...]] = {}
    for part in mapping.structure:
        possible = dict(_columns(part, mapping))
        for column in part.columns:
            if column not in possible:
                raise _no_data(column)
            found[str(column)] = possible[column]
    return found


def _categories(mapping: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for expression, (kind, state) in mapping.encoder_state.items():
        if kind.value == "categorical":
            # C(x), C(x, contrasts) or x itself
            name = re.sub(r"^C\((\w+)\s*(,.*)?\)$", r"\1", str(expression))
            yield name, tuple(state["categories"])


def _columns(part: Any, mapping: Any) -> Iterator[tuple[str, tuple[Factor, ...]]]:
    """Every column that a term can have: one factor's columns times the next one's."""
    for scoped in part.scoped_terms:
        choices = [list(_one(factor, mapping)) for factor in scoped.factors]
        if not choices:
            yield INTERCEPT, ()
        for chosen in itertools.product(*choices) if choices else ():
            yield ":".join(name for name, _ in chosen), tuple(factor for _, factor in chosen)


def _one(factor: Any, mapping: Any) -> Iterator[tuple[str, Factor]]:
    expression = str(factor.factor.expr)
    kind, state = mapping.encoder_state[expression]
    if kind.value == "categorical":
        whole = _CATEGORY.fullmatch(expression)
        name = whole.group(1) if whole else expression
        if name not in mapping.required_variables:
            raise _no_data(expression)
        for level in state["categories"]:
            column = f"{expression}[T.{level}]" if factor.reduced else f"{expression}[{level}]"
            yield column, Factor(input=name, level=written_level(level))
    elif expression in mapping.required_variables:
        yield expression, Factor(input=expression)
    else:
        raise _no_data(expression)


def _no_data(expression: object) -> ArtifactError:
    return ArtifactError(
        f"the formula's term {str(expression)!r} cannot be stored as data",
        do="Only columns, C(column) and their products can; compute others beforehand and name them as inputs",
    )
