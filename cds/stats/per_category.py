"""Measures of outcomes with several categories: a binary measure of one category at a time, or one of all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.finding import Curve
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import NominalSample

View = Literal["one_vs_rest", "up_to"]
PREFIX = {
    "one_vs_rest": "for each category against all others, with the category's own probability as the risk; ",
    "up_to": "of this category or a lower one, with the cumulative probability as the risk; the last category, which "
    "is certain, is left out; ",
}


def binary_view(sample: NominalSample, *, category: str, view: View = "one_vs_rest", **_: Any) -> BinarySample:
    """One category against the rest, or this category and lower ones against higher ones."""
    made: BinarySample = getattr(sample, view)(category)
    return made


def all_but_first(categories: tuple[str, ...]) -> tuple[str, ...]:
    """Every category but the first, which is the reference."""
    return categories[1:]


def all_but_last(categories: tuple[str, ...]) -> tuple[str, ...]:
    """Every category but the last, up to which everybody belongs."""
    return categories[:-1]


def for_both_kinds(measure: Measure) -> tuple[Measure, Measure]:
    """The same measure for nominal and for ordinal outcomes."""
    return replace(measure, kind="nominal"), replace(measure, kind="ordinal")


def each_category(measure: Measure, *, view: View = "one_vs_rest", **changes: Any) -> tuple[Measure, Measure]:
    """A binary measure, asked of each category of a nominal and of an ordinal outcome; ``changes`` replace its fields.

    Whether a case-control design leaves it alone is not inherited: "all others" mix as the design has it.
    """
    interval, details, influence = measure.interval, measure.details, measure.influence
    lifted = replace(
        measure,
        parameters=("category", *measure.parameters),
        compute=partial(_value, measure.compute, view),
        interval=None if interval is None else partial(_interval, interval, view),
        details=None if details is None else partial(_details, details, view),
        influence=None if influence is None else partial(_influence, influence, view),
        counted=partial(binary_view, view=view),
        needs_prevalence=True,
        convention=(PREFIX[view] + measure.convention).removesuffix("; "),
    )
    return for_both_kinds(replace(lifted, **changes))


def absent(sample: NominalSample, category: str) -> str:
    """Why nothing can be told about a category that nobody, or everybody, has; empty otherwise."""
    here = sample.class_counts[sample.position(category)]
    if here <= 0:
        return f"nobody in the data has the category {category!r}"
    return f"everybody in the data has the category {category!r}" if here >= sample.total else ""


def never_predicted(sample: NominalSample, category: str) -> str:
    """Why nothing can be told about a category that the model says is impossible for everybody; empty otherwise."""
    risk = sample.probability[:, sample.position(category)]
    never = not risk[sample.weight > 0].any()
    return f"the model gives everybody a probability of 0 of the category {category!r}" if never else ""


def refused_absent(sample: NominalSample) -> NotEstimable | None:
    """The reason against a measure of all categories where one of them is absent from the data; else None."""
    missing = [name for name, count in zip(sample.categories, sample.class_counts, strict=True) if count <= 0]
    if not missing:
        return None
    told = ", ".join(repr(name) for name in missing)
    return NotEstimable(f"nobody in the data has the category {told}; over fewer categories it is another quantity")


def stacked(name: str, title: str, by_category: Mapping[str, Curve], **changes: Any) -> Curve | None:
    """The curves of the categories as one, whose first column names the category; None where there are none.

    ``facts["categories"]`` holds each category's own facts; labels and note are the first curve's unless changed.
    """
    if not by_category:
        return None
    first = next(iter(by_category.values()))
    sizes = [len(next(iter(curve.columns.values()))) for curve in by_category.values()]
    columns = {
        column: np.concatenate([np.asarray(curve.columns[column]) for curve in by_category.values()])
        for column in first.columns
    }
    return replace(
        first,
        name=name,
        title=title,
        columns={"category": np.repeat(np.array(list(by_category), dtype=np.str_), sizes), **columns},
        facts={
            "categories": {category: {**curve.facts, "category": category} for category, curve in by_category.items()}
        },
        **changes,
    )


def of_the_first(curve: Curve, imputations: int) -> Curve:
    """The curve with a note that says so where it shows the first of several imputations."""
    if imputations == 1:
        return curve
    told = f"drawn from the first of {imputations} imputations, while the numbers pool all of them"
    return replace(curve, note="; ".join(part for part in (curve.note, told) if part))


def _value(
    compute: Callable[..., float | NotEstimable], view: View, sample: NominalSample, *, category: str, **more: Any
) -> float | NotEstimable:
    value = compute(binary_view(sample, category=category, view=view), **more)
    return _plainer(value, view, sample, category) if isinstance(value, NotEstimable) else value


def _interval(
    interval: Callable[..., Interval | NotEstimable],
    view: View,
    sample: NominalSample,
    value: float,
    level: float,
    *,
    category: str,
    **more: Any,
) -> Interval | NotEstimable:
    found = interval(binary_view(sample, category=category, view=view), value, level, **more)
    return _plainer(found, view, sample, category) if isinstance(found, NotEstimable) else found


def _plainer(told: NotEstimable, view: View, sample: NominalSample, category: str) -> NotEstimable:
    """The reason in terms of the category, where it is that nobody has it or is said to have it."""
    if view == "up_to":
        return told
    reason = absent(sample, category) or never_predicted(sample, category)
    return NotEstimable(reason) if reason else told


def _details(
    details: Callable[..., dict[str, Any]], view: View, sample: NominalSample, *, category: str, **more: Any
) -> dict[str, Any]:
    return details(binary_view(sample, category=category, view=view), **more)


def _influence(
    influence: Callable[..., FloatArray | NotEstimable],
    view: View,
    sample: NominalSample,
    *,
    category: str,
    **more: Any,
) -> FloatArray | NotEstimable:
    found = influence(binary_view(sample, category=category, view=view), **more)
    return _plainer(found, view, sample, category) if isinstance(found, NotEstimable) else found
