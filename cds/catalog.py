"""Finds measures, adapters and validators: those in the package, and those of other packages by entry point.

A file is found because it is there. A measure is any module-level ``Measure`` of a family's file, an adapter
the module-level ``ADAPTER`` of a file under ``models/``, a validator the function ``validate`` of
``<family>/validator.py``.
Other packages offer the same through the entry-point group ``cds.extensions`` (a module name each).
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from types import ModuleType
from typing import get_args

from cds.core.errors import InputError, nearest
from cds.core.measure import Measure
from cds.core.model import Adapter
from cds.core.outcome import OutcomeKind
from cds.core.study import Validator

MEASURE_FAMILIES = (
    "overall",
    "calibration",
    "discrimination",
    "utility",
    "survival",
    "longitudinal",
    "fairness",
)
VALIDATOR_FAMILIES = (
    "dataquality",
    *MEASURE_FAMILIES,
    "sites",
    "internal",
    "comparison",
    "drift",
    "explanation",
    "planning",
    "claims",
)


def _modules(family: str) -> Iterator[ModuleType]:
    """Every module of a family in name order; none where the family does not exist."""
    if find_spec(f"cds.{family}") is None:
        return
    package = importlib.import_module(f"cds.{family}")
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        yield importlib.import_module(f"cds.{family}.{info.name}")


def _extensions() -> Iterator[ModuleType]:
    for entry in sorted(entry_points(group="cds.extensions"), key=lambda e: e.name):
        yield importlib.import_module(entry.value)


@functools.cache
def all_measures() -> tuple[Measure, ...]:
    """Every measure of every kind, family by family; a kind and name declared twice is an error."""
    found: dict[tuple[str, str], Measure] = {}
    sources = [*(m for family in MEASURE_FAMILIES for m in _modules(family)), *_extensions()]
    for module in sources:
        for value in vars(module).values():
            if not isinstance(value, Measure):
                continue
            known = found.setdefault((value.kind, value.name), value)
            if known is not value:
                raise InputError(
                    f"measure {value.name!r} for {value.kind} outcomes is declared twice",
                    where=module.__name__,
                )
    return tuple(found.values())


def measures(kind: str) -> dict[str, Measure]:
    """The measures of one outcome kind by name, in the order of the families.

    Raises:
        InputError: an outcome kind that does not exist.
    """
    if kind not in get_args(OutcomeKind):
        raise InputError(f"no outcome kind {kind!r}", do=nearest(kind, get_args(OutcomeKind)))
    return {measure.name: measure for measure in all_measures() if measure.kind == kind}


@functools.cache
def adapters() -> dict[str, Adapter]:
    """The adapters by name."""
    modules = [*_modules("models"), *_extensions()]
    found = [vars(module)["ADAPTER"] for module in modules if isinstance(vars(module).get("ADAPTER"), Adapter)]
    return {adapter.name: adapter for adapter in found}


def validators() -> dict[str, Validator]:
    """Each family's validator, data quality first."""
    return {
        family: importlib.import_module(f"cds.{family}.validator").validate
        for family in VALIDATOR_FAMILIES
        if find_spec(f"cds.{family}") is not None and find_spec(f"cds.{family}.validator") is not None
    }
