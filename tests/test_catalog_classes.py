"""Every measure of nominal and ordinal outcomes is right about weights, order, replicates, and absent categories."""

import numpy as np
import pytest

from cds import catalog
from cds.core.measure import NotEstimable
from cds.core.sample_kinds import NominalSample, OrdinalSample
from tests.class_samples import classes, drawn_classes

KINDS = {"nominal": NominalSample, "ordinal": OrdinalSample}


def _cases():
    """Every measure with the parameters that it takes; of each the middle category, which is nobody's reference."""
    for kind in KINDS:
        for measure in catalog.measures(kind).values():
            given = {"category": "b"} if "category" in measure.parameters else {}
            if "threshold" in measure.parameters:
                given["threshold"] = 0.5  # where treating none is better in every replicate too
            smoothers = ("rcs", "lowess", "loess") if "smoother" in measure.parameters else (None,)
            for smoother in smoothers:
                more = given if smoother is None else {**given, "smoother": smoother}
                yield pytest.param(measure, more, id="-".join([kind, measure.name, str(smoother or "")]))


CASES = list(_cases())


def sample_for(measure, n=140, seed=4):
    """Patients of whom some tie, the way that the measure's kind sees them."""
    return drawn_classes(n, seed, KINDS[measure.kind], digits=1 if n < 100 else 2)


def agree(one, other, rel=1e-9):
    assert isinstance(one, float), one
    assert one == pytest.approx(other, rel=rel, abs=1e-12)


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_weights_of_two_equal_doubled_rows_and_weights_of_zero_are_absent(measure, given):
    sample = sample_for(measure)
    weights = np.random.default_rng(5).integers(0, 4, 140).astype(float)
    rows = np.repeat(np.arange(140), weights.astype(int))
    repeated = classes(sample.code[rows], sample.probability[rows], type(sample))
    agree(measure.compute(sample.reweight(weights), **given), measure.compute(repeated, **given))


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_doubling_every_weight_equals_doubling_every_row(measure, given):
    sample = sample_for(measure, 60, 8)
    doubled = classes(np.repeat(sample.code, 2), np.repeat(sample.probability, 2, axis=0), type(sample))
    agree(measure.compute(sample.reweight(np.full(60, 2.0)), **given), measure.compute(doubled, **given))


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_the_order_of_the_rows_changes_nothing(measure, given):
    sample, order = sample_for(measure), np.random.default_rng(7).permutation(140)
    permuted = classes(sample.code[order], sample.probability[order], type(sample))
    agree(measure.compute(permuted, **given), measure.compute(sample, **given))


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_a_replicate_is_the_physically_resampled_data(measure, given):
    # The spline's knots are frozen, loess is evaluated at 41 points, and regressions stop a step earlier.
    sample = sample_for(measure, seed=9)
    rows = np.random.default_rng(10).integers(0, 140, 140)
    replicate = sample.resample(np.bincount(rows, minlength=140).astype(float))
    resampled = classes(sample.code[rows], sample.probability[rows], type(sample))
    rough = given.get("smoother") in ("rcs", "loess")
    regression = measure.name.startswith("multinomial_recalibration")
    value, wanted = measure.compute(replicate, **given), measure.compute(resampled, **given)
    agree(value, wanted, rel=0.35 if rough else 1e-4 if regression else 1e-9)


@pytest.mark.parametrize(("measure", "given"), CASES)
@pytest.mark.parametrize("category", ["a", "b"])
def test_with_one_category_in_the_data_there_is_a_finite_number_or_a_reason(measure, given, category):
    sample = sample_for(measure, 60, 11)
    only = classes(np.full(60, "ab".index(category)), sample.probability, type(sample))
    value = measure.compute(only, **given)
    assert isinstance(value, NotEstimable) or np.isfinite(value)


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_one_patient_gives_a_finite_number_or_a_reason(measure, given):
    value = measure.compute(classes([1], [[0.2, 0.5, 0.3]], KINDS[measure.kind]), **given)
    assert isinstance(value, NotEstimable) or np.isfinite(value)


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_an_analytic_interval_holds_its_value_and_its_influence_has_its_error(measure, given):
    sample = sample_for(measure)
    value = measure.compute(sample, **given)
    if measure.interval is None:
        return
    interval = measure.interval(sample, value, 0.95, **given)
    assert interval.low < value < interval.high
    if measure.influence is not None:
        assert np.sqrt((measure.influence(sample, **given) ** 2).sum()) == pytest.approx(interval.se, rel=1e-9)


def test_distances_are_known_as_such():
    for kind in KINDS:
        assert {m.name for m in catalog.measures(kind).values() if m.is_distance} == {"ici", "e50", "e90", "emax"}


def test_what_a_case_control_design_leaves_alone():
    # With more than two categories "all others" mix as the design has it, so the area against them does not stay.
    for kind in KINDS:
        kept = {m.name for m in catalog.measures(kind).values() if not m.needs_prevalence}
        assert kept == {"hand_till_m", "polytomous_discrimination_index", "multinomial_recalibration_slope"}
