"""Multinomial recalibration intercepts and slopes."""

import numpy as np
import pytest

from cds import catalog
from cds.calibration.slope import slope_fit
from cds.core.measure import NotEstimable
from tests.class_samples import CATEGORIES, WANTED, classes, drawn_classes, reference
from tests.samples import small

INTERCEPT = catalog.measures("nominal")["multinomial_recalibration_intercept"]
SLOPE = catalog.measures("nominal")["multinomial_recalibration_slope"]
FIT = WANTED["multinomial_recalibration"]


@pytest.mark.parametrize(("category", "number"), [("physiotherapy", 1), ("specialist", 2)])
def test_the_reference_case(category, number):
    # R 4.2.2, VGAM: vglm(y ~ L1 + L2, family = multinomial(refLevel = 1), constraints = list("(Intercept)" = diag(2),
    # L1 = rbind(1, 0), L2 = rbind(0, 1)), epsilon = 1e-13)
    sample = reference()
    for measure, name in ((INTERCEPT, f"(Intercept):{number}"), (SLOPE, f"L{number}")):
        value = measure.compute(sample, category=category)
        assert value == pytest.approx(FIT["coef"][name], rel=1e-8)
        interval = measure.interval(sample, value, 0.95, category=category)
        assert interval.se == pytest.approx(FIT["se"][name], rel=1e-6)


def test_weights_and_slopes_held_at_one():
    # R 4.2.2: optim(c(0, 0, 1, 1), nll, w = rep(1:3, 150), method = "BFGS", control = list(reltol = 1e-16)) with
    # nll <- function(b, w) { e1 <- b[1] + b[3] * L1; e2 <- b[2] + b[4] * L2;
    #   -sum(w * (Y[, 2] * e1 + Y[, 3] * e2 - log(1 + exp(e1) + exp(e2)))) }; and with b[3:4] held at 1, w = 1
    weighted = reference(weights=np.tile([1.0, 2.0, 3.0], 150))
    found = [m.compute(weighted, category=c) for m in (INTERCEPT, SLOPE) for c in CATEGORIES[1:]]
    assert found == pytest.approx([0.1139329564830, 0.5169954036634, 0.6261310692436, 0.9743052179327], abs=1e-5)
    told = [INTERCEPT.details(reference(), category=c)["intercept_with_slopes_at_1"] for c in CATEGORIES[1:]]
    assert told == pytest.approx([-0.08230738, 0.47200994], abs=1e-5)


def test_with_two_categories_it_is_the_calibration_slope():
    binary = small()
    sample = classes(binary.outcome.astype(int), np.column_stack([1 - binary.risk, binary.risk]))
    wanted = slope_fit(binary).coefficients
    found = [m.compute(sample, category="b") for m in (INTERCEPT, SLOPE)]
    assert found == pytest.approx(wanted.tolist(), rel=1e-9)


def test_of_perfect_probabilities_intercepts_are_near_0_and_slopes_near_1():
    sample = drawn_classes(20_000, 5)
    assert [SLOPE.compute(sample, category=c) for c in "bc"] == pytest.approx([1, 1], abs=0.05)
    assert [INTERCEPT.compute(sample, category=c) for c in "bc"] == pytest.approx([0, 0], abs=0.05)


def test_the_reference_has_no_value_and_the_measure_is_not_asked_of_it():
    assert SLOPE.categories(CATEGORIES) == CATEGORIES[1:]
    assert "is the reference" in SLOPE.compute(reference(), category="self_care").reason


def test_perfect_separation_is_named_instead_of_a_huge_slope():
    code = np.repeat([0, 1, 2], 10)
    probability = np.full((30, 3), 0.1) + 0.7 * np.eye(3)[code]
    probability[0] = [0.7, 0.2, 0.1]
    value = SLOPE.compute(classes(code, probability), category="b")
    assert isinstance(value, NotEstimable) and "separate the outcomes" in value.reason


def test_a_category_that_nobody_has_leaves_the_others_as_they_are():
    sample = drawn_classes(200, 6)
    code = np.where(sample.code == 2, 0, sample.code)
    without = classes(code, sample.probability)
    binary = small(code == 1, sample.probability[:, 1] / (sample.probability[:, 0] + sample.probability[:, 1]))
    assert SLOPE.compute(without, category="b") == pytest.approx(slope_fit(binary).coefficients[1], rel=1e-9)
    assert SLOPE.compute(without, category="c").reason == "nobody in the data has the category 'c'"
    no_reference = classes(np.maximum(sample.code, 1), sample.probability)
    assert SLOPE.compute(no_reference, category="b").reason == "nobody in the data has the category 'a'"


def test_probabilities_of_0_are_left_out_and_make_the_number_descriptive_unless_bounds_are_declared():
    sample = drawn_classes(200, 7)
    probability = np.array(sample.probability)
    probability[:5] = [0.0, 0.4, 0.6]
    with_zeros = classes(sample.code, probability)
    rest = classes(sample.code[5:], probability[5:])
    assert SLOPE.compute(with_zeros, category="b") == pytest.approx(SLOPE.compute(rest, category="b"), rel=1e-9)
    told = SLOPE.details(with_zeros, category="b")
    assert told["left_out"] == 5 and "flatters" in told["descriptive"]
    bounded = classes(sample.code, probability, clip=(0.01, 0.99))
    told = SLOPE.details(bounded, category="b")
    assert "descriptive" not in told and told["clipped"] >= 5


def test_a_category_that_the_model_never_predicts_is_named():
    sample = drawn_classes(50, 8)
    probability = np.column_stack([1 - sample.probability[:, 1], sample.probability[:, 1], np.zeros(50)])
    value = SLOPE.compute(classes(sample.code, probability), category="b")
    assert value.reason == "the model gives everybody a probability of 0 of the category 'c'"


def test_it_rests_on_the_rarer_of_the_category_and_the_reference():
    assert SLOPE.details(classes([0, 1, 1, 2, 2, 2], np.full((6, 3), 1 / 3)), category="c")["fewest_events"] == 1
