"""Every measure of times to an event is right about weights, order and replicates, and survives the worst data."""

import numpy as np
import pytest

from cds import catalog
from cds.core.measure import NotEstimable
from tests.survival.tied import competing, drawn, repeated, survival

KINDS = ("survival", "competing_risks")
CONTRACT = {
    "harrell_c", "calibration_slope", "uno_c", "dynamic_auroc", "brier", "ipa", "integrated_brier",
    "observed_expected", "ici", "e50", "e90", "emax", "net_benefit", "net_benefit_treat_all", "net_benefit_gain",
}  # fmt: skip
MADE = {"survival": survival, "competing_risks": competing}
# Regressions of a replicate stop a step earlier; its knots are frozen, and the jackknife is of other rows.
ROUGH = {"ici", "e50", "e90", "emax", "d_calibration"}
REGRESSED = {"calibration_slope", "calibration_in_the_large", "calibration_intercept"}


def _cases():
    """Every measure at a horizon and, where it has a threshold, at .5; without a horizon where it can do without."""
    for kind in KINDS:
        for measure in catalog.measures(kind).values():
            given = {"horizon": 30.0} if "horizon" in measure.parameters else {}
            given |= {"threshold": 0.5} if "threshold" in measure.parameters else {}
            yield pytest.param(measure, given, id=f"{kind}-{measure.name}")


CASES = list(_cases())


def agree(one, other, rel=1e-8):
    if isinstance(other, NotEstimable):
        assert isinstance(one, NotEstimable)
        return
    assert isinstance(one, float), one
    assert one == pytest.approx(other, rel=rel, abs=1e-10)


def sample_for(measure, n=140, seed=4):
    return drawn(n, seed, kind=measure.kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_measure_of_the_contract_exists(kind):
    assert CONTRACT - set(catalog.measures(kind)) == set()


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_every_measure_is_explained(measure, given):
    assert measure.label and measure.formula and measure.interval_name
    assert "doi:10." in measure.source
    assert measure.family in ("overall", "calibration", "discrimination", "utility")


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_weights_of_two_equal_doubled_rows_and_weights_of_zero_are_absent(measure, given):
    sample = sample_for(measure)
    weights = np.random.default_rng(5).integers(0, 4, 140).astype(float)
    rows = np.repeat(np.arange(140), weights.astype(int))
    agree(measure.compute(sample.reweight(weights), **given), measure.compute(repeated(sample, rows), **given))


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_the_order_of_the_rows_changes_nothing(measure, given):
    sample, order = sample_for(measure), np.random.default_rng(7).permutation(140)
    agree(measure.compute(repeated(sample, order), **given), measure.compute(sample, **given))


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_a_replicate_is_the_physically_resampled_data(measure, given):
    sample = sample_for(measure, seed=9)
    rows = np.random.default_rng(10).integers(0, 140, 140)
    replicate = sample.resample(np.bincount(rows, minlength=140).astype(float))
    value, wanted = measure.compute(replicate, **given), measure.compute(repeated(sample, rows), **given)
    agree(value, wanted, rel=0.35 if measure.name in ROUGH else 1e-4 if measure.name in REGRESSED else 1e-8)


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_fractional_weights_that_are_all_equal_change_nothing(measure, given):
    sample = sample_for(measure, seed=12)
    agree(measure.compute(sample.reweight(np.full(140, 0.5)), **given), measure.compute(sample, **given), rel=1e-6)


def _worst(kind):
    """Follow-up in which nothing, everything, or all at once happens."""
    risk = np.linspace(0.1, 0.9, 12)
    days = np.array([0, 5, 5, 10, 20, 30, 30, 31, 40, 50, 60, 60], float)
    yield "all censored", days, np.zeros(12), risk
    yield "all events", days, np.ones(12), risk
    yield "all tied", np.full(12, 30.0), np.ones(12), risk
    yield "all at time zero", np.zeros(12), np.ones(12), risk
    yield "ends before the horizon", days / 10, np.tile([1, 0], 6), risk
    yield "one risk for everybody", days, np.tile([1, 0], 6), np.full(12, 0.3)
    yield "certainties", days, np.tile([1, 0], 6), np.repeat([0.0, 1.0], 6)
    yield "one patient", days[5:6], np.ones(1), risk[:1]
    if kind == "competing_risks":
        yield "only other events", days, np.full(12, 2), risk


WORST = [
    pytest.param(*case.values, kind, name, id=f"{case.id}-{name}")
    for case in CASES
    for kind in KINDS
    if case.values[0].kind == kind
    for name, *_ in _worst(kind)
]


@pytest.mark.parametrize(("measure", "given", "kind", "name"), WORST)
def test_the_worst_data_give_a_finite_number_or_a_reason(measure, given, kind, name):
    time, status, risk = next(rest for told, *rest in _worst(kind) if told == name)
    sample = MADE[kind](time, status, risk, horizons=(15.0, 30.0))
    value = measure.compute(sample, **given)
    assert isinstance(value, NotEstimable) or np.isfinite(value)
    if isinstance(value, float) and measure.interval is not None:
        interval = measure.interval(sample, value, 0.95, **given)
        assert isinstance(interval, NotEstimable) or interval.low <= interval.high


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_an_analytic_interval_holds_its_value_and_its_influence_has_its_error(measure, given):
    sample = sample_for(measure)
    value = measure.compute(sample, **given)
    if measure.interval is None or isinstance(value, NotEstimable):
        return
    interval = measure.interval(sample, value, 0.95, **given)
    assert interval.low < value < interval.high
    if measure.influence is not None:
        terms = measure.influence(sample, **given)
        assert np.sqrt((terms**2).sum()) == pytest.approx(interval.se, rel=1e-9)


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_with_delayed_entry_there_is_a_finite_number_or_a_reason(measure, given):
    sample = sample_for(measure)
    entry = np.where(sample.time > 10, sample.time - 10, 0.0)
    late = MADE[measure.kind](sample.time + 1, sample.status, sample.risk, horizons=sample.horizons, entry=entry)
    value = measure.compute(late, **given)
    assert isinstance(value, NotEstimable) or np.isfinite(value)


def test_distances_are_known_as_such():
    for kind in KINDS:
        assert {m.name for m in catalog.measures(kind).values() if m.is_distance} == {"ici", "e50", "e90", "emax"}
