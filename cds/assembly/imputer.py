"""Fills missing inputs several times: numbers by chained Bayesian regressions, categories by drawn classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cds.assembly.imputation_columns import Column, imputation_columns
from cds.core.arrays import FloatArray
from cds.core.cohort import Cohort
from cds.core.model_card import ModelCard
from cds.core.protocol_analyses import MissingInputsSection
from cds.stats.resampling import child

STREAM = 2**31 + 7  # of the seed, apart from the bootstrap's
INNER = 3  # rounds over the numbers between two draws of the categories
RIDGE = 10.0  # the prior variance of a standardised coefficient of the classes' regression: separation stays finite


@dataclass(frozen=True, eq=False)
class Filled:
    """One column over all imputations: the values drawn, shape (m, imputed), and the chains' means, shape (m, k).

    Categories' values are codes, and their trace is the share of the commonest level. ``outside`` counts the draws
    that were moved to the card's plausible range.
    """

    column: Column
    drawn: FloatArray
    trace: FloatArray
    outside: int = 0


@dataclass(frozen=True, eq=False)
class Imputations:
    """The features of every row in each imputation, and what was filled in."""

    features: tuple[pd.DataFrame, ...]
    filled: tuple[Filled, ...]


@dataclass(eq=False)
class _Chain:
    """One imputation in the making: numbers standardised, categories as codes."""

    numbers: dict[str, FloatArray]
    codes: dict[str, FloatArray]
    trace: dict[str, list[float]] = field(default_factory=dict)


def impute(cohort: Cohort, card: ModelCard, settings: MissingInputsSection, *, seed: int) -> Imputations:
    """The cohort's missing inputs filled ``settings.imputations`` times, each from its own child of the seed.

    Numbers are drawn by scikit-learn's IterativeImputer with parameters drawn once per imputation, categories from
    the probabilities of a multinomial logistic regression on a bootstrap sample of the rows. The outcome, the groups
    and the auxiliary columns are predictors; they are filled where they are missing, but only inputs are handed on.
    Whole numbers are rounded, and values outside the card's plausible range moved to its edge and counted.

    Raises:
        InputError: inputs that cannot be imputed, all at once.
    """
    from threadpoolctl import threadpool_limits

    columns = imputation_columns(cohort, card, settings.auxiliary)
    with threadpool_limits(limits=1):  # sums in the same order everywhere, and no pool of threads for tiny matrices
        chains = [_run(columns, settings.iterations, child(seed, STREAM, k)) for k in range(settings.imputations)]
    filled = tuple(_filled(c, chains) for c in columns if c.feature is not None and c.imputed.any())
    return Imputations(tuple(_features(cohort.features, filled, k) for k in range(len(chains))), filled)


def _run(columns: Sequence[Column], iterations: int, rng: np.random.Generator) -> _Chain:
    """One chain: all numbers given the categories, then each category given all else, ``iterations`` times over."""
    numbers = {c.name: _standardised(c) for c in columns if c.kind == "number"}
    chain = _Chain(dict(numbers), {c.name: _started(c, rng) for c in columns if c.kind == "category"})
    open_categories = [c for c in columns if c.kind == "category" and c.missing.any()]
    open_numbers = [name for name, values in numbers.items() if np.isnan(values).any()]
    for _ in range(iterations if open_categories else 1):
        if open_numbers:
            _draw_numbers(chain, numbers, columns, iterations, rng, alone=not open_categories)
        for column in open_categories:
            _draw_category(chain, column, columns, rng)
    return chain


def _standardised(column: Column) -> FloatArray:
    mean, sd = _mean_and_sd(column)
    return np.asarray((column.values - mean) / sd, dtype=np.float64)


def _mean_and_sd(column: Column) -> tuple[float, float]:
    seen = column.values[~column.missing]
    return float(seen.mean()), float(seen.std()) or 1.0


def _started(column: Column, rng: np.random.Generator) -> FloatArray:
    """The codes with each missing one drawn among the observed."""
    values = column.values.copy()
    values[column.missing] = rng.choice(values[~column.missing], int(column.missing.sum()))
    return values


def _dummies(chain: _Chain, columns: Sequence[Column], without: str = "") -> FloatArray:
    """0/1 columns of every category but its first level and those that nobody has, shape (n, k)."""
    made = [
        (chain.codes[c.name] == code).astype(np.float64)
        for c in columns
        if c.kind == "category" and c.name != without
        for code in range(1, len(c.levels))
    ]
    kept = [d for d in made if 0 < d.sum() < len(d)]
    rows = len(next(iter((*chain.numbers.values(), *chain.codes.values()))))
    return np.column_stack(kept) if kept else np.empty((rows, 0))


def _draw_numbers(
    chain: _Chain,
    given: dict[str, FloatArray],
    columns: Sequence[Column],
    iterations: int,
    rng: np.random.Generator,
    *,
    alone: bool,
) -> None:
    """All numbers given the categories; every round where they are ``alone``, else a few of them."""
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - makes the next import possible
    from sklearn.impute import IterativeImputer

    from cds.assembly.drawn_ridge import DrawnRidge, Source

    names = list(given)
    table = np.column_stack([*given.values(), _dummies(chain, columns)])
    if table.shape[1] == 1:  # nothing tells about the only column
        name = names[0]
        missing = np.isnan(given[name])
        chain.numbers[name] = np.where(missing, 0.0, given[name])
        chain.numbers[name][missing] = rng.standard_normal(int(missing.sum()))
        return
    rounds, seed = iterations if alone else INNER, int(rng.integers(2**31))
    imputer = IterativeImputer(
        DrawnRidge(Source(rng)), sample_posterior=True, max_iter=rounds, skip_complete=True, random_state=seed
    )
    filled = imputer.fit_transform(table)
    chain.numbers = {name: filled[:, k] for k, name in enumerate(names)}
    steps = imputer.imputation_sequence_
    for step in steps if alone else steps[-len(steps) // rounds :]:
        chain.trace.setdefault(names[step.feat_idx], []).append(step.estimator.mean_drawn_)


def _draw_category(chain: _Chain, column: Column, columns: Sequence[Column], rng: np.random.Generator) -> None:
    from sklearn.linear_model import LogisticRegression

    codes, missing = chain.codes[column.name], column.missing
    design = np.column_stack([*chain.numbers.values(), _dummies(chain, columns, without=column.name)])
    seen = np.flatnonzero(~missing)
    rows = rng.choice(seen, len(seen))
    classes = np.unique(codes[rows])
    if len(classes) == 1 or not design.shape[1]:
        codes[missing] = rng.choice(codes[rows], int(missing.sum()))
    else:
        fit = LogisticRegression(C=RIDGE, max_iter=2000).fit(design[rows], codes[rows])
        edges = np.cumsum(fit.predict_proba(design[missing]), axis=1)[:, :-1]
        codes[missing] = fit.classes_[(rng.random(int(missing.sum()))[:, None] >= edges).sum(axis=1)]
    commonest = np.bincount(column.values[~missing].astype(np.int64)).argmax()
    chain.trace.setdefault(column.name, []).append(float((codes[missing] == commonest).mean()))


def _filled(column: Column, chains: Sequence[_Chain]) -> Filled:
    """What was drawn for one input, on its own scale, within the card's plausible range."""
    missing, feature = column.imputed, column.feature
    trace = np.array([chain.trace.get(column.name, []) for chain in chains])
    if column.kind == "category" or feature is None:
        return Filled(column, np.array([chain.codes[column.name][missing] for chain in chains]), trace)
    mean, sd = _mean_and_sd(column)
    drawn = mean + sd * np.array([chain.numbers[column.name][missing] for chain in chains])
    drawn = np.round(drawn) if feature.type == "integer" else drawn
    if feature.range is None:
        return Filled(column, drawn, mean + sd * trace)
    low, high = feature.range
    if feature.type == "integer" and np.floor(high) >= np.ceil(low):  # an edge of 0.5 would be a fraction
        low, high = np.ceil(low), np.floor(high)
    outside = int(((drawn < low) | (drawn > high)).sum())
    return Filled(column, np.clip(drawn, low, high), mean + sd * trace, outside)


def _features(features: pd.DataFrame, filled: Sequence[Filled], k: int) -> pd.DataFrame:
    """The raw features with one imputation's values where they were missing, written as the data write them."""
    made = features.copy()
    for one in filled:
        values = made[one.column.name].astype(object).to_numpy(copy=True)
        drawn = one.drawn[k]
        values[one.column.imputed] = (
            [one.column.raw[int(code)] for code in drawn] if one.column.kind == "category" else drawn.tolist()
        )
        made[one.column.name] = pd.Series(values, index=made.index, dtype=object).infer_objects()
    return made
