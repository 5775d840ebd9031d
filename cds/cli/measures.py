"""``cds measures [NAME]``: what each number means, how its interval is made, and where it comes from."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cds.core.measure import Measure
    from cds.dataquality.check import DataCheck


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One measure or data check by name or code; all of them without."""
    parser.add_argument("name", nargs="?", help="a measure, or a data check by name or code")


def run(args: argparse.Namespace) -> int:
    """Print the measures and checks; 0, or an input error for a name that none has."""
    from cds.catalog import all_measures
    from cds.core.errors import InputError
    from cds.dataquality.validator import CHECKS

    measures = [m for m in all_measures() if args.name in (None, m.name)]
    checks = [c for c in CHECKS if args.name in (None, c.name, c.code)]
    if not measures and not checks:
        known = {m.name for m in all_measures()} | {c.name for c in CHECKS} | {c.code for c in CHECKS}
        raise InputError(f"there is no measure or data check {args.name!r}", do=_nearest(args.name, known))
    blocks = [*(_measure(m) for m in measures), *(_check(c) for c in checks)]
    print("\n\n".join("\n".join(block) for block in blocks))
    return 0


def _nearest(name: str, known: set[str]) -> str:
    from cds.core.errors import nearest

    holding = sorted(other for other in known if name in other)
    return f"Did you mean {' or '.join(holding)}?" if holding else nearest(name, known)


def _measure(measure: Measure) -> Iterator[str]:
    from cds.stats.known_coverage import coverage_told

    yield f"{measure.name}  ({measure.kind}, {measure.family}: {measure.label})"
    yield from _line("formula", measure.formula)
    yield from _line("convention", measure.convention)
    yield from _line("ideal", _ideal(measure))
    yield from _line("interval", f"{measure.interval_name}, on the {measure.scale} scale")
    yield from _line("coverage", coverage_told(measure.kind, measure.name))
    yield from _line("parameters", ", ".join(measure.parameters))
    yield from _line("no criterion", measure.refused_as_criterion)
    yield from _line("criterion", "at_most only: a distance never fails" if measure.is_distance else "")
    yield from _line("source", measure.source)


def _check(check: DataCheck) -> Iterator[str]:
    yield f"{check.code} {check.name}  (data check)"
    yield from _line("looks for", check.what)
    yield from _line("source", check.source)


def _ideal(measure: Measure) -> str:
    better = {
        "higher": "higher is better",
        "lower": "lower is better",
        "target": "closer is better",
        "none": "",
    }
    ideal = "" if measure.ideal is None else f"{measure.ideal:g}"
    return "; ".join(part for part in (ideal, better[measure.direction]) if part)


def _line(label: str, text: str) -> Iterator[str]:
    if text:
        yield textwrap.fill(" ".join(text.split()), 100, initial_indent=f"  {label:<13}", subsequent_indent=" " * 15)
