"""Binary measures asked of each category of an outcome with several."""

import numpy as np
import pytest

from cds import catalog
from cds.calibration.observed_expected import OBSERVED_EXPECTED
from cds.core.finding import Curve
from cds.core.measure import NotEstimable
from cds.core.sample_kinds import OrdinalSample
from cds.discrimination.auroc import AUROC, auroc
from cds.stats.per_category import (
    absent,
    all_but_first,
    all_but_last,
    each_category,
    for_both_kinds,
    never_predicted,
    of_the_first,
    refused_absent,
    stacked,
)
from tests.class_samples import WANTED, classes, drawn_classes, reference


def test_each_category_against_the_rest_is_the_binary_measure():
    measure, _ = each_category(AUROC)
    sample = reference()
    for category, wanted in WANTED["ovr_auroc"].items():
        value = measure.compute(sample, category=category)
        assert value == auroc(sample.one_vs_rest(category)) == pytest.approx(wanted, rel=1e-8)


def test_the_interval_is_the_binary_ones():
    # R 4.2.2, pROC: s <- sqrt(var(r)); plogis(qlogis(a) + c(-1, 1) * qnorm(.975) * s / (a * (1 - a)))
    measure, _ = each_category(AUROC)
    interval = measure.interval(reference(), WANTED["ovr_auroc"]["specialist"], 0.95, category="specialist")
    assert (interval.low, interval.high) == pytest.approx((0.73668905205944, 0.82388667422817), rel=1e-8)


def test_both_kinds_share_one_computation_and_differ_in_nothing_else():
    nominal, ordinal = for_both_kinds(AUROC)
    assert (nominal.kind, ordinal.kind) == ("nominal", "ordinal") and nominal.compute is ordinal.compute


def test_up_to_a_category_uses_the_cumulative_probability():
    _, ordinal = each_category(OBSERVED_EXPECTED, view="up_to")
    sample = classes([0, 1], [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]], OrdinalSample)
    assert ordinal.compute(sample, category="b") == pytest.approx(2 / 1.5)


def test_an_absent_category_and_one_that_everybody_has_are_named_and_the_others_have_numbers():
    sample = drawn_classes(60, 1)
    two = classes(np.minimum(sample.code, 1), sample.probability)
    measure = catalog.measures("nominal")["auroc"]
    assert measure.compute(two, category="c") == NotEstimable("nobody in the data has the category 'c'")
    assert isinstance(measure.compute(two, category="a"), float)
    one = classes(np.zeros(60, dtype=int), sample.probability)
    assert absent(one, "a") == "everybody in the data has the category 'a'"
    assert "'b', 'c'" in refused_absent(one).reason and refused_absent(sample) is None


def test_a_category_that_the_model_never_predicts_is_named():
    sample = drawn_classes(60, 1)
    p = sample.probability
    never = classes(sample.code, np.column_stack([p[:, 0] + p[:, 2], p[:, 1], np.zeros(60)]))
    told = "the model gives everybody a probability of 0 of the category 'c'"
    assert never_predicted(never, "c") == told and never_predicted(never, "a") == ""
    ici = catalog.measures("nominal")["ici"]
    assert ici.compute(never, category="c", smoother="rcs") == NotEstimable(told)


def test_the_first_is_the_reference_and_the_last_is_certain():
    assert all_but_first(("a", "b", "c")) == ("b", "c") and all_but_last(("a", "b", "c")) == ("a", "b")


def test_stacked_curves_name_the_category_of_every_point():
    one = Curve("roc", "discrimination", "ROC", {"x": np.array([0.0, 1.0])}, facts={"n": 2})
    two = Curve("roc", "discrimination", "ROC", {"x": np.array([0.0, 0.5, 1.0])}, facts={"n": 3})
    found = stacked("roc_by_category", "All", {"a": one, "b": two})
    assert found.columns["category"].tolist() == ["a", "a", "b", "b", "b"]
    assert found.facts["categories"]["b"] == {"n": 3, "category": "b"}
    assert stacked("roc_by_category", "All", {}) is None


def test_a_curve_of_the_first_of_several_imputations_says_so():
    curve = Curve("roc", "discrimination", "ROC", {"x": np.array([0.0, 1.0])}, note="n")
    assert of_the_first(curve, 1) is curve
    assert of_the_first(curve, 5).note.startswith("n; drawn from the first of 5 imputations")
