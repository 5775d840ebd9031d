"""Hand and Till's M."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.discrimination.auroc import auroc
from cds.discrimination.hand_till import hand_till_m, pairs
from tests.class_samples import WANTED, classes, drawn_classes, reference
from tests.samples import small


def test_four_patients_by_hand():
    # p_a of a: .6, .2; of b: .3; of c: .2. A(a|b) = (1 + 0)/2; A(a|c) = (1 + ½)/2.
    # p_b of b: .5; of a: .3, .5; of c: .3. A(b|a) = (1 + ½)/2; A(b|c) = 1. p_c of c: .5; of a: .1, .3; of b: .2.
    sample = classes([0, 0, 1, 2], [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.3, 0.5, 0.2], [0.2, 0.3, 0.5]])
    assert hand_till_m(sample) == pytest.approx(((0.5 + 0.75) / 2 + (0.75 + 1) / 2 + 1) / 3)
    assert pairs(sample)["pairs"] == pytest.approx({"a | b": 0.625, "a | c": 0.875, "b | c": 1.0})


def test_with_two_categories_it_is_the_auroc():
    binary = small()
    sample = classes(binary.outcome.astype(int), np.column_stack([1 - binary.risk, binary.risk]))
    assert hand_till_m(sample) == pytest.approx(auroc(binary))


def test_the_reference_case():
    # R 4.2.2, pROC: the mean over pairs of (auc(i, j) + auc(j, i)) / 2
    assert hand_till_m(reference()) == pytest.approx(WANTED["hand_till_m"], rel=1e-8)


def test_an_absent_category_is_named_and_no_other_quantity_stands_in():
    sample = drawn_classes(60, 1)
    value = hand_till_m(classes(np.minimum(sample.code, 1), sample.probability))
    assert isinstance(value, NotEstimable) and "'c'" in value.reason and "another quantity" in value.reason


def test_how_common_a_category_is_changes_nothing():
    sample = drawn_classes(80, 2)
    weights = np.where(sample.code == 0, 5.0, 1.0)
    assert hand_till_m(sample.reweight(weights)) == pytest.approx(hand_till_m(sample))
