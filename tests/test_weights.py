"""Weights in every measure of every kind: whole ones repeat rows, the scale of sampling weights says nothing."""

import numpy as np
import pytest

import cds
from cds import catalog
from cds.core.measure import Estimate, NotEstimable
from cds.core.sample_kinds import ContinuousSample, NominalSample, OrdinalSample
from cds.stats.asking import SMOOTHERS
from tests.samples import OUTCOME, RISK, drawn, small

N, CLASSES = 150, ("a", "b", "c")
QUADRATIC = "fractional weights"  # how the local regressions that count rows refuse them


def classes(made, n=N, seed=3):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet((3, 2, 2), n).round(2)
    p[:, 2] = 1 - p[:, 0] - p[:, 1]
    p = np.clip(p, 0.01, None) / np.clip(p, 0.01, None).sum(axis=1, keepdims=True)
    return made(code=(rng.random(n)[:, None] > p.cumsum(axis=1)[:, :2]).sum(axis=1), probability=p, categories=CLASSES)


def numbers(n=N, seed=4):
    rng = np.random.default_rng(seed)
    predicted = rng.normal(5, 1.5, n).round(1)
    return ContinuousSample(
        observed=1 + 0.8 * predicted + rng.normal(0, 2, n), predicted=predicted, low=predicted - 3, high=predicted + 3,
        interval_level=0.8,
    )  # fmt: skip


SAMPLES = {
    "binary": small(drawn(N, 3).outcome, drawn(N, 3).risk.round(2).clip(0.01, 0.99)),
    "nominal": classes(NominalSample),
    "ordinal": classes(OrdinalSample),
    "continuous": numbers(),
}


def _cases():
    for kind in SAMPLES:
        for measure in catalog.measures(kind).values():
            options = [{}]
            if "category" in measure.parameters:
                named = measure.categories(CLASSES) if measure.categories else CLASSES
                options = [{"category": named[-1]}]
            if "threshold" in measure.parameters:
                options = [{**given, "threshold": 0.3} for given in options]
            if "smoother" in measure.parameters:
                options = [{**given, "smoother": name} for given in options for name in SMOOTHERS]
            for given in options:
                yield pytest.param(kind, measure, given, id="-".join([kind, measure.name, *map(str, given.values())]))


CASES = list(_cases())


def same(one, other, rel=1e-8):
    if isinstance(other, NotEstimable):
        assert isinstance(one, NotEstimable)
        return
    assert one == pytest.approx(other, rel=rel, abs=1e-11)


@pytest.mark.parametrize(("kind", "measure", "given"), CASES)
def test_whole_weights_are_repeated_rows_and_zeros_are_absent(kind, measure, given):
    sample, weights = SAMPLES[kind], np.random.default_rng(5).integers(0, 3, N).astype(float)
    rows = np.repeat(np.arange(N), weights.astype(int))
    same(measure.compute(sample.reweight(weights), **given), measure.compute(taken(sample, rows), **given))


def taken(sample, rows):
    values = {k: v[rows] for k, v in vars(sample).items() if isinstance(v, np.ndarray) and k != "weights"}
    fixed = {k: getattr(sample, k) for k in ("categories", "interval_level") if hasattr(sample, k)}
    return type(sample)(**values, **fixed)


@pytest.mark.parametrize(("kind", "measure", "given"), CASES)
def test_the_scale_of_sampling_weights_says_nothing(kind, measure, given):
    weights = np.random.default_rng(6).uniform(0.2, 3, N)
    sample = SAMPLES[kind]
    values = {k: v for k, v in vars(sample).items() if isinstance(v, np.ndarray) and k != "weights"}
    fixed = {k: getattr(sample, k) for k in ("categories", "interval_level") if hasattr(sample, k)}
    one, other = (
        measure.compute(type(sample)(**values, **fixed, weights=factor * weights, design="sampling"), **given)
        for factor in (1.0, 3.0)
    )
    same(other, one, rel=1e-7)
    if isinstance(one, NotEstimable):
        assert QUADRATIC in one.reason


# R 4.2.2, p, y and lp as in tests/samples.py; w <- rep(c(.5, 1.5, 2, 1), 6)
WEIGHTED = {
    "calibration_slope": 0.379296195277914,  # coef(glm(y ~ lp, binomial, weights = w, control = ctl))[2]
    "calibration_in_the_large": 0.487333327857018,  # coef(glm(y ~ 1, binomial, offset = lp, weights = w, ...))
    "auroc": 0.658249158249158,  # sum over pairs of w_i w_j ((p_i > p_j) + (p_i == p_j)/2) over sum of w_i w_j
    "brier": 0.251916666666667,  # sum(w*(y - p)^2)/sum(w)
    "observed_expected": 1.1913357400722,  # sum(w*y)/sum(w*p)
    "log_loss": 0.741474018158432,  # -sum(w*(y*log(p) + (1 - y)*log(1 - p)))/sum(w)
}


@pytest.mark.parametrize("measure", WEIGHTED)
def test_weighted_values_are_those_of_r(measure):
    found = cds.evaluate.binary(OUTCOME, RISK, weights=np.tile([0.5, 1.5, 2, 1], 6), replicates=0)
    assert found[measure].estimate == pytest.approx(WEIGHTED[measure], rel=1e-8)


def test_weighted_intervals_come_from_the_bootstrap_by_patient():
    sample = drawn(200, 1)
    weights = np.random.default_rng(2).uniform(0.5, 2, 200)
    found = cds.evaluate.binary(
        np.repeat(sample.outcome, 2), np.repeat(sample.risk, 2), weights=np.repeat(weights, 2),
        patient=np.repeat(np.arange(200), 2), replicates=100,
    )  # fmt: skip
    alone = cds.evaluate.binary(sample.outcome, sample.risk, weights=weights, patient=np.arange(200), replicates=100)
    for measure in ("brier", "auroc", "calibration_slope"):
        assert found[measure].result.interval.method == "bootstrap percentile"
        # Each patient's two equal rows are drawn together: as with one row each.
        assert found[measure].low == pytest.approx(alone[measure].low, rel=1e-6)
        assert found[measure].high == pytest.approx(alone[measure].high, rel=1e-6)


def test_counts_beside_weighted_numbers_are_of_rows():
    found = cds.evaluate.binary(OUTCOME, RISK, weights=np.tile([0.5, 1.5], 12), replicates=0)["brier"].result
    assert isinstance(found, Estimate)
    assert (found.n, found.events) == (24, int(OUTCOME.sum()))
