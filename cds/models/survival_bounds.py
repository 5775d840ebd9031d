"""Checks a loaded scikit-survival model for what its own code trusts: rising times, survival that only falls."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.errors import ArtifactError
from cds.models.fitted_bounds import fitted_parts, refuse_broken


def refuse_broken_survival(model: object) -> None:
    """Refuse trees that point outside themselves, and baselines or leaves that are no survival function.

    Raises:
        ArtifactError: naming the kind of part that is inconsistent.
    """
    refuse_broken(model)
    for part in fitted_parts(model):
        kind = type(part)
        if not kind.__module__.startswith("sksurv."):
            continue
        if "unique_times_" in vars(part):
            _check_times(part)
        if kind.__name__ == "StepFunction":
            _check_steps(part)
        elif kind.__name__ == "BreslowEstimator":
            _check_baseline(part)
        elif "tree_" in vars(part):
            _check_leaves(part)


def _refuse(inconsistent: bool, what: str) -> None:
    if inconsistent:
        raise ArtifactError(f"the model file is inconsistent: {what}", do="Store the model again from its source")


def _increasing(times: FloatArray) -> bool:
    return times.ndim == 1 and len(times) > 0 and bool(np.isfinite(times).all() and (np.diff(times) > 0).all())


def _check_steps(steps: Any) -> None:
    x, y = np.asarray(steps.x, dtype=np.float64), np.asarray(steps.y, dtype=np.float64)
    _refuse(not _increasing(x) or x.shape != y.shape, "the times of a step function do not rise")


def _check_baseline(baseline: Any) -> None:
    hazard, survival = (
        np.asarray(f.y, dtype=np.float64) for f in (baseline.cum_baseline_hazard_, baseline.baseline_survival_)
    )
    rises = bool((hazard[:1] >= 0).all() and (np.diff(hazard) >= 0).all())
    same = hazard.shape == survival.shape and np.allclose(survival, np.exp(-hazard), rtol=1e-9, atol=1e-12)
    times = [np.asarray(f.x) for f in (baseline.cum_baseline_hazard_, baseline.baseline_survival_)]
    agree = all(np.array_equal(t, np.asarray(baseline.unique_times_)) for t in times)
    _refuse(not (rises and same and agree), "its baseline is no survival function")


def _check_times(part: Any) -> None:
    times = np.asarray(part.unique_times_, dtype=np.float64)
    _refuse(not _increasing(times) or bool(times[0] < 0), "its times do not rise")


def _check_leaves(tree: Any) -> None:
    # A forest's trees have no times of their own; that they are as many as the forest's shows on predicting.
    if getattr(tree, "low_memory", False):
        return
    value = np.asarray(tree.tree_.value, dtype=np.float64)
    times = getattr(tree, "unique_times_", None)
    fits = value.ndim == 3 and value.shape[2] == 2 and (times is None or value.shape[1] == len(times))
    _refuse(not fits, "a survival tree's leaves do not match its times")
    survival = value[..., 1]
    falls = ((survival >= 0) & (survival <= 1)).all() and (np.diff(survival, axis=1) <= 0).all()
    _refuse(not bool(falls), "a survival tree's leaves are no survival functions")
